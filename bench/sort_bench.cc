// SPDX-License-Identifier: Apache-2.0
//
// Writing of more rows than memory holds, for measurements beside other engines (bench/sort runs
// both):
//
//   sort_bench make FOLDER ROWS         rows in no order, 10 million to a file: a random id, one of
//                                       1,000 customers, a time, an amount, a note
//   sort_bench sort FOLDER OUT MIB      writes them sorted by id
//   sort_bench partition FOLDER OUT MIB writes them partitioned by customer
//
// FOLDER and OUT are made; rows wait in at most MIB of memory. Each prints one line of JSON.

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/datafile/batch_builder.h"
#include "firn/datafile/memory_budget.h"
#include "firn/datafile/reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/io/scratch.h"

namespace firn {
namespace {

using table::NestedField;
using table::Type;

constexpr int64_t kRowsOfFile = 10'000'000;
constexpr int64_t kRowsOfBatch = 50'000;

Result<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("not a number", text);
  }
  return number;
}

table::Schema Columns() {
  return table::Schema::Make(table::SchemaId(0),
                             {NestedField::Required(1, "id", Type::Long()),
                              NestedField::Required(2, "customer", Type::Int()),
                              NestedField::Required(3, "at", Type::TimestampTz()),
                              NestedField::Required(4, "amount", Type::Double()),
                              NestedField::Required(5, "note", Type::String())})
      .value();
}

Result<table::TableMetadata> TableIn(const std::string& folder, Env& env, bool sorted,
                                     bool partitioned) {
  table::NewTable wanted;
  wanted.schema = Columns();
  wanted.location = io::FileLocation(std::filesystem::absolute(folder).string());
  wanted.properties = {{"write.parquet.compression-codec", "zstd"},
                       {"write.parquet.compression-level", "3"}};
  if (sorted) {
    wanted.sort_order.id = table::SortOrderId(1);
    wanted.sort_order.fields.push_back({table::FieldId(1), table::Transform::Identity()});
  }
  if (partitioned) {
    const table::PartitionFieldRequest by_customer{"customer", table::Transform::Identity(), ""};
    FIRN_ASSIGN(wanted.spec,
                table::BuildPartitionSpec(table::SpecId(0), wanted.schema, {by_customer}));
  }
  return table::NewTableMetadata(wanted, env);
}

// Words that repeat as those of people do.
std::string Note(std::mt19937_64& random) {
  static constexpr const char* kWords[] = {"delivered", "late",  "again",  "returned", "paid",
                                           "order",     "north", "signed", "by",       "hand"};
  std::string note;
  for (int word = 0; word < 6; ++word)
    note += std::string(kWords[random() % 10]) + " ";
  return note + std::to_string(random() % 100'000);
}

Status AddRow(datafile::BatchBuilder& rows, std::mt19937_64& random, int64_t row) {
  const bool added =
      rows.column<arrow::Int64Builder>(0)->Append(static_cast<int64_t>(random())).ok() &&
      rows.column<arrow::Int32Builder>(1)->Append(static_cast<int32_t>(random() % 1000)).ok() &&
      rows.column<arrow::TimestampBuilder>(2)->Append(1'762'335'000'000'000 + row * 977).ok() &&
      rows.column<arrow::DoubleBuilder>(3)
          ->Append(static_cast<double>(random() % 1'000'000) / 100)
          .ok() &&
      rows.column<arrow::StringBuilder>(4)->Append(Note(random)).ok();
  return added ? Ok() : Status(Internal("no memory for a row"));
}

Status Make(const std::string& folder, int64_t rows) {
  const auto env = MakeSystemEnv();
  io::LocalFileIO files(*env);
  FIRN_ASSIGN(const auto metadata, TableIn(folder, *env, false, false));
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(metadata.properties));
  options.file_rows_max = kRowsOfFile;
  FIRN_ASSIGN(const auto writer,
              datafile::TableWriter::Open(metadata, "rows", files, *env, std::move(options)));
  FIRN_ASSIGN(auto builder, datafile::BatchBuilder::Make(metadata.schema()));
  std::mt19937_64 random(1);
  for (int64_t row = 0; row < rows; ++row) {
    FIRN_TRY(AddRow(builder, random, row));
    if (builder.rows() < kRowsOfBatch && row + 1 < rows) continue;
    FIRN_ASSIGN(const auto batch, builder.Finish());
    FIRN_TRY(writer->Write(batch));
  }
  FIRN_TRY(writer->Close());
  std::printf("{\"rows\": %lld}\n", static_cast<long long>(rows));
  return Ok();
}

Status CopyRows(io::FileIO& files, const std::string& folder, datafile::TableWriter& writer) {
  FIRN_ASSIGN(const auto found,
              files.List(io::FileLocation(std::filesystem::absolute(folder).string())));
  for (const io::FileInfo& info : found) {
    table::DataFile file;
    file.file_path = info.location;
    file.file_size_bytes = info.size_bytes;
    FIRN_ASSIGN(const auto reader, datafile::ReadFile(files, file, Columns()));
    while (true) {
      FIRN_ASSIGN(const auto batch, reader->Next());
      if (batch == nullptr) break;
      FIRN_TRY(writer.Write(batch));
    }
  }
  return Ok();
}

Status Rewrite(const std::string& folder, const std::string& out, int64_t mebibytes, bool sorted) {
  const auto env = MakeSystemEnv();
  io::LocalFileIO files(*env);
  FIRN_ASSIGN(const auto metadata, TableIn(out, *env, sorted, !sorted));
  datafile::MemoryBudget memory(mebibytes << 20);
  std::filesystem::create_directories(out);
  io::LocalScratchSpace scratch(out);
  datafile::WriterDefaults defaults;
  defaults.memory = &memory;
  defaults.scratch = &scratch;
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(metadata.properties, defaults));
  options.memory_bytes = mebibytes << 20;
  FIRN_ASSIGN(const auto writer,
              datafile::TableWriter::Open(metadata, "rows", files, *env, std::move(options)));
  FIRN_TRY(CopyRows(files, folder, *writer));
  const int64_t rows = writer->rows_written();
  FIRN_ASSIGN(const auto written, writer->Close());
  int64_t bytes = 0;
  for (const table::DataFile& file : written)
    bytes += file.file_size_bytes;
  std::printf("{\"rows\": %lld, \"files\": %zu, \"bytes\": %lld, \"waiting_peak\": %lld}\n",
              static_cast<long long>(rows), written.size(), static_cast<long long>(bytes),
              static_cast<long long>(memory.peak_bytes()));
  return Ok();
}

Status Run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "make") {
    FIRN_ASSIGN(const int64_t rows, NumberOf(words[2]));
    return Make(words[1], rows);
  }
  if (words.size() == 4 && (words[0] == "sort" || words[0] == "partition")) {
    FIRN_ASSIGN(const int64_t mebibytes, NumberOf(words[3]));
    return Rewrite(words[1], words[2], mebibytes, words[0] == "sort");
  }
  return InvalidArgument("say: make FOLDER ROWS, sort FOLDER OUT MIB, or partition FOLDER OUT MIB");
}

}  // namespace
}  // namespace firn

int main(int count, char** words) {
  const firn::Status done = firn::Run(std::vector<std::string>(words + 1, words + count));
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.error().ToString().c_str());
  return 1;
}
