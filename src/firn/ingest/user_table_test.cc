// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/user_table.h"

#include <algorithm>
#include <random>

#include "firn/base/compression.h"
#include "firn/base/digest.h"
#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/test_lake.h"
#include "firn/ingest/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

UserTableReport Ingest(TestLake& lake, const UserTableOptions& options) {
  auto report = lake.Ingest(options);
  EXPECT_THAT(report, IsOk());
  return report ? std::move(*report) : UserTableReport{};
}

// "line: rule" of each rejected row.
std::vector<std::string> Rejects(TestLake& lake, const catalog::TableName& target) {
  std::vector<std::string> out;
  for (const std::string& row : lake.Rows(RejectedTableName(target))) {
    std::vector<std::string> columns;
    size_t from = 0;
    for (size_t bar = row.find('|'); bar != row.npos; bar = row.find('|', from)) {
      columns.push_back(row.substr(from, bar - from));
      from = bar + 1;
    }
    out.push_back(columns[4] + ": " + columns[6]);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(IngestIntoTable, ReadsCsvByTheNamesInItsHeader) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "\xef\xbb\xbfName;ID\r\n\"one; \"\"1\"\"\";1\r\n;2\r\n\"\";3");
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|one; \"1\"", "2|null", "3|"));
}

TEST(IngestIntoTable, SetsBrokenCsvRecordsAsideAndGoesOn) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv",
           "id,name\n"     // 1
           "1,a\n"         // 2
           "x,b\n"         // 3: type
           "2\n"           // 4: field_count
           "3,c,d\n"       // 5: field_count
           ",e\n"          // 6: required
           "4,\"f\ng\"\n"  // 7, 8
           "5,\"h\"i\n"    // 9: quote
           "6,\xff\n"      // 10: encoding
           "\n"            // 11
           "7,ok\n"        // 12
           "8,\"open\n"    // 13: quote
           "9,end\n");     // 14
  const auto report = Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "4|f\ng", "7|ok", "9|end"));
  EXPECT_THAT(Rejects(lake, lake.target()),
              ElementsAre("10: encoding", "13: quote", "3: type", "4: field_count",
                          "5: field_count", "6: required", "9: quote"));
  EXPECT_EQ(report.ingest.rejected, 7);
  EXPECT_THAT(report.ingest.reject_samples[0],
              HasSubstr("/s/a.csv:3: column \"id\": \"x\" is no long"));
}

TEST(IngestIntoTable, RejectsALineThatIsTooLongWithoutHoldingIt) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n" + std::string(70 << 20, 'x') + "\n2,b\n");
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|b"));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("3: record_size"));
}

TEST(IngestIntoTable, AddsTheRowsACsvFileGrewBy) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  Ingest(lake, lake.Options(FileFormat::kCsv));
  lake.Append("/s/a.csv", "x,b\n2,b");
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|b"));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("3: type"));

  lake.Append("/s/a.csv", "ee\n");
  const auto written_on = Ingest(lake, lake.Options(FileFormat::kCsv));
  ASSERT_THAT(written_on.ingest.problems, SizeIs(1));
  EXPECT_EQ(written_on.ingest.problems[0].error.kind, ErrorKind::kConflict);
  EXPECT_THAT(lake.Rows(), SizeIs(2));
}

// A lake whose source files are decoded.
UserTableReport IngestDecoded(TestLake& lake, FileFormat format) {
  const ScratchFolder folder;
  DecodedFileIO decoded(lake.source_io(), folder.path().string());
  IngestContext context{lake.catalog(), lake.lake_io(), decoded,
                        lake.env(),     obs::NoLog(),   obs::NoProgress()};
  auto report = IngestIntoTable(context, lake.Walk(), lake.Options(format));
  EXPECT_THAT(report, IsOk());
  return report ? std::move(*report) : UserTableReport{};
}

