// SPDX-License-Identifier: Apache-2.0
//
// Feeding a native model. Of the new rows, first only groups, sizes and places are read; groups are
// then taken in the order in which they lie in the files, in batches of a few megabytes, each
// fetched by one query. A group larger than a batch is fetched in pieces of its own: rows of one
// source in ranges of the last ordering column. So memory holds one batch, however long the lake's
// history or a single conversation is.

#include "firn/pipeline/native_run.h"

#include <algorithm>
#include <deque>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/io/file_io.h"
#include "firn/pipeline/batches.h"
#include "firn/sql/engine.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

constexpr char kNewRows[] = "firn_new_rows";
constexpr int64_t kBatchBytes = int64_t{24} << 20;
constexpr size_t kBatchGroups = 500;

std::string Literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out.push_back('\'');
    out.push_back(c);
  }
  return out + "'";
}

std::string LiteralOf(const arrow::Array& array, int64_t row) {
  const KeyValue value = KeyValueAt(array, row);
  if (value.is_null) return "NULL";
  return value.is_text ? Literal(value.text) : std::to_string(value.number);
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text.append(text.empty() ? "" : ", ").append(part);
  return text;
}

std::string Quoted(const std::string& column) {
  return "\"" + column + "\"";
}

std::string Quoted(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns)
    text.append(text.empty() ? "" : ", ").append(Quoted(column));
  return text;
}

struct Group {
  std::string key;
  int64_t bytes = 0;
};

// Hands on what a stream gives.
class StreamRows : public GroupRows {
 public:
  explicit StreamRows(sql::Engine& engine, std::vector<std::string> queries)
      : engine_(engine), queries_(queries.begin(), queries.end()) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      if (stream_ == nullptr) {
        if (queries_.empty()) return nullptr;
        FIRN_ASSIGN(stream_, engine_.Query(queries_.front()));
        queries_.pop_front();
      }
      FIRN_ASSIGN(auto batch, stream_->Next());
      if (batch != nullptr) return batch;
      stream_.reset();
    }
  }

 private:
  sql::Engine& engine_;
  std::deque<std::string> queries_;
  std::unique_ptr<sql::ResultStream> stream_;
};

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

class SharedRows : public GroupRows {
 public:
  SharedRows(SortedGroups& groups, const std::string& key) : groups_(groups), key_(key) {}
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override { return groups_.NextOf(key_); }

 private:
  SortedGroups& groups_;
  const std::string& key_;
};

class NativeRun : public RowSink {
 public:
  NativeRun(const RunContext& context, NativeModel& native, const ModelPlan& plan, Staging& staging)
      : context_(context),
        native_(native),
        plan_(plan),
        staging_(staging),
        refresh_(plan.action == ModelPlan::Action::kFull) {}
  ~NativeRun() override { context_.engine.Unregister(kNewRows); }

  Result<NativeResult> Run() {
    const Status done = RunAll();
    if (done) return std::move(result_);
    for (auto& [table, writer] : writers_)
      writer->Abort();
    return done.error();
  }

  Status Write(std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) override {
    const auto writer = writers_.find(table);
    if (writer == writers_.end()) return Internal("native model writes to a foreign table", table);
    return writer->second->Write(rows);
  }

 private:
  Status RunAll();
  Status OpenWriters();
  Status RegisterNewRows();
  Result<std::vector<Group>> ListGroups();
  Status RunBatch(std::span<const Group> groups);
  Status RunLarge(const Group& group);
  Status LoadStates(std::span<const Group> groups);
  Status Process(const Group& group, GroupRows& rows);
  Status RemoveStored(const std::string& key);
  Result<std::vector<std::string>> PieceQueries(const Group& group);

  std::string Columns() const;

  const RunContext& context_;
  NativeModel& native_;
  const ModelPlan& plan_;
  Staging& staging_;
  bool refresh_;
  std::map<std::string, std::unique_ptr<MergeWriter>, std::less<>> writers_;
  std::map<std::string, std::shared_ptr<arrow::RecordBatch>, std::less<>> states_;
  NativeResult result_;
};

