// SPDX-License-Identifier: Apache-2.0
//
// Throughput of the writer and the reader, in bytes of plain rows, and of checking values by type.
// FIRN_BENCH_TEXT names a folder whose *.jsonl files are the text; without it the text is made up.

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
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/batch_builder.h"
#include "firn/datafile/conform.h"
#include "firn/datafile/literal_array.h"
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

// What looking at a million values of a type costs before they are written.
void CheckValues(benchmark::State& state, const table::Literal& value) {
  const auto schema =
      table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "a", value.type())})
          .value();
  const auto layout = ToArrow(schema).value();
  const auto rows =
      arrow::RecordBatch::Make(layout, 1'000'000, {RepeatLiteral(value, 1'000'000).value()});
  const ConformRules rules = WriteRules(schema);
  for (auto _ : state) {
    const auto conformed = Conform(*rows, layout, rules);
    if (!conformed || !CheckRequired(**conformed)) std::abort();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * rows->num_rows());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * BytesOf(*rows));
}

void RegisterChecks() {
  using table::Literal;
  const std::vector<Literal> values = {
      Literal::Boolean(true),
      Literal::Int(7),
      Literal::Long(7),
      Literal::Float(0.5F),
      Literal::Double(0.5),
      Literal::Decimal(1234, 9, 2),
      Literal::Decimal(1234, 38, 2),
      Literal::Date(20'000),
      Literal::Time(3'600'000'000),
      Literal::TimestampTz(1'762'335'000'000'000),
      Literal::String("a text of some length, in ASCII"),
      Literal::String("ein Text mit \xC3\xA4, \xC3\xB6 und \xE2\x82\xAC"),
      Literal::Uuid(Uuid::Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7").value()),
      Literal::Fixed("four"),
      Literal::Binary("bytes")};
  for (const Literal& value : values) {
    const bool ascii = value.type() != Type::String() || value.bytes()[0] == 'a';
    const std::string name = "check/" + value.type().ToString() + (ascii ? "" : "/utf8");
    benchmark::RegisterBenchmark(name.c_str(), [value](benchmark::State& state) {
      CheckValues(state, value);
    })->Unit(benchmark::kMicrosecond);
  }
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
  RegisterChecks();
  return true;
}();

}  // namespace
}  // namespace firn::datafile
