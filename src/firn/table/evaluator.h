// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/manifest.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Tells whether a manifest may hold a file that matches: `partition_filter` is an inclusive
/// projection onto `spec`. Without summaries, or with ones that make no sense, the answer is yes.
bool ManifestMightMatch(const ManifestFile& manifest, const Expression& partition_filter,
                        const PartitionSpec& spec, const Schema& schema);

/// Gives a tuple the types `partition_type` has for it: one written before a column was promoted
/// holds the narrower type. Fields whose column `schema` lacks or whose transform is not known are
/// never filtered by, and stay as they are. Errors: `kCorrupt` where a value does not fit.
Status WidenPartition(const PartitionSpec& spec, const Type& partition_type, const Schema& schema,
                      PartitionData& partition);

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
