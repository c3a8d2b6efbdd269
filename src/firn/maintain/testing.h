// SPDX-License-Identifier: Apache-2.0
//
// A small lake in memory whose files have ages, and random histories in it; include only from
// tests.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/catalog/testing.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"
#include "firn/maintain/clean_table.h"
#include "firn/table/append.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/operation.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/scan.h"
#include "firn/table/testing.h"

namespace firn::maintain {

/// Passes everything on, knows when each file was made, and tells a listener before each operation.
class AgedFileIO : public io::ForwardingFileIO {
 public:
  AgedFileIO(io::FileIO& inner, Env& env) : ForwardingFileIO(inner), env_(env) {}

  /// Called before each operation with its name and location.
  std::function<void(std::string_view, std::string_view)> before;

  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override {
    Tell("open", location);
    return ForwardingFileIO::Open(location);
  }
  Result<std::unique_ptr<io::OutputFile>> Create(std::string_view location) override {
    Tell("create", location);
    made_[io::NormalizeLocation(location)] = env_.NowMs();
    return ForwardingFileIO::Create(location);
  }
  Status Delete(std::string_view location) override {
    Tell("delete", location);
    made_.erase(io::NormalizeLocation(location));
    return ForwardingFileIO::Delete(location);
  }
  Result<std::vector<io::FileInfo>> List(std::string_view prefix) override {
    Tell("list", prefix);
    FIRN_ASSIGN(auto files, ForwardingFileIO::List(prefix));
    for (io::FileInfo& file : files)
      file.modified = made_[file.location];
    return files;
  }

 private:
  void Tell(std::string_view what, std::string_view location) {
    if (before) before(what, location);
  }

  Env& env_;
  std::map<std::string, TimeMs> made_;
};

/// A catalog in memory with the namespace "ns" and one table, "ns.t".
class World {
 public:
  explicit World(catalog::Properties properties = {}, uint64_t seed = 42)
      : env(TimeUs{1'762'335'000'000'000}, seed), files(memory, env) {
    lake = catalog::MakeMemoryCatalog(kWarehouse, files, env);
    EXPECT_THAT(lake->CreateNamespace({"ns"}), IsOk());
    EXPECT_THAT(lake->CreateTable(name, catalog::TableOfIds(std::move(properties))), IsOk());
  }

  catalog::LoadedTable Load() { return lake->LoadTable(name).value(); }
  MaintainContext Context() { return {*lake, files, env, kWarehouse}; }

  Status Commit(std::unique_ptr<table::Operation> operation) {
    FIRN_TRY(catalog::CommitOperation(*lake, files, env, name, std::move(operation)));
    return Ok();
  }

  /// Writes a data file that nobody refers to yet.
  table::DataFile WriteFile() {
    table::DataFile file =
        catalog::FileNamed(Load(), "f" + std::to_string(written_++) + ".parquet");
    EXPECT_THAT(files.WriteAll(file.file_path, "rows"), IsOk());
    return file;
  }
  Status Append(table::SnapshotOptions options = {}) {
    return Commit(table::FastAppend({WriteFile()}, std::move(options)));
  }

  /// The live files of a branch, sorted.
  std::vector<std::string> LiveOf(const std::string& branch) {
    const catalog::LoadedTable table = Load();
    std::vector<std::string> live;
    const table::Snapshot* head = table.metadata->SnapshotOfRef(branch);
    if (head == nullptr) return live;
    const auto entries = table::LiveFiles(*table.metadata, *head, files);
    if (!entries) {
      // An expiry may have taken the snapshot while it was read.
      EXPECT_THAT(entries, IsError(ErrorKind::kNotFound));
      return live;
    }
    for (const table::ManifestEntry& entry : *entries)
      live.push_back(entry.file.file_path);
    std::sort(live.begin(), live.end());
    return live;
  }

  /// All files there are below the table's folder.
  std::set<std::string> OnDisk() {
    std::set<std::string> found;
    const auto listed = memory.List(Load().metadata->location);
    EXPECT_THAT(listed, IsOk());
    for (const io::FileInfo& file : *listed)
      found.insert(file.location);
    return found;
  }

  static constexpr char kWarehouse[] = "file:///warehouse";
  const catalog::TableName name{{"ns"}, "t"};
  FixedEnv env;
  io::MemoryFileIO memory;
  AgedFileIO files;
  std::unique_ptr<catalog::Catalog> lake;

 private:
  int64_t written_ = 0;
};

/// Everything the snapshots of `metadata` need, found the slow and plain way. Fails where something
/// cannot be read.
inline std::set<std::string> NeededBy(const table::TableMetadata& metadata, io::FileIO& io) {
  std::set<std::string> needed;
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    needed.insert(io::NormalizeLocation(snapshot.manifest_list));
    const auto manifests = table::ManifestsOf(metadata, snapshot, io);
    EXPECT_THAT(manifests, IsOk()) << "snapshot " << snapshot.id.ToString();
    if (!manifests) continue;
    for (const table::ManifestFile& manifest : *manifests) {
      needed.insert(io::NormalizeLocation(manifest.path));
      const auto entries = table::ReadManifest(io, manifest, *metadata.FindSpec(manifest.spec_id));
      EXPECT_THAT(entries, IsOk()) << manifest.path;
      if (!entries) continue;
      for (const table::ManifestEntry& entry : *entries) {
        if (entry.is_live()) needed.insert(io::NormalizeLocation(entry.file.file_path));
      }
    }
  }
  for (const auto* statistics : {&metadata.statistics, &metadata.partition_statistics}) {
    for (const table::StatisticsFile& file : *statistics)
      needed.insert(io::NormalizeLocation(file.json.GetString("statistics-path").value()));
  }
  return needed;
}

/// Does random things to the table of a `World`: what writers do, not maintenance.
class RandomWriter {
 public:
  RandomWriter(World& world, uint64_t seed) : world_(world), random_(seed) {}