Status NativeRun::RunAll() {
  FIRN_TRY(OpenWriters());
  FIRN_TRY(RegisterNewRows());
  FIRN_ASSIGN(const auto groups, ListGroups());
  for (size_t begin = 0; begin < groups.size();) {
    if (groups[begin].bytes > kBatchBytes) {
      FIRN_TRY(RunLarge(groups[begin++]));
      continue;
    }
    size_t end = begin;
    for (int64_t bytes = 0; end < groups.size() && end - begin < kBatchGroups; ++end) {
      bytes += groups[end].bytes;
      if (end > begin && bytes > kBatchBytes) break;
    }
    FIRN_TRY(RunBatch(std::span(groups).subspan(begin, end - begin)));
    begin = end;
  }
  for (auto& [table, writer] : writers_) {
    FIRN_ASSIGN(result_.changes[table], writer->Finish());
  }
  return Ok();
}

Status NativeRun::OpenWriters() {
  for (const NativeTarget& target : native_.targets()) {
    FIRN_ASSIGN(const auto metadata, staging_.Find(target.table));
    MergeTarget merge;
    merge.table_name = target.table.substr(target.table.rfind('.') + 1);
    merge.metadata = metadata;
    merge.rule.keys = target.keys;
    merge.rule.precedence = target.precedence;
    merge.scope = {native_.source().group_by};
    FIRN_ASSIGN(writers_[target.table],
                MergeWriter::Open(std::move(merge), context_.files, context_.env));
  }
  return Ok();
}

Status NativeRun::RegisterNewRows() {
  const auto& input = plan_.inputs.front();
  FIRN_ASSIGN(const auto source, staging_.Find(input.table));
  std::optional<table::SnapshotId> from;
  if (!refresh_ && input.from_snapshot) from = table::SnapshotId(*input.from_snapshot);
  FIRN_ASSIGN(
      const auto files,
      table::PlanChanges(*source, from, table::SnapshotId(*input.to_snapshot), context_.files));
  std::vector<table::FileScanTask> tasks;
  for (const table::ManifestEntry& entry : files.added) {
    table::FileScanTask task;
    task.file = entry.file;
    tasks.push_back(std::move(task));
  }
  return context_.engine.RegisterFiles(kNewRows, source, std::move(tasks));
}

Result<std::vector<Group>> NativeRun::ListGroups() {
  const NativeSource& source = native_.source();
  const std::string key = Quoted(source.group_by);
  FIRN_ASSIGN(auto stream,
              context_.engine.Query("SELECT " + key + ", CAST(sum(" + Quoted(source.size_column) +
                                    ") AS BIGINT) AS bytes, count(*) AS rows FROM " + kNewRows +
                                    " GROUP BY " + key +
                                    " ORDER BY min((filename, file_row_number)), " + key));
  std::vector<Group> groups;
  while (true) {
    FIRN_ASSIGN(const auto batch, stream->Next());
    if (batch == nullptr) return groups;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      groups.push_back({std::string(KeyValueAt(*batch->column(0), row).text),
                        KeyValueAt(*batch->column(1), row).number});
      result_.rows_read += KeyValueAt(*batch->column(2), row).number;
    }
  }
}

std::string NativeRun::Columns() const {
  const NativeSource& source = native_.source();
  std::vector<std::string> columns = {source.group_by};
  columns.insert(columns.end(), source.order_by.begin(), source.order_by.end());
  columns.insert(columns.end(), source.columns.begin(), source.columns.end());
  return Quoted(columns);
}

