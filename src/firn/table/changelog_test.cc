// SPDX-License-Identifier: Apache-2.0
//
// The changelog against a model: a table of which every row's life is known, changed at random by
// appends, removals, deletes of every kind, updates and compaction.

#include "firn/table/changelog.h"

#include <algorithm>
#include <map>
#include <set>

#include "firn/base/rounds_testing.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

using ::testing::IsEmpty;

// (ordinal, inserted or deleted, value of the row): what a changelog says.
using Change = std::tuple<size_t, bool, int64_t>;

// What delete files hold, by location and offset.
struct Deleted {
  std::set<std::pair<std::string, int64_t>> positions;
  std::set<int64_t> values;
};

class ModelTable {
 public:
  ModelTable(uint64_t seed, int format_version) : random_(seed) {
    metadata_.format_version = format_version;
    metadata_.location = "file:///t";
    metadata_.schemas.push_back(
        *Schema::Make(SchemaId(0), {NestedField::Required(1, "v", Type::Long())}));
    metadata_.partition_specs.push_back({SpecId(0), {}});
    metadata_.partition_specs.push_back(
        {SpecId(1), {{FieldId(1), FieldId(1000), "p", *Transform::Parse("truncate[1000000]")}}});
    metadata_.sort_orders.push_back({});
  }

  /// Does something to the table in a new snapshot.
  void Step() {
    const std::set<int64_t> before = Alive();
    std::string operation{kOperationOverwrite};
    switch (random_.Below(7)) {
      case 0:
      case 1:
        operation = kOperationAppend;
        AddFile(random_.Below(6) + 1);
        break;
      case 2:
        RemoveFile();
        break;
      case 3:
        DeletePositions();
        break;
      case 4:
        if (metadata_.format_version >= 3) DeleteByVector();
        break;
      case 5:
        DeleteByValue();
        if (random_.Chance(2)) AddFile(2);
        break;
      default:
        operation = kOperationReplace;
        Compact();
    }
    Commit(operation);
    if (operation == kOperationReplace) return;
    const std::set<int64_t> after = Alive();
    std::vector<std::pair<bool, int64_t>> changes;
    for (const int64_t value : before) {
      if (!after.contains(value)) changes.emplace_back(false, value);
    }
    for (const int64_t value : after) {
      if (!before.contains(value)) changes.emplace_back(true, value);
    }
    changes_[metadata_.snapshots.back().id] = std::move(changes);
  }

  const TableMetadata& metadata() const { return metadata_; }
  io::FileIO& io() { return io_; }
  Random& random() { return random_; }

  /// What the model says of the snapshots of a plan.
  std::set<Change> Expected(const ChangelogPlan& plan) const {
    std::set<Change> expected;
    for (size_t ordinal = 0; ordinal < plan.snapshots.size(); ++ordinal) {
      for (const auto& [inserted, value] : changes_.at(plan.snapshots[ordinal].id)) {
        expected.emplace(ordinal, inserted, value);
      }
    }
    return expected;
  }

  /// What a reader of the plan finds.
  std::vector<Change> Read(const ChangelogPlan& plan) const {
    std::vector<Change> changes;
    for (const ChangelogTask& task : plan.tasks) {
      const std::vector<int64_t>& rows = rows_.at(task.file.file_path);
      for (size_t at = 0; at < rows.size(); ++at) {
        const auto position = static_cast<int64_t>(at);
        const bool before =
            task.file_before && !IsDeleted(task.deletes_before, task.file, position, rows[at]);
        const bool after =
            task.file_after && !IsDeleted(task.deletes_after, task.file, position, rows[at]);
        if (before != after) changes.emplace_back(task.ordinal, after, rows[at]);
      }
    }
    return changes;
  }

 private:
  struct LiveRow {
    size_t file;
    int64_t position;
    int64_t value;
  };

  static int64_t OffsetOf(const DataFile& file) { return file.content_offset.value_or(-1); }

