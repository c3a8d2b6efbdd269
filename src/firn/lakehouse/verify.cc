// SPDX-License-Identifier: Apache-2.0
//
// Files are checked once, however many snapshots share them. Parquet pages carry a CRC-32 that
// reading compares, so a flipped bit in a data file is found; Avro and JSON must decode.

#include "firn/lakehouse/verify.h"

#include <map>
#include <set>
#include <string>

#include <arrow/api.h>

#include "firn/catalog/catalog.h"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/lakehouse/query.h"
#include "firn/lakehouse/tables.h"
#include "firn/obs/progress.h"
#include "firn/sql/engine.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

using Files = std::map<std::string, table::DataFile>;  // By location.

void Report(DoctorReport& report, const std::string& table, const Error& error) {
  report.findings.push_back({Severity::kError, "files", table + ": " + error.message, error.hint});
}

Status CheckSize(io::FileIO& io, const std::string& location, int64_t wanted) {
  FIRN_ASSIGN(const auto file, io.Open(location));
  if (file->size_bytes() == wanted) return Ok();
  return Corrupt("file " + location + " has " + std::to_string(file->size_bytes()) +
                 " bytes instead of " + std::to_string(wanted));
}

Status CheckManifest(const table::TableMetadata& metadata, const table::ManifestFile& manifest,
                     io::FileIO& io, Files& files) {
  FIRN_TRY(CheckSize(io, manifest.path, manifest.length_bytes));
  const table::PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
  if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.path);
  FIRN_ASSIGN(const std::vector<table::ManifestEntry> entries,
              table::ReadManifest(io, manifest, *spec));
  for (const table::ManifestEntry& entry : entries) {
    if (entry.is_live()) files.emplace(entry.file.file_path, entry.file);
  }
  return Ok();
}

Status CheckData(const table::TableMetadata& metadata, const table::DataFile& file,
                 io::FileIO& io) {
  FIRN_TRY(CheckSize(io, file.file_path, file.file_size_bytes));
  if (file.file_format != table::FileFormat::kParquet) return Ok();
  if (file.content != table::FileContent::kData) return Ok();
  datafile::ReadOptions options;
  if (const table::PartitionSpec* spec = metadata.FindSpec(file.spec_id)) options.spec = *spec;
  FIRN_ASSIGN(const auto reader,
              datafile::ReadFile(io, file, metadata.schema(), std::move(options)));
  int64_t rows = 0;
  while (true) {
    FIRN_ASSIGN(const std::shared_ptr<arrow::RecordBatch> batch, reader->Next());
    if (batch == nullptr) break;
    rows += batch->num_rows();
  }
  if (rows == file.record_count) return Ok();
  return Corrupt("file " + file.file_path + " has " + std::to_string(rows) + " rows instead of " +
                 std::to_string(file.record_count));
}

// Everything a table's snapshots refer to; a broken part hides only what is behind it.
Files CollectFiles(const std::string& name, const table::TableMetadata& metadata, io::FileIO& io,
                   DoctorReport& report) {
  Files files;
  std::set<std::string> seen;
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    const auto manifests = table::ManifestsOf(snapshot, io);
    if (!manifests.has_value()) {
      Report(report, name, manifests.error());
      continue;
    }
    for (const table::ManifestFile& manifest : *manifests) {
      if (!seen.insert(manifest.path).second) continue;
      const Status checked = CheckManifest(metadata, manifest, io, files);
      if (!checked.ok()) Report(report, name, checked.error());
    }
  }
  return files;
}

}  // namespace

Status VerifyTables(catalog::Catalog& catalog, io::FileIO& io, obs::Progress& progress,
                    DoctorReport& report) {
  FIRN_ASSIGN(const std::vector<catalog::TableName> names, AllTableNames(catalog));
  for (const catalog::TableName& table_name : names) {
    const std::string name = table_name.ToString();
    const auto loaded = catalog.LoadTable(table_name);
    if (!loaded.has_value()) continue;  // `Examine` has said so.
    const table::TableMetadata& metadata = *loaded->metadata;
    const Files files = CollectFiles(name, metadata, io, report);
    progress.Begin("verifying " + name, 0);
    for (const auto& [location, file] : files) {
      const Status checked = CheckData(metadata, file, io);
      if (!checked.ok()) Report(report, name, checked.error());
      ++report.files_verified;
      report.bytes_verified += file.file_size_bytes;
      progress.Advance(file.file_size_bytes);
    }
    progress.End();
  }
  if (report.healthy()) {
    report.findings.push_back({Severity::kOk, "files",
                               std::to_string(report.files_verified) +
                                   " data files are there, whole and of the size recorded.",
                               ""});
  }
  return Ok();
}

namespace {

// A slice is out of place when it does not begin where the one before it ended.
constexpr std::string_view kMisplaced = R"(
SELECT source_file, source_generation, source_offset FROM (
  SELECT *, coalesce(lag(source_offset + source_length) OVER source, 0) AS expected
  FROM bronze.conversations
  WINDOW source AS (PARTITION BY source_id, source_generation ORDER BY source_offset))
WHERE source_offset <> expected ORDER BY ALL LIMIT 20)";

constexpr std::string_view kChanged = R"(
SELECT source_file, source_generation, source_offset FROM bronze.conversations
WHERE record_hash <> md5(coalesce(raw_bytes, encode(raw_payload)))
   OR source_length <> octet_length(coalesce(raw_bytes, encode(raw_payload)))
ORDER BY ALL LIMIT 20)";

// The slices of a source end where its last position in that generation says.
constexpr std::string_view kUnfinished = R"(
WITH slices AS (
  SELECT source_id, source_generation, max(source_offset + source_length) AS slices_end
  FROM bronze.conversations GROUP BY ALL
), positions AS (
  SELECT source_id, generation, max("offset") AS position
  FROM bronze.source_files WHERE target = 'bronze.conversations' GROUP BY ALL
)
SELECT p.source_id, p.generation, p.position FROM positions AS p
LEFT JOIN slices AS s ON s.source_id = p.source_id AND s.source_generation = p.generation
WHERE coalesce(s.slices_end, 0) <> p.position ORDER BY ALL LIMIT 20)";

Status FindBroken(sql::Engine& engine, std::string_view query, std::string_view what,
                  DoctorReport& report) {
  FIRN_ASSIGN(const std::vector<Row> rows, QueryRows(engine, query));
  for (const Row& row : rows) {
    report.findings.push_back({Severity::kError, "slices",
                               std::string(what) + ": " + row[0].text + ", generation " +
                                   row[1].text + ", byte " + row[2].text,
                               "restore the lake's folder from a backup"});
  }
  return Ok();
}

}  // namespace

Status VerifySlices(catalog::Catalog& catalog, sql::Engine& engine, DoctorReport& report) {
  FIRN_ASSIGN(const catalog::TableName bronze, catalog::TableName::Parse("bronze.conversations"));
  FIRN_ASSIGN(const bool exists, catalog.TableExists(bronze));
  if (!exists) return Ok();
  FIRN_TRY(FindBroken(engine, kMisplaced, "a slice is missing or doubled before", report));
  FIRN_TRY(FindBroken(engine, kChanged, "a slice differs from its checksum", report));
  FIRN_TRY(FindBroken(engine, kUnfinished, "slices do not reach the position of source", report));
  if (report.healthy()) {
    report.findings.push_back({Severity::kOk, "slices",
                               "The slices of every source file tile it and have their MD5.", ""});
  }
  return Ok();
}

}  // namespace firn::lakehouse