  /// One commit, or an attempt that is legally refused.
  void Step() {
    const std::string branch = PickBranch();
    Status done = Ok();
    switch (random_.Below(12)) {
      case 0:
      case 1:
      case 2:
        done = world_.Append(On(branch));
        break;
      case 3:
      case 4:
        done = Replace(branch, random_.Chance(2));
        break;
      case 5:
        done = DeleteSome(branch);
        break;
      case 6:
        done = Stage(branch);
        break;
      case 7:
        done = PublishStaged(branch);
        break;
      case 8:
        done = MakeRef();
        break;
      case 9:
        done = DropRef();
        break;
      case 10:
        done = RollBack(branch);
        break;
      default:
        done = AddStatistics();
    }
    if (done) return;
    const ErrorKind kind = done.error().kind;
    EXPECT_TRUE(kind == ErrorKind::kConflict || kind == ErrorKind::kNotFound ||
                kind == ErrorKind::kAlreadyExists || kind == ErrorKind::kInvalidArgument)
        << done.error().ToString();
  }

  table::Random& random() { return random_; }

 private:
  static table::SnapshotOptions On(const std::string& branch) {
    table::SnapshotOptions options;
    options.branch = branch;
    return options;
  }

  template <typename Items>
  auto Pick(const Items& items) {
    auto at = items.begin();
    std::advance(at, random_.Below(static_cast<int64_t>(items.size())));
    return *at;
  }

  std::string PickBranch() {
    std::vector<std::string> branches = {"main", "main"};
    for (const auto& [name, ref] : world_.Load().metadata->refs) {
      if (ref.is_branch()) branches.push_back(name);
    }
    return Pick(branches);
  }

  Status Replace(const std::string& branch, bool compaction) {
    const std::vector<std::string> live = world_.LiveOf(branch);
    if (live.empty()) return Ok();
    if (compaction) return Compact(branch, Pick(live));
    table::Overwrite change;
    change.deleted_paths = {Pick(live)};
    change.added = {world_.WriteFile()};
    return world_.Commit(table::OverwriteFiles(std::move(change), On(branch)));
  }

