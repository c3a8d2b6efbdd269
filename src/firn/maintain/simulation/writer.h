// SPDX-License-Identifier: Apache-2.0
//
// Those who write to a simulated lake; include only from tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firn/maintain/simulation/lake.h"
#include "firn/table/operation.h"
#include "firn/table/scan.h"
#include "firn/table/validation.h"

namespace firn::maintain {

/// Changes the table of a lake at random. Everything it does is drawn from its seed.
class SimulatedWriter {
 public:
  SimulatedWriter(SimulatedLake& lake, uint64_t seed) : lake_(lake), random_(seed) {}

  /// Makes changes until the lake has the commits it wants, or something is wrong.
  void Run();

 private:
  // What a writer has read: a branch at one time.
  struct View {
    std::shared_ptr<const table::TableMetadata> metadata;
    std::string branch;
    table::SnapshotId head{};
    table::ScanPlan plan;
    Rows rows;

    bool has_vectors() const { return metadata->format_version >= 3; }
  };
  using Step = void (SimulatedWriter::*)();
  using Make = std::function<std::unique_ptr<table::Operation>(table::SnapshotOptions)>;

  // Reading.
  std::optional<View> Read();
  std::vector<int64_t> PickRows(const View& view, int64_t count_max);
  const table::DataFile& PickFile(const View& view);

  // Making files: they are written as the change is committed.
  table::DataFile NewFile(const Place& place, table::FileContent content, int64_t rows);
  table::DataFile NewDataFile(const Place& place, std::vector<StoredRow> rows);
  std::vector<table::DataFile> NewDataFiles(const table::TableMetadata& metadata,
                                            const std::vector<StoredRow>& rows);
  std::vector<table::DataFile> NewDeletes(const View& view, const std::vector<int64_t>& versions);
  StoredRow NewRow(int64_t key, Intent& intent);
  StoredRow NewVersion(const ReadRow& row, Intent& intent);

  // Changes of rows (row_changes.cc).
  void Insert();
  void ChangeRows(bool update);
  void Update() { ChangeRows(true); }
  void DeleteRows() { ChangeRows(false); }
  void DeleteByKey();
  void CopyOnWrite();
  void DeletePartition();
  void ReplacePartition();
  table::Validation From(const View& view, const std::set<Place>& places);

  // Changes of anything else (other_changes.cc).
  void Compact();
  void RewriteDeletes();
  void RewriteManifests();
  void Expire();
  void Clean();
  void AddStatistics();
  void ChangeRefs();
  void Tag();
  void Pick();
  void ChangeTable();

  // Committing.
  void CommitSnapshot(const std::string& branch, Intent intent, const Make& make);
  void Commit(const std::string& what, std::unique_ptr<table::Operation> operation);
  Status TryCommit(const std::string& what, std::unique_ptr<table::Operation> operation);
  Status WriteFiles();
  void Note(const std::string& what, const Status& status);

  SimulatedLake& lake_;
  table::Random random_;
  std::vector<std::string> new_files_;  // Of the change being made.
};

}  // namespace firn::maintain