TEST(IngestIntoTable, ReadsCompressedFilesAsTheTextTheyHold) {
  TestLake lake;
  lake.MakeTable();
  const std::string text = "id,name\n1,a\nx,b\n";
  lake.Put("/s/a.csv.gz", Deflate(text, DeflateFormat::kGzip).value());
  IngestDecoded(lake, FileFormat::kCsv);
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a"));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("3: type"));
  EXPECT_EQ(IngestDecoded(lake, FileFormat::kCsv).ingest.files_unchanged, 1);

  // Compressed anew it holds the same; joined with more it grew.
  lake.Put("/s/a.csv.gz", ZstdCompress(text).value());
  EXPECT_EQ(IngestDecoded(lake, FileFormat::kCsv).ingest.files_unchanged, 1);
  lake.Append("/s/a.csv.gz", ZstdCompress("2,c\n").value());
  EXPECT_EQ(IngestDecoded(lake, FileFormat::kCsv).ingest.files_grown, 1);
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|c"));
  lake.Put("/s/a.csv.gz", ZstdCompress("id,name\n9,z\n").value());
  EXPECT_THAT(IngestDecoded(lake, FileFormat::kCsv).ingest.problems, SizeIs(1));
}

TEST(IngestIntoTable, GivesUpAnUnfinishedLineOfACompressedFileOnceItIsOld) {
  TestLake lake;
  lake.MakeTable();
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += R"({"id":1,"name":"a"})"
            "\n";
  lake.Put("/s/a.jsonl.zst", ZstdCompress(text + R"({"id":2,"na)").value());
  IngestDecoded(lake, FileFormat::kJsonLines);
  EXPECT_THAT(lake.Rows(), SizeIs(100));
  EXPECT_THAT(Rejects(lake, lake.target()), IsEmpty());
  lake.env().Advance(kFinishedAfter);
  lake.env().Advance(Millis{1});
  IngestDecoded(lake, FileFormat::kJsonLines);
  EXPECT_THAT(lake.Rows(), SizeIs(100));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("101: json"));
  EXPECT_EQ(IngestDecoded(lake, FileFormat::kJsonLines).ingest.files_unchanged, 1);
}

TEST(IngestIntoTable, NamesAFileWhoseColumnsTheTableLacks) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,surname\n1,a\n");
  lake.Put("/s/b.csv", "id,name\n2,b\n");
  lake.Put("/s/c.csv", "name\nc\n");
  const auto report = Ingest(lake, lake.Options(FileFormat::kCsv));
  ASSERT_THAT(report.ingest.problems, SizeIs(2));
  EXPECT_THAT(report.ingest.problems[0].error.message, HasSubstr("surname"));
  EXPECT_THAT(report.ingest.problems[1].error.message, HasSubstr("id"));
  EXPECT_THAT(lake.Rows(), ElementsAre("2|b"));
}

TEST(IngestIntoTable, SetsBrokenJsonLinesAside) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl",
           "{\"id\": 1, \"name\": \"a\"}\r\n"
           "not json\n"
           "[1]\n"
           "{\"id\": \"2\"}\n"
           "\n"
           "{\"id\": 3, \"id\": 4}\n"
           "{\"id\": 5, \"other\": 1}\n"
           "{\"name\": \"x\"}\n"
           "{\"id\": 1.5}\n"
           "{\"id\": 6} {\"id\": 7}\n"
           "{\"name\": {\"deep\": [1, true]}, \"id\": 8}");
  Ingest(lake, lake.Options(FileFormat::kJsonLines));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "8|{\"deep\":[1,true]}"));
  EXPECT_THAT(Rejects(lake, lake.target()),
              ElementsAre("10: json", "2: json", "3: json", "4: type", "6: duplicate",
                          "7: unknown_column", "8: required", "9: type"));
}

TEST(IngestIntoTable, ReadsJsonDocumentsHoweverTheyAreLaidOut) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/array.json", "[\n  {\"id\": 1, \"name\": \"]}\"},\n  {\"id\":\n2}\n]\n");
  lake.Put("/s/one.json", "{\n  \"id\": 3\n}");
  lake.Put("/s/several.json", "{\"id\": 4}{\"id\": 5}\n{\"id\": 6}");
  lake.Put("/s/empty.json", "[]");
  Ingest(lake, lake.Options(FileFormat::kJson));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|]}", "2|null", "3|null", "4|null", "5|null", "6|null"));
  EXPECT_THAT(Rejects(lake, lake.target()), IsEmpty());
}

// What an ingest of JSON documents says of its files.
std::vector<std::string> Problems(TestLake& lake) {
  std::vector<std::string> problems;
  const auto report = lake.Ingest(lake.Options(FileFormat::kJson));
  EXPECT_THAT(report, IsOk());
  if (!report) return problems;
  for (const FileProblem& problem : report->ingest.problems)
    problems.push_back(problem.error.message);
  return problems;
}