  bool IsDeleted(const std::vector<DataFile>& deletes, const DataFile& file, int64_t position,
                 int64_t value) const {
    return std::any_of(deletes.begin(), deletes.end(), [&](const DataFile& entry) {
      const Deleted& deleted = deletes_.at({entry.file_path, OffsetOf(entry)});
      return deleted.positions.contains({file.file_path, position}) ||
             deleted.values.contains(value);
    });
  }

  std::vector<LiveRow> LiveRows() const {
    std::vector<LiveRow> live;
    for (size_t file = 0; file < data_.size(); ++file) {
      const std::string& path = data_[file].file.file_path;
      for (size_t at = 0; at < rows_.at(path).size(); ++at) {
        const auto position = static_cast<int64_t>(at);
        if (!dead_.contains({path, position})) {
          live.push_back({file, position, rows_.at(path)[at]});
        }
      }
    }
    return live;
  }

  std::set<int64_t> Alive() const {
    std::set<int64_t> values;
    for (const LiveRow& row : LiveRows())
      values.insert(row.value);
    return values;
  }

  ManifestEntry& NewData(const std::vector<int64_t>& rows) {
    ManifestEntry entry;
    entry.file.file_path = "file:///t/data/" + std::to_string(rows_.size()) + ".parquet";
    entry.file.spec_id = SpecId(static_cast<int32_t>(random_.Below(2)));
    if (entry.file.spec_id == SpecId(1)) entry.file.partition = {Literal::Long(0)};
    entry.file.record_count = static_cast<int64_t>(rows.size());
    rows_[entry.file.file_path] = rows;
    return data_.emplace_back(std::move(entry));
  }

  void AddFile(int64_t count) {
    std::vector<int64_t> rows;
    for (; count > 0; --count)
      rows.push_back(next_value_++);
    NewData(rows);
  }

  void RemoveFile() {
    if (!data_.empty())
      data_.erase(data_.begin() + random_.Below(static_cast<int64_t>(data_.size())));
  }

  // Rewrites what lives in some files into one.
  void Compact() {
    std::vector<int64_t> rows;
    for (size_t left = std::min<size_t>(data_.size(), 2); left > 0; --left) {
      const std::string path = data_.front().file.file_path;
      for (size_t at = 0; at < rows_.at(path).size(); ++at) {
        if (!dead_.contains({path, static_cast<int64_t>(at)})) rows.push_back(rows_.at(path)[at]);
      }
      data_.erase(data_.begin());
    }
    if (!rows.empty()) NewData(rows);
  }

  ManifestEntry& NewDeletes(FileContent content, const DataFile& like, Deleted deleted) {
    ManifestEntry entry;
    entry.file.content = content;
    entry.file.spec_id = like.spec_id;
    entry.file.partition = like.partition;
    entry.file.record_count = 1;
    entry.file.file_path = "file:///t/data/deletes-" + std::to_string(deletes_.size());
    deletes_[{entry.file.file_path, -1}] = std::move(deleted);
    return delete_entries_.emplace_back(std::move(entry));
  }

  void DeletePositions() {
    const std::vector<LiveRow> live = LiveRows();
    if (live.empty()) return;
    const LiveRow& chosen =
        live[static_cast<size_t>(random_.Below(static_cast<int64_t>(live.size())))];
    const DataFile& file = data_[chosen.file].file;
    if (HasVector(file.file_path)) return;  // A writer would add to the vector.
    Deleted deleted;
    for (const LiveRow& row : live) {
      if (row.file != chosen.file || random_.Chance(2)) continue;
      deleted.positions.insert({file.file_path, row.position});
    }
    dead_.insert(deleted.positions.begin(), deleted.positions.end());
    ManifestEntry& entry = NewDeletes(FileContent::kPositionDeletes, file, std::move(deleted));
    if (random_.Chance(2)) entry.file.referenced_data_file = file.file_path;
  }

