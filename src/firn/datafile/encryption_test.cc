// SPDX-License-Identifier: Apache-2.0
//
// Data files and deletion vectors of encrypted tables: what is on disk, and that Arrow's reader and
// the plain view of a file agree.

#include "firn/table/encryption.h"

#include <algorithm>
#include <memory>
#include <string>

#include "firn/base/bytes.h"
#include "firn/datafile/deletion_vector.h"
#include "firn/datafile/module_cipher.h"
#include "firn/datafile/page_directory.h"
#include "firn/datafile/plain_parquet.h"
#include "firn/datafile/testing.h"
#include "firn/datafile/thrift_walk.h"
#include "firn/io/key_management.h"
#include "firn/io/local_file_io.h"
#include "firn/table/metadata_json.h"

namespace firn::datafile {
namespace {

using table::DataFile;
using table::NestedField;

constexpr const char* kPlain = "file:///plain.parquet";

table::Schema SomeSchema() {
  return table::Schema::Make(table::SchemaId(0),
                             {NestedField::Required(1, "id", table::Type::Long()),
                              NestedField::Optional(2, "name", table::Type::String()),
                              NestedField::Optional(3, "tags",
                                                    table::Type::List(NestedField::Optional(
                                                        4, "element", table::Type::String()))),
                              NestedField::Optional(5, "score", table::Type::Double())})
      .value();
}

// Names repeat (a dictionary), tags are nested, scores are as they come.
std::shared_ptr<arrow::RecordBatch> SomeRows(int64_t first, int64_t count) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  auto tag = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder tags(arrow::default_memory_pool(), tag);
  arrow::DoubleBuilder scores;
  for (int64_t i = first; i < first + count; ++i) {
    EXPECT_TRUE(ids.Append(i).ok());
    EXPECT_TRUE(
        (i % 7 == 0 ? names.AppendNull() : names.Append("secret-name-" + std::to_string(i % 50)))
            .ok());
    EXPECT_TRUE(tags.Append().ok());
    for (int64_t j = 0; j < i % 3; ++j)
      EXPECT_TRUE(tag->Append("tag-" + std::to_string(i * 31 % 1009)).ok());
    EXPECT_TRUE(scores.Append(static_cast<double>(i) * 0.37).ok());
  }
  const auto layout = ToArrow(SomeSchema()).value();
  arrow::ArrayVector columns = {ids.Finish().ValueOrDie(), names.Finish().ValueOrDie(),
                                tags.Finish().ValueOrDie(), scores.Finish().ValueOrDie()};
  columns[2] = arrow::MakeArray([&] {
    auto data = columns[2]->data()->Copy();
    data->type = layout->field(2)->type();
    return data;
  }());
  return arrow::RecordBatch::Make(layout, count, columns);
}

TestTable EncryptedTable(std::map<std::string, std::string> properties = {}) {
  properties["encryption.key-id"] = "k";
  return TestTable(SomeSchema(), 3, std::move(properties));
}

std::shared_ptr<arrow::RecordBatch> RowsOf(io::FileIO& files, const DataFile& file,
                                           const table::Schema& schema) {
  auto reader = ReadFile(files, file, schema);
  EXPECT_THAT(reader, IsOk());
  return reader ? AllRows(**reader) : nullptr;
}

// A file with the bytes that readers without keys see.
Result<DataFile> PlainCopy(io::MemoryFileIO& files, const DataFile& file) {
  FIRN_ASSIGN(const auto plain, OpenPlainParquet(files, file.file_path, *file.key_metadata));
  FIRN_ASSIGN(std::string bytes, plain->Read(0, plain->size_bytes()));
  files.Replace(kPlain, std::move(bytes));
  DataFile copy;
  copy.file_path = kPlain;
  copy.record_count = file.record_count;
  return copy;
}

PositionBitmap Bits(const std::vector<int64_t>& positions) {
  return PositionBitmap::Of(positions);
}

std::string BytesOf(io::FileIO& files, const DataFile& file) {
  return files.ReadAll(file.file_path, int64_t{1} << 30).value();
}

TEST(EncryptedDataFile, IsReadWithItsKeyAndNotWithout) {
  TestTable table = EncryptedTable();
  const auto rows = SomeRows(0, 1000);
  const DataFile file = table.Write(rows);
  ASSERT_TRUE(file.key_metadata.has_value());
  const auto key = table::DecodeKeyMetadata(*file.key_metadata);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->key.size(), 16u);
  EXPECT_EQ(key->file_length, file.file_size_bytes);
  EXPECT_TRUE(RowsOf(table.files(), file, table.schema())->Equals(*rows));

