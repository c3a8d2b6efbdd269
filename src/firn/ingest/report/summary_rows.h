// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"

namespace firn::ingest {

class RowBuilder;

/// Puts the lines of an optimization summary into rows of silver.optimization_summary.
///
/// Read as people write such summaries:
///   - "Generated: 2025-10-28 06:00:00" gives the time of all lines that have none;
///   - a heading ("[Cache]", "## Cache", "Cache:", a short line of words) gives the event type of
///     what follows, in lower case with underscores;
///   - "Average query time: 45.2 ms (was 61.0)" is a metric; its unit and note go to the metadata;
///   - "[2025-10-28 05:58:12] INDEX_CREATED speedup=3.2 table=orders" is an event: each number in
///   it
///     is a metric, the rest is metadata; event_type=, metric_name=, metric_value= are taken by
///     name;
///   - an object of JSON is a row by the names of its members.
/// Other text is kept as metadata ({"text": ...}) without a metric. Rules, blank lines and bullets
/// do not count.
Status AddSummaryRows(std::string_view text, RowBuilder& rows);

}  // namespace firn::ingest
