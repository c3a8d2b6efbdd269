// SPDX-License-Identifier: Apache-2.0
//
// Fault sweep over every operation: the n-th file operation of its commit fails, in every way.
// After each the table reads as before or as after, and every file it needs is there. A sample of n
// here; with FIRN_FAULTS=all, every one.

#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "firn/base/rounds_testing.h"
#include "firn/catalog/testing.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/ref_operations.h"
#include "firn/table/replace_table.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/rewrite_manifests.h"
#include "firn/table/row_delta.h"

namespace firn::catalog {
namespace {

using table::DataFile;
using table::SnapshotId;

constexpr int64_t kOneIn = OneIn(8);

// A version 3 table of the files a, b, c, with rows of a deleted, rows of b by equality; a branch
// "dev" ahead by d; the snapshots 7 (e comes) and 8 (c goes) staged; a tag of the first snapshot.
class World {
 public:
  World() : switched_(stored_), catalog_(MakeMemoryCatalog("file:///w", switched_, env_)) {
    EXPECT_THAT(catalog_->CreateNamespace({"ns"}), IsOk());
    EXPECT_THAT(catalog_->CreateTable(name(), Table()), IsOk());
    Must(table::FastAppend({File("a"), File("b")}));
    first_ = head();
    Must(table::FastAppend({File("c")}));
    table::RowDeltaChange deletes;
    deletes.validation.from = head();
    deletes.added_deletes = {Vector("va", "a"), Equality("e0")};
    Must(table::RowDelta(deletes));
    Must(table::CreateRef("old", {first_, table::RefType::kTag, {}, {}, {}}));
    Must(table::CreateRef("dev", {head(), table::RefType::kBranch, {}, {}, {}}));
    table::SnapshotOptions dev;
    dev.branch = "dev";
    Must(table::FastAppend({File("d")}, dev));
    Must(table::FastAppend({File("e")}, Staged(7)));
    Must(table::DeleteFiles({File("c").file_path}, Staged(8)));
  }

  static TableName name() { return {{"ns"}, "t"}; }
  static table::NewTable Table() {
    table::NewTable made = TableOfIds({{"format-version", "3"}});
    made.location = "file:///w/t";
    return made;
  }
  static table::SnapshotOptions Staged(int64_t id) {
    table::SnapshotOptions options;
    options.stage_only = true;
    options.snapshot_id = SnapshotId(id);
    return options;
  }

  DataFile File(const std::string& file_name, int64_t rows = 10) {
    DataFile file;
    file.file_path = "file:///w/t/data/" + file_name;
    file.record_count = rows;
    file.file_size_bytes = 100;
    if (!*stored_.Exists(file.file_path)) {
      EXPECT_THAT(stored_.WriteAll(file.file_path, "x"), IsOk());
    }
    return file;
  }
  DataFile Vector(const std::string& file_name, const std::string& data, int64_t rows = 1) {
    DataFile file = File(file_name, rows);
    file.content = table::FileContent::kPositionDeletes;
    file.file_format = table::FileFormat::kPuffin;
    file.referenced_data_file = File(data).file_path;
    file.content_offset = 4;
    file.content_size_bytes = 40;
    return file;
  }
  DataFile Equality(const std::string& file_name) {
    DataFile file = File(file_name, 1);
    file.content = table::FileContent::kEqualityDeletes;
    file.equality_ids = {table::FieldId(1)};
    return file;
  }

  const table::TableMetadata& metadata() {
    loaded_ = *catalog_->LoadTable(name());
    return *loaded_.metadata;
  }
  SnapshotId head() { return metadata().current_snapshot()->id; }
  SnapshotId first() const { return first_; }
  Env& env() { return env_; }

  Status Commit(std::vector<PendingChange> changes) {
    auto committed = CommitOperations(*catalog_, switched_, env_, changes);
    return committed ? Ok() : Status(std::move(committed).error());
  }

  // Fails as planned in what `commit` does; tells whether the fault was reached.
  bool With(io::FaultPlan plan, const std::function<void()>& commit) {
    io::FaultyFileIO faulty(stored_, std::move(plan));
    switched_.SwitchTo(faulty);
    commit();
    switched_.SwitchTo(stored_);
    return faulty.fault_reached();
  }

  // All that can be seen of the tables; snapshot ids apart, which are random.
  std::string Describe() {
    std::string text;
    const std::vector<TableName> tables = catalog_->ListTables({"ns"}).value();
    for (const TableName& table : tables)
      text += Describe(*catalog_->LoadTable(table)->metadata);
    return text;
  }