  DataFile without = file;
  without.key_metadata.reset();
  EXPECT_THAT(ReadFile(table.files(), without, table.schema()), IsError(ErrorKind::kCorrupt));
  DataFile wrong = file;
  table::KeyMetadata other = *key;
  other.key[3] = static_cast<char>(other.key[3] ^ 1);
  wrong.key_metadata = table::EncodeKeyMetadata(other);
  EXPECT_THAT(ReadFile(table.files(), wrong, table.schema()), IsError(ErrorKind::kCorrupt));
  other = *key;
  other.aad_prefix = "that of another file";
  wrong.key_metadata = table::EncodeKeyMetadata(other);
  EXPECT_THAT(ReadFile(table.files(), wrong, table.schema()), IsError(ErrorKind::kCorrupt));
}

TEST(EncryptedDataFile, ShowsNothingOfItsRows) {
  TestTable table = EncryptedTable({{"write.parquet.compression-codec", "uncompressed"}});
  const DataFile file = table.Write(SomeRows(0, 1000));
  const std::string bytes = BytesOf(table.files(), file);
  EXPECT_TRUE(bytes.starts_with("PARE"));
  EXPECT_TRUE(bytes.ends_with("PARE"));
  for (const char* text : {"secret-name", "tag-", "score", "firn"})
    EXPECT_EQ(bytes.find(text), std::string::npos) << text;
}

TEST(EncryptedDataFile, HasAKeyOfItsOwnOfTheLengthAskedFor) {
  for (const char* length : {"16", "24", "32"}) {
    TestTable table = EncryptedTable({{"encryption.data-key-length", length}});
    const DataFile a = table.Write(SomeRows(0, 10));
    const DataFile b = table.Write(SomeRows(0, 10));
    EXPECT_NE(a.key_metadata, b.key_metadata);
    EXPECT_EQ(table::DecodeKeyMetadata(*a.key_metadata)->key.size(), std::stoul(length));
    EXPECT_EQ(RowsOf(table.files(), a, table.schema())->num_rows(), 10);
  }
}

struct Shape {
  std::string name;
  std::map<std::string, std::string> properties;
  int64_t rows = 2000;
};

class EncryptedShapes : public ::testing::TestWithParam<Shape> {};

TEST_P(EncryptedShapes, AreReadAlikeByArrowAndThroughThePlainView) {
  TestTable table = EncryptedTable(GetParam().properties);
  WriterOptions options = WriterOptionsFrom(table.metadata().properties).value();
  options.row_group_bytes = 40'000;
  const auto rows = SomeRows(0, GetParam().rows);
  const DataFile file = table.Write(rows, options);
  EXPECT_TRUE(RowsOf(table.files(), file, table.schema())->Equals(*rows));
  const auto copy = PlainCopy(table.files(), file);
  ASSERT_THAT(copy, IsOk());
  EXPECT_TRUE(RowsOf(table.files(), *copy, table.schema())->Equals(*rows));
}

INSTANTIATE_TEST_SUITE_P(
    , EncryptedShapes,
    ::testing::Values(Shape{"Default", {}}, Shape{"OneRow", {}, 1},
                      Shape{"ManyPages", {{"write.parquet.page-row-limit", "100"}}},
                      Shape{"Plain",
                            {{"write.parquet.compression-codec", "uncompressed"},
                             {"firn.parquet.encoding.column.name", "plain"}}},
                      Shape{"BloomFilters",
                            {{"write.parquet.bloom-filter-enabled.column.name", "true"},
                             {"write.parquet.bloom-filter-enabled.column.id", "true"}}}),
    [](const auto& shape) { return shape.param.name; });

TEST(PlainParquet, IsReadAtAnyPosition) {
  TestTable table = EncryptedTable({{"write.parquet.page-row-limit", "100"}});
  const DataFile file = table.Write(SomeRows(0, 2000));
  const auto plain = OpenPlainParquet(table.files(), file.file_path, *file.key_metadata).value();
  const std::string whole = plain->Read(0, plain->size_bytes()).value();
  EXPECT_TRUE(whole.starts_with("PAR1"));
  EXPECT_TRUE(whole.ends_with("PAR1"));
  FixedEnv env;
  for (int i = 0; i < 300; ++i) {
    const auto offset = static_cast<size_t>(env.Random64() % (whole.size() + 5));
    const auto length = static_cast<size_t>(env.Random64() % 2000);
    const std::string wanted = whole.substr(std::min(offset, whole.size()), length);
    EXPECT_EQ(plain->Read(static_cast<int64_t>(offset), static_cast<int64_t>(length)).value(),
              wanted)
        << offset << ' ' << length;
  }
}

