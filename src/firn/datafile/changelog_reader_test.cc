// SPDX-License-Identifier: Apache-2.0
//
// Changelogs against a model: a table of which every row's life is known, changed at random by
// appends, copy-on-write, merge-on-read, equality deletes and compaction.

#include "firn/datafile/changelog_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <tuple>

#include "firn/datafile/random_rows.h"
#include "firn/datafile/testing.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation.h"
#include "firn/table/overwrite.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/row_delta.h"

namespace firn::datafile {
namespace {

using table::DataFile;
using table::FieldId;
using table::FileScanTask;
using table::NestedField;
using table::SnapshotId;
using table::Type;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

constexpr const char* kLastUpdated = "_last_updated_sequence_number";

// A change as a changelog says it: snapshot, type, id and value of the row.
using Change = std::tuple<int64_t, std::string, int64_t, int64_t>;

table::Schema PairSchema() {
  return table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "id", Type::Long()),
                                                  NestedField::Optional(2, "v", Type::Long())})
      .value();
}

// What a table holds of one id. Rows of the same life have the same row id in a v3 table.
struct Row {
  int64_t value = 0;
  int64_t life = 0;
  friend bool operator==(const Row&, const Row&) = default;
};
using State = std::map<int64_t, Row>;

// A row on its way into a file, with the lineage it keeps.
struct NewRow {
  int64_t id = 0, value = 0;
  std::optional<int64_t> row_id, updated;
};

BatchPtr BatchOf(const std::vector<NewRow>& rows) {
  arrow::Int64Builder ids, values, row_ids, updates;
  for (const NewRow& row : rows) {
    EXPECT_TRUE(ids.Append(row.id).ok() && values.Append(row.value).ok());
    EXPECT_TRUE((row.row_id ? row_ids.Append(*row.row_id) : row_ids.AppendNull()).ok());
    EXPECT_TRUE((row.updated ? updates.Append(*row.updated) : updates.AppendNull()).ok());
  }
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("v", arrow::int64()),
       arrow::field("_row_id", arrow::int64()), arrow::field(kLastUpdated, arrow::int64())});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()),
                                  {ids.Finish().ValueOrDie(), values.Finish().ValueOrDie(),
                                   row_ids.Finish().ValueOrDie(), updates.Finish().ValueOrDie()});
}

class ChangingTable {
 public:
  ChangingTable(uint64_t seed, int format_version)
      : random_(seed), table_(PairSchema(), format_version) {}

  TestTable& table() { return table_; }
  const table::TableMetadata& metadata() { return table_.metadata(); }
  const State& state() const { return state_; }

  /// Does something to the table in a new snapshot.
  void Step() {
    switch (Pick(7)) {
      case 0:
      case 1:
        return Append(1 + Pick(6));
      case 2:
        return CopyOnWrite();
      case 3:
      case 4:
        return MergeOnRead();
      case 5:
        return UpsertByKey();
      default:
        return Compact();
    }
  }

  void Append(int64_t count) {
    std::vector<NewRow> rows;
    for (; count > 0; --count) {
      rows.push_back({next_id_, Pick(100), {}, {}});
      state_[next_id_++] = {rows.back().value, next_life_++};
    }
    Commit(table::FastAppend({Write(rows)}));
  }

  // Writes a file again: some rows go, some change, the others are carried over.
  void CopyOnWrite() {
    const auto task = SomeTask();
    if (!task) return;
    std::vector<NewRow> rows;
    for (NewRow row : RowsOf(*task)) {
      const int64_t fate = Pick(4);
      if (fate == 0) state_.erase(row.id);
      if (fate == 1) Update(row);
      if (fate != 0) rows.push_back(row);
    }
    table::Overwrite overwrite;
    if (!rows.empty()) overwrite.added = {Write(rows)};
    overwrite.deleted_paths = {task->file.file_path};
    Commit(table::OverwriteFiles(overwrite));
  }

