// SPDX-License-Identifier: Apache-2.0
//
// Manifest lists (spec, "Manifest Lists"). A manifest that this commit adds comes with its sequence
// numbers open and gets the commit's here; so a retry rewrites the list and no manifest.

#include <array>

#include "firn/avro/file_reader.h"
#include "firn/avro/file_writer.h"
#include "firn/io/file_io.h"
#include "firn/table/manifest.h"
#include "firn/table/record_fields.h"

namespace firn::table {
namespace {

struct Context {};
using ListField = RecordField<ManifestFile, Context>;
using SummaryField = RecordField<FieldSummary, Context>;

template <auto member, typename Codec = internal::DefaultCodec<member>>
constexpr SummaryField OfSummary(int32_t id, std::string_view name, Rule rule) {
  return FieldOf<Context, member, Codec>(id, name, rule);
}

constexpr std::array kSummaryFields = {
    OfSummary<&FieldSummary::contains_null>(509, "contains_null", Rule::kMustExist),
    OfSummary<&FieldSummary::contains_nan>(518, "contains_nan", Rule::kOptional),
    OfSummary<&FieldSummary::lower_bound, AsBytes>(510, "lower_bound", Rule::kOptional),
    OfSummary<&FieldSummary::upper_bound, AsBytes>(511, "upper_bound", Rule::kOptional),
};

RecordFields<FieldSummary, Context> SummaryFields() {
  return kSummaryFields;
}

struct AsSummaries {
  static Json Type() {
    return ArrayType(RecordSchema<FieldSummary, Context>(SummaryFields(), "r508", 2, Context()),
                     508);
  }
  static void Encode(const std::vector<FieldSummary>& summaries, std::string& out) {
    avro::AppendLong(out, static_cast<int64_t>(summaries.size()));
    for (const FieldSummary& summary : summaries) {
      EncodeRecord<FieldSummary, Context>(SummaryFields(), 2, Context(), summary, out);
    }
    avro::AppendLong(out, 0);
  }
  static Status Decode(const avro::Schema& type, avro::Decoder& in,
                       std::vector<FieldSummary>& summaries) {
    if (type.kind != avro::Kind::kArray) return Corrupt("partition summaries are not an array");
    FIRN_ASSIGN(const auto plan, (PlanRecord<FieldSummary, Context>(SummaryFields(), type.item())));
    return DecodeArray(type, in, [&](const avro::Schema& item) {
      return DecodeRecord<FieldSummary, Context>(plan, item, Context(), in,
                                                 summaries.emplace_back());
    });
  }
};

template <auto member, typename Codec = internal::DefaultCodec<member>>
constexpr ListField OfList(int32_t id, std::string_view name, Rule rule, int version_min = 1) {
  return FieldOf<Context, member, Codec>(id, name, rule, version_min);
}

using AsContent = AsNumber<ManifestContent, ManifestContent::kDeletes>;

constexpr std::array kListFields = {
    OfList<&ManifestFile::path>(500, "manifest_path", Rule::kMustExist),
    OfList<&ManifestFile::length_bytes>(501, "manifest_length", Rule::kMustExist),
    OfList<&ManifestFile::spec_id>(502, "partition_spec_id", Rule::kMustExist),
    OfList<&ManifestFile::content, AsContent>(517, "content", Rule::kAlwaysWritten, 2),
    OfList<&ManifestFile::sequence_number>(515, "sequence_number", Rule::kAlwaysWritten, 2),
    OfList<&ManifestFile::min_sequence_number>(516, "min_sequence_number", Rule::kAlwaysWritten, 2),
    OfList<&ManifestFile::added_snapshot_id>(503, "added_snapshot_id", Rule::kAlwaysWritten),
    OfList<&ManifestFile::added_files_count, AsInt>(504, "added_files_count", Rule::kAlwaysWritten),
    OfList<&ManifestFile::existing_files_count, AsInt>(505, "existing_files_count",
                                                       Rule::kAlwaysWritten),
    OfList<&ManifestFile::deleted_files_count, AsInt>(506, "deleted_files_count",
                                                      Rule::kAlwaysWritten),
    OfList<&ManifestFile::added_rows_count>(512, "added_rows_count", Rule::kAlwaysWritten),
    OfList<&ManifestFile::existing_rows_count>(513, "existing_rows_count", Rule::kAlwaysWritten),
    OfList<&ManifestFile::deleted_rows_count>(514, "deleted_rows_count", Rule::kAlwaysWritten),
    OfList<&ManifestFile::partitions, AsSummaries>(507, "partitions", Rule::kOptional),
    OfList<&ManifestFile::key_metadata, AsBytes>(519, "key_metadata", Rule::kOptional),
    OfList<&ManifestFile::first_row_id>(520, "first_row_id", Rule::kOptional, 3),
};

RecordFields<ManifestFile, Context> ListFields() {
  return kListFields;
}

Result<std::vector<ManifestFile>> ReadList(io::FileIO& io, const std::string& location) {
  FIRN_ASSIGN(auto file, io.Open(location));
  FIRN_ASSIGN(auto reader, avro::FileReader::Open(std::move(file)));
  FIRN_ASSIGN(const auto plan, (PlanRecord<ManifestFile, Context>(ListFields(), reader.schema())));
  std::vector<ManifestFile> manifests;
  while (true) {
    FIRN_ASSIGN(const bool more, reader.Next());
    if (!more) return manifests;
    ManifestFile manifest;
    FIRN_TRY((DecodeRecord<ManifestFile, Context>(plan, reader.schema(), Context(),
                                                  reader.decoder(), manifest)));
    manifests.push_back(std::move(manifest));
  }
}

// Version 1 may leave counts out; written as 0 they would hide the files from every reader.
Status CheckCounts(const ManifestFile& manifest) {
  if (manifest.added_files_count && manifest.existing_files_count && manifest.deleted_files_count &&
      manifest.added_rows_count && manifest.existing_rows_count && manifest.deleted_rows_count) {
    return Ok();
  }
  return InvalidArgument("manifest without its counts", manifest.path);
}

// Closes what a commit leaves open in the manifests it adds.
void Inherit(const ManifestListWriteOptions& options, ManifestFile& manifest) {
  if (manifest.sequence_number == kInheritedSequenceNumber) {
    manifest.sequence_number = options.sequence_number;
    manifest.added_snapshot_id = options.snapshot_id;
  }
  if (manifest.min_sequence_number == kInheritedSequenceNumber) {
    manifest.min_sequence_number = options.sequence_number;
  }
}

// Row ids go on from manifest to manifest; one that was assigned before keeps its own.
void AssignRowIds(std::vector<ManifestFile>& manifests, int64_t next_row_id) {
  for (ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kData || manifest.first_row_id) continue;
    manifest.first_row_id = next_row_id;
    next_row_id += *manifest.added_rows_count + *manifest.existing_rows_count;
  }
}

std::map<std::string, std::string> HeaderOf(const ManifestListWriteOptions& options) {
  std::map<std::string, std::string> header = {
      {"format-version", std::to_string(options.format_version)},
      {"snapshot-id", options.snapshot_id.ToString()},
      {"parent-snapshot-id",
       options.parent_snapshot_id ? options.parent_snapshot_id->ToString() : "null"},
      {"sequence-number", options.sequence_number.ToString()}};
  if (options.first_row_id) header["first-row-id"] = std::to_string(*options.first_row_id);
  return header;
}

}  // namespace