TEST(PlainParquet, RefusesWhatIsNoEncryptedParquetFile) {
  TestTable table = EncryptedTable();
  const std::string key = table::EncodeKeyMetadata(table::NewKeyMetadata(16));
  for (const std::string& bytes :
       {std::string(), std::string("PARE"), std::string("PARE\1\0\0\0PARE"),
        std::string("xxxx\xff\xff\xff\xffPARE"), std::string("PAR1\0\0\0\0PAR1", 12),
        "PARE" + std::string(100, 'x') + std::string("\x40\0\0\0PARE", 8)}) {
    table.files().Replace(kPlain, bytes);
    EXPECT_THAT(OpenPlainParquet(table.files(), kPlain, key), IsError(ErrorKind::kCorrupt));
  }
}

// Every byte is authenticated: what a reader is given is what was written, or an error.
TEST(EncryptedDataFile, GivesNoOtherRowsForAChangedByte) {
  TestTable table = EncryptedTable({{"write.parquet.page-row-limit", "20"},
                                    {"write.parquet.compression-codec", "uncompressed"}});
  const auto rows = SomeRows(0, 60);
  const DataFile file = table.Write(rows);
  const std::string bytes = BytesOf(table.files(), file);
  const auto reads_all = [&](const DataFile& read) {
    auto reader = ReadFile(table.files(), read, table.schema());
    if (!reader) return false;
    const auto batch = (*reader)->Next();
    return batch.has_value() && *batch != nullptr && (*batch)->Equals(*rows);
  };
  int noticed = 0;
  for (size_t at = 0; at < bytes.size(); at += 5) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    table.files().Replace(file.file_path, changed);
    const auto copy = PlainCopy(table.files(), file);
    const auto reader = ReadFile(table.files(), file, table.schema());
    const auto batch =
        reader ? (*reader)->Next() : Result<std::shared_ptr<arrow::RecordBatch>>(reader.error());
    if (!batch) ++noticed;
    if (batch) {
      EXPECT_TRUE(*batch != nullptr && (*batch)->Equals(*rows)) << at;
    }
    if (copy) {
      EXPECT_TRUE(reads_all(*copy)) << at;
    }
  }
  EXPECT_GT(noticed, static_cast<int>(bytes.size() / 10));
}

