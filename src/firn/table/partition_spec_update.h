// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/partition_spec.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Changes how rows are partitioned from now on; files written before stay as they are.
struct SpecChange {
  std::vector<PartitionFieldRequest> add;
  std::vector<std::string> remove;                            ///< Names of partition fields.
  std::vector<std::pair<std::string, std::string>> rename{};  ///< Old and new names.
};

/// What a table has that a new spec must fit.
struct SpecHistory {
  const std::vector<PartitionSpec>& specs;
  FieldId last_partition_id = kPartitionFieldIdBase;
  int format_version = 2;
};

/// Applies `change` to the spec `base` (spec, "Partition Evolution").
///
/// Fields keep their ids. A new field takes the id that an equal field (source and transform) ever
/// had, else one that no field ever had. Where the format version cannot drop a field, it stays
/// with the void transform; if a new field takes its name, it becomes "<name>_<field id>".
/// Errors: `kNotFound` for unknown names and columns; `kInvalidArgument` for a field that is there
/// already, tells nothing new, or does not fit.
Result<PartitionSpec> EvolvePartitionSpec(const PartitionSpec& base, const SpecChange& change,
                                          const Schema& schema, const SpecHistory& history);

/// The name other engines give a partition field: "ts_month", "id_bucket_16".
std::string DefaultPartitionName(const PartitionFieldRequest& request);

/// Checks that `next` tells more than the fields of `spec`: no equal one, no two of year, month,
/// day and hour over one column. Errors: `kInvalidArgument`.
Status CheckNotRedundant(const PartitionSpec& spec, const PartitionField& next);

/// The id that a field of equal source and transform has in `specs`; unset where there is none.
std::optional<FieldId> FindEqualField(const std::vector<PartitionSpec>& specs,
                                      const PartitionField& field);

}  // namespace firn::table
