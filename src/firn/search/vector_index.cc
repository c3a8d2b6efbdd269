// SPDX-License-Identifier: Apache-2.0

#include "firn/search/vector_index.h"

#include <algorithm>
#include <set>
#include <utility>

#include <arrow/api.h>

#include "firn/base/digest.h"
#include "firn/catalog/catalog.h"
#include "firn/datafile/scan_reader.h"
#include "firn/io/location.h"
#include "firn/obs/progress.h"
#include "firn/search/row_text.h"
#include "firn/table/scan.h"

namespace firn::search {
namespace {

constexpr std::string_view kTable = "gold.conversation_embeddings";
constexpr std::string_view kEnding = ".vectors";
constexpr size_t kSortedFirst = 256;
constexpr size_t kSortingGrowth = 4;

// A file's name says which rows it is of: those of a data file, less those deleted.
std::string NameOf(const table::FileScanTask& task) {
  std::string rows = task.file.file_path;
  for (const table::DataFile& deletes : task.deletes) {
    rows.append("\n").append(deletes.file_path);
    rows.append("@").append(std::to_string(deletes.content_offset.value_or(0)));
  }
  return Md5Hex(rows) + std::string(kEnding);
}

// The value of a key in a row of a map of texts.
Result<std::string> MapValueAt(const arrow::RecordBatch& rows, const std::string& column,
                               std::string_view key, int64_t row) {
  FIRN_ASSIGN(const auto* map, datafile::TypedColumn<arrow::MapArray>(rows, column));
  const auto* keys = dynamic_cast<const arrow::StringArray*>(map->keys().get());
  const auto* values = dynamic_cast<const arrow::StringArray*>(map->items().get());
  if (keys == nullptr || values == nullptr) return Corrupt("a column is of another type", column);
  if (map->IsNull(row)) return std::string();
  for (int64_t at = map->value_offset(row); at < map->value_offset(row + 1); ++at) {
    if (keys->GetView(at) == key && values->IsValid(at)) return values->GetString(at);
  }
  return std::string();
}

Result<Vector> VectorAt(const arrow::RecordBatch& rows, int64_t row) {
  FIRN_ASSIGN(const auto* lists, datafile::TypedColumn<arrow::ListArray>(rows, "embedding"));
  const auto* numbers = dynamic_cast<const arrow::FloatArray*>(lists->values().get());
  if (numbers == nullptr) return Corrupt("a column is of another type", "embedding");
  if (lists->IsNull(row)) return Vector();
  const float* const begin = numbers->raw_values() + lists->value_offset(row);
  return Vector(begin, begin + lists->value_length(row));
}

Result<VectorPlace> PlaceAt(const arrow::RecordBatch& rows, int64_t row) {
  VectorPlace place;
  FIRN_ASSIGN(place.conversation_id, RowText(rows, "conversation_id", row));
  FIRN_ASSIGN(place.platform, RowText(rows, "platform", row));
  FIRN_ASSIGN(place.summary, RowText(rows, "content_summary", row));
  FIRN_ASSIGN(const auto* times, datafile::TypedColumn<arrow::TimestampArray>(rows, "timestamp"));
  place.timestamp_micros = datafile::NumberAt(*times, row);
  return place;
}

// Writes the rows of one data file.
class FileWriter {
 public:
  explicit FileWriter(io::OutputFile& file) : file_(file) {}

  Status Write(const arrow::RecordBatch& rows, int64_t row) {
    FIRN_ASSIGN(const Vector vector, VectorAt(rows, row));
    if (vector.empty()) return Ok();
    FIRN_ASSIGN(std::string model, RowText(rows, "embedding_model", row));
    FIRN_ASSIGN(const std::string version, MapValueAt(rows, "metadata", "model_version", row));
    model += " " + version;
    if (part_ && (part_->is_full() || model != model_ || vector.size() != dimensions_)) {
      FIRN_TRY(Flush());
    }
    if (!part_) {
      model_ = model;
      dimensions_ = vector.size();
      part_.emplace(model_, dimensions_);
    }
    FIRN_ASSIGN(const VectorPlace place, PlaceAt(rows, row));
    part_->Add(place, vector);
    return Ok();
  }

  Status Flush() {
    if (!part_) return Ok();
    const std::string bytes = part_->Finish();
    part_.reset();
    return file_.Write(bytes);
  }