  Status Compact(const std::string& branch, const std::string& path) {
    const catalog::LoadedTable table = world_.Load();
    const table::Snapshot* head = table.metadata->SnapshotOfRef(branch);
    if (head == nullptr) return Ok();
    table::FileRewrite change;
    change.added = {world_.WriteFile()};
    change.removed = change.added;  // All files of this world are alike but for their names.
    change.removed.front().file_path = path;
    change.planned_on = head->id;
    return world_.Commit(table::RewriteFiles(std::move(change), On(branch)));
  }

  Status DeleteSome(const std::string& branch) {
    const std::vector<std::string> live = world_.LiveOf(branch);
    if (live.empty()) return Ok();
    return world_.Commit(table::DeleteFiles({Pick(live)}, On(branch)));
  }

  Status Stage(const std::string& branch) {
    table::SnapshotOptions options = On(branch);
    options.stage_only = true;
    options.snapshot_id = table::NewSnapshotId(world_.env);
    staged_.push_back(*options.snapshot_id);
    return world_.Append(std::move(options));
  }

  Status PublishStaged(const std::string& branch) {
    if (staged_.empty()) return Ok();
    return world_.Commit(table::CherryPick(Pick(staged_), On(branch)));
  }

  Status MakeRef() {
    const auto table = world_.Load();
    if (table.metadata->snapshots.empty()) return Ok();
    table::Ref ref;
    ref.snapshot_id = Pick(table.metadata->snapshots).id;
    ref.type = random_.Chance(2) ? table::RefType::kBranch : table::RefType::kTag;
    if (random_.Chance(4)) ref.max_ref_age = Millis::Days(random_.Below(10));
    if (ref.is_branch() && random_.Chance(4)) {
      ref.min_snapshots_to_keep = static_cast<int32_t>(random_.Below(3) + 1);
      ref.max_snapshot_age = Millis::Days(random_.Below(6));
    }
    return world_.Commit(table::CreateRef("r" + std::to_string(refs_++), ref));
  }

  Status DropRef() {
    const auto table = world_.Load();
    if (table.metadata->refs.empty()) return Ok();
    const std::string name = Pick(table.metadata->refs).first;
    return name == "main" ? Ok() : world_.Commit(table::RemoveRef(name));
  }

  Status RollBack(const std::string& branch) {
    const auto table = world_.Load();
    const table::Snapshot* head = table.metadata->SnapshotOfRef(branch);
    if (head == nullptr || !random_.Chance(3)) return Ok();
    FIRN_ASSIGN(const auto ancestors, table::Ancestors(*table.metadata, head->id));
    return world_.Commit(table::RollbackTo(Pick(ancestors)->id, branch));
  }

  Status AddStatistics() {
    const auto table = world_.Load();
    const table::Snapshot* current = table.metadata->current_snapshot();
    if (current == nullptr) return Ok();
    const std::string path = io::JoinLocation(table.metadata->location,
                                              "metadata/s" + std::to_string(refs_++) + ".stats");
    FIRN_TRY(world_.files.WriteAll(path, "statistics"));
    Json json{Json::Object()};
    json.Set("snapshot-id", current->id.value);
    json.Set("statistics-path", path);
    json.Set("file-size-in-bytes", 10);
    const table::StatisticsFile file{current->id, json};
    catalog::TableChange change{world_.name, {}, {}};
    if (random_.Chance(2)) {
      change.updates.emplace_back(table::SetStatistics{file});
    } else {
      change.updates.emplace_back(table::SetPartitionStatistics{file});
    }
    FIRN_TRY(world_.lake->Commit({&change, 1}));
    return Ok();
  }

  World& world_;
  table::Random random_;
  std::vector<table::SnapshotId> staged_;
  int64_t refs_ = 0;
};

}  // namespace firn::maintain
