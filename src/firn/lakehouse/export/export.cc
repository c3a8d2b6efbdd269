// SPDX-License-Identifier: Apache-2.0
//
// One file, or a folder with a file a partition ("customer=ada/part-00000.parquet", Hive's way). A
// partition that has to be closed, because too many are open, goes on in a file of the next number.

#include "firn/lakehouse/export/export.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/io/digested_file.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/lakehouse/export/row_file.h"
#include "firn/lakehouse/questions/arrow_rows.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

constexpr size_t kOpenFilesMax = 128;
constexpr std::string_view kNoValue = "__HIVE_DEFAULT_PARTITION__";

// "SELECT ..." as it is; a name as all rows of that table.
std::string QueryOf(const std::string& what) {
  if (what.find_first_of(" \t\n") != std::string::npos) return what;
  std::string quoted = "\"";
  for (const char c : what) {
    if (c == '.')
      quoted += "\".\"";
    else
      quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return "SELECT * FROM " + quoted + "\"";
}

// Percent-encodes what could not stand in a folder's name, or end it.
std::string PathValue(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull || cell.text.empty()) return std::string(kNoValue);
  std::string out;
  for (const char c : cell.text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || (c == '.' && !out.empty());
    std::array<char, 4> code{};
    std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
    out += plain ? std::string(1, c) : std::string(code.data());
  }
  return out;
}

// One file being written.
struct OpenFile {
  std::unique_ptr<io::DigestedFile> file;
  std::unique_ptr<RowFile> rows;
  ExportedFile described;
};

class Export {
 public:
  Export(const ExportRequest& request, io::FileIO& disk) : request_(request), disk_(disk) {}

  Result<ExportReport> Run(sql::ResultStream& rows) {
    auto done = Write(rows);
    if (!done) Remove();
    return done;
  }

  Status Prepare();

 private:
  Result<ExportReport> Write(sql::ResultStream& rows);
  Status FindPartitionColumns(const arrow::Schema& schema);
  Status Add(const BatchPtr& batch);
  std::string FolderOf(const arrow::RecordBatch& batch, int64_t row) const;
  BatchPtr WithoutPartitions(const BatchPtr& batch) const;
  Result<OpenFile*> FileFor(const std::string& folder, const BatchPtr& like);
  Status EndFile(OpenFile& open);
  Status EndAll();
  Status Verify() const;
  Status WriteManifest();
  void Remove();
  std::string Location(const std::string& path) const { return io::FileLocation(path); }

  const ExportRequest& request_;
  io::FileIO& disk_;
  RowFormat format_ = RowFormat::kParquet;
  datafile::Codec codec_ = datafile::Codec::kZstd;
  std::string path_;  // Absolute: of the one file, or of the folder.
  bool single_ = false;
  std::vector<int> partition_columns_;
  std::map<std::string, OpenFile> open_;  // By folder below `path_`; "" without partitions.
  std::map<std::string, int> parts_;      // How many files each folder has.
  ExportReport report_;
};

Status Export::Prepare() {
  std::error_code error;
  path_ = fs::absolute(request_.path, error).lexically_normal().string();
  while (path_.size() > 1 && path_.ends_with('/'))
    path_.pop_back();
  const std::string suffix = fs::path(path_).extension().string();
  const auto by_suffix = ParseRowFormat(suffix.empty() ? "" : suffix.substr(1));
  std::string format = request_.format;
  if (format.empty()) format = by_suffix ? RowFormatName(*by_suffix) : "parquet";
  FIRN_ASSIGN(format_, ParseRowFormat(format));
  if (!request_.codec.empty()) {
    FIRN_ASSIGN(codec_, datafile::ParseCodec(request_.codec));
    if (format_ != RowFormat::kParquet) {
      return InvalidArgument("a codec goes with parquet", request_.codec);
    }
  }
  single_ = by_suffix.has_value() && request_.partition_by.empty();
  const bool is_empty_folder =
      !single_ && fs::is_directory(path_, error) && fs::is_empty(path_, error);
  if (fs::exists(path_, error) && !is_empty_folder) {
    return AlreadyExists("there is something already", path_)
        .WithHint("name a new file or folder; an export replaces nothing");
  }
  report_.format = RowFormatName(format_);
  report_.path = path_;
  return Ok();
}

Status Export::FindPartitionColumns(const arrow::Schema& schema) {
  for (const std::string& name : request_.partition_by) {
    const int column = schema.GetFieldIndex(name);
    if (column < 0) return InvalidArgument("the rows have no such column", name);
    partition_columns_.push_back(column);
  }
  if (static_cast<int>(partition_columns_.size()) < schema.num_fields()) return Ok();
  return InvalidArgument("no column is left beside those of the partitions");
}

std::string Export::FolderOf(const arrow::RecordBatch& batch, int64_t row) const {
  std::string folder;
  for (const int column : partition_columns_) {
    folder += batch.column_name(column) + "=" + PathValue(CellOf(*batch.column(column), row)) + "/";
  }
  return folder;
}

BatchPtr Export::WithoutPartitions(const BatchPtr& batch) const {
  BatchPtr rest = batch;
  std::vector<int> columns = partition_columns_;
  std::sort(columns.rbegin(), columns.rend());
  for (const int column : columns)
    rest = *rest->RemoveColumn(column);
  return rest;
}

