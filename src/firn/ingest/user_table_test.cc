// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/user_table.h"

#include <algorithm>
#include <random>

#include "firn/base/compression.h"
#include "firn/base/digest.h"
#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/source_file_io.h"
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

TEST(IngestIntoTable, TakesColumnsFromTheNamesOfFolders) {
  for (const FileFormat format : {FileFormat::kCsv, FileFormat::kJsonLines}) {
    TestLake lake;
    const bool csv = format == FileFormat::kCsv;
    for (const char* day : {"2025-11-01", "2025-11-02", "__HIVE_DEFAULT_PARTITION__"}) {
      const std::string folder = "/s/day=" + std::string(day) + "/shop=007/";
      lake.Put(folder + "a", csv ? "id,name\n1,a\n"
                                 : R"({"id":1,"name":"a"})"
                                   "\n");
    }
    UserTableOptions options = lake.Options(format);
    options.create = true;
    const UserTableReport made = Ingest(lake, options);
    ASSERT_TRUE(made.created);
    const table::Schema& schema = made.created->schema;
    EXPECT_EQ(schema.FindByName("day")->type.id(), table::TypeId::kDate);
    EXPECT_EQ(schema.FindByName("shop")->type.id(), table::TypeId::kLong);
    EXPECT_THAT(lake.Rows(), ElementsAre("1|a|2025-11-01|7", "1|a|2025-11-02|7", "1|a|null|7"));
    // A value that does not fit its column is a reject as any other; one in the file counts.
    lake.Put("/s/day=soon/a", csv ? "id,name\n2,b\n"
                                  : R"({"id":2,"name":"b"})"
                                    "\n");
    lake.Put("/s/day=2025-11-03/b", csv ? "id,name,day\n3,c,2025-01-01\n"
                                        : R"({"id":3,"day":"2025-01-01"})"
                                          "\n");
    const UserTableReport more = Ingest(lake, options);
    EXPECT_THAT(more.ingest.reject_samples, ElementsAre(HasSubstr("\"soon\" is no date")));
    EXPECT_THAT(lake.Rows().back(), HasSubstr("2025-01-01"));
  }
}

TEST(IngestIntoTable, TakesColumnsOfParquetFilesFromTheNamesOfFolders) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  Ingest(lake, lake.Options(FileFormat::kCsv));
  const auto files = lake.lake_files().List("file:///lake").value();
  const auto data = std::ranges::find_if(files, [](const auto& file) {
    return file.location.ends_with(".parquet") &&
           file.location.find("/events") != std::string::npos;
  });
  ASSERT_NE(data, files.end());
  const std::string bytes = lake.lake_files().ReadAll(data->location, 1 << 20).value();
  TestLake other;
  other.Put("/s/year=2025/month=03/a.parquet", bytes);
  other.Put("/s/year=2025/month=11/a.parquet", bytes);
  UserTableOptions options = other.Options(FileFormat::kParquet);
  options.create = true;
  Ingest(other, options);
  EXPECT_THAT(other.Rows(), ElementsAre("1|a|2025|11", "1|a|2025|3"));
}

UserTableOptions OptionsOfRecords(TestLake& lake, JsonPath records) {
  UserTableOptions options = lake.Options(FileFormat::kJson);
  options.text.json.records = std::move(records);
  return options;
}

TEST(IngestIntoTable, TakesTheRecordsFromWhereADocumentHasThem) {
  TestLake lake;
  lake.MakeTable();
  lake.Put(
      "/s/a.json",
      R"({"meta": {"data": {"items": 1}, "note": "}]\"{["}, "n": [1, {"items": []}], "ok": true,
               "data": {"count": 2, "items": [{"id": 1, "name": "a"}, 7, {"id": 2}], "x": [[]]},
               "data2": {"items": [{"id": 9}]}, "end": null}
              {"data": {"items": {"id": 3, "name": "c"}, "more": "é"}} {"data":{"items":[]}})");
  const auto report = Ingest(lake, OptionsOfRecords(lake, {"data", "items"}));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|null", "3|c"));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("2: json"));
  EXPECT_THAT(report.ingest.problems, IsEmpty());
  EXPECT_EQ(Ingest(lake, OptionsOfRecords(lake, {"data", "items"})).ingest.files_unchanged, 1);
}

