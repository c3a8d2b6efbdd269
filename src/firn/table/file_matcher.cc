// SPDX-License-Identifier: Apache-2.0

#include "firn/table/file_matcher.h"

#include "firn/table/evaluator.h"
#include "firn/table/partition_set.h"
#include "firn/table/projection.h"

namespace firn::table {

FileMatch FileMatcher::Match(const DataFile& file) {
  const Schema& schema = metadata_.schema();
  const Projections& projections = For(file.spec_id);
  if (projections.spec == nullptr) return FileMatch::kSome;
  const PartitionSpec& spec = *projections.spec;
  PartitionData tuple = file.partition;
  WidenPartition(projections.partition_type, tuple);
  const bool might =
      PartitionMatches(tuple, projections.inclusive, spec) && FileMightMatch(file, bound_, schema);
  if (!might) return FileMatch::kNone;
  const bool must =
      PartitionMatches(tuple, projections.strict, spec) || FileMustMatch(file, bound_, schema);
  return must ? FileMatch::kAll : FileMatch::kSome;
}

const FileMatcher::Projections& FileMatcher::For(SpecId spec_id) {
  const auto known = by_spec_.find(spec_id);
  if (known != by_spec_.end()) return known->second;
  Projections projections;
  projections.spec = metadata_.FindSpec(spec_id);
  if (projections.spec != nullptr) {
    projections.partition_type = PartitionType(*projections.spec, metadata_.schema());
    projections.inclusive = ProjectInclusive(bound_, *projections.spec);
    projections.strict = ProjectStrict(bound_, *projections.spec);
  }
  return by_spec_.emplace(spec_id, std::move(projections)).first->second;
}

}  // namespace firn::table