TEST(IngestIntoTable, NamesADocumentThatEndsTooEarlyAndKeepsWhatIsWhole) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/in_value.json", "[{\"id\": 7},\n {\"id\": ");
  lake.Put("/s/in_array.json", "[{\"id\": 8}\n,\n");
  lake.Put("/s/in_word.json", "[{\"id\": 9}, tr");
  EXPECT_THAT(Problems(lake), UnorderedElementsAre(HasSubstr("the value that begins in line: 2"),
                                                   HasSubstr("before its array does: line: 3"),
                                                   HasSubstr("before its array does: line: 1")));
  EXPECT_THAT(lake.Rows(), ElementsAre("7|null", "8|null", "9|null"));
  EXPECT_THAT(Problems(lake), ElementsAre(HasSubstr("the value that begins in line: 2")));
  lake.Put("/s/in_value.json", "[{\"id\": 7},\n {\"id\": 10}]");
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJson)), IsOk());
  EXPECT_THAT(lake.Rows(), ElementsAre("10|null", "7|null", "8|null", "9|null"));
}

TEST(IngestIntoTable, WaitsForAnUnfinishedLastLineAndGivesItUpInTheEnd) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", "{\"id\": 1}\n{\"id\": ");
  EXPECT_EQ(Ingest(lake, lake.Options(FileFormat::kJsonLines)).ingest.files_unfinished, 1);
  EXPECT_THAT(Rejects(lake, lake.target()), IsEmpty());
  lake.env().Advance(Millis{kFinishedAfter.value + 1});
  Ingest(lake, lake.Options(FileFormat::kJsonLines));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|null"));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("2: json"));
}

TEST(IngestIntoTable, MakesATableWithTheColumnsFoundInTheData) {
  TestLake lake;
  lake.Put("/s/a.csv",
           "day,n,price,flag,at,code\n2025-11-05,1,2.5,true,2025-11-05T10:00:00Z,007\n");
  auto options = lake.Options(FileFormat::kCsv);
  EXPECT_THAT(lake.Ingest(options), IsError(ErrorKind::kNotFound));
  options.create = true;
  const auto report = Ingest(lake, options);
  ASSERT_TRUE(report.created.has_value());
  std::string types;
  for (const auto& field : report.created->schema.fields())
    types += field.type.ToString() + " ";
  EXPECT_EQ(types, "date long double boolean timestamptz string ");
  EXPECT_THAT(lake.Rows(), ElementsAre("2025-11-05|1|2.5|true|2025-11-05 10:00:00.000000Z|007"));
}

TEST(IngestIntoTable, MakesNestedColumnsFromJson) {
  TestLake lake;
  lake.Put("/s/a.jsonl",
           "{\"id\": 1, \"tags\": [\"a\"], \"geo\": {\"lat\": 1.5}}\n"
           "{\"id\": 2, \"tags\": [], \"geo\": {\"lat\": 2, \"lon\": 3}}\n"
           "{\"id\": \"three\"}\n");
  auto options = lake.Options(FileFormat::kJsonLines);
  options.create = true;
  const auto report = Ingest(lake, options);
  EXPECT_EQ(report.ingest.rows, 3);
  EXPECT_EQ(report.ingest.rejected, 0);
  const auto table = lake.catalog().LoadTable(lake.target());
  ASSERT_THAT(table, IsOk());
  const table::Schema& schema = table->metadata->schema();
  EXPECT_EQ(schema.FindByName("id")->type.id(), table::TypeId::kString);
  EXPECT_EQ(schema.FindByName("geo.lat")->type.id(), table::TypeId::kDouble);
  EXPECT_EQ(schema.FindByName("tags.element")->type.id(), table::TypeId::kString);
}

TEST(IngestIntoTable, RefusesBadValuesInsideNestedColumns) {
  TestLake lake;
  lake.Put("/s/a.jsonl", "{\"geo\": {\"lat\": 1.5, \"n\": [1, 2]}}\n");
  auto options = lake.Options(FileFormat::kJsonLines);
  options.create = true;
  Ingest(lake, options);
  lake.Append("/s/a.jsonl",
              "{\"geo\": {\"lat\": \"x\", \"n\": [1]}}\n"
              "{\"geo\": {\"n\": [1, \"x\"], \"lat\": 1}}\n"
              "{\"geo\": {\"n\": [3]}}\n"
              "{\"geo\": {\"more\": 1}}\n"
              "{\"geo\": {\"lat\": 4}}\n");
  Ingest(lake, options);
  EXPECT_THAT(lake.Rows(), SizeIs(3));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("2: type", "3: type", "5: unknown_column"));
}