Status NativeRun::RunBatch(std::span<const Group> groups) {
  FIRN_TRY(LoadStates(groups));
  std::vector<Group> sorted(groups.begin(), groups.end());
  std::ranges::sort(sorted, {}, &Group::key);
  std::vector<std::string> keys;
  for (const Group& group : sorted)
    keys.push_back(Literal(group.key));
  const NativeSource& source = native_.source();
  FIRN_ASSIGN(auto stream,
              context_.engine.Query("SELECT " + Columns() + " FROM " + kNewRows + " WHERE " +
                                    Quoted(source.group_by) + " IN (" + Join(keys) + ") ORDER BY " +
                                    Quoted(source.group_by) + ", " + Quoted(source.order_by)));
  SortedGroups rows(std::move(stream), source.group_by);
  for (const Group& group : sorted) {
    SharedRows of_group(rows, group.key);
    FIRN_TRY(Process(group, of_group));
    while (true) {  // What the model left unread.
      FIRN_ASSIGN(const auto rest, of_group.Next());
      if (rest == nullptr) break;
    }
  }
  return Ok();
}

// Queries for the rows of one group in order, each for about one batch of bytes.
Result<std::vector<std::string>> NativeRun::PieceQueries(const Group& group) {
  const NativeSource& source = native_.source();
  const std::string select =
      " FROM " + std::string(kNewRows) + " WHERE " + source.group_by + " = " + Literal(group.key);
  const std::string order = " ORDER BY " + Quoted(source.order_by);
  FIRN_ASSIGN(auto stream, context_.engine.Query("SELECT " + Quoted(source.order_by) + ", CAST(" +
                                                 Quoted(source.size_column) +
                                                 " AS BIGINT) AS bytes" + select + order));
  std::vector<std::string> queries;
  std::string first, last, prefix;
  int64_t bytes = 0;
  const size_t depth = source.order_by.size() - 1;
  const auto flush = [&] {
    if (first.empty()) return;
    queries.push_back("SELECT " + Columns() + select + prefix + " AND " +
                      Quoted(source.order_by.back()) + " BETWEEN " + first + " AND " + last +
                      order);
    first.clear();
    bytes = 0;
  };
  while (true) {
    FIRN_ASSIGN(const auto batch, stream->Next());
    if (batch == nullptr) break;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::string here;
      for (size_t i = 0; i < depth; ++i) {
        here += " AND " + Quoted(source.order_by[i]) + " IS NOT DISTINCT FROM " +
                LiteralOf(*batch->column(static_cast<int>(i)), row);
      }
      const int64_t size = KeyValueAt(*batch->column(static_cast<int>(depth) + 1), row).number;
      if (here != prefix || bytes + size > kBatchBytes) flush();
      prefix = here;
      last = LiteralOf(*batch->column(static_cast<int>(depth)), row);
      if (first.empty()) first = last;
      bytes += size;
    }
  }
  flush();
  return queries;
}

Status NativeRun::RunLarge(const Group& group) {
  FIRN_TRY(LoadStates({&group, 1}));
  FIRN_ASSIGN(auto queries, PieceQueries(group));
  StreamRows rows(context_.engine, std::move(queries));
  return Process(group, rows);
}

Status NativeRun::LoadStates(std::span<const Group> groups) {
  states_.clear();
  if (native_.state_table().empty()) return Ok();
  const std::string& column_name = native_.source().group_by;
  const std::string key = Quoted(column_name);
  std::vector<std::string> keys;
  for (const Group& group : groups)
    keys.push_back(Literal(group.key));
  FIRN_ASSIGN(auto stream,
              context_.engine.Query("SELECT * FROM " + std::string(native_.state_table()) +
                                    " WHERE " + key + " IN (" + Join(keys) + ") ORDER BY " + key));
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
  FIRN_ASSIGN(const auto groups, OneTextBatch(native_.source().group_by, key));
  for (auto& [table, writer] : writers_)
    FIRN_TRY(writer->RemoveGroups(*groups));
  return Ok();
}

}  // namespace

Result<NativeResult> RunNativeModel(const RunContext& context, NativeModel& native,
                                    const ModelPlan& plan, Staging& staging) {
  return NativeRun(context, native, plan, staging).Run();
}

}  // namespace firn::pipeline