  // Some rows go, some change, by position deletes (v2) or deletion vectors.
  void MergeOnRead() {
    const auto task = SomeTask();
    if (!task) return;
    const auto rows = RowsOf(*task);
    std::vector<int64_t> gone;
    std::vector<NewRow> updated;
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t fate = Pick(4);
      if (fate > 1) continue;
      gone.push_back(positions_[i]);
      if (fate == 0) {
        state_.erase(rows[i].id);
      } else {
        updated.push_back(rows[i]);
        Update(updated.back());
      }
    }
    if (gone.empty()) return;
    table::RowDeltaChange change;
    change.validation.from = metadata().current_snapshot_id;
    const WrittenDeletes written = table_.Delete(task->file, gone, task->deletes);
    change.added_deletes = written.added;
    if (Pick(2) == 0) change.removed_deletes = written.replaced;
    if (!updated.empty()) change.added = {Write(updated)};
    Commit(table::RowDelta(change));
  }

  // Deletes ids by an equality delete file and puts some of them in again, as streaming writers do.
  void UpsertByKey() {
    if (state_.empty()) return;
    std::vector<NewRow> keys, again;
    for (int64_t i = 1 + Pick(3); i > 0; --i) {
      auto at = state_.begin();
      std::advance(at, Pick(static_cast<int64_t>(state_.size())));
      const bool twice =
          std::ranges::any_of(keys, [&](const NewRow& key) { return key.id == at->first; });
      if (twice) continue;
      keys.push_back({at->first, 0, {}, {}});
      if (Pick(2) == 0) again.push_back({at->first, at->second.value + Pick(2), {}, {}});
    }
    for (const NewRow& key : keys)
      state_.erase(key.id);
    for (const NewRow& row : again)
      state_[row.id] = {row.value, next_life_++};
    const auto schema =
        table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "id", Type::Long())});
    table::RowDeltaChange change;
    change.added_deletes = {table_.WriteEqualityDeletes(
        arrow::RecordBatch::Make(ToArrow(*schema).value(), static_cast<int64_t>(keys.size()),
                                 {BatchOf(keys)->column(0)}),
        *schema, {FieldId(1)})};
    if (!again.empty()) change.added = {Write(again)};
    Commit(table::RowDelta(change));
  }

  // Two files become one; no row changes.
  void Compact() {
    const auto tasks = Tasks();
    if (tasks.size() < 2) return;
    table::FileRewrite rewrite;
    rewrite.planned_on = *metadata().current_snapshot_id;
    std::vector<NewRow> rows;
    for (size_t i = 0; i < 2; ++i) {
      const auto more = RowsOf(tasks[i]);
      rows.insert(rows.end(), more.begin(), more.end());
      rewrite.removed.push_back(tasks[i].file);
    }
    if (!rows.empty()) rewrite.added = {Write(rows)};
    Commit(table::RewriteFiles(rewrite));
  }

  /// What the model says of the snapshots in (from, to].
  std::multiset<Change> Expected(size_t from, size_t to) {
    std::multiset<Change> changes;
    const bool row_ids = metadata().format_version >= 3;
    for (size_t at = from + 1; at <= to; ++at) {
      const State& before = states_[at - 1];
      const State& after = states_[at];
      const int64_t snapshot = snapshots_[at].value;
      for (const auto& [id, row] : before) {
        const auto now = after.find(id);
        const bool lives = now != after.end();
        if (lives && row.value == now->second.value && (!row_ids || row == now->second)) continue;
        const bool update = row_ids && lives && row.life == now->second.life;
        changes.emplace(snapshot, update ? "UPDATE_BEFORE" : "DELETE", id, row.value);
        if (lives) {
          changes.emplace(snapshot, update ? "UPDATE_AFTER" : "INSERT", id, now->second.value);
        }
      }
      for (const auto& [id, row] : after) {
        if (!before.contains(id)) changes.emplace(snapshot, "INSERT", id, row.value);
      }
    }
    return changes;
  }

  /// What a reader says, in its order.
  std::vector<Change> Read(size_t from, size_t to, ChangelogReadOptions options = {}) {
    std::optional<SnapshotId> start;
    if (from > 0) start = snapshots_[from];
    auto plan = table::PlanChangelog(metadata(), {start, snapshots_[to]}, table_.files());
    EXPECT_THAT(plan, IsOk());
    auto reader =
        ChangelogReader::Open(table_.files(), metadata(), std::move(*plan), std::move(options))
            .value();
    const BatchPtr rows = AllRows(*reader);
    const auto snapshots = Numbers(*rows, "_commit_snapshot_id");
    const auto ids = Numbers(*rows, "id");
    const auto values = Numbers(*rows, "v");
    const auto& types =
        static_cast<const arrow::StringArray&>(*rows->GetColumnByName("_change_type"));
    std::vector<Change> changes;
    for (size_t i = 0; i < ids.size(); ++i) {
      changes.emplace_back(snapshots[i], types.GetString(static_cast<int64_t>(i)), ids[i],
                           values[i]);
    }
    return changes;
  }

  /// Applies changes to the state after snapshot `from`, in their order.
  State Replay(size_t from, const std::vector<Change>& changes) {
    State state = states_[from];
    for (const auto& [snapshot, type, id, value] : changes) {
      if (type == "DELETE" || type == "UPDATE_BEFORE") {
        const auto found = state.find(id);
        EXPECT_TRUE(found != state.end() && found->second.value == value) << type << " " << id;
        state.erase(id);
      } else {
        EXPECT_TRUE(state.emplace(id, Row{value, 0}).second) << type << " " << id;
      }
    }
    return state;
  }

  /// Snapshots so far; number 0 is the empty table.
  size_t last() const { return snapshots_.size() - 1; }
  const State& StateAt(size_t at) const { return states_[at]; }
  int64_t Pick(int64_t below) {
    return static_cast<int64_t>(random_() % static_cast<uint64_t>(below));
  }

 private:
  DataFile Write(const std::vector<NewRow>& rows) {
    WriterOptions options;
    options.row_lineage = metadata().format_version >= 3;
    const BatchPtr batch = BatchOf(rows);
    return table_.Write(options.row_lineage ? batch : batch->SelectColumns({0, 1}).ValueOrDie(),
                        options);
  }

  void Update(NewRow& row) {
    row.value += 100;
    row.updated.reset();  // The commit's (spec, "Row Lineage").
    state_[row.id].value = row.value;
  }

  std::vector<FileScanTask> Tasks() {
    auto plan = table::PlanScan(metadata(), {}, table_.files());
    EXPECT_THAT(plan, IsOk());
    return plan->tasks;
  }

  std::optional<FileScanTask> SomeTask() {
    const auto tasks = Tasks();
    if (tasks.empty()) return std::nullopt;
    return tasks[static_cast<size_t>(Pick(static_cast<int64_t>(tasks.size())))];
  }

  // The live rows of a file; `positions_` is where they lie.
  std::vector<NewRow> RowsOf(const FileScanTask& task) {
    ScanReadOptions options;
    options.metadata_columns = {"_pos", "_row_id", kLastUpdated};
    auto reader =
        ScanReader::Open(table_.files(), metadata(), table_.PlanOf({task}), std::move(options))
            .value();
    const BatchPtr batch = AllRows(*reader);
    const auto ids = Numbers(*batch, "id"), values = Numbers(*batch, "v");
    const auto row_ids = Numbers(*batch, "_row_id"), updates = Numbers(*batch, kLastUpdated);
    positions_ = Numbers(*batch, "_pos");
    std::vector<NewRow> rows;
    for (size_t i = 0; i < ids.size(); ++i) {
      rows.push_back({ids[i], values[i], row_ids[i], updates[i]});
    }
    return rows;
  }

  void Commit(const std::unique_ptr<table::Operation>& operation) {
    auto plan = operation->Plan(metadata(), {table_.files(), table_.env()});
    ASSERT_THAT(plan, IsOk());
    auto after = table::ApplyUpdates(metadata(), plan->updates, table_.env().NowMs());
    ASSERT_THAT(after, IsOk());
    table_.metadata() = std::move(*after);
    snapshots_.push_back(*metadata().current_snapshot_id);
    states_.push_back(state_);
  }

  std::mt19937_64 random_;
  TestTable table_;
  State state_;
  std::vector<State> states_ = {{}};
  std::vector<SnapshotId> snapshots_ = {SnapshotId(0)};
  std::vector<int64_t> positions_;
  int64_t next_id_ = 1, next_life_ = 1;
};

