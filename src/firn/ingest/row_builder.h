// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/ingest/path_values.h"
#include "firn/ingest/reject.h"
#include "firn/ingest/source.h"
#include "firn/ingest/text_column.h"
#include "firn/ingest/text_value.h"
#include "firn/table/schema.h"

namespace firn::ingest {

/// The columns that tables in namespace bronze have beside those of the data.
inline constexpr std::string_view kIngestionTimestamp = "ingestion_timestamp";
inline constexpr std::string_view kSourceSystem = "source_system";
inline constexpr std::string_view kSourceFile = "source_file";
inline constexpr std::string_view kRecordHash = "record_hash";

/// What the audit columns, and the folders, say of every row of one file.
struct RowOrigin {
  TimeUs ingested_at;
  std::string source_system;
  std::string source_file;
  const TimeZone* zone = nullptr;  ///< Of times that name none; null is UTC. Outlives the rows.
  std::vector<PathValue> path_values;
};

/// Where a row stands in its file.
struct RowPlace {
  int64_t offset = 0;
  std::optional<int64_t> line;
  std::string_view raw;
};

/// Builds rows of a table's schema value by value and keeps aside those that break a rule.
///
/// For each row: `Append...` for the columns the source gives, in any order, then `EndRow`. Columns
/// not given are null; the audit columns and those of the folders' names, where the table has them
/// and the data do not, are filled in. The first violation of a row makes it a reject. Not
/// thread-safe.
class RowBuilder {
 public:
  /// Errors: `kUnsupported`, naming the column, for types that cannot be built.
  static Result<RowBuilder> Make(table::Schema schema, RowOrigin origin);
  /// Makes an empty one of the same table and origin, with the same columns given up.
  Result<RowBuilder> MakeAlike() const;
  RowBuilder(RowBuilder&&) noexcept;
  ~RowBuilder();

  const table::Schema& schema() const { return schema_; }
  /// Index of the column called `name`; the audit columns that are filled in are not found.
  std::optional<size_t> FindColumn(std::string_view name, bool case_sensitive = true) const;
  /// Says that the source gives column `name` itself, if the table has it.
  void GiveUpAudit(std::string_view name);
  /// Whether a column is filled in where the source does not give it.
  bool FillsIn(size_t column) const;

  /// Fills a column from text. Null where `text` is unset.
  void AppendText(size_t column, std::optional<std::string_view> text);
  /// Lets `append` add one value (or a violation and nothing) to the builder of a column.
  template <typename Append>
  void AppendWith(size_t column, Append append) {
    if (filled_[column] != 0) return RejectSecond(column);
    Fill(column);
    if (auto violation = append(*builders_[column])) Refuse(column, std::move(*violation));
  }
  /// Marks the row as broken; `column` is "" where it is the whole row.
  void Reject(std::string_view column, Violation violation);

  /// Ends the row: kept, or set aside as a reject with the bytes at `place`.
  Status EndRow(const RowPlace& place);

  /// Fills a column of many rows, the same of each until `EndRows`. Errors: for want of memory.
  Status AppendTexts(size_t column, const TextColumn& texts);
  /// Ends the rows whose columns were given by `AppendTexts`, as `EndRow` does one.
  Status EndRows(std::span<const RowPlace> places);

  /// Adds a reject that never was a row.
  void AddReject(const RowPlace& place, std::string rule, std::string message);

  int64_t rows() const { return rows_; }
  size_t bytes() const { return bytes_; }  ///< Of the rows taken in, as they stood in the file.
  size_t reject_count() const { return rejects_.size(); }
  bool empty() const { return rows_ == 0 && rejects_.empty(); }

  /// Hands out the good rows and the rejects since the last call.
  Result<SourceBatch> Finish();

 private:
  struct Audit {
    std::optional<size_t> ingested_at, system, file, hash;
  };

  RowBuilder(table::Schema schema, RowOrigin origin);
  void Fill(size_t column) {
    filled_[column] = 1;
    ++filled_count_;
  }
  void RejectSecond(size_t column);
  void Refuse(size_t column, Violation violation);
  void AppendNull(size_t column);
  void FillAudit(std::string_view raw);
  void FillFromPath();
  void FillMissing();
  Result<std::shared_ptr<arrow::RecordBatch>> GoodRows();

  table::Schema schema_;
  RowOrigin origin_;
  Audit audit_;
  std::vector<std::optional<size_t>> path_columns_;  // One for each value of the path.
  std::shared_ptr<arrow::Schema> layout_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<uint8_t> filled_;  // Columns of the row being built.
  size_t filled_count_ = 0;
  std::optional<Violation> violation_;
  std::string violated_column_;
  // Of rows being built together: the first of each row that has one.
  std::map<size_t, std::pair<size_t, Violation>> violations_;
  std::vector<bool> good_;  // One per row.
  std::vector<firn::ingest::Reject> rejects_;
  int64_t rows_ = 0;
  int64_t bad_rows_ = 0;
  size_t bytes_ = 0;
};

}  // namespace firn::ingest
