// SPDX-License-Identifier: Apache-2.0
//
// Feeding a native model. Of the new rows, first only groups and sizes are read. Then all rows are
// read once, in the order of the files, and a group is handed to the model when its last row came
// by: files hold the rows of a group side by side, or nearly. Two kinds of groups go another way,
// after the others: those larger than a batch are streamed, those whose rows lie far apart are
// queried. So memory holds a few batches, however long the lake's history or a single conversation.
//
// What the model makes is encoded and compressed behind it, on one thread for each of its tables;
// the files of all tables become durable together.

#include "firn/pipeline/native_run.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include "firn/io/write_batch.h"
#include "firn/pipeline/batches.h"
#include "firn/pipeline/group_feed.h"
#include "firn/pipeline/new_rows.h"
#include "firn/pipeline/sql_text.h"
#include "firn/pipeline/write_behind.h"
#include "firn/sql/engine.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

constexpr int64_t kBatchBytes = int64_t{24} << 20;
constexpr size_t kBatchGroups = 500;
constexpr int64_t kWaitingBytes = int64_t{64} << 20;
constexpr int64_t kQueueBytes = int64_t{4} << 20;

bool IsLarge(const Group& group) {
  return group.bytes > kBatchBytes;
}

// Cuts a stream that is sorted by group into its groups.
class SortedGroups {
 public:
  SortedGroups(std::unique_ptr<sql::ResultStream> stream, std::string column)
      : stream_(std::move(stream)), column_(std::move(column)) {}

  // The next rows if they are of group `key`, else null.
  Result<std::shared_ptr<arrow::RecordBatch>> NextOf(const std::string& key) {
    while (batch_ == nullptr || at_ == batch_->num_rows()) {
      if (ended_) return nullptr;
      FIRN_ASSIGN(batch_, stream_->Next());
      at_ = 0;
      ended_ = batch_ == nullptr;
    }
    const auto keys = batch_->GetColumnByName(column_);
    const int64_t begin = at_;
    while (at_ < batch_->num_rows() && KeyValueAt(*keys, at_).text == key)
      ++at_;
    return at_ == begin ? nullptr : batch_->Slice(begin, at_ - begin);
  }

 private:
  std::unique_ptr<sql::ResultStream> stream_;
  std::string column_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t at_ = 0;
  bool ended_ = false;
};

class SortedRows : public GroupRows {
 public:
  SortedRows(SortedGroups& groups, const std::string& key) : groups_(groups), key_(key) {}
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override { return groups_.NextOf(key_); }

 private:
  SortedGroups& groups_;
  const std::string& key_;
};

class ListedRows : public GroupRows {
 public:
  explicit ListedRows(std::vector<std::shared_ptr<arrow::RecordBatch>> rows)
      : rows_(std::move(rows)) {}
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return at_ < rows_.size() ? std::move(rows_[at_++]) : nullptr;
  }

 private:
  std::vector<std::shared_ptr<arrow::RecordBatch>> rows_;
  size_t at_ = 0;
};

// A target's writer, and the thread it works on. The writer outlives the thread.
struct Target {
  std::unique_ptr<MergeWriter> writer;
  std::unique_ptr<WriteBehind> behind;
};

class NativeRun : public RowSink {
 public:
  NativeRun(const RunContext& context, NativeModel& native, const ModelPlan& plan, Staging& staging)
      : context_(context),
        native_(native),
        plan_(plan),
        staging_(staging),
        files_(context.files),
        refresh_(plan.action == ModelPlan::Action::kFull) {}

  Result<NativeResult> Run() {
    const Status done = RunAll();
    if (done) return std::move(result_);
    for (auto& [table, target] : targets_) {
      target.behind.reset();
      if (target.writer != nullptr) target.writer->Abort();
    }
    return done.error();
  }

  Status Write(std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) override {
    const auto found = targets_.find(table);
    if (found == targets_.end()) return Internal("native model writes to a foreign table", table);
    MergeWriter& writer = *found->second.writer;
    return found->second.behind->Do(arrow::util::TotalBufferSize(*rows),
                                    [&writer, rows] { return writer.Write(rows); });
  }