TEST(IngestIntoTable, NamesTheDocumentThatHasNoRecords) {
  for (const char* text : {R"({"a": {"b": 5}})", R"({"a": 1})", R"([1])", R"({"b": []})", "{]"}) {
    TestLake lake;
    lake.MakeTable();
    lake.Put("/s/a.json", "\n" + std::string(text));
    const auto report = Ingest(lake, OptionsOfRecords(lake, {"a", "b"}));
    ASSERT_THAT(report.ingest.problems, SizeIs(1)) << text;
    const Error& error = report.ingest.problems[0].error;
    EXPECT_EQ(error.kind, ErrorKind::kInvalidArgument) << text;
    EXPECT_THAT(error.message, HasSubstr("begins in line 2 has no records at: $.a.b")) << text;
  }
}

// Wherever a document is cut, the error says so, and the records before that are kept.
TEST(IngestIntoTable, SaysThatADocumentOfRecordsEndsTooEarly) {
  const std::string text = R"({"x": [{}], "a": [{"id": 1}, {"id": 2}], "y": {"z": "s"}})";
  for (size_t length = 1; length < text.size(); ++length) {
    TestLake lake;
    lake.MakeTable();
    lake.Put("/s/a.json", text.substr(0, length));
    const auto report = Ingest(lake, OptionsOfRecords(lake, {"a"}));
    ASSERT_THAT(report.ingest.problems, SizeIs(1)) << length;
    const size_t whole = (length >= text.find(", {\"id\": 2")) + (length >= text.find("], \"y\""));
    EXPECT_THAT(lake.Rows(), SizeIs(whole)) << length;
    lake.Put("/s/a.json", text);
    EXPECT_THAT(Ingest(lake, OptionsOfRecords(lake, {"a"})).ingest.problems, IsEmpty()) << length;
    EXPECT_THAT(lake.Rows(), ElementsAre("1|null", "2|null")) << length;
  }
}

TEST(IngestIntoTable, HoldsLittleOfADocumentAroundItsRecords) {
  TestLake lake;
  lake.MakeTable();
  const std::string filler(size_t{40} << 20, 'x');  // More than a record may be.
  lake.Put("/s/a.json",
           R"({"before": ")" + filler + R"(", "a": [{"id": 1}], "after": [")" + filler + "\"]}");
  EXPECT_THAT(Ingest(lake, OptionsOfRecords(lake, {"a"})).ingest.problems, IsEmpty());
  EXPECT_THAT(lake.Rows(), ElementsAre("1|null"));
}

TEST(IngestIntoTable, MakesColumnsOfTheMembersOfObjects) {
  TestLake lake;
  lake.Put("/s/a.jsonl", R"({"id": 1, "address": {"city": "Ulm", "at": {"x": 1.5}}, "tags": ["a"]})"
                         "\n"
                         R"({"id": 2, "address": {"city": "Bonn", "zip": "0"}})"
                         "\n");
  UserTableOptions options = lake.Options(FileFormat::kJsonLines);
  options.create = options.text.json.flatten = true;
  const UserTableReport made = Ingest(lake, options);
  std::vector<std::string> names;
  for (const auto& field : made.created->schema.fields())
    names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("id", "address_city", "address_at_x", "tags", "address_zip"));
  EXPECT_THAT(lake.Rows(), SizeIs(2));
  // From now on the table's columns say where members go; what has no column is a reject.
  options.create = options.text.json.flatten = false;
  lake.Put("/s/b.jsonl", R"({"id": 3, "address": {"city": "Kiel"}})"
                         "\n"
                         R"({"id": 4, "address": {"lane": "x"}})"
                         "\n");
  EXPECT_THAT(Ingest(lake, options).ingest.reject_samples,
              ElementsAre(HasSubstr("no column \"address_lane\"")));
  EXPECT_THAT(lake.Rows(), SizeIs(3));
}

