// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/privacy/policy.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// Looks through every slice of bronze. Memory grows with the number of different secrets, by some
/// hundred bytes each; the secrets themselves are not kept.
Result<RedactionReport> FindSecretsOf(catalog::Catalog& catalog, io::FileIO& files,
                                      const conversations::privacy::Policy& policy,
                                      const std::string& key);

/// Replaces in `text` what `policy` does not keep.
Result<std::string> RedactText(std::string text, const conversations::privacy::Policy& policy,
                               std::string key);

}  // namespace firn::lakehouse
