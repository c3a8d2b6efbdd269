// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/storage_reports.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
}  // namespace firn

namespace firn::lakehouse {

/// Tries on a sample of a table's own rows what other codecs, encodings and sort orders make of
/// them, and what bloom filters would spare lookups; says what is worth it, with what was measured.
/// Writes nothing that stays.
Result<AdviceReport> AdviseTable(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                                 std::string_view name);

}  // namespace firn::lakehouse