Result<OpenFile*> Export::FileFor(const std::string& folder, const BatchPtr& like) {
  const auto found = open_.find(folder);
  if (found != open_.end()) return &found->second;
  if (open_.size() >= kOpenFilesMax) FIRN_TRY(EndAll());
  std::array<char, 24> part{};
  std::snprintf(part.data(), part.size(), "part-%05d.", parts_[folder]++);
  OpenFile open;
  open.described.path = single_ ? fs::path(path_).filename().string()
                                : folder + part.data() + std::string(RowFormatName(format_));
  open.described.partition = folder;
  if (open.described.partition.ends_with('/')) open.described.partition.pop_back();
  const std::string path = single_ ? path_ : path_ + "/" + open.described.path;
  FIRN_ASSIGN(open.file, io::DigestedFile::Create(disk_, Location(path)));
  const auto sink = [file = open.file.get()](std::string_view bytes) { return file->Write(bytes); };
  FIRN_ASSIGN(open.rows, OpenRowFile(format_, like->schema(), sink, codec_));
  return &open_.emplace(folder, std::move(open)).first->second;
}

Status Export::Add(const BatchPtr& batch) {
  if (partition_columns_.empty()) {
    FIRN_ASSIGN(OpenFile * open, FileFor("", batch));
    open->described.rows += batch->num_rows();
    return open->rows->Write(batch);
  }
  std::map<std::string, std::vector<int64_t>> rows_of;
  for (int64_t row = 0; row < batch->num_rows(); ++row)
    rows_of[FolderOf(*batch, row)].push_back(row);
  const BatchPtr rest = WithoutPartitions(batch);
  for (const auto& [folder, rows] : rows_of) {
    arrow::Int64Builder indices;
    FIRN_TRY(datafile::FromArrow(indices.AppendValues(rows)));
    FIRN_ASSIGN(const auto array, datafile::FromArrow(indices.Finish()));
    FIRN_ASSIGN(const arrow::Datum taken, datafile::FromArrow(arrow::compute::Take(rest, array)));
    FIRN_ASSIGN(OpenFile * open, FileFor(folder, rest));
    open->described.rows += static_cast<int64_t>(rows.size());
    FIRN_TRY(open->rows->Write(taken.record_batch()));
  }
  return Ok();
}

Status Export::EndFile(OpenFile& open) {
  FIRN_TRY(open.rows->Close());
  open.described.bytes = open.file->position();
  FIRN_ASSIGN(open.described.sha256, open.file->Close());
  report_.rows += open.described.rows;
  report_.bytes += open.described.bytes;
  report_.files.push_back(std::move(open.described));
  return Ok();
}

Status Export::EndAll() {
  for (auto& [folder, open] : open_)
    FIRN_TRY(EndFile(open));
  open_.clear();
  return Ok();
}

// Counts what is in the files, by reading them as anybody else would.
Status Export::Verify() const {
  for (const ExportedFile& file : report_.files) {
    const std::string path = single_ ? path_ : path_ + "/" + file.path;
    FIRN_ASSIGN(const int64_t rows, CountRows(format_, disk_, Location(path)));
    if (rows != file.rows) {
      return Internal("rows in the file are not those that were written", path, rows, file.rows);
    }
  }
  return Ok();
}

Status Export::WriteManifest() {
  std::sort(report_.files.begin(), report_.files.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  Json::Array files;
  for (const ExportedFile& file : report_.files) {
    Json entry{Json::Object()};
    entry.Set("path", file.path);
    entry.Set("rows", file.rows);
    entry.Set("bytes", file.bytes);
    entry.Set("sha256", file.sha256);
    files.push_back(std::move(entry));
  }
  Json manifest{Json::Object()};
  manifest.Set("schema", "firn.export/1");
  manifest.Set("query", report_.query);
  manifest.Set("format", report_.format);
  manifest.Set("partition_by",
               Json::Array(request_.partition_by.begin(), request_.partition_by.end()));
  manifest.Set("rows", report_.rows);
  manifest.Set("bytes", report_.bytes);
  manifest.Set("files", std::move(files));
  report_.manifest = single_ ? path_ + ".manifest.json" : path_ + "/manifest.json";
  return disk_.WriteAll(Location(report_.manifest), manifest.Dump(2) + "\n");
}

// Takes away what an export that failed has written.
void Export::Remove() {
  open_.clear();
  std::error_code error;
  for (const ExportedFile& file : report_.files)
    fs::remove(single_ ? path_ : path_ + "/" + file.path, error);
  for (const auto& [folder, count] : parts_) {  // Those that are empty now.
    for (fs::path at = folder; !at.empty(); at = at.parent_path())
      fs::remove(path_ / at, error);
  }
  if (!single_) fs::remove(path_, error);
}

Result<ExportReport> Export::Write(sql::ResultStream& rows) {
  report_.query = QueryOf(request_.what);
  FIRN_TRY(FindPartitionColumns(*rows.schema()));
  while (true) {
    FIRN_ASSIGN(const BatchPtr batch, rows.Next());
    if (batch == nullptr) break;
    FIRN_TRY(Add(batch));
  }
  const bool none = open_.empty() && report_.files.empty() && partition_columns_.empty();
  if (none) {  // A file that says which columns there would be.
    FIRN_ASSIGN(const BatchPtr empty,
                datafile::FromArrow(arrow::RecordBatch::MakeEmpty(rows.schema())));
    FIRN_TRY(Add(empty));
  }
  FIRN_TRY(EndAll());
  FIRN_TRY(Verify());
  FIRN_TRY(WriteManifest());
  return std::move(report_);
}

}  // namespace

Result<ExportReport> ExportRows(const ExportRequest& request, sql::Engine& engine, io::FileIO& disk,
                                Env& env) {
  const int64_t began = env.MonotonicMicros();
  Export work(request, disk);
  FIRN_TRY(work.Prepare());
  FIRN_ASSIGN(const auto rows, engine.Query(QueryOf(request.what)));
  FIRN_ASSIGN(ExportReport report, work.Run(*rows));
  report.seconds = static_cast<double>(env.MonotonicMicros() - began) / 1e6;
  return report;
}

}  // namespace firn::lakehouse
