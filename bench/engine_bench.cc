// SPDX-License-Identifier: Apache-2.0
//
// The engine without its shell, for measurements beside other engines (bench/engine runs both):
//
//   engine_bench make FOLDER FILES      a table of that many files of which only metadata exists:
//                                       12 columns with full metrics, one file per 1000 rows of id
//   engine_bench plan FOLDER FIRST ROUNDS [metrics]
//                                       plans "id >= FIRST", cold and then ROUNDS times warm
//   engine_bench append FOLDER COMMITS [KEEP]
//                                       durable appends of 10 rows; keeps at most KEEP snapshots
//
// FOLDER holds catalog.db (SQLite, as PyIceberg's SqlCatalog opens it) and the warehouse. Each
// prints one line of JSON.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/catalog/batch_commit.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/io/write_batch.h"
#include "firn/table/append.h"
#include "firn/table/manifest_cache.h"
#include "firn/table/scan.h"

namespace firn {
namespace {

using catalog::LoadedTable;
using catalog::TableName;
using table::DataFile;
using table::FieldId;
using table::Literal;
using table::NestedField;
using table::Type;

constexpr int64_t kRowsOfFile = 1000;
constexpr size_t kFilesOfCommit = 100'000;

// A lake of one process.
struct Lake {
  std::unique_ptr<Env> env = MakeSystemEnv();
  io::LocalFileIO files{*env};
  std::unique_ptr<catalog::Catalog> catalog;

  Status Open(const std::string& folder) {
    std::filesystem::create_directories(folder);
    FIRN_ASSIGN(catalog,
                catalog::OpenSqliteCatalog(folder + "/catalog.db",
                                           io::FileLocation(folder + "/warehouse"), files, *env));
    FIRN_ASSIGN(const bool exists, catalog->NamespaceExists({"bench"}));
    return exists ? Ok() : catalog->CreateNamespace({"bench"});
  }
  double Seconds() const { return static_cast<double>(env->MonotonicMicros()) / 1e6; }
};

Result<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("not a number", text);
  }
  return number;
}

// id, at, six numbers, four texts.
table::Schema WideSchema() {
  std::vector<NestedField> fields = {NestedField::Required(1, "id", Type::Long()),
                                     NestedField::Optional(2, "at", Type::TimestampTz())};
  for (int32_t id = 3; id <= 12; ++id) {
    const Type type = id <= 5 ? Type::Long() : id <= 8 ? Type::Double() : Type::String();
    fields.push_back(NestedField::Optional(id, "c" + std::to_string(id), type));
  }
  return *table::Schema::Make(table::SchemaId(0), std::move(fields));
}

// The value a column of a file begins or ends with; spread so that bounds do not compress away.
Literal BoundOf(const NestedField& field, int64_t number, Env& env, bool upper) {
  const int64_t first = number * kRowsOfFile + (upper ? kRowsOfFile - 1 : 0);
  const auto noise = static_cast<int64_t>(env.Random64() >> 24);
  switch (field.type.id()) {
    case table::TypeId::kLong:
      return Literal::Long(field.id == FieldId(1) ? first : noise + (upper ? INT64_MAX / 2 : 0));
    case table::TypeId::kTimestampTz:
      return Literal::TimestampTz(1'700'000'000'000'000 + first * 1'000'000);
    case table::TypeId::kDouble:
      return Literal::Double(static_cast<double>(noise) / 1000 + (upper ? 1e12 : 0));
    default:
      return Literal::String((upper ? "z" : "a") + std::to_string(noise).substr(0, 15));
  }
}

DataFile FileNumber(const LoadedTable& table, int64_t number, Env& env) {
  DataFile file;
  file.file_path = io::JoinLocation(table.metadata->location,
                                    "data/files_data_20251105_" + MakeUlid(env) + ".parquet");
  file.spec_id = table.metadata->default_spec_id;
  file.record_count = kRowsOfFile;
  file.file_size_bytes = 100'000 + static_cast<int64_t>(env.Random64() % 100'000);
  file.split_offsets = {4};
  for (const NestedField& field : table.metadata->schema().fields()) {
    file.column_sizes[field.id] = 1000 + static_cast<int64_t>(env.Random64() % 8000);
    file.value_counts[field.id] = kRowsOfFile;
    file.null_value_counts[field.id] = static_cast<int64_t>(env.Random64() % 100);
    file.nan_value_counts[field.id] = 0;
    file.lower_bounds[field.id] = BoundOf(field, number, env, false).ToBytes();
    file.upper_bounds[field.id] = BoundOf(field, number, env, true).ToBytes();
  }
  return file;
}