TEST(IngestIntoTable, ReadsCsvOfOtherDialects) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", R"(1;'it\'s'
2;\N
3;'\N'
4;
)");
  UserTableOptions options = lake.Options(FileFormat::kCsv);
  options.text.csv.hints = {.delimiter = ';', .quote = '\'', .escape = '\\', .has_header = false};
  options.text.csv.null_text = "\\N";
  Ingest(lake, options);
  EXPECT_THAT(lake.Rows(), ElementsAre("1|it's", "2|null", "3|N", "4|null"));
  lake.Append("/s/a.csv", R"(5;'a\'b')"
                          "\n");  // A later run reads it as the first did.
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows().back(), "5|a'b");
}

TEST(IngestIntoTable, KeepsNulBytesAndExactDecimals) {
  TestLake lake;
  ASSERT_THAT(lake.catalog().CreateNamespace({"silver"}), IsOk());
  table::NewTable blueprint;
  blueprint.schema =
      table::Schema::Make(table::SchemaId(0),
                          {table::NestedField::Optional(1, "text", table::Type::String()),
                           table::NestedField::Optional(2, "price", table::Type::Decimal(20, 4))})
          .value();
  ASSERT_THAT(lake.catalog().CreateTable(lake.target(), blueprint), IsOk());
  using std::string_literals::operator""s;
  lake.Put("/s/a.csv", "text,price\na\0b,1234567890123456.7891\nc,1.00005\nd,+2\n"s);
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), ElementsAre("a\0b|1234567890123456.7891"s, "d|2.0000"));
  EXPECT_THAT(Rejects(lake, lake.target()), ElementsAre("3: range"));
  lake.Put("/s/b.jsonl", R"({"text": "e\u0000f", "price": "9999999999999999.9999"})"
                         "\n"
                         R"({"text": "g", "price": 0.1})"
                         "\n");
  Ingest(lake, lake.Options(FileFormat::kJsonLines));
  EXPECT_THAT(lake.Rows(), ElementsAre("a\0b|1234567890123456.7891"s, "d|2.0000",
                                       "e\0f|9999999999999999.9999"s, "g|0.1000"));
}

// One row in a hundred breaks a rule, each in another way; in `good` what shall be left.
std::string WithBrokenRows(FileFormat format, int rows, std::vector<std::string>& rules) {
  const bool csv = format == FileFormat::kCsv;
  const std::vector<std::pair<std::string, std::string>> broken =
      csv ? std::vector<std::pair<std::string, std::string>>{{"x,a", "type"},
                                                             {"99999999999999999999,a", "range"},
                                                             {",a", "required"},
                                                             {"1,\xff", "encoding"},
                                                             {"1,a,b", "field_count"},
                                                             {"1,\"a\"b", "quote"}}
          : std::vector<std::pair<std::string, std::string>>{
                {R"({"id": "x"})", "type"},
                {R"({"name": "a"})", "required"},
                {R"({"id": 1, "nam)", "json"},
                {R"({"id": 1, "b": 1})", "unknown_column"},
                {R"({"id": 1, "id": 1})", "duplicate"},
                {"[1]", "json"}};
  std::string text = csv ? "id,name\n" : "";
  for (int row = 0; row < rows; ++row) {
    const std::string id = std::to_string(row);
    if (row % 100 != 57) {
      text += csv ? id + ",name " + id + "\n" : R"({"id": )" + id + R"(, "name": "n"})" + "\n";
      continue;
    }
    const auto& [line, rule] = broken[rules.size() % broken.size()];
    text += line + "\n";
    rules.push_back(std::to_string(row + 1 + csv) + ": " + rule);
  }
  std::ranges::sort(rules);
  return text;
}