 private:
  void Must(std::unique_ptr<table::Operation> operation) {
    env_.Advance(Millis{1000});
    EXPECT_THAT(Commit({{name(), std::move(operation)}}), IsOk());
  }

  std::string Describe(const table::TableMetadata& metadata) {
    std::ostringstream text;
    text << "table v" << metadata.format_version << " " << metadata.schema().ToString()
         << metadata.spec().ToString() << metadata.sort_order().fields.size() << "\n";
    for (const auto& [key, value] : metadata.properties)
      text << key << "=" << value << "\n";
    text << metadata.statistics.size() << metadata.partition_statistics.size() << "\n";
    for (const auto& [ref_name, ref] : metadata.refs) {
      text << ref_name << (ref.min_snapshots_to_keep ? " limited" : "") << ":";
      text << Read(metadata, ref.snapshot_id) << "\n";
    }
    for (const table::Snapshot& snapshot : metadata.snapshots)
      text << snapshot.operation() << ":" << Read(metadata, snapshot.id) << "\n";
    return text.str();
  }

  // The files of a scan with their deletes; all that the snapshot needs must be there.
  std::string Read(const table::TableMetadata& metadata, SnapshotId snapshot) {
    table::ScanRequest request;
    request.snapshot = snapshot;
    const auto plan = table::PlanScan(metadata, request, stored_);
    EXPECT_THAT(plan, IsOk());
    std::set<std::string> files;
    for (const table::FileScanTask& task : plan->tasks) {
      std::string file = task.file.file_path;
      for (const DataFile& deletes : task.deletes) {
        file += "-" + deletes.file_path;
        EXPECT_THAT(stored_.Exists(deletes.file_path), HasValue(true));
      }
      EXPECT_THAT(stored_.Exists(task.file.file_path), HasValue(true));
      files.insert(file);
    }
    std::string text;
    for (const std::string& file : files)
      text += " " + file;
    return text;
  }

