// SPDX-License-Identifier: Apache-2.0
//
// A snapshot's files are read up to three times: the rows that went, by their keys; the rows that
// came, by theirs; then all of both again, each row now known for what it is. Where nothing went or
// nothing came, once. Keys take memory by the row, so of many rows only a part is matched at a
// time.

#include "firn/datafile/changelog_reader.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/equality_deletes.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/take_rows.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using table::ChangelogTask;
using table::ChangeType;
using table::NestedField;

// Of no row that went: those have row ids, under a first half of zeros.
constexpr Hash128 kNoRowId{1, 0};

// However many rows a manifest claims.
constexpr int64_t kPartsMax = 4096;

bool IsChangelogColumn(table::FieldId id) {
  return std::ranges::any_of(table::ChangelogColumns(),
                             [id](const NestedField& column) { return column.id == id; });
}

Result<std::shared_ptr<arrow::Array>> NamesOf(const std::vector<ChangeType>& types) {
  arrow::StringBuilder names;
  for (const ChangeType type : types) {
    FIRN_TRY(FromArrow(names.Append(table::ChangeTypeName(type))));
  }
  return FromArrow(names.Finish());
}

const arrow::Int64Array& LongsOf(const arrow::RecordBatch& rows, int from_the_end) {
  return static_cast<const arrow::Int64Array&>(*rows.column(rows.num_columns() - from_the_end));
}

// The lineage of a row, in the last columns of a batch.
const arrow::Int64Array& RowIdsOf(const arrow::RecordBatch& rows) {
  return LongsOf(rows, 2);
}
const arrow::Int64Array& UpdatesOf(const arrow::RecordBatch& rows) {
  return LongsOf(rows, 1);
}

}  // namespace

Result<table::Schema> ChangelogSchema(const table::Schema& schema) {
  std::vector<NestedField> fields = schema.fields();
  for (const NestedField& column : table::ChangelogColumns())
    fields.push_back(column);
  return table::Schema::Make(schema.id(), std::move(fields));
}

ChangelogReader::ChangelogReader(io::FileIO& files, table::ChangelogPlan plan,
                                 ChangelogReadOptions options)
    : files_(files), plan_(std::move(plan)), options_(std::move(options)) {}

Result<std::unique_ptr<ChangelogReader>> ChangelogReader::Open(io::FileIO& files,
                                                               const table::TableMetadata& metadata,
                                                               table::ChangelogPlan plan,
                                                               ChangelogReadOptions options) {
  std::unique_ptr<ChangelogReader> reader(
      new ChangelogReader(files, std::move(plan), std::move(options)));
  FIRN_ASSIGN(const table::Schema all, ChangelogSchema(reader->plan_.schema));
  FIRN_TRY(reader->Choose(all));
  FIRN_ASSIGN(reader->deletes_, ScanDeletes::Make(files, metadata));
  return reader;
}

// Finds the columns asked for among `all`.
Status ChangelogReader::Choose(const table::Schema& all) {
  std::vector<NestedField> chosen = all.fields();
  if (!options_.columns.empty()) chosen.clear();
  for (const std::string& name : options_.columns) {
    const NestedField* column = all.FindByName(name);
    if (column == nullptr) return NotFound("no such column in the changelog", name);
    chosen.push_back(*column);
  }
  FIRN_ASSIGN(const table::Schema asked, table::Schema::Make(all.id(), chosen));
  FIRN_ASSIGN(layout_, ToArrow(asked));
  std::erase_if(chosen, [](const NestedField& column) { return IsChangelogColumn(column.id); });
  FIRN_ASSIGN(wanted_, table::Schema::Make(all.id(), chosen));
  const auto lineage = table::LineageColumns();
  chosen.insert(chosen.end(), lineage.begin(), lineage.end());
  FIRN_ASSIGN(wanted_and_lineage_, table::Schema::Make(all.id(), std::move(chosen)));
  FIRN_ASSIGN(lineage_, table::Schema::Make(all.id(), {lineage.begin(), lineage.end()}));
  return Ok();
}

