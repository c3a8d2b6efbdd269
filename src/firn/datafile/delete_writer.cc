// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/delete_writer.h"

#include <utility>

#include "firn/datafile/deletion_vector.h"
#include "firn/datafile/position_deletes.h"
#include "firn/datafile/puffin.h"
#include "firn/io/location.h"
#include "firn/table/delete_index.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kGranularityProperty = "write.delete.granularity";
constexpr std::string_view kCreatedBy = "Firn";

bool IsVector(const table::DataFile& deletes) {
  return deletes.file_format == table::FileFormat::kPuffin;
}

// Tells whether all rows of a position delete file speak of the file at `location`.
bool SpeaksOnlyOf(const table::DataFile& deletes, std::string_view location) {
  const auto only = table::OnlyDataFileOf(deletes);
  return only && io::SameLocation(*only, location);
}

// Several deletion vectors share one file; its place in it is part of what a vector is.
std::string IdentityOf(const table::DataFile& deletes) {
  return deletes.file_path + "@" + std::to_string(deletes.content_offset.value_or(0));
}

PuffinBlob VectorBlob(const table::DataFile& data_file, int64_t cardinality) {
  PuffinBlob blob;
  blob.type = kDeletionVectorBlob;
  blob.fields = {table::kPositionColumn};
  blob.properties = {{"referenced-data-file", data_file.file_path},
                     {"cardinality", std::to_string(cardinality)}};
  return blob;
}

table::DataFile DescribeVector(const table::DataFile& data_file, const PuffinBlob& blob,
                               int64_t cardinality) {
  table::DataFile out;
  out.content = table::FileContent::kPositionDeletes;
  out.file_format = table::FileFormat::kPuffin;
  out.spec_id = data_file.spec_id;
  out.partition = data_file.partition;
  out.record_count = cardinality;
  out.referenced_data_file = data_file.file_path;
  out.content_offset = blob.offset;
  out.content_size_bytes = blob.length;
  return out;
}

}  // namespace

Result<std::unique_ptr<DeleteWriter>> DeleteWriter::Open(const table::TableMetadata& metadata,
                                                         std::string_view table_name,
                                                         io::FileIO& files, Env& env) {
  if (metadata.format_version < 2) {
    return Unsupported("deletes of rows in a table of format version", metadata.format_version)
        .WithHint("upgrade the table to format version 2 or 3");
  }
  std::unique_ptr<DeleteWriter> writer(
      new DeleteWriter(files, FileNames(metadata, table_name, env)));
  const std::string granularity = metadata.Property(kGranularityProperty, "file");
  if (granularity != "file" && granularity != "partition") {
    return InvalidArgument(kGranularityProperty, granularity).WithHint("file or partition");
  }
  writer->vectors_ = metadata.format_version >= 3;
  writer->per_partition_ = granularity == "partition";
  FIRN_ASSIGN(writer->encryption_, table::EncryptionOf(metadata.properties));
  writer->specs_ = metadata.partition_specs;
  return writer;
}

DeleteWriter::~DeleteWriter() {
  Abort();
}

Status DeleteWriter::Delete(const table::DataFile& data_file, const PositionBitmap& positions,
                            std::span<const table::DataFile> earlier) {
  if (ended_) return Internal("the delete writer has ended");
  if (!positions.Within(data_file.record_count, PositionBitmap::kPositionMax).empty()) {
    return InvalidArgument("a deleted row behind the last of its file", data_file.file_path);
  }
  Target& target = targets_[data_file.file_path];
  if (target.file.file_path.empty()) {
    target.file.file_path = data_file.file_path;
    target.file.spec_id = data_file.spec_id;
    target.file.partition = data_file.partition;
  }
  target.positions.Add(positions);
  for (const table::DataFile& deletes : earlier)
    FIRN_TRY(Absorb(deletes, target));
  return Ok();
}