  FixedEnv env_;
  io::MemoryFileIO stored_;
  io::ForwardingFileIO switched_;
  std::unique_ptr<Catalog> catalog_;
  SnapshotId first_;
  LoadedTable loaded_;
};

// An operation to be committed to a world; several operations land together.
struct Case {
  std::string name;
  std::function<std::vector<PendingChange>(World&)> changes;
};

Case One(std::string name, std::function<std::unique_ptr<table::Operation>(World&)> make) {
  return {std::move(name), [make = std::move(make)](World& world) {
            return std::vector<PendingChange>{{World::name(), make(world)}};
          }};
}

table::StatisticsFile StatisticsOf(SnapshotId snapshot) {
  Json json;
  json.Set("snapshot-id", snapshot.value);
  json.Set("statistics-path", "file:///w/t/stats");
  return {snapshot, json};
}

std::vector<Case> FileCases() {
  return {
      One("fast append", [](World& w) { return table::FastAppend({w.File("n")}); }),
      {"merge append",
       [](World& w) {
         return std::vector<PendingChange>{
             {w.name(), table::UpdateProperties({{"commit.manifest.min-count-to-merge", "2"}})},
             {w.name(), table::MergeAppend({w.File("n")})}};
       }},
      One("overwrite files",
          [](World& w) {
            return table::OverwriteFiles(
                {{w.File("n")}, {w.File("a").file_path}, {w.head(), {}, {}}});
          }),
      One("delete files",
          [](World& w) {
            return table::DeleteFiles({w.File("a").file_path, w.File("b").file_path});
          }),
      One("delete where", [](World&) { return table::DeleteWhere(table::Expression::True()); }),
      One("replace partitions",
          [](World& w) {
            return table::ReplacePartitions({{w.File("n")}, false, {}});
          }),
      One("row delta",
          [](World& w) {
            table::RowDeltaChange change;
            change.validation.from = w.head();
            change.added = {w.File("n")};
            change.added_deletes = {w.Vector("va2", "a", 2), w.Vector("vb", "b"), w.Equality("e1")};
            change.removed = {w.File("c")};
            return table::RowDelta(change);
          }),
      One("rewrite files",
          [](World& w) {
            return table::RewriteFiles(
                {{w.File("a"), w.File("b")}, {w.File("ab", 18)}, {}, {}, w.head(), {}});
          }),
      One("rewrite manifests", [](World&) { return table::RewriteManifests(); }),
      One("pick an append", [](World&) { return table::CherryPick(SnapshotId(7)); }),
      {"pick a delete on top of an append", [](World& w) {
         return std::vector<PendingChange>{{w.name(), table::FastAppend({w.File("n")})},
                                           {w.name(), table::CherryPick(SnapshotId(8))}};
       }}};
}

std::vector<Case> MetadataCases() {
  return {One("properties",
              [](World&) {
                return table::UpdateProperties({{"k", "v"}});
              }),
          One("schema",
              [](World&) {
                return table::UpdateSchema([](table::SchemaUpdate& update) {
                  update.AddColumn("", "x", table::Type::Long());
                });
              }),
          One("spec",
              [](World&) {
                return table::UpdateSpec({{{"id", table::Transform::Bucket(4), ""}}, {}});
              }),
          One("sort order",
              [](World&) {
                return table::ReplaceSortOrder({{"id", table::Transform::Identity()}});
              }),
          One("statistics",
              [](World& w) {
                return table::UpdateStatistics({{StatisticsOf(w.head())}, {}});
              }),
          One("partition statistics",
              [](World& w) {
                return table::UpdatePartitionStatistics({{StatisticsOf(w.head())}, {}});
              }),
          One("create branch",
              [](World& w) {
                return table::CreateRef("x", {w.head(), table::RefType::kBranch, {}, {}, {}});
              }),
          One("replace tag",
              [](World& w) {
                return table::ReplaceRef("old", {w.head(), table::RefType::kTag, {}, {}, {}});
              }),
          One("rename branch", [](World&) { return table::RenameRef("dev", "x"); }),
          One("set limits",
              [](World&) {
                return table::SetRefLimits("dev", {{}, {}, 3, {}, {}});
              }),
          One("remove tag", [](World&) { return table::RemoveRef("old"); }),
          One("fast-forward", [](World&) { return table::FastForward("main", "dev"); }),
          One("roll back", [](World& w) { return table::RollbackTo(w.first()); }),
          One("roll back to a time",
              [](World& w) {
                return table::RollbackToTime(w.metadata().current_snapshot()->timestamp);
              }),
          One("set current", [](World&) { return table::SetCurrentSnapshot(SnapshotId(7)); }),
          One("remove history",
              [](World& w) {
                return table::RemoveHistory({{"old"}, {w.first(), SnapshotId(7)}});
              }),
          {"create with rows",
           [](World& w) {
             const TableName other{{"ns"}, "other"};
             table::NewTable made = TableOfIds();
             made.location = "file:///w/other";
             return std::vector<PendingChange>{
                 {other, table::CreateTable(*table::NewTableMetadata(made, w.env()))},
                 {other, table::FastAppend({w.File("n")})},
                 {w.name(), table::UpdateProperties({{"k", "v"}})}};
           }},
          {"replace with rows", [](World& w) {
             table::NewTable made = TableOfIds({{"k", "v"}});
             const auto staged = table::StageReplacement(w.metadata(), made, w.env().NowMs());
             return std::vector<PendingChange>{{w.name(), table::ReplaceTable(made, *staged)},
                                               {w.name(), table::FastAppend({w.File("n")})}};
           }}};
}

class OperationFaultTest : public ::testing::TestWithParam<io::FaultKind> {
 protected:
  static void Sweep(const Case& swept) {
    SCOPED_TRACE(swept.name);
    World clean;
    const std::string before = clean.Describe();
    ASSERT_THAT(clean.Commit(swept.changes(clean)), IsOk());
    const std::string after = clean.Describe();
    EXPECT_NE(before, after);
    std::optional<World> world;  // One after the other, until a change lands in it.
    const auto fail = [&](io::FaultPlan plan) {
      if (!world) world.emplace();
      const auto changes = swept.changes(*world);
      Status committed;
      const bool reached =
          world->With(std::move(plan), [&] { committed = world->Commit(changes); });
      const bool unknown = !committed && committed.error().kind == ErrorKind::kOutcomeUnknown;
      const std::string now = world->Describe();
      EXPECT_TRUE(now == (committed ? after : before) || (unknown && now == after)) << now;
      if (now != before) world.reset();
      return reached;
    };
    EXPECT_GE(io::ForEachFault(GetParam(), fail, kOneIn), 1);
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, OperationFaultTest,
                         ::testing::Values(io::FaultKind::kFail, io::FaultKind::kShortWrite,
                                           io::FaultKind::kDiskFull, io::FaultKind::kCrash));

TEST_P(OperationFaultTest, ShowsAChangeOfFilesOrNot) {
  for (const Case& swept : FileCases()) {
    Sweep(swept);
    if (HasFailure()) break;
  }
}

TEST_P(OperationFaultTest, ShowsAChangeOfMetadataOrNot) {
  for (const Case& swept : MetadataCases()) {
    Sweep(swept);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace firn::catalog
