// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/new_rows.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "firn/datafile/scan_reader.h"
#include "firn/pipeline/row_key.h"
#include "firn/pipeline/sql_text.h"
#include "firn/table/metadata.h"

namespace firn::pipeline {
namespace {

constexpr char kNewRows[] = "firn_new_rows";
constexpr int64_t kReadBytes = int64_t{8} << 20;

std::string LiteralOf(const arrow::Array& array, int64_t row) {
  const KeyValue value = KeyValueAt(array, row);
  if (value.is_null) return "NULL";
  return value.is_text ? Literal(value.text) : std::to_string(value.number);
}

std::string KeysOf(std::span<const Group> groups) {
  std::vector<std::string> keys;
  for (const Group& group : groups)
    keys.push_back(Literal(group.key));
  return Join(keys);
}

// Hands on what queries give, one after the other.
class QueriedRows : public GroupRows {
 public:
  QueriedRows(sql::Engine& engine, std::vector<std::string> queries)
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

// Hands on the rows of one group that a reader of several comes upon.
class FoundRows : public GroupRows {
 public:
  FoundRows(std::unique_ptr<datafile::BatchReader> reader, std::string column, std::string key)
      : reader_(std::move(reader)), column_(std::move(column)), key_(std::move(key)) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      if (batch_ == nullptr || at_ == batch_->num_rows()) {
        FIRN_ASSIGN(batch_, reader_->Next());
        at_ = 0;
        if (batch_ == nullptr) return nullptr;
      }
      const auto keys = batch_->GetColumnByName(column_);
      const int64_t rows = batch_->num_rows();
      while (at_ < rows && KeyValueAt(*keys, at_).text != key_)
        ++at_;
      const int64_t begin = at_;
      while (at_ < rows && KeyValueAt(*keys, at_).text == key_)
        ++at_;
      if (at_ > begin) return batch_->Slice(begin, at_ - begin);
    }
  }

 private:
  std::unique_ptr<datafile::BatchReader> reader_;
  std::string column_, key_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t at_ = 0;
};

}  // namespace

// Where a row lies, and how a query names it.
struct NewRows::Place {
  size_t task = 0;
  int64_t row = 0;
  int64_t bytes = 0;
  std::string source;  // Condition on all ordering columns but the last.
  std::string last;    // Literal of the last.
};

NewRows::NewRows(const RunContext& context, const NativeSource& source,
                 std::shared_ptr<const table::TableMetadata> metadata)
    : context_(context), source_(source), metadata_(std::move(metadata)) {}

NewRows::~NewRows() {
  context_.engine.Unregister(kNewRows);
}

Result<std::unique_ptr<NewRows>> NewRows::Open(const RunContext& context,
                                               const NativeSource& source,
                                               std::shared_ptr<const table::TableMetadata> metadata,
                                               const table::ChangePlan& changes) {
  std::unique_ptr<NewRows> rows(new NewRows(context, source, std::move(metadata)));
  for (const table::ManifestEntry& entry : changes.added) {
    table::FileScanTask task;
    task.file = entry.file;
    rows->task_of_.emplace(entry.file.file_path, rows->tasks_.size());
    rows->tasks_.push_back(std::move(task));
  }
  FIRN_TRY(context.engine.RegisterFiles(kNewRows, rows->metadata_, rows->tasks_));
  FIRN_TRY(rows->ListGroups());
  return rows;
}

Status NewRows::ListGroups() {
  const std::string key = QuotedName(source_.group_by);
  FIRN_ASSIGN(auto stream,
              context_.engine.Query(
                  "SELECT " + key + ", CAST(sum(" + QuotedName(source_.size_column) +
                  ") AS BIGINT) AS bytes, count(*) AS rows FROM " + kNewRows + " GROUP BY " + key +
                  " ORDER BY min((filename, file_row_number)), " + key));
  while (true) {
    FIRN_ASSIGN(const auto batch, stream->Next());
    if (batch == nullptr) return Ok();
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      groups_.push_back({std::string(KeyValueAt(*batch->column(0), row).text),
                         KeyValueAt(*batch->column(1), row).number,
                         KeyValueAt(*batch->column(2), row).number});
    }
  }
}

Result<std::unique_ptr<datafile::BatchReader>> NewRows::ReadTasks(
    std::vector<table::FileScanTask> tasks) {
  std::vector<std::string> columns = {source_.group_by, source_.size_column};
  columns.insert(columns.end(), source_.order_by.begin(), source_.order_by.end());
  columns.insert(columns.end(), source_.columns.begin(), source_.columns.end());
  table::ScanPlan plan;
  plan.schema = metadata_->schema();
  FIRN_ASSIGN(plan.projection, table::SelectColumns(plan.schema, columns));
  plan.tasks = std::move(tasks);
  datafile::ScanReadOptions options;
  options.batch_bytes = kReadBytes;
  FIRN_ASSIGN(auto reader,
              datafile::ScanReader::Open(context_.files, *metadata_, std::move(plan), options));
  return std::unique_ptr<datafile::BatchReader>(std::move(reader));
}

