// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/adopt_files.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/catalog/commit.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/parquet_export.h"
#include "firn/ingest/test_lake.h"
#include "firn/ingest/testing.h"
#include "firn/table/metadata_operations.h"

namespace firn::ingest {
namespace {

using table::NestedField;
using table::Transform;
using table::Type;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const catalog::TableName kTable{{"silver"}, "adopted"};

struct Column {
  std::shared_ptr<arrow::Field> field;
  std::shared_ptr<arrow::Array> values;
};

template <typename Builder, typename Value>
Column MakeColumn(const std::string& name, std::shared_ptr<arrow::DataType> type,
                  const std::vector<std::optional<Value>>& values) {
  Builder builder(type, arrow::default_memory_pool());
  for (const auto& value : values)
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  return {arrow::field(name, type), builder.Finish().ValueOrDie()};
}

Column Longs(const std::string& name, const std::vector<std::optional<int64_t>>& values) {
  return MakeColumn<arrow::Int64Builder>(name, arrow::int64(), values);
}
Column Ints(const std::string& name, const std::vector<std::optional<int32_t>>& values) {
  return MakeColumn<arrow::Int32Builder>(name, arrow::int32(), values);
}
Column Texts(const std::string& name, const std::vector<std::optional<std::string>>& values) {
  return MakeColumn<arrow::StringBuilder>(name, arrow::utf8(), values);
}
Column Times(const std::string& name, const std::vector<std::optional<int64_t>>& micros,
             arrow::TimeUnit::type unit = arrow::TimeUnit::MICRO) {
  return MakeColumn<arrow::TimestampBuilder>(name, arrow::timestamp(unit), micros);
}

Column WithFieldId(Column column, int id) {
  column.field = column.field->WithMetadata(
      arrow::key_value_metadata({std::string(datafile::kFieldIdKey)}, {std::to_string(id)}));
  return column;
}

// A lake with a table, and Parquet files beside it that others wrote.
class AdoptFilesTest : public testing::Test {
 protected:
  void Make(std::vector<NestedField> fields,
            const std::vector<table::PartitionFieldRequest>& partition = {}) {
    ASSERT_THAT(lake_.catalog().CreateNamespace({"silver"}), IsOk());
    ASSERT_THAT(lake_.catalog().CreateTable(kTable, Blueprint(std::move(fields), partition)),
                IsOk());
  }

  static table::NewTable Blueprint(std::vector<NestedField> fields,
                                   const std::vector<table::PartitionFieldRequest>& partition) {
    table::NewTable blueprint;
    blueprint.schema = table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
    blueprint.spec =
        table::BuildPartitionSpec(table::SpecId(0), blueprint.schema, partition).value();
    return blueprint;
  }

  // Writes a file, a row group for each list of columns, and gives its location.
  std::string Put(const std::string& path, const std::vector<std::vector<Column>>& groups) {
    arrow::FieldVector fields;
    for (const Column& column : groups.front())
      fields.push_back(column.field);
    const auto schema = arrow::schema(fields);
    std::string bytes;
    const auto sink = [&bytes](std::string_view piece) -> Status {
      bytes += piece;
      return Ok();
    };
    auto file = datafile::ParquetExport::Open(schema, sink).value();
    for (const auto& group : groups) {
      arrow::ArrayVector columns;
      for (const Column& column : group)
        columns.push_back(column.values);
      EXPECT_THAT(file->Write(arrow::RecordBatch::Make(schema, columns[0]->length(), columns)),
                  IsOk());
    }
    EXPECT_THAT(file->Close(), IsOk());
    const std::string location = io::FileLocation(path);
    EXPECT_THAT(lake_.lake_files().WriteAll(location, bytes), IsOk());
    return location;
  }
  std::string Put(const std::string& path, const std::vector<Column>& columns) {
    return Put(path, std::vector<std::vector<Column>>{columns});
  }

  AdoptRequest Request(std::vector<std::string> locations) {
    AdoptRequest request;
    request.table = kTable;
    request.locations = std::move(locations);
    return request;
  }
  Result<AdoptReport> Run(const AdoptRequest& request) {
    return AdoptFiles(lake_.catalog(), lake_.lake_io(), lake_.env(), request);
  }
  Result<AdoptReport> Adopt(std::vector<std::string> locations) {
    return Run(Request(std::move(locations)));
  }

  void Evolve(std::function<void(table::SchemaUpdate&)> edit) {
    ASSERT_THAT(catalog::CommitOperation(lake_.catalog(), lake_.lake_io(), lake_.env(), kTable,
                                         table::UpdateSchema(std::move(edit))),
                IsOk());
  }

  std::vector<std::string> Rows() { return lake_.Rows(kTable); }