Result<std::shared_ptr<arrow::RecordBatch>> ChangelogReader::Next() {
  for (;;) {
    if (rows_ != nullptr) {
      FIRN_ASSIGN(const BatchPtr rows, rows_->Next());
      if (rows == nullptr) {
        rows_.reset();
        continue;
      }
      FIRN_ASSIGN(const BatchPtr changes, ChangesOf(rows));
      if (changes->num_rows() > 0) return changes;
    } else if (next_side_ < end_side_) {
      const size_t at = next_side_++;
      side_ = at < gone_.size() ? &gone_[at] : &come_[at - gone_.size()];
      FIRN_ASSIGN(rows_, OpenSide(*side_, match_ == Match::kNone      ? wanted_
                                          : match_ == Match::kByRowId ? wanted_and_lineage_
                                                                      : plan_.schema));
    } else if (next_pass_ < passes_) {
      FIRN_TRY(BeginPass());
    } else if (next_snapshot_ < plan_.snapshots.size()) {
      FIRN_TRY(BeginSnapshot());
    } else {
      return BatchPtr();
    }
  }
}

Status ChangelogReader::BeginSnapshot() {
  gone_.clear();
  come_.clear();
  for (; next_task_ < plan_.tasks.size(); ++next_task_) {
    if (plan_.tasks[next_task_].ordinal != next_snapshot_) break;
    FIRN_TRY(AddSides(plan_.tasks[next_task_]));
  }
  ++next_snapshot_;
  next_side_ = end_side_ = 0;
  next_pass_ = 0;
  parts_ = passes_ = 1;
  match_ = Match::kNone;
  if (gone_.empty() || come_.empty()) return Ok();
  const bool have_ids = std::ranges::all_of(
      gone_, [](const Side& side) { return side.task->file.first_row_id.has_value(); });
  match_ = have_ids ? Match::kByRowId : Match::kByValues;
  const int64_t rows_max = std::max<int64_t>(1, options_.memory_bytes / RowMatcher::kBytesPerRow);
  int64_t rows = 0;
  for (const Side& side : gone_)
    rows += std::min(side.rows, rows_max * kPartsMax - rows);
  parts_ = static_cast<uint64_t>(rows / rows_max) + 1;
  // All rows that went come before the first that came, whichever part they are of.
  passes_ = parts_ == 1 ? 1 : 2 * parts_;
  return Ok();
}

// What the deletes on either side make of the file's rows.
Status ChangelogReader::AddSides(const ChangelogTask& task) {
  table::FileScanTask scan{task.file, task.sequence_number, {}, task.deletes_before};
  FIRN_ASSIGN(auto before, deletes_->For(scan, plan_.schema));
  scan.deletes = task.deletes_after;
  FIRN_ASSIGN(auto after, deletes_->For(scan, plan_.schema));
  if (!task.file_before || !task.file_after) {
    auto& deleted = task.file_after ? after : before;
    const int64_t gone = deleted ? deleted->CountWithin(0, task.file.record_count) : 0;
    AddSide({&task, task.file_after, nullptr, std::move(deleted), task.file.record_count - gone});
    return Ok();
  }
  auto gone = after ? PositionBitmap(*after) : PositionBitmap();
  auto come = before ? PositionBitmap(*before) : PositionBitmap();
  if (before) gone.Remove(*before);
  if (after) come.Remove(*after);
  for (auto* rows : {&gone, &come}) {
    const int64_t count = rows->cardinality();
    AddSide({&task, rows == &come, std::make_shared<const PositionBitmap>(std::move(*rows)),
             nullptr, count});
  }
  return Ok();
}

void ChangelogReader::AddSide(Side side) {
  if (side.rows <= 0) return;
  (side.inserted ? come_ : gone_).push_back(std::move(side));
}

Status ChangelogReader::BeginPass() {
  const uint64_t pass = next_pass_++;
  part_ = pass % parts_;
  next_side_ = pass < parts_ ? 0 : gone_.size();
  end_side_ = passes_ == 1 || pass >= parts_ ? gone_.size() + come_.size() : gone_.size();
  matcher_ = RowMatcher();
  if (match_ == Match::kNone) return Ok();
  for (const auto* sides : {&gone_, &come_}) {
    for (const Side& side : *sides)
      FIRN_TRY(AddKeys(side));
  }
  return Ok();
}

