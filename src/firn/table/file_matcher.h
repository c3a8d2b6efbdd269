// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/metadata.h"

namespace firn::table {

/// How many rows of a file match a filter, as far as its partition and metrics tell.
enum class FileMatch : uint8_t { kNone, kSome, kAll };

/// Judges files without reading them. Not thread-safe.
class FileMatcher {
 public:
  /// `bound` is bound to the table's schema; `metadata` outlives this object.
  FileMatcher(const TableMetadata& metadata, Expression bound)
      : metadata_(metadata), bound_(std::move(bound)) {}

  /// `kNone` and `kAll` are certain; everything else, files of unknown specs too, is `kSome`.
  FileMatch Match(const DataFile& file);

 private:
  struct Projections {
    const PartitionSpec* spec = nullptr;
    Type partition_type;
    Expression inclusive, strict;
  };

  const Projections& For(SpecId spec_id);

  const TableMetadata& metadata_;
  Expression bound_;
  std::map<SpecId, Projections> by_spec_;
};

}  // namespace firn::table