TEST(IngestIntoTable, CountsAndKeepsExactlyTheRowsThatAreBroken) {
  constexpr int kRows = 20'000;
  for (const FileFormat format : {FileFormat::kCsv, FileFormat::kJsonLines}) {
    TestLake lake;
    lake.MakeTable();
    std::vector<std::string> rules;
    lake.Put("/s/a", WithBrokenRows(format, kRows, rules));
    const auto report = Ingest(lake, lake.Options(format));
    EXPECT_EQ(report.ingest.rows, kRows - kRows / 100);
    EXPECT_EQ(report.ingest.rejected, kRows / 100);
    EXPECT_THAT(lake.Rows(), SizeIs(kRows - kRows / 100));
    EXPECT_EQ(Rejects(lake, lake.target()), rules);
  }
}

// Files of another `FileIO` that are something else from their second block on.
class ChangingFileIO : public SourceFileIO {
 public:
  ChangingFileIO(io::FileIO& inner, std::string later)
      : SourceFileIO(inner), later_(std::move(later)) {}

  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override {
    FIRN_ASSIGN(auto file, SourceFileIO::Open(location));
    return std::unique_ptr<io::InputFile>(std::make_unique<File>(std::move(file), later_));
  }

 private:
  class File : public io::InputFile {
   public:
    File(std::unique_ptr<io::InputFile> before, const std::string& later)
        : before_(std::move(before)), later_(later) {}

    int64_t size_bytes() const override { return before_->size_bytes(); }
    Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
      if (offset < (1 << 20)) return before_->ReadInto(offset, out);
      const auto length = static_cast<int64_t>(later_.size());
      const int64_t got = std::clamp<int64_t>(length - offset, 0, std::ssize(out));
      std::copy_n(later_.begin() + std::min(offset, length), got, out.begin());
      return got;
    }

   private:
    std::unique_ptr<io::InputFile> before_;
    const std::string& later_;
  };

  std::string later_;
};

std::string Lines(const std::string& name, int rows) {
  std::string text = "id,name\n";
  for (int row = 0; row < rows; ++row)
    text += std::to_string(row) + "," + name + "\n";
  return text;
}

Result<UserTableReport> IngestChanging(TestLake& lake, const std::string& later) {
  ChangingFileIO changing(lake.source_io(), later);
  return IngestIntoTable(
      {lake.catalog(), lake.lake_io(), changing, lake.env(), obs::NoLog(), obs::NoProgress()},
      lake.Walk(), lake.Options(FileFormat::kCsv));
}