TEST(IngestIntoTable, AddsAndFillsAuditColumnsInBronze) {
  TestLake lake;
  lake.Put("/s/a%\n.csv", "n\n1\n");
  auto options = lake.Options(FileFormat::kCsv);
  options.ingest.target = {{"bronze"}, "raw"};
  options.create = true;
  Ingest(lake, options);
  const std::string now = lake.env().Now().ToString().substr(0, 10);
  EXPECT_THAT(
      lake.Rows(options.ingest.target),
      ElementsAre(testing::AllOf(testing::StartsWith("1|" + now),
                                 testing::EndsWith("|csv|/s/a%25%0a.csv|" + Md5Hex("1\n")))));
}

// A Parquet file of the rows (1, "a") and (2, null).
std::string ParquetFile() {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", "{\"id\": 1, \"name\": \"a\"}\n{\"id\": 2}\n");
  Ingest(lake, lake.Options(FileFormat::kJsonLines));
  const auto table = lake.catalog().LoadTable(lake.target());
  const auto plan = table::PlanScan(*table->metadata, {}, lake.lake_io());
  return lake.lake_io().ReadAll(plan->tasks.at(0).file.file_path, 1 << 20).value();
}

TEST(IngestIntoTable, GivesColumnsThatAParquetFileLacksTheirWriteDefault) {
  TestLake lake;
  ASSERT_THAT(lake.catalog().CreateNamespace({"silver"}), IsOk());
  table::NewTable blueprint;
  auto origin = table::NestedField::Required(3, "origin", table::Type::String());
  origin.initial_default = table::Literal::String("unknown");
  origin.write_default = table::Literal::String("files");
  blueprint.schema =
      table::Schema::Make(table::SchemaId(0),
                          {table::NestedField::Required(1, "id", table::Type::Long()),
                           table::NestedField::Optional(2, "name", table::Type::String()), origin})
          .value();
  blueprint.properties["format-version"] = "3";
  ASSERT_THAT(lake.catalog().CreateTable(lake.target(), blueprint), IsOk());
  lake.Put("/s/b.parquet", ParquetFile());
  Ingest(lake, lake.Options(FileFormat::kParquet));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a|files", "2|null|files"));
}

TEST(IngestIntoTable, ReadsParquetByColumnNames) {
  TestLake other;
  other.Put("/s/b.parquet", ParquetFile());
  auto options = other.Options(FileFormat::kParquet);
  options.create = true;
  Ingest(other, options);
  EXPECT_THAT(other.Rows(), ElementsAre("1|a", "2|null"));
  const auto again = Ingest(other, options);
  EXPECT_EQ(again.ingest.files_unchanged, 1);
  EXPECT_THAT(other.Rows(), SizeIs(2));
}

// Cutting a file into runs of any length gives the same rows as reading it at once.
TEST(IngestIntoTable, EndsInTheSameRowsHoweverTheFileGrew) {
  std::string bytes = "id,name\n";
  for (int id = 0; id < 40; ++id) {
    bytes += std::to_string(id) + ",\"a\n" + std::string(static_cast<size_t>(id % 7), 'x') + "\"\n";
  }
  TestLake whole;
  whole.MakeTable();
  whole.Put("/s/a.csv", bytes);
  Ingest(whole, whole.Options(FileFormat::kCsv));
  std::mt19937 random(3);
  for (int round = 0; round < 10; ++round) {
    TestLake lake;
    lake.MakeTable();
    size_t at = 8;
    lake.Put("/s/a.csv", bytes.substr(0, at));
    while (at < bytes.size()) {
      const size_t end = bytes.find("\"\n", at + random() % 200);
      const size_t next = end == bytes.npos ? bytes.size() : end + 2;
      lake.Append("/s/a.csv", bytes.substr(at, next - at));
      at = next;
      Ingest(lake, lake.Options(FileFormat::kCsv));
    }
    EXPECT_EQ(lake.Rows(), whole.Rows());
  }
}

}  // namespace
}  // namespace firn::ingest