 private:
  Status RunAll();
  Status OpenTargets();
  Status OpenRows();
  Status RunWhole(std::span<const Group> groups, std::span<const Group> large);
  Status RunScattered(std::span<const Group> groups);
  Status RunLarge(const Group& group);
  Status RunBatch(std::span<WholeGroup> groups);
  Status LoadStates(const std::vector<std::string>& keys);
  Status Process(const Group& group, GroupRows& rows);
  Status RemoveStored(const std::string& key);
  Status FinishTargets();

  const RunContext& context_;
  NativeModel& native_;
  const ModelPlan& plan_;
  Staging& staging_;
  io::WriteBatch files_;
  bool refresh_;
  std::unique_ptr<NewRows> rows_;
  std::map<std::string, Target, std::less<>> targets_;
  std::map<std::string, std::shared_ptr<arrow::RecordBatch>, std::less<>> states_;
  NativeResult result_;
};

Status NativeRun::RunAll() {
  native_.Begin();
  FIRN_TRY(OpenTargets());
  FIRN_TRY(OpenRows());
  std::vector<Group> whole, large;
  for (const Group& group : rows_->groups()) {
    result_.rows_read += group.rows;
    (IsLarge(group) ? large : whole).push_back(group);
  }
  if (!whole.empty()) FIRN_TRY(RunWhole(whole, large));
  for (const Group& group : large)
    FIRN_TRY(RunLarge(group));
  FIRN_TRY(native_.End(*this));
  return FinishTargets();
}

Status NativeRun::OpenTargets() {
  for (const NativeTarget& target : native_.targets()) {
    FIRN_ASSIGN(const auto metadata, staging_.Find(target.table));
    MergeTarget merge;
    merge.table_name = target.table.substr(target.table.rfind('.') + 1);
    merge.metadata = metadata;
    merge.rule.keys = target.keys;
    merge.rule.precedence = target.precedence;
    merge.scope = {native_.source().group_by};
    Target& opened = targets_[target.table];
    FIRN_ASSIGN(opened.writer,
                MergeWriter::Open(std::move(merge), files_, context_.env, context_.writing));
    opened.behind = std::make_unique<WriteBehind>(kQueueBytes);
  }
  return Ok();
}

Status NativeRun::OpenRows() {
  const auto& input = plan_.inputs.front();
  FIRN_ASSIGN(const auto source, staging_.Find(input.table));
  std::optional<table::SnapshotId> from;
  if (!refresh_ && input.from_snapshot) from = table::SnapshotId(*input.from_snapshot);
  FIRN_ASSIGN(
      const auto changes,
      table::PlanChanges(*source, from, table::SnapshotId(*input.to_snapshot), context_.files));
  FIRN_ASSIGN(rows_, NewRows::Open(context_, native_.source(), source, changes));
  return Ok();
}

// Groups as they become whole, a batch of them at a time.
Status NativeRun::RunWhole(std::span<const Group> groups, std::span<const Group> large) {
  FIRN_ASSIGN(auto reader, rows_->ReadAll(large));
  GroupFeed feed(std::move(reader), native_.source(), groups, kWaitingBytes);
  while (true) {
    FIRN_ASSIGN(auto whole, feed.Next());
    if (whole.empty()) break;
    for (std::span rest(whole); !rest.empty();) {
      const size_t count = std::min(rest.size(), kBatchGroups);
      FIRN_TRY(RunBatch(rest.first(count)));
      rest = rest.subspan(count);
    }
  }
  return RunScattered(feed.scattered());
}

Status NativeRun::RunBatch(std::span<WholeGroup> groups) {
  std::vector<std::string> keys;
  for (const WholeGroup& one : groups)
    keys.push_back(one.group.key);
  FIRN_TRY(LoadStates(keys));
  for (WholeGroup& one : groups) {
    ListedRows rows(std::move(one.rows));
    FIRN_TRY(Process(one.group, rows));
  }
  return Ok();
}

