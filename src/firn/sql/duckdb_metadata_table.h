// SPDX-License-Identifier: Apache-2.0
//
// Metadata tables: `t$snapshots` and the like, computed while they are scanned. Their names and
// columns are those of Iceberg's Spark tables. Private to the room.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duckdb.hpp"
#include "duckdb/function/table_function.hpp"
#include "firn/base/result.h"
#include "firn/sql/duckdb_scan.h"

namespace firn::sql {

// Found like metadata tables, but read as rows: what changed (no table of Iceberg's), and which
// rows are deleted.
inline constexpr char kChangesSuffix[] = "changes";
inline constexpr char kPositionDeletesSuffix[] = "position_deletes";

/// Walks over the rows of a metadata table. Values are made only of the columns that are asked for,
/// because some (the metrics of a file) take more than all others together.
class MetadataRows {
 public:
  virtual ~MetadataRows() = default;

  /// Moves to the next row; false at the end.
  virtual Result<bool> Next() = 0;
  /// The value of a column in the row it stands at.
  virtual duckdb::Value Get(size_t column) const = 0;
};

/// One of the tables that describe a table. Immutable.
struct MetadataTable {
  duckdb::vector<duckdb::string> names;
  duckdb::vector<duckdb::LogicalType> types;
  /// Begins a scan; reads manifests while it goes on.
  std::function<Result<std::unique_ptr<MetadataRows>>()> open;
};

/// A column of a metadata table whose rows are made of a `Record` each.
template <typename Record>
struct MetadataColumn {
  std::string name;
  duckdb::LogicalType type;
  std::function<duckdb::Value(const Record& record)> value;
};

/// Gives the records of a table one by one; null at the end. A record stays until the next call.
template <typename Record>
using NextRecord = std::function<Result<const Record*>()>;

/// Makes a table of columns over records; `begin` starts a walk over them.
template <typename Record>
MetadataTable TableOf(std::vector<MetadataColumn<Record>> columns,
                      std::function<Result<NextRecord<Record>>()> begin) {
  class Rows : public MetadataRows {
   public:
    Rows(std::shared_ptr<const std::vector<MetadataColumn<Record>>> columns,
         NextRecord<Record> next)
        : columns_(std::move(columns)), next_(std::move(next)) {}
    Result<bool> Next() override {
      FIRN_ASSIGN(record_, next_());
      return record_ != nullptr;
    }
    duckdb::Value Get(size_t column) const override { return (*columns_)[column].value(*record_); }

   private:
    std::shared_ptr<const std::vector<MetadataColumn<Record>>> columns_;
    NextRecord<Record> next_;
    const Record* record_ = nullptr;
  };
  MetadataTable table;
  for (const auto& column : columns) {
    table.names.push_back(column.name);
    table.types.push_back(column.type);
  }
  const auto shared =
      std::make_shared<const std::vector<MetadataColumn<Record>>>(std::move(columns));
  table.open = [shared, begin = std::move(begin)]() -> Result<std::unique_ptr<MetadataRows>> {
    FIRN_ASSIGN(auto next, begin());
    return std::make_unique<Rows>(shared, std::move(next));
  };
  return table;
}

/// Starts a walk over records that are all there at once.
template <typename Record>
Result<NextRecord<Record>> Walk(std::vector<Record> records) {
  auto kept = std::make_shared<const std::vector<Record>>(std::move(records));
  return NextRecord<Record>([kept, at = size_t{0}]() mutable -> Result<const Record*> {
    return at < kept->size() ? &(*kept)[at++] : nullptr;
  });
}

/// Makes one kind of table for what `source` reads.
using MakeMetadataTable = MetadataTable (*)(std::shared_ptr<const ScanSource> source);

/// A kind of metadata table and its suffix: "snapshots".
struct MetadataKind {
  std::string_view suffix;
  MakeMetadataTable make;
};

/// The kinds that tell of the table's history, out of its metadata file alone.
std::vector<MetadataKind> HistoryTables();
/// The kinds that tell of its files, out of manifest lists and manifests.
std::vector<MetadataKind> FileTables();

/// The metadata table `suffix` of the table `source` reads; null if there is none of that name.
std::shared_ptr<const MetadataTable> FindMetadataTable(std::string_view suffix,
                                                       std::shared_ptr<const ScanSource> source);

/// All suffixes, for advice.
std::vector<std::string_view> MetadataTableSuffixes();

/// Binds a scan of a metadata table.
duckdb::TableFunction BindMetadataScan(std::shared_ptr<const MetadataTable> table,
                                       duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

// Values of optional things.
inline duckdb::Value ValueOf(const std::optional<int64_t>& number) {
  return number ? duckdb::Value::BIGINT(*number) : duckdb::Value(duckdb::LogicalType::BIGINT);
}
template <typename Id>
duckdb::Value ValueOfId(const std::optional<Id>& id) {
  return id ? duckdb::Value::BIGINT(id->value) : duckdb::Value(duckdb::LogicalType::BIGINT);
}
inline duckdb::Value ValueOf(TimeMs time) {
  return duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(time.value * 1000));
}

}  // namespace firn::sql
