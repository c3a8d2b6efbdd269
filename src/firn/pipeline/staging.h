// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/pipeline/merge.h"
#include "firn/pipeline/run.h"
#include "firn/table/operation.h"

namespace firn::pipeline {

/// The tables of one run: as they were when it began, and as they will be when it ends. The engine
/// of the run reads the latter. Nothing is visible to others before `Commit`. Not thread-safe.
class Staging {
 public:
  Staging(const RunContext& context, std::string run_id);
  ~Staging();  ///< Gives the engine back; removes nothing.
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// The table as staged so far; null if there is none. Loads it on first use.
  Result<std::shared_ptr<const table::TableMetadata>> Find(const std::string& name);
  /// Makes an empty table if there is none, with its namespace; adds the columns that one lacks.
  /// Errors: `kInvalidArgument` where a column would change its type.
  Status MakeTable(const std::string& name, const table::NewTable& table);

  /// Plans the change of a table and lets the engine read it. At most once per table.
  Status StageRows(const std::string& name, const MergeResult& change);
  /// Sets a property, which must be as it was when the run began.
  Status StageProperty(const std::string& name, const std::string& key, const std::string& value);
  /// Lets a tag of a table name a snapshot.
  Status StageTag(const std::string& name, const std::string& tag, table::SnapshotId snapshot);

  bool empty() const;
  /// Makes all of it visible at once.
  /// Errors: `kConflict` when a table moved on since the run began; `kOutcomeUnknown`.
  Status Commit();
  /// Leaves what was staged on `kFailedRunBranch` of its tables, in place of what an earlier run
  /// left there, and everything else as it is. Returns the tables.
  /// Errors: as `Commit`.
  Result<std::vector<std::string>> LeaveOnBranch();
  /// Removes the files of a run that ended without `Commit` or `LeaveOnBranch`.
  void Abort();

 private:
  struct Staged {
    catalog::TableName name;
    std::shared_ptr<const table::TableMetadata> base, now;
    std::shared_ptr<const table::Operation> rows;
    MergeResult change;              // What `rows` does,
    table::SnapshotOptions options;  // and how.
    std::map<std::string, std::string> properties;
    std::map<std::string, std::optional<std::string>> expected;
    std::map<std::string, table::SnapshotId> tags;
    std::vector<std::string> data_files, manifests, manifest_lists;
  };

  Result<Staged*> Load(const std::string& name);
  Status AddColumns(const std::string& name, const Staged& staged, const table::Schema& wanted);
  static void AppendChanges(const Staged& staged, std::vector<catalog::PendingChange>& changes);
  void DeleteAll(const std::vector<std::string>& locations);

  const RunContext& context_;
  std::string run_id_;
  std::map<std::string, std::optional<Staged>> tables_;  // Unset: there is none.
};

}  // namespace firn::pipeline