Status ChangelogReader::AddKeys(const Side& side) {
  const bool by_row_id = match_ == Match::kByRowId;
  FIRN_ASSIGN(const auto reader, OpenSide(side, by_row_id ? lineage_ : plan_.schema));
  const int64_t now = plan_.snapshots[side.task->ordinal].sequence_number.value;
  for (;;) {
    FIRN_ASSIGN(const BatchPtr rows, reader->Next());
    if (rows == nullptr) return Ok();
    FIRN_ASSIGN(const std::vector<Hash128> keys, KeysOf(*rows));
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      const Hash128& key = keys[static_cast<size_t>(row)];
      if (!InPart(key)) continue;
      if (side.inserted) {
        matcher_.AddInserted(key, by_row_id && UpdatesOf(*rows).Value(row) == now);
      } else {
        matcher_.AddDeleted(key);
      }
    }
  }
}

Result<std::unique_ptr<BatchReader>> ChangelogReader::OpenSide(const Side& side,
                                                               const table::Schema& projection) {
  ReadOptions options = deletes_->OptionsFor(side.task->file);
  options.batch_rows = options_.batch_rows;
  options.batch_bytes = options_.batch_bytes;
  options.sequence_number = side.task->sequence_number;
  options.only = side.only;
  options.deleted = side.deleted;
  return ReadFile(files_, side.task->file, projection, std::move(options));
}

Result<std::vector<Hash128>> ChangelogReader::KeysOf(const arrow::RecordBatch& rows) const {
  std::vector<Hash128> keys(static_cast<size_t>(rows.num_rows()), kNoRowId);
  if (match_ == Match::kByRowId) {
    const arrow::Int64Array& ids = RowIdsOf(rows);
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      if (ids.IsValid(row)) {
        keys[static_cast<size_t>(row)] = {0, static_cast<uint64_t>(ids.Value(row))};
      }
    }
    return keys;
  }
  FIRN_ASSIGN(RowKeyEncoder values, RowKeyEncoder::Make(rows, 0));
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    keys[static_cast<size_t>(row)] = SipHash128(values.Encode(row), 0, 0);
  }
  return keys;
}

bool ChangelogReader::InPart(const Hash128& key) const {
  return (key.high ^ key.low) % parts_ == part_;
}

// What became of rows of the side at hand; those carried over, and those of other parts, left out.
Result<std::shared_ptr<arrow::RecordBatch>> ChangelogReader::ChangesOf(const BatchPtr& rows) {
  const auto count = static_cast<size_t>(rows->num_rows());
  if (match_ == Match::kNone) {
    const ChangeType type = side_->inserted ? ChangeType::kInsert : ChangeType::kDelete;
    return Label(rows, std::vector<ChangeType>(count, type));
  }
  FIRN_ASSIGN(const std::vector<Hash128> keys, KeysOf(*rows));
  std::vector<ChangeType> types;
  std::vector<int64_t> changed;
  for (size_t row = 0; row < count; ++row) {
    if (!InPart(keys[row])) continue;
    const auto type =
        side_->inserted ? matcher_.TypeOfInserted(keys[row]) : matcher_.TypeOfDeleted(keys[row]);
    if (!type) continue;
    types.push_back(*type);
    changed.push_back(static_cast<int64_t>(row));
  }
  FIRN_ASSIGN(const BatchPtr taken, TakeRows(rows, changed));
  return Label(taken, types);
}

// The columns asked for, of rows of the side at hand.
Result<std::shared_ptr<arrow::RecordBatch>> ChangelogReader::Label(
    const BatchPtr& rows, const std::vector<ChangeType>& types) const {
  const size_t ordinal = side_->task->ordinal;
  const int64_t count = rows->num_rows();
  arrow::ArrayVector columns;
  for (const auto& field : layout_->fields()) {
    const auto id = FieldIdOf(*field);
    std::shared_ptr<arrow::Array>& column =
        columns.emplace_back(rows->GetColumnByName(field->name()));
    if (id == table::kChangeTypeColumn) {
      FIRN_ASSIGN(column, NamesOf(types));
    } else if (id == table::kChangeOrdinalColumn) {
      const auto value = table::Literal::Int(static_cast<int32_t>(ordinal));
      FIRN_ASSIGN(column, RepeatLiteral(value, count));
    } else if (id == table::kCommitSnapshotIdColumn) {
      const auto value = table::Literal::Long(plan_.snapshots[ordinal].id.value);
      FIRN_ASSIGN(column, RepeatLiteral(value, count));
    } else if (column == nullptr) {
      return Internal("a column of the changelog was not read", field->name());
    }
  }
  return arrow::RecordBatch::Make(layout_, count, std::move(columns));
}

}  // namespace firn::datafile
