// SPDX-License-Identifier: Apache-2.0
//
// Throughput of the writer and the reader, in bytes of plain rows. FIRN_BENCH_TEXT names a folder
// whose *.jsonl files are the text; without it the text is made up.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <benchmark/benchmark.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/batch_builder.h"
#include "firn/datafile/reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"

namespace firn::datafile {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using table::NestedField;
using table::Type;

constexpr size_t kSliceBytes = size_t{1} << 20;
constexpr size_t kTextBytes = size_t{200} << 20;

// JSON lines of a size and repetitiveness like those of conversation logs.
std::string MadeUpText() {
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < 8 * kSliceBytes) {
    text += R"({"type":"assistant","uuid":")" + std::to_string(random()) + R"(","content":")";
    for (int word = 0; word < 60; ++word)
      text += "word" + std::to_string(random() % 997) + " ";
    text += "\"}\n";
  }
  return text;
}

std::string BenchText() {
  const char* folder = std::getenv("FIRN_BENCH_TEXT");
  if (folder == nullptr) return MadeUpText();
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream file(entry.path());
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  return text;
}

// A table and its rows: what is written again and again.
struct Load {
  table::TableMetadata metadata;
  std::vector<BatchPtr> batches;
  int64_t bytes = 0;
};

table::TableMetadata Metadata(table::Schema schema, Env& env) {
  table::NewTable wanted;
  wanted.schema = std::move(schema);
  wanted.location = "memory:///t";
  return table::NewTableMetadata(wanted, env).value();
}

template <typename Builder, typename Value>
void Append(BatchBuilder& builder, size_t column, Value&& value) {
  if (!builder.column<Builder>(column)->Append(std::forward<Value>(value)).ok()) std::abort();
}

// Slices as bronze keeps them: some short columns, and up to 1 MiB of text in one.
Load BronzeRows() {
  FixedEnv env;
  Load load;
  load.metadata =
      Metadata(table::Schema::Make(table::SchemaId(0),
                                   {NestedField::Required(1, "conversation_id", Type::String()),
                                    NestedField::Required(2, "timestamp", Type::TimestampTz()),
                                    NestedField::Optional(3, "source_offset", Type::Long()),
                                    NestedField::Optional(4, "record_hash", Type::String()),
                                    NestedField::Optional(5, "raw_payload", Type::String())})
                   .value(),
               env);
  const std::string text = BenchText();
  BatchBuilder builder = BatchBuilder::Make(load.metadata.schema()).value();
  for (int64_t row = 0; load.bytes < static_cast<int64_t>(kTextBytes); ++row) {
    const size_t at = static_cast<size_t>(row) * kSliceBytes % text.size();
    Append<arrow::StringBuilder>(builder, 0, "conversation-" + std::to_string(row / 20));
    Append<arrow::TimestampBuilder>(builder, 1, 1'762'335'000'000'000 + row);
    Append<arrow::Int64Builder>(builder, 2, row);
    Append<arrow::StringBuilder>(builder, 3, std::to_string(row * 7919) + "0123456789abcdef");
    Append<arrow::StringBuilder>(builder, 4, std::string_view(text).substr(at, kSliceBytes));
    load.batches.push_back(builder.Finish().value());
    load.bytes += BytesOf(*load.batches.back());
  }
  return load;
}

// Rows of measures: numbers, a timestamp, texts of few values.
Load NarrowRows() {
  FixedEnv env;
  Load load;
  load.metadata = Metadata(
      table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "id", Type::Long()),
                                               NestedField::Required(2, "at", Type::TimestampTz()),
                                               NestedField::Optional(3, "model", Type::String()),
                                               NestedField::Optional(4, "tokens", Type::Int()),
                                               NestedField::Optional(5, "cost", Type::Double())})
          .value(),
      env);
  std::mt19937_64 random(1);
  BatchBuilder builder = BatchBuilder::Make(load.metadata.schema()).value();
  for (int64_t row = 0; row < 4'000'000; ++row) {
    Append<arrow::Int64Builder>(builder, 0, row);
    Append<arrow::TimestampBuilder>(builder, 1, 1'762'335'000'000'000 + row * 977);
    Append<arrow::StringBuilder>(builder, 2, "model-" + std::to_string(random() % 20));
    Append<arrow::Int32Builder>(builder, 3, static_cast<int32_t>(random() % 5000));
    Append<arrow::DoubleBuilder>(builder, 4, static_cast<double>(random() % 100000) / 1000);
    if (builder.rows() < 50'000) continue;
    load.batches.push_back(builder.Finish().value());
    load.bytes += BytesOf(*load.batches.back());
  }
  return load;
}

std::vector<table::DataFile> Write(const Load& load, io::FileIO& files,
                                   const std::map<std::string, std::string>& properties) {
  FixedEnv env;
  auto writer =
      TableWriter::Open(load.metadata, "t", files, env, WriterOptionsFrom(properties).value())
          .value();
  for (const BatchPtr& batch : load.batches) {
    if (!writer->Write(batch)) std::abort();
  }
  return writer->Close().value();
}

void WriteLoad(benchmark::State& state, const Load& load, const char* codec) {
  int64_t written = 0;
  for (auto _ : state) {
    io::MemoryFileIO files;
    written = 0;
    for (const auto& file : Write(load, files,
                                  {{"write.parquet.compression-codec", codec},
                                   {"write.parquet.compression-level", "3"},
                                   {"write.parquet.row-group-size-bytes", "31457280"}})) {
      written += file.file_size_bytes;
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * load.bytes);
  state.counters["ratio"] = static_cast<double>(written) / static_cast<double>(load.bytes);
}

void ReadLoad(benchmark::State& state, const Load& load) {
  io::MemoryFileIO files;
  const auto written = Write(load, files, {});
  for (auto _ : state) {
    for (const auto& file : written) {
      auto reader = ReadFile(files, file, load.metadata.schema()).value();
      while (const BatchPtr batch = reader->Next().value()) {
        benchmark::DoNotOptimize(batch->num_rows());
      }
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * load.bytes);
}

void Register(const std::string& name, const std::shared_ptr<Load>& load) {
  for (const char* codec : {"zstd", "snappy", "uncompressed"}) {
    benchmark::RegisterBenchmark((name + "/write/" + codec).c_str(), [load, codec](
                                                                         benchmark::State& state) {
      WriteLoad(state, *load, codec);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark((name + "/read").c_str(), [load](benchmark::State& state) {
    ReadLoad(state, *load);
  })->Unit(benchmark::kMillisecond);
}

const bool kRegistered = [] {
  Register("bronze", std::make_shared<Load>(BronzeRows()));
  Register("narrow", std::make_shared<Load>(NarrowRows()));
  return true;
}();

}  // namespace
}  // namespace firn::datafile