Status Make(Lake& lake, int64_t count) {
  table::NewTable made;
  made.schema = WideSchema();
  FIRN_ASSIGN(const LoadedTable table, lake.catalog->CreateTable({{"bench"}, "files"}, made));
  FixedEnv noise;  // Seeded, and far faster than the machine's randomness.
  for (int64_t number = 0; number < count;) {
    std::vector<DataFile> files;
    for (; number < count && files.size() < kFilesOfCommit; ++number) {
      files.push_back(FileNumber(table, number, noise));
    }
    FIRN_TRY(catalog::CommitOperation(*lake.catalog, lake.files, *lake.env, table.name,
                                      table::FastAppend(std::move(files))));
  }
  std::printf("{\"files\": %lld}\n", static_cast<long long>(count));
  return Ok();
}

Status Plan(Lake& lake, int64_t first, int64_t rounds, bool metrics) {
  table::ManifestCache cache(size_t{1} << 30);
  table::ScanRequest request;
  request.file_metrics = metrics;
  std::vector<double> seconds;
  int64_t kept = 0;
  int64_t total = 0;
  for (int64_t round = 0; round <= rounds; ++round) {
    const double begin = lake.Seconds();
    FIRN_ASSIGN(const LoadedTable table, lake.catalog->LoadTable({{"bench"}, "files"}));
    request.filter =
        table::Expression::Compare(table::Op::kGtEq, "id", Literal::Long(first + round));
    FIRN_ASSIGN(const auto plan, table::PlanScan(*table.metadata, request, lake.files,
                                                 {rounds > 0 ? &cache : nullptr, 2}));
    seconds.push_back(lake.Seconds() - begin);
    kept = plan.files_kept;
    total = plan.files_total;
  }
  const double cold = seconds.front();
  seconds.erase(seconds.begin());
  std::sort(seconds.begin(), seconds.end());
  std::printf(
      "{\"files\": %lld, \"kept\": %lld, \"cold_s\": %.4f, \"warm_s\": %.5f, "
      "\"cache_bytes\": %zu}\n",
      static_cast<long long>(total), static_cast<long long>(kept), cold,
      seconds.empty() ? 0 : seconds[seconds.size() / 2], cache.memory_bytes());
  return Ok();
}

Result<std::shared_ptr<arrow::RecordBatch>> TenRows(int64_t commit) {
  arrow::Int64Builder id;
  arrow::StringBuilder text;
  arrow::DoubleBuilder value;
  for (int64_t row = 0; row < 10; ++row) {
    const bool ok = id.Append(commit * 10 + row).ok() &&
                    text.Append("row " + std::to_string(row)).ok() &&
                    value.Append(static_cast<double>(row) / 7).ok();
    if (!ok) return ResourceExhausted("no memory for ten rows");
  }
  std::shared_ptr<arrow::Array> columns[3];
  if (!id.Finish(&columns[0]).ok() || !text.Finish(&columns[1]).ok() ||
      !value.Finish(&columns[2]).ok()) {
    return ResourceExhausted("no memory for ten rows");
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
                     arrow::field("value", arrow::float64())});
  return arrow::RecordBatch::Make(schema, 10, {columns[0], columns[1], columns[2]});
}