Result<std::unique_ptr<datafile::BatchReader>> NewRows::ReadAll(std::span<const Group> without) {
  if (without.empty()) return ReadTasks(tasks_);
  FIRN_ASSIGN(auto stream,
              context_.engine.Query("SELECT DISTINCT filename FROM " + std::string(kNewRows) +
                                    " WHERE " + QuotedName(source_.group_by) + " NOT IN (" +
                                    KeysOf(without) + ") ORDER BY filename"));
  std::vector<table::FileScanTask> tasks;
  while (true) {
    FIRN_ASSIGN(const auto batch, stream->Next());
    if (batch == nullptr) return ReadTasks(std::move(tasks));
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      tasks.push_back(tasks_.at(task_of_.find(KeyValueAt(*batch->column(0), row).text)->second));
  }
}

std::string NewRows::Columns() const {
  std::vector<std::string> columns = {source_.group_by};
  columns.insert(columns.end(), source_.order_by.begin(), source_.order_by.end());
  columns.insert(columns.end(), source_.columns.begin(), source_.columns.end());
  return QuotedNames(columns);
}

Result<std::unique_ptr<sql::ResultStream>> NewRows::Query(std::span<const Group> groups) {
  const std::string key = QuotedName(source_.group_by);
  return context_.engine.Query("SELECT " + Columns() + " FROM " + kNewRows + " WHERE " + key +
                               " IN (" + KeysOf(groups) + ") ORDER BY " + key + ", " +
                               QuotedNames(source_.order_by));
}

std::string NewRows::RowsOf(const Group& group) const {
  return " FROM " + std::string(kNewRows) + " WHERE " + QuotedName(source_.group_by) + " = " +
         Literal(group.key);
}

// The rows of a group in order.
Result<std::vector<NewRows::Place>> NewRows::PlacesOf(const Group& group) {
  const std::string order = QuotedNames(source_.order_by);
  FIRN_ASSIGN(auto stream, context_.engine.Query(
                               "SELECT " + order + ", CAST(" + QuotedName(source_.size_column) +
                               " AS BIGINT), filename, CAST(file_row_number AS BIGINT)" +
                               RowsOf(group) + " ORDER BY " + order));
  std::vector<Place> places;
  const int depth = static_cast<int>(source_.order_by.size()) - 1;
  while (true) {
    FIRN_ASSIGN(const auto batch, stream->Next());
    if (batch == nullptr) return places;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      Place& place = places.emplace_back();
      for (int i = 0; i < depth; ++i) {
        place.source += " AND " + QuotedName(source_.order_by[static_cast<size_t>(i)]) +
                        " IS NOT DISTINCT FROM " + LiteralOf(*batch->column(i), row);
      }
      place.last = LiteralOf(*batch->column(depth), row);
      place.bytes = KeyValueAt(*batch->column(depth + 1), row).number;
      place.task = task_of_.find(KeyValueAt(*batch->column(depth + 2), row).text)->second;
      place.row = KeyValueAt(*batch->column(depth + 3), row).number;
    }
  }
}

// Queries for ranges of the last ordering column, each for about `piece_bytes`.
std::vector<std::string> NewRows::PieceQueries(const Group& group, const std::vector<Place>& places,
                                               int64_t piece_bytes) const {
  std::vector<std::string> queries;
  for (size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    int64_t bytes = 0;
    for (; end < places.size() && places[end].source == places[begin].source; ++end) {
      bytes += places[end].bytes;
      if (end > begin && bytes > piece_bytes) break;
    }
    queries.push_back("SELECT " + Columns() + RowsOf(group) + places[begin].source + " AND " +
                      QuotedName(source_.order_by.back()) + " BETWEEN " + places[begin].last +
                      " AND " + places[end - 1].last + " ORDER BY " +
                      QuotedNames(source_.order_by));
  }
  return queries;
}

Result<std::unique_ptr<GroupRows>> NewRows::Stream(const Group& group, int64_t piece_bytes) {
  FIRN_ASSIGN(const auto places, PlacesOf(group));
  const auto is_before = [](const Place& a, const Place& b) {
    return std::pair(a.task, a.row) < std::pair(b.task, b.row);
  };
  if (!std::ranges::is_sorted(places, is_before)) {
    return std::unique_ptr<GroupRows>(
        std::make_unique<QueriedRows>(context_.engine, PieceQueries(group, places, piece_bytes)));
  }
  std::set<size_t> holding;
  for (const Place& place : places)
    holding.insert(place.task);
  std::vector<table::FileScanTask> tasks;
  for (const size_t task : holding)
    tasks.push_back(tasks_[task]);
  FIRN_ASSIGN(auto reader, ReadTasks(std::move(tasks)));
  return std::unique_ptr<GroupRows>(
      std::make_unique<FoundRows>(std::move(reader), source_.group_by, group.key));
}

}  // namespace firn::pipeline