void CheckRange(ChangingTable& table, size_t from, size_t to) {
  for (const bool small : {false, true}) {
    ChangelogReadOptions options;
    if (small) options.batch_rows = 3;
    if (small) options.memory_bytes = 2 * RowMatcher::kBytesPerRow;
    const auto changes = table.Read(from, to, options);
    EXPECT_EQ(std::multiset<Change>(changes.begin(), changes.end()), table.Expected(from, to));
    const State end = table.Replay(from, changes);
    EXPECT_EQ(end.size(), table.StateAt(to).size());
    for (const auto& [id, row] : table.StateAt(to)) {
      ASSERT_TRUE(end.contains(id));
      EXPECT_EQ(end.at(id).value, row.value);
    }
  }
}

TEST(ChangelogReader, ReplaysFromAnyStateToAnyLaterOne) {
  size_t changes = 0;
  for (uint64_t seed = 1; seed <= 8 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ChangingTable table(seed, seed % 2 == 0 ? 2 : 3);
    while (table.last() < 14)
      table.Step();
    for (int tries = 0; tries < 3; ++tries) {
      const auto to = 1 + static_cast<size_t>(table.Pick(static_cast<int64_t>(table.last())));
      CheckRange(table, static_cast<size_t>(table.Pick(static_cast<int64_t>(to))), to);
    }
    CheckRange(table, 0, table.last());
    changes += table.Expected(0, table.last()).size();
  }
  EXPECT_GT(changes, 250u);
}