// Takes in the positions of an earlier delete file, and marks it replaced if that is all it holds.
Status DeleteWriter::Absorb(const table::DataFile& deletes, Target& target) {
  if (deletes.content != table::FileContent::kPositionDeletes) return Ok();
  const bool only_of_this = SpeaksOnlyOf(deletes, target.file.file_path);
  if (!vectors_ && !only_of_this) return Ok();
  if (IsVector(deletes)) {
    FIRN_ASSIGN(const PositionBitmap positions, ReadDeletionVector(files_, deletes));
    target.positions.Add(positions);
  } else {
    FIRN_ASSIGN(const PositionsByFile positions, ReadPositionDeletes(files_, deletes));
    const auto found = positions.find(io::NormalizeLocation(target.file.file_path));
    if (found != positions.end()) target.positions.Add(found->second);
  }
  if (only_of_this) replaced_.emplace(IdentityOf(deletes), deletes);
  return Ok();
}

Result<WrittenDeletes> DeleteWriter::Close() {
  if (ended_) return Internal("the delete writer has ended");
  std::erase_if(targets_, [](const auto& entry) { return entry.second.positions.empty(); });
  WrittenDeletes written;
  if (!targets_.empty()) FIRN_TRY(vectors_ ? WriteVectors(written) : WritePositions(written));
  std::vector<io::OutputFile*> open;
  for (const auto& file : open_)
    open.push_back(file.get());
  FIRN_TRY(files_.CloseAll(open));
  ended_ = true;
  for (auto& [identity, deletes] : replaced_)
    written.replaced.push_back(std::move(deletes));
  return written;
}

void DeleteWriter::Abort() {
  if (std::exchange(ended_, true)) return;
  for (const auto& file : open_)
    file->Abort();
  open_.clear();
}

Status DeleteWriter::WriteVectors(WrittenDeletes& written) {
  const std::string location = names_.New("", "deletes", "puffin");
  table::NewFile file(files_, encryption_);
  FIRN_ASSIGN(PuffinWriter puffin,
              PuffinWriter::Create(file.io(), location, {{"created-by", std::string(kCreatedBy)}}));
  for (const auto& [path, target] : targets_) {
    const int64_t cardinality = target.positions.cardinality();
    FIRN_ASSIGN(const PuffinBlob blob, puffin.Add(VectorBlob(target.file, cardinality),
                                                  EncodeDeletionVector(target.positions)));
    written.added.push_back(DescribeVector(target.file, blob, cardinality));
  }
  FIRN_TRY(puffin.Finish());
  const auto key = file.KeyOf(puffin.file_bytes());
  for (table::DataFile& vector : written.added) {
    vector.file_path = location;
    vector.file_size_bytes = puffin.file_bytes();
    if (!key) continue;
    vector.file_size_bytes = *key->file_length;
    vector.key_metadata = table::EncodeKeyMetadata(*key);
  }
  open_.push_back(puffin.TakeFile());
  return Ok();
}

Status DeleteWriter::WritePositions(WrittenDeletes& written) {
  std::map<std::string, std::vector<const Target*>> groups;
  for (const auto& [path, target] : targets_) {
    groups[per_partition_ ? table::PartitionKey(target.file.spec_id, target.file.partition) : path]
        .push_back(&target);
  }
  for (const auto& [key, targets] : groups)
    FIRN_TRY(WritePositionFile(targets, written));
  return Ok();
}

Status DeleteWriter::WritePositionFile(std::span<const Target* const> targets,
                                       WrittenDeletes& written) {
  PositionsByFile positions;
  for (const Target* target : targets)
    positions.emplace(target->file.file_path, target->positions);
  const table::DataFile& first = targets.front()->file;
  FIRN_ASSIGN(auto file,
              WritePositionDeletes(files_, names_.New(PartitionPathOf(first), "deletes", "parquet"),
                                   positions));
  file.described.spec_id = first.spec_id;
  file.described.partition = first.partition;
  written.added.push_back(std::move(file.described));
  open_.push_back(std::move(file.file));
  return Ok();
}

std::string DeleteWriter::PartitionPathOf(const table::DataFile& file) const {
  for (const table::PartitionSpec& spec : specs_) {
    if (spec.id == file.spec_id) return table::PartitionPath(spec, file.partition);
  }
  return "";
}

}  // namespace firn::datafile