  table::DataFile OnlyFile() {
    const auto loaded = lake_.catalog().LoadTable(kTable).value();
    return table::LiveFiles(*loaded.metadata, *loaded.metadata->current_snapshot(), lake_.lake_io())
        ->front()
        .file;
  }

  // Expects the file to be refused, and the table to be as it was.
  void ExpectRefused(const std::string& location, const std::string& message) {
    const auto refused = Adopt({location});
    ASSERT_FALSE(refused.has_value()) << message;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr(message));
    EXPECT_THAT(refused.error().message, HasSubstr(location));
    EXPECT_THAT(Rows(), IsEmpty());
  }

  TestLake lake_;
};

TEST_F(AdoptFilesTest, ReadsThemByTheNamesThatColumnsHadThen) {
  Make({NestedField::Required(1, "id", Type::Long()),
        NestedField::Optional(2, "name", Type::String())});
  const auto report =
      Adopt({Put("/d/a.parquet", {Texts("name", {"a", std::nullopt}), Longs("id", {1, 2})}),
             Put("/d/b.parquet", {Ints("id", {3})})});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->files, 2);
  EXPECT_EQ(report->rows, 3);
  EXPECT_THAT(Rows(), ElementsAre("1|a", "2|null", "3|null"));
  Evolve([](table::SchemaUpdate& update) { update.Rename("name", "title"); });
  Evolve([](table::SchemaUpdate& update) { update.AddColumn("", "name", Type::String()); });
  EXPECT_THAT(Rows(), ElementsAre("1|a|null", "2|null|null", "3|null|null"));
  ASSERT_THAT(Adopt({Put("/d/c.parquet", {Longs("id", {4}), Texts("title", {"b"})})}), IsOk());
  EXPECT_THAT(Rows(), ElementsAre("1|a|null", "2|null|null", "3|null|null", "4|b|null"));
}

TEST_F(AdoptFilesTest, KnowsTheirMetricsByTheirFooters) {
  Make({NestedField::Optional(1, "id", Type::Long()),
        NestedField::Optional(2, "name", Type::String())});
  const std::string text = "a text longer than sixteen characters";
  ASSERT_THAT(Adopt({Put("/d/a.parquet", {{Ints("id", {7, 9}), Texts("name", {text, "b"})},
                                          {Ints("id", {std::nullopt, 3}),
                                           Texts("name", {std::nullopt, std::nullopt})}})}),
              IsOk());
  const table::DataFile file = OnlyFile();
  const table::FieldId id(1), name(2);
  EXPECT_EQ(file.record_count, 4);
  EXPECT_EQ(file.value_counts.at(id), 4);
  EXPECT_EQ(file.null_value_counts.at(id), 1);
  EXPECT_EQ(file.lower_bounds.at(id), table::Literal::Long(3).ToBytes());
  EXPECT_EQ(file.upper_bounds.at(id), table::Literal::Long(9).ToBytes());
  EXPECT_EQ(file.null_value_counts.at(name), 2);
  EXPECT_EQ(file.lower_bounds.at(name), text.substr(0, 16));
  EXPECT_EQ(file.upper_bounds.at(name), "b");
  EXPECT_GT(file.column_sizes.at(name), 0);
}

TEST_F(AdoptFilesTest, TakesPartitionsFromFoldersAndFromBounds) {
  Make({NestedField::Optional(1, "at", Type::Timestamp()),
        NestedField::Optional(2, "country", Type::String()),
        NestedField::Optional(3, "n", Type::Int())},
       {{"country", Transform::Identity(), ""}, {"at", Transform::Day(), ""}});
  constexpr int64_t kDay = 86'400'000'000;
  const std::string by_bounds =
      Put("/d/x.parquet",
          {Times("at", {kDay, kDay + 1}), Texts("country", {"pt", "pt"}), Ints("n", {1, 2})});
  const std::string by_folder =
      Put("/d/country=a%20b/at_day=1970-01-03/y.parquet", {Ints("n", {3})});
  const std::string by_both = Put("/d/country=__HIVE_DEFAULT_PARTITION__/z.parquet",
                                  {Times("at", {std::nullopt}), Ints("n", {4})});
  ASSERT_THAT(Adopt({by_bounds, by_folder, by_both}), IsOk());
  EXPECT_THAT(Rows(), ElementsAre("1970-01-02 00:00:00.000000|pt|1",
                                  "1970-01-02 00:00:00.000001|pt|2", "null|a b|3", "null|null|4"));
}

