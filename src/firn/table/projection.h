// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/table/expression.h"
#include "firn/table/partition_spec.h"

namespace firn::table {

/// Rewrites a bound row filter into one over the partition tuple (fields by partition field id),
/// true for every partition that may hold a matching row: if a row matches, its partition does.
Expression ProjectInclusive(const Expression& bound, const PartitionSpec& spec);

/// The same, but true only for partitions in which every row matches.
Expression ProjectStrict(const Expression& bound, const PartitionSpec& spec);

/// What is left to test in rows of a file with this partition tuple: parts the tuple decides
/// become true or false.
Expression ResidualFor(const Expression& bound, const PartitionSpec& spec,
                       const PartitionData& partition);

}  // namespace firn::table