 private:
  io::OutputFile& file_;
  std::optional<VectorPartWriter> part_;
  std::string model_;
  size_t dimensions_ = 0;
};

Status WriteRows(datafile::ScanReader& reader, io::OutputFile& file) {
  FileWriter writer(file);
  while (true) {
    FIRN_ASSIGN(const auto rows, reader.Next());
    if (rows == nullptr) return writer.Flush();
    for (int64_t row = 0; row < rows->num_rows(); ++row)
      FIRN_TRY(writer.Write(*rows, row));
  }
}

// Makes the file of one data file. Somebody else may make the same.
Status Make(const std::string& location, io::FileIO& disk, const table::TableMetadata& metadata,
            table::ScanPlan plan, io::FileIO& files) {
  FIRN_ASSIGN(const auto reader, datafile::ScanReader::Open(files, metadata, std::move(plan)));
  auto file = disk.Create(location);
  if (!file) {
    return file.error().kind == ErrorKind::kAlreadyExists ? Ok() : Status(file.error());
  }
  FIRN_TRY(WriteRows(*reader, **file));
  const Status closed = (*file)->Close();
  return closed || closed.error().kind == ErrorKind::kAlreadyExists ? Ok() : closed;
}

Result<table::ScanPlan> PlanTable(const table::TableMetadata& metadata, io::FileIO& files) {
  table::ScanRequest request;
  request.columns = {"conversation_id", "platform",        "embedding_model", "embedding",
                     "timestamp",       "content_summary", "metadata"};
  request.file_metrics = false;
  return table::PlanScan(metadata, request, files);
}

// Removes what is of no data file of the table any more.
Status RemoveOthers(const std::string& folder, const std::set<std::string>& wanted,
                    io::FileIO& disk) {
  FIRN_ASSIGN(const auto there, disk.List(io::FileLocation(folder)));
  for (const io::FileInfo& file : there) {
    if (!file.location.ends_with(kEnding) || wanted.contains(file.location)) continue;
    disk.Delete(file.location).Ignore("the next search tries again");
  }
  return Ok();
}

}  // namespace

Result<VectorIndex> VectorIndex::Open(const std::string& folder, io::FileIO& disk,
                                      catalog::Catalog& catalog, io::FileIO& files,
                                      obs::Progress& progress) {
  VectorIndex index;
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(kTable));
  const auto loaded = catalog.LoadTable(name);
  if (!loaded && loaded.error().kind == ErrorKind::kNotFound) return index;
  FIRN_TRY(loaded);
  FIRN_ASSIGN(const table::ScanPlan plan, PlanTable(*loaded->metadata, files));
  std::set<std::string> wanted;
  for (const table::FileScanTask& task : plan.tasks) {
    const std::string location = io::FileLocation(folder + "/" + NameOf(task));
    wanted.insert(location);
    table::ScanPlan own = plan;
    own.tasks = {task};
    auto opened = disk.Open(location);
    Status added = opened ? index.Add(std::move(*opened)) : Status(opened.error());
    if (added) continue;
    if (added.error().kind == ErrorKind::kCorrupt) FIRN_TRY(disk.Delete(location));
    progress.Begin("indexing " + std::string(kTable), task.file.file_size_bytes);
    FIRN_TRY(Make(location, disk, *loaded->metadata, std::move(own), files));
    progress.End();
    FIRN_ASSIGN(auto made, disk.Open(location));
    FIRN_TRY(index.Add(std::move(made)));
  }
  FIRN_TRY(RemoveOthers(folder, wanted, disk));
  return index;
}

Status VectorIndex::Add(std::unique_ptr<io::InputFile> file) {
  std::vector<VectorPart> parts;
  for (int64_t offset = 0; offset < file->size_bytes(); offset = parts.back().end()) {
    FIRN_ASSIGN(VectorPart part, VectorPart::Open(*file, offset));
    parts.push_back(std::move(part));
  }
  for (VectorPart& part : parts) {
    count_ += static_cast<int64_t>(part.count());
    model_ = part.model();
    parts_.push_back(std::move(part));
  }
  files_.push_back(std::move(file));
  return Ok();
}

Status VectorIndex::ForEachNearest(
    const Vector& query, const std::function<Result<bool>(const NearConversation&)>& take) const {
  const VectorProbe probe(query);
  std::vector<float> scores;
  scores.reserve(static_cast<size_t>(count_));
  std::vector<size_t> begins;
  for (const VectorPart& part : parts_) {
    begins.push_back(scores.size());
    FIRN_TRY(part.AppendScores(probe, scores));
  }
  std::vector<uint32_t> order(scores.size());
  for (size_t row = 0; row < order.size(); ++row)
    order[row] = static_cast<uint32_t>(row);
  const auto nearer = [&scores](uint32_t a, uint32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  for (size_t at = 0, sorted = 0; at < order.size(); ++at) {
    if (at == sorted) {  // As far as asked, in steps that grow.
      sorted = std::min(sorted * kSortingGrowth + kSortedFirst, order.size());
      const auto begin = order.begin() + static_cast<std::ptrdiff_t>(at);
      std::partial_sort(begin, order.begin() + static_cast<std::ptrdiff_t>(sorted), order.end(),
                        nearer);
    }
    const size_t row = order[at];
    const auto part = static_cast<size_t>(std::ranges::upper_bound(begins, row) - begins.begin());
    NearConversation near;
    FIRN_ASSIGN(near.place, parts_[part - 1].PlaceAt(row - begins[part - 1]));
    near.score = scores[row];
    FIRN_ASSIGN(const bool more, take(near));
    if (!more) return Ok();
  }
  return Ok();
}

Result<std::optional<Vector>> VectorIndex::VectorOf(std::string_view conversation_id) const {
  for (const VectorPart& part : parts_) {
    FIRN_ASSIGN(const auto row, part.Find(conversation_id));
    if (!row) continue;
    FIRN_ASSIGN(Vector vector, part.VectorAt(*row));
    return std::optional(std::move(vector));
  }
  return std::optional<Vector>();
}

}  // namespace firn::search