  bool HasVector(const std::string& path) const {
    return std::any_of(delete_entries_.begin(), delete_entries_.end(), [&](const auto& entry) {
      return entry.file.file_format == FileFormat::kPuffin &&
             entry.file.referenced_data_file == path;
    });
  }

  // A new vector holds all that is deleted by position and takes the place of the old one.
  void DeleteByVector() {
    const std::vector<LiveRow> live = LiveRows();
    if (live.empty()) return;
    const LiveRow& chosen =
        live[static_cast<size_t>(random_.Below(static_cast<int64_t>(live.size())))];
    const std::string path = data_[chosen.file].file.file_path;
    Deleted deleted;
    for (const auto& [location, known] : deletes_) {
      for (const auto& position : known.positions) {
        if (position.first == path) deleted.positions.insert(position);
      }
    }
    deleted.positions.insert({path, chosen.position});
    dead_.insert({path, chosen.position});
    std::erase_if(delete_entries_, [&](const ManifestEntry& entry) {
      return entry.file.file_format == FileFormat::kPuffin &&
             entry.file.referenced_data_file == path;
    });
    const DataFile like = data_[chosen.file].file;
    ManifestEntry& entry = NewDeletes(FileContent::kPositionDeletes, like, deleted);
    entry.file.file_format = FileFormat::kPuffin;
    entry.file.referenced_data_file = path;
    entry.file.content_offset = 4;
    entry.file.content_size_bytes = 40;
    deletes_[{entry.file.file_path, 4}] = std::move(deleted);
  }

  // Reaches the files of its spec (all of them where it is unpartitioned) that are older.
  void DeleteByValue() {
    const std::vector<LiveRow> live = LiveRows();
    if (live.empty()) return;
    const LiveRow& chosen =
        live[static_cast<size_t>(random_.Below(static_cast<int64_t>(live.size())))];
    const DataFile like = random_.Chance(2) ? DataFile() : data_[chosen.file].file;
    Deleted deleted;
    deleted.values.insert(chosen.value);
    dead_.insert({data_[chosen.file].file.file_path, chosen.position});
    NewDeletes(FileContent::kEqualityDeletes, like, std::move(deleted)).file.equality_ids = {
        FieldId(1)};
  }

  // One manifest for each spec and kind, or one more for what is new.
  void Commit(const std::string& operation) {
    Snapshot snapshot;
    snapshot.id = SnapshotId(static_cast<int64_t>(metadata_.snapshots.size()) + 1);
    snapshot.sequence_number = SequenceNumber(snapshot.id.value);
    if (!metadata_.snapshots.empty()) snapshot.parent_id = metadata_.snapshots.back().id;
    snapshot.summary["operation"] = operation;
    snapshot.manifest_list = "file:///t/metadata/" + snapshot.id.ToString() + ".avro";
    const bool append = operation == kOperationAppend && random_.Chance(2);
    std::vector<ManifestFile> manifests;
    if (append) manifests = manifests_;
    for (const bool data : {true, false}) {
      for (const SpecId spec : {SpecId(0), SpecId(1)}) {
        WriteKind(data, spec, append, snapshot, manifests);
      }
    }
    const ManifestListWriteOptions options{
        metadata_.format_version, snapshot.id, {}, snapshot.sequence_number, 0};
    manifests_ = *WriteManifestList(io_, snapshot.manifest_list, options, manifests);
    metadata_.snapshots.push_back(snapshot);
    metadata_.current_snapshot_id = snapshot.id;
  }

