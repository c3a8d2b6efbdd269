// SPDX-License-Identifier: Apache-2.0
//
// Every file is compared with the checksum that its writer stored in the catalog (see
// io/checksum_file_io.h), so that a changed byte anywhere in it is found. Files of other writers
// have none: they must have their size and be readable; where their Parquet pages carry a CRC-32,
// reading compares that. What is behind a broken file is hidden by it; the rest is checked all the
// same.

#include "firn/lakehouse/health/verify.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/catalog/catalog.h"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/lakehouse/health/file_verifier.h"
#include "firn/lakehouse/privacy/forgotten.h"
#include "firn/lakehouse/questions/query.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/obs/progress.h"
#include "firn/sql/engine.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

// The rows of a data file can be read, and are as many as its manifest says.
Status CheckRows(const table::TableMetadata& metadata, const table::DataFile& file,
                 io::FileIO& io) {
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

// Follows one table from its metadata file to its data, and reports what is amiss.
class TableVerifier {
 public:
  TableVerifier(const catalog::LoadedTable& table, io::FileIO& io, FileVerifier& files,
                DoctorReport& report)
      : name_(table.name.ToString()),
        location_(table.metadata_location),
        metadata_(*table.metadata),
        io_(io),
        files_(files),
        report_(report) {}

  void Run(obs::Progress& progress) {
    CheckMetadataFiles();
    CheckStatistics();
    for (const table::Snapshot& snapshot : metadata_.snapshots)
      Note(CheckSnapshot(snapshot));
    progress.Begin("verifying " + name_, 0);
    for (const auto& [location, file] : data_files_) {
      Note(CheckDataFile(file));
      progress.Advance(file.file_size_bytes);
    }
    progress.End();
  }

 private:
  void Note(const Status& checked) {
    if (checked.ok()) return;
    const Error& error = checked.error();
    report_.findings.push_back(
        {Severity::kError, "files", name_ + ": " + error.message,
         error.hint.empty() ? "restore the file from a backup" : error.hint});
  }

  void CheckMetadataFiles() {
    Note(files_.Check(location_, {}));
    for (const table::MetadataLogEntry& entry : metadata_.metadata_log)
      Note(files_.Check(entry.metadata_file, {}));
  }

  void CheckStatistics() {
    for (const auto* list : {&metadata_.statistics, &metadata_.partition_statistics}) {
      for (const table::StatisticsFile& file : *list) {
        const auto path = file.json.GetString("statistics-path");
        const auto size_bytes = file.json.GetInt64("file-size-in-bytes");
        Note(!path         ? Status(path.error())
             : !size_bytes ? Status(size_bytes.error())
                           : files_.Check(*path, *size_bytes));
      }
    }
  }

  Status CheckSnapshot(const table::Snapshot& snapshot) {
    if (!snapshot.manifest_list.empty()) FIRN_TRY(files_.Check(snapshot.manifest_list, {}));
    FIRN_ASSIGN(const std::vector<table::ManifestFile> manifests,
                table::ManifestsOf(metadata_, snapshot, io_));
    for (const table::ManifestFile& manifest : manifests) {
      if (manifests_.insert(manifest.path).second) Note(CheckManifest(manifest));
    }
    return Ok();
  }

  Status CheckManifest(const table::ManifestFile& manifest) {
    // A v1 snapshot may name manifests without their length.
    const bool measured = manifest.length_bytes > 0;
    FIRN_TRY(files_.Check(manifest.path,
                          measured ? std::optional(manifest.length_bytes) : std::nullopt));
    const table::PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.path);
    FIRN_ASSIGN(const std::vector<table::ManifestEntry> entries,
                table::ReadManifest(io_, manifest, *spec));
    for (const table::ManifestEntry& entry : entries) {
      if (entry.is_live()) data_files_.emplace(entry.file.file_path, entry.file);
    }
    return Ok();
  }

  Status CheckDataFile(const table::DataFile& file) {
    FIRN_TRY(files_.Check(file.file_path, file.file_size_bytes));
    return CheckRows(metadata_, file, io_);
  }

  std::string name_;
  std::string location_;
  const table::TableMetadata& metadata_;
  io::FileIO& io_;
  FileVerifier& files_;
  DoctorReport& report_;
  std::set<std::string> manifests_;                    // Those followed already.
  std::map<std::string, table::DataFile> data_files_;  // And delete files, by location.
};

// A view is its metadata file alone.
Status VerifyViews(catalog::Catalog& catalog, FileVerifier& files, DoctorReport& report) {
  FIRN_ASSIGN(const std::vector<catalog::Namespace> namespaces, catalog.ListNamespaces());
  for (const catalog::Namespace& levels : namespaces) {
    FIRN_ASSIGN(const std::vector<catalog::TableName> names, catalog.views().ListViews(levels));
    for (const catalog::TableName& name : names) {
      const auto view = catalog.views().LoadView(name);
      const Status checked = view ? files.Check(view->metadata_location, {}) : Status(view.error());
      if (checked.ok()) continue;
      report.findings.push_back({Severity::kError, "files",
                                 "view " + name.ToString() + ": " + checked.error().message,
                                 "restore the file from a backup"});
    }
  }
  return Ok();
}

