// SPDX-License-Identifier: Apache-2.0
//
// Reads every file of apache/parquet-testing. What each gives (rows, or the kind of error) is in
// testdata/parquet_testing.txt; FIRN_UPDATE_GOLDEN=1 rewrites it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/reader.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"

namespace firn::datafile {
namespace {

constexpr const char* kExpected = "src/firn/datafile/testdata/parquet_testing.txt";

// The columns whose types a table can have; the others are not what these tests are about.
arrow::FieldVector ReadableFields(const arrow::Schema& layout) {
  arrow::FieldVector readable;
  for (const auto& field : layout.fields()) {
    if (FromArrow(*arrow::schema({field}))) readable.push_back(field);
  }
  return readable;
}

Result<int64_t> CountRows(io::FileIO& files, const std::string& location) {
  FIRN_ASSIGN(const auto layout, ReadSchema(files, location));
  FIRN_ASSIGN(const table::Schema schema, FromArrow(*arrow::schema(ReadableFields(*layout))));
  table::DataFile file;
  file.file_path = location;
  FIRN_ASSIGN(const auto reader, ReadFile(files, file, schema));
  int64_t rows = 0;
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return rows;
    if (!batch->ValidateFull().ok()) return Internal("an invalid batch");
    rows += batch->num_rows();
  }
}

std::string Describe(const std::string& name, const Result<int64_t>& rows) {
  const std::string outcome =
      rows ? std::to_string(*rows) : std::string(KindName(rows.error().kind));
  return name + " " + outcome + "\n";
}

TEST(ParquetTesting, IsReadOrRefusedAsExpected) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  FixedEnv env;
  io::LocalFileIO files(env);
  std::set<std::string> names;
  const auto folder = shared / "golden" / "parquet-testing";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    const bool shredded = entry.path().string().find("shredded_variant") != std::string::npos;
    // Its two rows hold a text of 1 GiB each.
    const bool huge = entry.path().filename() == "large_string_map.brotli.parquet";
    if (shredded || huge || (extension != ".parquet" && extension != ".encrypted")) continue;
    names.insert(std::filesystem::relative(entry.path(), folder).string());
  }
  std::string actual;
  for (const std::string& name : names) {
    const auto rows = CountRows(files, io::FileLocation((folder / name).string()));
    EXPECT_FALSE(!rows && rows.error().kind == ErrorKind::kInternal) << name;
    actual += Describe(name, rows);
  }
  if (std::getenv("FIRN_UPDATE_GOLDEN") != nullptr) std::ofstream(kExpected) << actual;
  std::stringstream expected;
  expected << std::ifstream(kExpected).rdbuf();
  EXPECT_EQ(actual, expected.str());
}

}  // namespace
}  // namespace firn::datafile