TEST(IngestIntoTable, NamesAFileThatShrinksWhileItIsRead) {
  TestLake lake;
  lake.MakeTable();
  const std::string whole = Lines("abcdef", 100'000);
  lake.Put("/s/a.csv", whole);
  const auto report = IngestChanging(lake, whole.substr(0, size_t{9} << 17));
  ASSERT_THAT(report, IsOk());
  ASSERT_THAT(report->ingest.problems, SizeIs(1));
  EXPECT_EQ(report->ingest.problems[0].error.kind, ErrorKind::kIo);
  EXPECT_THAT(report->ingest.problems[0].error.message, HasSubstr("/s/a.csv"));
  EXPECT_THAT(report->ingest.problems[0].error.message, HasSubstr("became shorter"));
  // Once it is whole again, each row is there once.
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), SizeIs(100'000));
}

TEST(IngestIntoTable, KnowsAFileByWhatWasReadOfItWhereItChangedMeanwhile) {
  TestLake lake;
  lake.MakeTable();
  const std::string before = Lines("before", 100'000), later = Lines("later!", 100'000);
  lake.Put("/s/a.csv", before);
  const auto report = IngestChanging(lake, later);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->ingest.problems, IsEmpty());
  EXPECT_EQ(report->ingest.rows, 100'000);
  lake.Put("/s/a.csv", later);  // Not what was read: the first block was another.
  const auto again = Ingest(lake, lake.Options(FileFormat::kCsv));
  ASSERT_THAT(again.ingest.problems, SizeIs(1));
  EXPECT_THAT(again.ingest.problems[0].error.message, HasSubstr("has been rewritten"));
  EXPECT_THAT(lake.Rows(), SizeIs(100'000));
}

TEST(IngestIntoTable, LeavesWhatAFileGrowsByWhileItIsReadToTheNextRun) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  const Discovery found = lake.Walk();
  lake.Append("/s/a.csv", "2,b\n");
  ASSERT_THAT(IngestIntoTable(lake.context(), found, lake.Options(FileFormat::kCsv)), IsOk());
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a"));
  Ingest(lake, lake.Options(FileFormat::kCsv));
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|b"));
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

Json SchemaWith(const std::string& members, const std::string& more = "") {
  return Json::Parse(R"({"type":"object","properties":{"id":{"type":"integer","minimum":2},)" +
                     members + R"(},"required":["id"])" + more + "}")
      .value();
}

TEST(IngestIntoTable, SetsRowsAsideThatBreakTheSchema) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl",
           "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\"}\n{\"id\":3,\"name\":\"C\"}\n"
           "{\"id\":4,\"name\":\"d\"}\n{\"id\":5,\"name\":\"ee\"}\n");
  UserTableOptions options = lake.Options(FileFormat::kJsonLines);
  options.schema = SchemaWith(R"("name":{"type":["string","null"],"pattern":"^[a-z]$"})");
  const auto report = Ingest(lake, options);
  EXPECT_THAT(lake.Rows(), ElementsAre("2|b", "4|d"));
  EXPECT_EQ(report.ingest.rejected, 3);
  EXPECT_THAT(Rejects(lake, lake.target()),
              ElementsAre("null: minimum", "null: pattern", "null: pattern"));
}

TEST(IngestIntoTable, AddsColumnsOfTheSchemaInTheCommitOfTheRows) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", "{\"id\":7,\"name\":\"a\"}\n");
  Ingest(lake, lake.Options(FileFormat::kJsonLines));
  const auto before = lake.catalog().LoadTable(lake.target()).value();
  UserTableOptions options = lake.Options(FileFormat::kJsonLines, "run-2");
  options.schema =
      SchemaWith(R"("name":{"type":["string","null"]},"place":{"type":["string","null"]})");
  EXPECT_EQ(Ingest(lake, options).ingest.rows, 0);
  EXPECT_EQ(lake.catalog().LoadTable(lake.target())->metadata_location, before.metadata_location);
  lake.Put("/s/b.jsonl", "{\"id\":8,\"name\":\"b\",\"place\":\"x\"}\n");
  Ingest(lake, options);
  EXPECT_THAT(lake.Rows(), ElementsAre("7|a|null", "8|b|x"));
  const auto after = lake.catalog().LoadTable(lake.target()).value();
  EXPECT_EQ(after.metadata->metadata_log.size(), before.metadata->metadata_log.size() + 1);
  EXPECT_EQ(lake.SnapshotCount(lake.target()), 2U);
}

TEST(IngestIntoTable, RefusesASchemaThatTheTableCannotTakeOver) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", "{\"id\":7}\n");
  UserTableOptions options = lake.Options(FileFormat::kJsonLines);
  options.schema = SchemaWith(R"("name":{"type":"integer"})");
  EXPECT_THAT(lake.Ingest(options), IsError(ErrorKind::kConflict));
  options.schema = SchemaWith(R"("name":{"type":"string","pattern":"("})");
  EXPECT_THAT(lake.Ingest(options), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(lake.Rows(), IsEmpty());
}

TEST(IngestIntoTable, MakesATableWithTheColumnsOfTheSchema) {
  TestLake lake;
  lake.Put("/s/a.jsonl", "{\"id\":7}\n");
  UserTableOptions options = lake.Options(FileFormat::kJsonLines);
  options.create = true;
  options.schema = SchemaWith(R"("day":{"type":["string","null"],"format":"date"})");
  Ingest(lake, options);
  EXPECT_THAT(lake.Rows(), ElementsAre("7|null"));
}

}  // namespace
}  // namespace firn::ingest