Status NativeRun::RunScattered(std::span<const Group> groups) {
  for (size_t begin = 0, end = 0; begin < groups.size(); begin = end) {
    std::vector<std::string> keys;
    for (int64_t bytes = 0; end < groups.size() && end - begin < kBatchGroups; ++end) {
      bytes += groups[end].bytes;
      if (end > begin && bytes > kBatchBytes) break;
      keys.push_back(groups[end].key);
    }
    FIRN_TRY(LoadStates(keys));
    std::vector<Group> sorted(groups.begin() + static_cast<std::ptrdiff_t>(begin),
                              groups.begin() + static_cast<std::ptrdiff_t>(end));
    std::ranges::sort(sorted, {}, &Group::key);
    FIRN_ASSIGN(auto stream, rows_->Query(sorted));
    SortedGroups rows(std::move(stream), native_.source().group_by);
    for (const Group& group : sorted) {
      SortedRows of_group(rows, group.key);
      FIRN_TRY(Process(group, of_group));
      while (true) {  // What the model left unread.
        FIRN_ASSIGN(const auto rest, of_group.Next());
        if (rest == nullptr) break;
      }
    }
  }
  return Ok();
}

Status NativeRun::RunLarge(const Group& group) {
  FIRN_TRY(LoadStates({group.key}));
  FIRN_ASSIGN(const auto rows, rows_->Stream(group, kBatchBytes));
  return Process(group, *rows);
}

Status NativeRun::LoadStates(const std::vector<std::string>& keys) {
  states_.clear();
  if (native_.state_table().empty()) return Ok();
  const std::string& column_name = native_.source().group_by;
  const std::string key = QuotedName(column_name);
  std::vector<std::string> literals;
  for (const std::string& one : keys)
    literals.push_back(Literal(one));
  FIRN_ASSIGN(auto stream, context_.engine.Query(
                               "SELECT * FROM " + std::string(native_.state_table()) + " WHERE " +
                               key + " IN (" + Join(literals) + ") ORDER BY " + key));
  FIRN_ASSIGN(const auto batches, sql::ReadAll(*stream));
  if (batches.empty()) return Ok();
  FIRN_ASSIGN(const auto all, ConcatenateBatches(batches));
  const auto column = all->GetColumnByName(column_name);
  for (int64_t begin = 0, end = 0; begin < all->num_rows(); begin = end) {
    const std::string here(KeyValueAt(*column, begin).text);
    while (end < all->num_rows() && KeyValueAt(*column, end).text == here)
      ++end;
    states_[here] = all->Slice(begin, end - begin);
  }
  return Ok();
}

Status NativeRun::Process(const Group& group, GroupRows& rows) {
  const auto state = states_.find(group.key);
  NativeGroup given{group.key, state == states_.end() ? nullptr : state->second, refresh_};
  auto outcome = native_.Process(given, rows, *this);
  if (!outcome)
    return std::move(outcome).error().Within(native_.source().group_by + " " + group.key);
  ++result_.groups;
  if (refresh_ && *outcome == NativeModel::Outcome::kDone) return RemoveStored(group.key);
  return Ok();
}

Status NativeRun::RemoveStored(const std::string& key) {
  FIRN_ASSIGN(const auto group, OneTextBatch(native_.source().group_by, key));
  for (auto& [table, target] : targets_) {
    MergeWriter& writer = *target.writer;
    FIRN_TRY(target.behind->Do(0, [&writer, group] { return writer.RemoveGroups(*group); }));
  }
  return Ok();
}

// All tables end at the same time, each on its thread; then one wait for the disk.
Status NativeRun::FinishTargets() {
  for (auto& [table, target] : targets_) {
    MergeWriter& writer = *target.writer;
    MergeResult& change = result_.changes[table];
    FIRN_TRY(target.behind->Do(0, [&writer, &change]() -> Status {
      FIRN_ASSIGN(change, writer.Finish());
      return Ok();
    }));
  }
  for (auto& [table, target] : targets_)
    FIRN_TRY(target.behind->Finish());
  return files_.Flush();
}

}  // namespace

Result<NativeResult> RunNativeModel(const RunContext& context, NativeModel& native,
                                    const ModelPlan& plan, Staging& staging) {
  return NativeRun(context, native, plan, staging).Run();
}

}  // namespace firn::pipeline