void Summarise(const FileVerifier& files, DoctorReport& report) {
  report.files_verified = files.files_compared() + files.files_measured();
  report.bytes_verified = files.bytes_compared();
  if (!report.healthy()) return;
  report.findings.push_back({Severity::kOk, "files",
                             std::to_string(files.files_compared()) +
                                 " files are there, each with the checksum it was written with.",
                             ""});
  if (files.files_measured() == 0) return;
  report.findings.push_back({Severity::kNote, "files",
                             std::to_string(files.files_measured()) +
                                 " files of other writers have their size and can be read; no "
                                 "checksum of them is known.",
                             ""});
}

}  // namespace

Status VerifyTables(catalog::Catalog& catalog, io::FileIO& io,
                    std::vector<io::FileChecksum> recorded, obs::Progress& progress,
                    DoctorReport& report) {
  FileVerifier files(io, std::move(recorded));
  FIRN_ASSIGN(const std::vector<catalog::TableName> names, AllTableNames(catalog));
  for (const catalog::TableName& name : names) {
    const auto loaded = catalog.LoadTable(name);
    if (!loaded.has_value()) continue;  // `Examine` has said so.
    TableVerifier(*loaded, io, files, report).Run(progress);
  }
  FIRN_TRY(VerifyViews(catalog, files, report));
  Summarise(files, report);
  return Ok();
}

namespace {

// A slice is out of place when it does not begin where the one before it ended.
std::string Misplaced(const std::string& whole) {
  return R"(
SELECT source_file, source_generation, source_offset FROM (
  SELECT *, coalesce(lag(source_offset + source_length) OVER source, 0) AS expected
  FROM bronze.conversations WHERE )" +
         whole + R"(
  WINDOW source AS (PARTITION BY source_id, source_generation ORDER BY source_offset))
WHERE source_offset <> expected ORDER BY ALL LIMIT 20)";
}

// What was cleaned before it was stored has another length than what it stands for.
std::string Changed(bool may_be_clean) {
  return R"(
SELECT source_file, source_generation, source_offset FROM bronze.conversations
WHERE record_hash <> md5(coalesce(raw_bytes, encode(raw_payload)))
   OR (source_length <> octet_length(coalesce(raw_bytes, encode(raw_payload))))" +
         std::string(may_be_clean ? " AND redaction IS NULL" : "") + R"()
ORDER BY ALL LIMIT 20)";
}

// The slices of a source end where its last position in that generation says.
std::string Unfinished(const std::string& whole) {
  return R"(
WITH slices AS (
  SELECT source_id, source_generation, max(source_offset + source_length) AS slices_end
  FROM bronze.conversations GROUP BY ALL
), positions AS (
  SELECT source_id, generation, max("offset") AS position
  FROM bronze.source_files WHERE target = 'bronze.conversations' AND )" +
         whole + R"( GROUP BY ALL
)
SELECT p.source_id, p.generation, p.position FROM positions AS p
LEFT JOIN slices AS s ON s.source_id = p.source_id AND s.source_generation = p.generation
WHERE coalesce(s.slices_end, 0) <> p.position ORDER BY ALL LIMIT 20)";
}

// A condition that holds for sources of which nothing was forgotten.
Result<std::string> WholeSources(sql::Engine& engine, const Forgotten& forgotten) {
  if (forgotten.empty()) return std::string("true");
  FIRN_ASSIGN(const std::vector<Row> sources,
              QueryRows(engine,
                        "SELECT source_id FROM bronze.source_files UNION "
                        "SELECT source_id FROM bronze.conversations"));
  std::string list = "''";
  for (const Row& source : sources) {
    if (forgotten.Has(Forgotten::Kind::kSource, source[0].text)) {
      list += ", " + Quoted(source[0].text);
    }
  }
  return "source_id NOT IN (" + list + ")";
}

// Without a log of positions there can be no slices: both become visible at once.
constexpr std::string_view kUnaccounted = R"(
SELECT source_file, source_generation, source_offset FROM bronze.conversations
ORDER BY ALL LIMIT 20)";

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

Status VerifySlices(catalog::Catalog& catalog, sql::Engine& engine, const Forgotten& forgotten,
                    DoctorReport& report) {
  FIRN_ASSIGN(const catalog::TableName bronze, catalog::TableName::Parse("bronze.conversations"));
  FIRN_ASSIGN(const catalog::TableName log, catalog::TableName::Parse("bronze.source_files"));
  FIRN_ASSIGN(const bool exists, catalog.TableExists(bronze));
  if (!exists) return Ok();
  FIRN_ASSIGN(const catalog::LoadedTable table, catalog.LoadTable(bronze));
  const bool may_be_clean = table.metadata->schema().FindByName("redaction", true) != nullptr;
  FIRN_ASSIGN(const bool has_positions, catalog.TableExists(log));
  std::string whole = "true";
  if (has_positions) {
    FIRN_ASSIGN(whole, WholeSources(engine, forgotten));
  }
  FIRN_TRY(FindBroken(engine, Misplaced(whole), "a slice is missing or doubled before", report));
  FIRN_TRY(FindBroken(engine, Changed(may_be_clean), "a slice differs from its checksum", report));
  FIRN_TRY(has_positions
               ? FindBroken(engine, Unfinished(whole), "slices do not reach the position of source",
                            report)
               : FindBroken(engine, kUnaccounted, "no position is known of a slice", report));
  if (report.healthy()) {
    report.findings.push_back({Severity::kOk, "slices",
                               "The slices of every source file tile it and have their MD5.", ""});
  }
  return Ok();
}

}  // namespace firn::lakehouse