TEST(ChangelogReader, SaysNothingOfARewrite) {
  for (const int version : {2, 3}) {
    ChangingTable table(1, version);
    table.Append(5);
    table.Append(5);
    const size_t before = table.last();
    table.Compact();
    ASSERT_EQ(table.last(), before + 1);
    EXPECT_THAT(table.Read(before, table.last()), IsEmpty());
  }
}

TEST(ChangelogReader, GivesTheColumnsAskedForInTheirOrder) {
  ChangingTable table(1, 3);
  table.Append(2);
  table.MergeOnRead();
  auto plan =
      table::PlanChangelog(table.metadata(), {std::nullopt, *table.metadata().current_snapshot_id},
                           table.table().files());
  ChangelogReadOptions options;
  options.columns = {"_change_ordinal", "id"};
  auto reader =
      ChangelogReader::Open(table.table().files(), table.metadata(), *plan, options).value();
  EXPECT_THAT(reader->schema()->field_names(), ElementsAre("_change_ordinal", "id"));
  EXPECT_EQ(Numbers(*AllRows(*reader), "id").size(), table.Expected(0, table.last()).size());
  options.columns = {"_change_type"};
  reader = ChangelogReader::Open(table.table().files(), table.metadata(), *plan, options).value();
  EXPECT_EQ(static_cast<size_t>(AllRows(*reader)->num_rows()),
            table.Expected(0, table.last()).size());
  options.columns = {"nothing"};
  EXPECT_THAT(ChangelogReader::Open(table.table().files(), table.metadata(), *plan, options),
              IsError(ErrorKind::kNotFound));
}

TEST(ChangelogReader, KnowsRowsOfEveryTypeThatWereCarriedOver) {
  std::mt19937_64 random(3);
  TestTable table(SchemaOfAllTypes());
  const BatchPtr rows = RandomRows(table.schema(), 40, random);
  const DataFile old = table.Write(rows);
  const DataFile fresh = table.Write(rows->Slice(7));
  table::ChangelogPlan plan;
  plan.schema = table.schema();
  plan.snapshots = {{SnapshotId(1), table::SequenceNumber(2)}};
  plan.tasks = {{0, old, table::SequenceNumber(1), true, false, {}, {}},
                {0, fresh, table::SequenceNumber(2), false, true, {}, {}}};
  ChangelogReadOptions options;
  options.columns = {"_change_type", "id"};
  auto reader = ChangelogReader::Open(table.files(), table.metadata(), plan, options).value();
  const BatchPtr changes = AllRows(*reader);
  EXPECT_EQ(Numbers(*changes, "id"), Numbers(*rows->Slice(0, 7), "id"));
}

TEST(RowMatcher, MatchesEqualRowsOneForOne) {
  RowMatcher rows;
  const Hash128 twice{0, 1}, updated{0, 2}, gone{0, 3}, fresh{0, 4};
  for (const Hash128& key : {twice, twice, updated, gone})
    rows.AddDeleted(key);
  rows.AddInserted(twice, false);
  rows.AddInserted(updated, true);
  rows.AddInserted(fresh, true);
  using table::ChangeType;
  EXPECT_EQ(rows.TypeOfDeleted(twice), std::nullopt);
  EXPECT_EQ(rows.TypeOfDeleted(twice), ChangeType::kDelete);
  EXPECT_EQ(rows.TypeOfInserted(twice), std::nullopt);
  EXPECT_EQ(rows.TypeOfDeleted(updated), ChangeType::kUpdateBefore);
  EXPECT_EQ(rows.TypeOfInserted(updated), ChangeType::kUpdateAfter);
  EXPECT_EQ(rows.TypeOfDeleted(gone), ChangeType::kDelete);
  EXPECT_EQ(rows.TypeOfInserted(fresh), ChangeType::kInsert);
}

TEST(PositionBitmap, CountsAndTakesAway) {
  const int64_t far = (int64_t{5} << 32) + 7;
  PositionBitmap bits = PositionBitmap::Of(std::vector<int64_t>{1, 5, 9, far, far + 1});
  EXPECT_EQ(bits.CountWithin(0, 9), 2);
  EXPECT_EQ(bits.CountWithin(9, far + 1), 2);
  EXPECT_EQ(bits.CountWithin(0, INT64_MAX), 5);
  EXPECT_EQ(bits.CountWithin(5, 5), 0);
  bits.Remove(PositionBitmap::Of(std::vector<int64_t>{5, 6, far, far + 1}));
  EXPECT_EQ(bits, PositionBitmap::Of(std::vector<int64_t>{1, 9}));
}

}  // namespace
}  // namespace firn::datafile