TEST_F(AdoptFilesTest, RefusesRowsOfSeveralPartitions) {
  Make({NestedField::Optional(1, "k", Type::Long()), NestedField::Optional(2, "n", Type::Int())},
       {{"k", Transform::Identity(), ""}});
  ExpectRefused(Put("/d/a.parquet", {Longs("k", {1, 2}), Ints("n", {1, 1})}), "several partitions");
  ExpectRefused(Put("/d/b.parquet", {Longs("k", {1, std::nullopt}), Ints("n", {1, 1})}),
                "several partitions");
  ExpectRefused(Put("/d/c.parquet", {Ints("n", {1})}), "nothing tells");
  ExpectRefused(Put("/d/k=2/d.parquet", {Longs("k", {1}), Ints("n", {1})}), "says another k");
  ExpectRefused(Put("/d/k=two/e.parquet", {Ints("n", {1})}), "no value");
}

TEST_F(AdoptFilesTest, TellsABucketByOneValueAlone) {
  Make({NestedField::Optional(1, "k", Type::Long())}, {{"k", Transform::Bucket(4), ""}});
  ExpectRefused(Put("/d/k_bucket=1/a.parquet", {Longs("k", {1, 2})}), "nothing tells");
  ASSERT_THAT(Adopt({Put("/d/b.parquet", {Longs("k", {5, 5})})}), IsOk());
  EXPECT_EQ(OnlyFile().partition[0], Transform::Bucket(4).Apply(table::Literal::Long(5)).value());
}

TEST_F(AdoptFilesTest, RefusesFilesThatNoOtherEngineWouldRead) {
  Make({NestedField::Required(1, "id", Type::Int()),
        NestedField::Optional(2, "at", Type::Timestamp())});
  ExpectRefused(Put("/d/a.parquet", {Longs("id", {1})}), "another type: id: int64 instead of int");
  ExpectRefused(Put("/d/b.parquet", {Ints("id", {1}), Longs("more", {1})}),
                "no column of that name");
  ExpectRefused(Put("/d/c.parquet", {Times("at", {1})}), "lacks a required column: id");
  ExpectRefused(Put("/d/d.parquet", {Ints("id", {1, std::nullopt})}), "may be null");
  ExpectRefused(Put("/d/e.parquet", {Ints("id", {1}), Times("at", {1}, arrow::TimeUnit::NANO)}),
                "another type: at");
  ExpectRefused(Put("/d/f.parquet", {WithFieldId(Ints("id", {1}), 2)}), "field ids");
  ASSERT_THAT(Adopt({Put("/d/g.parquet", {WithFieldId(Ints("id", {1}), 1)})}), IsOk());
}

TEST_F(AdoptFilesTest, AddsEachOnce) {
  Make({NestedField::Optional(1, "n", Type::Long())});
  const std::string a = Put("/d/a.parquet", {Longs("n", {1})});
  const std::string b = Put("/d/b.parquet", {Longs("n", {2})});
  ASSERT_THAT(Adopt({a}), IsOk());
  EXPECT_THAT(Adopt({b, a}), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(Adopt({b, b}), IsError(ErrorKind::kAlreadyExists));
  AdoptRequest request = Request({a, b});
  request.skip_existing = true;
  const auto report = Run(request);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->files, 1);
  EXPECT_EQ(report->skipped, 1);
  EXPECT_THAT(Rows(), ElementsAre("1", "2"));
}

TEST_F(AdoptFilesTest, LeavesFilesOfOtherTablesToThem) {
  Make({NestedField::Optional(1, "n", Type::Long())});
  table::NewTable other = Blueprint({NestedField::Optional(1, "n", Type::Long())}, {});
  other.location = "file:///d/other";
  ASSERT_THAT(lake_.catalog().CreateTable({{"silver"}, "other"}, other), IsOk());
  EXPECT_THAT(Adopt({Put("/d/other/data/a.parquet", {Longs("n", {1})})}),
              IsError(ErrorKind::kForbidden));
}

TEST_F(AdoptFilesTest, MakesATableOnlyOfFilesThatFit) {
  AdoptRequest request = Request({Put("/d/a.parquet", {Longs("n", {1})})});
  request.create = Blueprint({NestedField::Optional(1, "n", Type::Int())}, {});
  EXPECT_THAT(Run(request), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(lake_.catalog().TableExists(kTable), HasValue(false));
  request.create = Blueprint({NestedField::Optional(1, "n", Type::Long())}, {});
  request.dry_run = true;
  const auto dry = Run(request);
  ASSERT_THAT(dry, IsOk());
  EXPECT_TRUE(dry->created);
  EXPECT_THAT(lake_.catalog().TableExists(kTable), HasValue(false));
  request.dry_run = false;
  ASSERT_THAT(Run(request), IsOk());
  EXPECT_THAT(Rows(), ElementsAre("1"));
}

}  // namespace
}  // namespace firn::ingest