TEST(ModuleCipher, BindsAModuleToItsPlace) {
  const auto cipher = ModuleCipher::Make({std::string(16, 'k'), "prefix"}, "unique").value();
  const Module module{ModuleType::kDataPage, 1, 2, 3};
  ByteBuffer out;
  ASSERT_THAT(cipher.Append(module, "text", out), IsOk());
  ASSERT_EQ(out.size(), 4 + ModuleCipher::kOverheadBytes);
  const std::string_view sealed = out.view().substr(4);
  EXPECT_THAT(cipher.Open(module, sealed), HasValue(std::string("text")));
  for (const Module& other :
       {Module{ModuleType::kDataPageHeader, 1, 2, 3}, Module{ModuleType::kDataPage, 0, 2, 3},
        Module{ModuleType::kDataPage, 1, 1, 3}, Module{ModuleType::kDataPage, 1, 2, 4}}) {
    EXPECT_THAT(cipher.Open(other, sealed), IsError(ErrorKind::kCorrupt));
  }
  EXPECT_THAT(cipher.Append({ModuleType::kDataPage, 0, 0, 32768}, "", out),
              IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(cipher.Append({ModuleType::kColumnIndex, 32768, 0, 0}, "", out),
              IsError(ErrorKind::kUnsupported));
}

TEST(PlainPageHeader, HasTheSizeOfThePlainBodyAndNoChecksum) {
  // Type 0, 200 bytes, 168 + 32 of them stored, a checksum, then field 5.
  const std::string header("\x15\x00\x15\x90\x03\x15\x90\x03\x15\x02\x1c\x15\x06\x00\x00", 15);
  const auto plain = PlainPageHeader(header, 168);
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(HexEncode(*plain),
            "1500159003"
            "15d002"
            "2c15060000");
  EXPECT_THAT(PlainPageHeader(header + std::string(60, '\0'), 168), HasValue(*plain));
  EXPECT_THAT(PlainPageHeader("", 1), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(PlainPageHeader("\x15\x80\x80\x80\x80\x80\x80\x01", 1), IsError(ErrorKind::kCorrupt));
}

TEST(PlainFooter, RefusesWhatIsNoThrift) {
  for (const std::string& bytes :
       {std::string(), std::string("\x1c"), std::string("\x19\xfc\xff\xff\xff\x0f", 6),
        std::string("\x18\x7f\x00", 3), std::string(100, '\x1c'), std::string("\x1f\x00", 2),
        std::string(12, '\xff')}) {
    EXPECT_THAT(PlainFooter(bytes), IsError(ErrorKind::kCorrupt)) << HexEncode(bytes);
  }
}

TEST(EncryptedDeletionVector, IsReadWithItsKeyAndNotWithout) {
  TestTable table = EncryptedTable();
  const DataFile file = table.Write(SomeRows(0, 10));
  const DataFile vector = table.Delete(file, {0, 3, 9}).added.at(0);
  ASSERT_TRUE(vector.key_metadata.has_value());
  const std::string bytes = BytesOf(table.files(), vector);
  EXPECT_TRUE(bytes.starts_with("AGS1"));
  EXPECT_EQ(vector.file_size_bytes, static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(bytes.find("deletion-vector"), std::string::npos);
  EXPECT_THAT(ReadDeletionVector(table.files(), vector), HasValue(Bits({0, 3, 9})));
  EXPECT_EQ(Numbers(*table.Read(file, {vector}), "id"),
            (std::vector<int64_t>{1, 2, 4, 5, 6, 7, 8}));
  const DataFile next = table.Delete(file, {5}, {vector}).added.at(0);
  EXPECT_THAT(ReadDeletionVector(table.files(), next), HasValue(Bits({0, 3, 5, 9})));
  DataFile without = vector;
  without.key_metadata.reset();
  EXPECT_THAT(ReadDeletionVector(table.files(), without), IsError(ErrorKind::kCorrupt));
}

// Written by Iceberg 1.11.0 (test/interop/encryption): ids 0 to 59, every fifth name null.
TEST(EncryptedDataFile, OfJavaIsReadByArrowAndThroughThePlainView) {
  namespace fs = std::filesystem;
  io::MemoryFileIO memory;
  const fs::path root = "src/firn/table/testdata/java-encrypted";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    memory.Replace("file:/lake/java/" + fs::relative(entry.path(), root).string(),
                   ReadBytes(entry.path()));
  }
  io::MasterKeys keys([](std::string_view) -> Result<std::string> {
    return std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16);
  });
  io::KeyedFileIO files(memory, &keys);
  const auto metadata =
      table::ParseMetadata(ReadBytes(root / "metadata" / "v2.metadata.json")).value();
  const auto plan = table::PlanScan(metadata, {}, files);
  ASSERT_THAT(plan, IsOk());
  std::vector<int64_t> ids;
  for (const table::FileScanTask& task : plan->tasks) {
    const auto rows = RowsOf(files, task.file, metadata.schema());
    ASSERT_NE(rows, nullptr);
    for (const int64_t id : Numbers(*rows, "id"))
      ids.push_back(id);
    const auto copy = PlainCopy(memory, task.file);
    ASSERT_THAT(copy, IsOk());
    EXPECT_TRUE(RowsOf(memory, *copy, metadata.schema())->Equals(*rows));
  }
  std::sort(ids.begin(), ids.end());
  ASSERT_EQ(ids.size(), 60u);
  for (size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(ids[i], static_cast<int64_t>(i));
}

// A file of parquet-testing, whose data/README.md names the key.
TEST(PlainParquet, OfParquetTestingHasTheRowsThatArrowReads) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  const auto folder = shared / "golden" / "parquet-testing" / "data";
  io::MemoryFileIO files;
  files.Replace("file:///uniform", ReadBytes(folder / "uniform_encryption.parquet.encrypted"));
  files.Replace("file:///columns",
                ReadBytes(folder / "encrypt_columns_and_footer.parquet.encrypted"));
  DataFile file;
  file.file_path = "file:///uniform";
  file.key_metadata = table::EncodeKeyMetadata({"0123456789012345", "", {}});
  const auto copy = PlainCopy(files, file);
  ASSERT_THAT(copy, IsOk());
  const auto layout = ReadSchema(files, copy->file_path);
  ASSERT_THAT(layout, IsOk());
  const auto schema =
      table::Schema::Make(table::SchemaId(0),
                          {NestedField::Optional(1, "float_field", table::Type::Float()),
                           NestedField::Optional(2, "double_field", table::Type::Double())})
          .value();
  const auto rows = RowsOf(files, file, schema);
  ASSERT_GT(rows->num_rows(), 0);
  EXPECT_TRUE(RowsOf(files, *copy, schema)->Equals(*rows));
  EXPECT_THAT(OpenPlainParquet(files, "file:///columns", *file.key_metadata),
              IsError(ErrorKind::kUnsupported));
}

}  // namespace
}  // namespace firn::datafile
