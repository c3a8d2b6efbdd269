// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/cli/verb.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::cli {

/// Prints what each column of a table takes (`firn table show --columns`).
Result<int> PrintColumnSizes(Invocation& invocation, lakehouse::Lakehouse& lake,
                             const std::string& table);

/// `firn table advise` and `firn table alter`.
Verb AdviseVerb();
Verb AlterVerb();

}  // namespace firn::cli
