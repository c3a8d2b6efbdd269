// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string_view>

#include "firn/base/result.h"
#include "firn/table/data_file.h"
#include "firn/table/ids.h"
#include "firn/table/partition_spec.h"
#include "firn/table/schema.h"

namespace firn::ingest {

/// The columns whose value the folders of `path` give to all rows of the file: those that `spec`
/// has as they are and a folder names, as Hive writes it: `day=2025-11-05/`.
std::set<table::FieldId> ColumnsInPath(const table::PartitionSpec& spec,
                                       const table::Schema& schema, std::string_view path);

/// The partition of a file that others wrote: as the folders of its path say, by the name of the
/// column or of the partition field, else as its bounds tell, which are not cut. `path` and bounds
/// must not contradict each other.
/// Errors: `kInvalidArgument`, naming the partition field, for rows of several partitions, where
/// nothing tells, and for a folder whose name is no value.
Result<table::PartitionData> PartitionOfFile(const table::PartitionSpec& spec,
                                             const table::Schema& schema, std::string_view path,
                                             const table::DataFile& file);

}  // namespace firn::ingest
