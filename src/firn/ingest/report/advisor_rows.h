// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"

namespace firn::ingest {

class RowBuilder;

/// Puts the recommendations of an index advisor's report into rows of silver.index_advisor.
///
/// The report is an array of objects, an object that holds such an array (as `recommendations`, or
/// as its only one), or an object a line. Members are columns by name, or by what advisors call
/// them: table, index, query or pattern, speedup, cost. What a recommendation does not say of its
/// time the report does (timestamp, generated_at). Members of other names are left out.
/// Errors: `kInvalidArgument` where the text is none of these.
Status AddAdvisorRows(std::string_view text, RowBuilder& rows);

}  // namespace firn::ingest