Status AppendOnce(Lake& lake, LoadedTable& table, int64_t commit) {
  FIRN_ASSIGN(const auto rows, TenRows(commit));
  io::WriteBatch batch(lake.files);
  FIRN_ASSIGN(auto writer,
              datafile::TableWriter::Open(*table.metadata, table.name.name, batch, *lake.env, {}));
  FIRN_TRY(writer->Write(rows));
  FIRN_ASSIGN(auto files, writer->Close());
  const catalog::PendingChange change{table.name, table::MergeAppend(std::move(files))};
  FIRN_ASSIGN(auto tables,
              catalog::CommitOperations(*lake.catalog, batch, *lake.env, {&change, 1}));
  table = std::move(tables.front());
  return Ok();
}

// Takes the oldest snapshots out once there are a tenth more than are kept.
Status Expire(Lake& lake, LoadedTable& table, int64_t keep) {
  const auto& snapshots = table.metadata->snapshots;
  const auto count = static_cast<int64_t>(snapshots.size());
  if (count < keep + keep / 10) return Ok();
  table::RemoveSnapshots oldest;
  for (int64_t at = 0; at < count - keep; ++at) {
    oldest.snapshot_ids.push_back(snapshots[static_cast<size_t>(at)].id);
  }
  const catalog::TableChange change{table.name, {}, {oldest}};
  FIRN_ASSIGN(auto tables, lake.catalog->Commit({&change, 1}));
  table = std::move(tables.front());
  return Ok();
}

double MedianMs(const std::vector<double>& seconds, size_t begin, size_t end) {
  std::vector<double> part(seconds.begin() + static_cast<std::ptrdiff_t>(begin),
                           seconds.begin() + static_cast<std::ptrdiff_t>(end));
  std::sort(part.begin(), part.end());
  return part[part.size() / 2] * 1000;
}

Status Append(Lake& lake, int64_t commits, int64_t keep) {
  table::NewTable made;
  made.schema =
      *table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "id", Type::Long()),
                                                NestedField::Optional(2, "text", Type::String()),
                                                NestedField::Optional(3, "value", Type::Double())});
  made.properties["write.metadata.delete-after-commit.enabled"] = "true";
  FIRN_ASSIGN(LoadedTable table, lake.catalog->CreateTable({{"bench"}, "appends"}, made));
  std::vector<double> seconds;
  const double start = lake.Seconds();
  for (int64_t commit = 0; commit < commits; ++commit) {
    const double begin = lake.Seconds();
    FIRN_TRY(AppendOnce(lake, table, commit));
    if (keep > 0) FIRN_TRY(Expire(lake, table, keep));
    seconds.push_back(lake.Seconds() - begin);
  }
  const double total = lake.Seconds() - start;
  const size_t window = std::min<size_t>(seconds.size(), 100);
  const size_t early = std::min<size_t>(seconds.size() - window, 50);  // Around the 100th.
  const double early_ms = MedianMs(seconds, early, early + window);
  const double last_ms = MedianMs(seconds, seconds.size() - window, seconds.size());
  std::printf(
      "{\"commits\": %lld, \"total_s\": %.3f, \"per_s\": %.1f, \"p50_100th_ms\": %.3f, "
      "\"p50_last_ms\": %.3f, \"snapshots\": %zu}\n",
      static_cast<long long>(commits), total, static_cast<double>(commits) / total, early_ms,
      last_ms, table.metadata->snapshots.size());
  return Ok();
}

Status Run(const std::vector<std::string>& words) {
  if (words.size() < 3) return InvalidArgument("engine_bench make|plan|append FOLDER NUMBER ...");
  Lake lake;
  FIRN_TRY(lake.Open(words[1]));
  FIRN_ASSIGN(const int64_t number, NumberOf(words[2]));
  FIRN_ASSIGN(const int64_t more, NumberOf(words.size() > 3 ? words[3] : "0"));
  if (words[0] == "make") return Make(lake, number);
  if (words[0] == "plan") return Plan(lake, number, more, words.size() > 4);
  if (words[0] == "append") return Append(lake, number, more);
  return InvalidArgument("no such measurement", words[0]);
}

}  // namespace
}  // namespace firn

int main(int argc, char** argv) {
  const firn::Status done = firn::Run({argv + 1, argv + argc});
  if (!done) std::fprintf(stderr, "engine_bench: %s\n", done.error().ToString().c_str());
  return done ? 0 : 1;
}
