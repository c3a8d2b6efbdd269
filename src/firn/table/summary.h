// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "firn/table/data_file.h"
#include "firn/table/snapshot.h"

namespace firn::table {

/// Counts what a snapshot adds and removes, for its summary (spec, Appendix F, "Optional Snapshot
/// Summary Fields").
class SnapshotSummary {
 public:
  void AddFile(const DataFile& file);
  void RemoveFile(const DataFile& file);

  /// The summary after the snapshot `parent` (null = the table was empty): counters that are not
  /// 0, and totals carried on where the parent has them.
  std::map<std::string, std::string> Finish(const Snapshot* parent) const;

 private:
  // One kind of thing: what came, what went.
  struct Change {
    int64_t added = 0;
    int64_t removed = 0;
  };
  struct Counters {
    Change data_files, delete_files, vectors, position_files, equality_files;
    Change records, bytes, position_deletes, equality_deletes;
  };

  void Count(const DataFile& file, int64_t Change::*side);

  Counters counters_;
  std::set<std::string> partitions_;
};

}  // namespace firn::table