Result<std::vector<ManifestFile>> ReadManifestList(io::FileIO& io, const std::string& location) {
  auto manifests = ReadList(io, location);
  if (!manifests) return std::move(manifests).error().Within("manifest list " + location);
  return manifests;
}

Result<std::vector<ManifestFile>> WriteManifestList(io::FileIO& io, const std::string& location,
                                                    const ManifestListWriteOptions& options,
                                                    std::vector<ManifestFile> manifests) {
  if (options.format_version < 2) {
    return Unsupported("manifest lists of format version 1 are not written");
  }
  for (ManifestFile& manifest : manifests) {
    Inherit(options, manifest);
    FIRN_TRY(CheckCounts(manifest));
  }
  if (options.format_version >= 3) AssignRowIds(manifests, options.first_row_id.value_or(0));
  const Json schema = RecordSchema<ManifestFile, Context>(ListFields(), "manifest_file",
                                                          options.format_version, Context());
  FIRN_ASSIGN(auto file, io.Create(location));
  FIRN_ASSIGN(auto writer,
              avro::FileWriter::Open(std::move(file), schema.Dump(), HeaderOf(options)));
  std::string object;
  for (const ManifestFile& manifest : manifests) {
    object.clear();
    EncodeRecord<ManifestFile, Context>(ListFields(), options.format_version, Context(), manifest,
                                        object);
    FIRN_TRY(writer.Append(object));
  }
  FIRN_TRY(writer.Close());
  return manifests;
}

}  // namespace firn::table
