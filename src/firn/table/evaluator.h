// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/manifest.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Tells whether a manifest may hold a file that matches: `partition_filter` is an inclusive
/// projection onto `spec`. Without summaries, or with ones that make no sense, the answer is yes.
bool ManifestMightMatch(const ManifestFile& manifest, const Expression& partition_filter,
                        const PartitionSpec& spec, const Schema& schema);

/// Tells whether a partition tuple, of the types `PartitionType` gives, matches a filter projected
/// onto its spec.
bool PartitionMatches(const PartitionData& partition, const Expression& partition_filter,
                      const PartitionSpec& spec);

/// Tells whether a file may hold a row for which the bound filter is true, by its metrics.
/// Missing metrics, NaN among bounds, and inverted bounds mean "may".
bool FileMightMatch(const DataFile& file, const Expression& bound, const Schema& schema);

/// Tells whether every row of the file surely matches, by its metrics.
bool FileMustMatch(const DataFile& file, const Expression& bound, const Schema& schema);

}  // namespace firn::table