  void WriteKind(bool data, SpecId spec, bool only_new, const Snapshot& snapshot,
                 std::vector<ManifestFile>& manifests) {
    std::vector<ManifestEntry> entries;
    for (ManifestEntry& entry : data ? data_ : delete_entries_) {
      if (entry.file.spec_id != spec) continue;
      const bool is_new = !entry.sequence_number;
      if (is_new) {
        entries.push_back(entry);
        entries.back().status = EntryStatus::kAdded;
        entry.sequence_number = entry.file_sequence_number = snapshot.sequence_number;
        entry.snapshot_id = snapshot.id;
        entry.status = EntryStatus::kExisting;
      } else if (!only_new) {
        entries.push_back(entry);
      }
    }
    if (entries.empty()) return;
    const ManifestWriteOptions options{metadata_.format_version,
                                       data ? ManifestContent::kData : ManifestContent::kDeletes,
                                       snapshot.id, *metadata_.FindSpec(spec), metadata_.schema()};
    const std::string location = "file:///t/metadata/m" + std::to_string(written_++) + ".avro";
    manifests.push_back(*WriteManifest(io_, location, options, entries));
  }

  Random random_;
  io::MemoryFileIO io_;
  TableMetadata metadata_;
  std::vector<ManifestEntry> data_, delete_entries_;
  std::vector<ManifestFile> manifests_;
  std::map<std::string, std::vector<int64_t>> rows_;
  std::map<std::pair<std::string, int64_t>, Deleted> deletes_;
  std::set<std::pair<std::string, int64_t>> dead_;
  std::map<SnapshotId, std::vector<std::pair<bool, int64_t>>> changes_;
  int64_t next_value_ = 1;
  int64_t written_ = 0;
};

TEST(PlanChangelog, SaysOfEveryRowWhatBecameOfIt) {
  size_t changes = 0;
  for (uint64_t seed = 1; seed <= Rounds(20); ++seed) {
    ModelTable table(seed, seed % 2 == 0 ? 2 : 3);
    for (int step = 0; step < 25; ++step) {
      table.Step();
    }
    const auto& snapshots = table.metadata().snapshots;
    for (int tries = 0; tries < 4; ++tries) {
      const auto to = static_cast<size_t>(table.random().Below(25));
      std::optional<SnapshotId> from;
      if (to > 0 && tries > 0) {
        from = snapshots[static_cast<size_t>(table.random().Below(static_cast<int64_t>(to)))].id;
      }
      const auto plan = PlanChangelog(table.metadata(), {from, snapshots[to].id}, table.io());
      ASSERT_THAT(plan, IsOk()) << "seed " << seed;
      const std::vector<Change> read = table.Read(*plan);
      const std::set<Change> distinct(read.begin(), read.end());
      EXPECT_EQ(distinct.size(), read.size()) << "a row twice, seed " << seed;
      EXPECT_TRUE(distinct == table.Expected(*plan)) << "seed " << seed;
      changes += read.size();
    }
  }
  EXPECT_GT(changes, static_cast<size_t>(Rounds(400)));
}

TEST(PlanChangelog, PassesOverWhatIsNoAppendWhenAsked) {
  ModelTable table(11, 2);
  for (int step = 0; step < 25; ++step) {
    table.Step();
  }
  const auto& snapshots = table.metadata().snapshots;
  const auto appends = std::count_if(
      snapshots.begin(), snapshots.end(),
      [](const Snapshot& snapshot) { return snapshot.operation() == kOperationAppend; });
  const auto plan =
      PlanChangelog(table.metadata(), {std::nullopt, snapshots.back().id, true}, table.io());
  ASSERT_THAT(plan, IsOk());
  ASSERT_GT(appends, 0);
  EXPECT_EQ(static_cast<int64_t>(plan->snapshots.size()), appends);
  const std::vector<Change> read = table.Read(*plan);
  EXPECT_TRUE(std::set<Change>(read.begin(), read.end()) == table.Expected(*plan));
}

TEST(PlanChangelog, IsEmptyBetweenASnapshotAndItself) {
  ModelTable table(7, 2);
  table.Step();
  const SnapshotId only = table.metadata().snapshots.back().id;
  const auto plan = PlanChangelog(table.metadata(), {only, only}, table.io());
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(plan->tasks, IsEmpty());
  EXPECT_THAT(PlanChangelog(table.metadata(), {SnapshotId(99), only}, table.io()),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::table
