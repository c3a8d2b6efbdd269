// SPDX-License-Identifier: Apache-2.0
//
// Manifest lists (spec, "Manifest Lists"). A manifest that this commit adds comes with its sequence
// numbers open and gets the commit's here; so a retry rewrites the list and no manifest.

#include <array>

#include "firn/avro/file_reader.h"
#include "firn/avro/file_writer.h"
#include "firn/io/file_io.h"
#include "firn/table/manifest.h"
#include "firn/table/record_codec.h"

namespace firn::table {
namespace {

struct Context {};
using ListField = RecordField<ManifestFile, Context>;
using SummaryField = RecordField<FieldSummary, Context>;
using avro::AppendBytes;
using avro::AppendLong;

Json IntType(const Context& /*unused*/) {
  return "int";
}
Json LongType(const Context& /*unused*/) {
  return "long";
}
Json BooleanType(const Context& /*unused*/) {
  return "boolean";
}
Json BytesType(const Context& /*unused*/) {
  return "bytes";
}
Json StringType(const Context& /*unused*/) {
  return "string";
}

// A number, plain or in an id type.
template <typename Number>
int64_t PlainNumber(const Number& number) {
  if constexpr (requires { number.value; }) {
    return number.value;
  } else {
    return number;
  }
}

template <auto member>
bool EncodeNumber(const Context& /*unused*/, const ManifestFile& manifest, std::string& out) {
  AppendLong(out, PlainNumber(manifest.*member));
  return true;
}

template <auto member>
Status DecodeNumber(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                    ManifestFile& manifest) {
  using Number = std::remove_cvref_t<decltype(manifest.*member)>;
  if constexpr (std::is_same_v<Number, SpecId>) {
    FIRN_ASSIGN(const int32_t number, DecodeInt32(type, in));
    manifest.*member = Number(number);
  } else {
    FIRN_ASSIGN(const int64_t number, DecodeInteger(type, in));
    manifest.*member = Number(number);
  }
  return Ok();
}

template <auto member>
bool EncodeOptional(const Context& /*unused*/, const ManifestFile& manifest, std::string& out) {
  if (!(manifest.*member)) return false;
  AppendLong(out, *(manifest.*member));
  return true;
}

// A required count; `CheckCounts` saw to it that it is there.
template <auto member>
bool EncodeCount(const Context& /*unused*/, const ManifestFile& manifest, std::string& out) {
  AppendLong(out, *(manifest.*member));
  return true;
}

template <auto member>
Status DecodeOptional(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                      ManifestFile& manifest) {
  FIRN_ASSIGN(manifest.*member, DecodeInteger(type, in));
  return Ok();
}

Status DecodeContent(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                     ManifestFile& manifest) {
  FIRN_ASSIGN(const int64_t content, DecodeInteger(type, in));
  if (content < 0 || content > 1) return Corrupt("content of a manifest", content);
  manifest.content = static_cast<ManifestContent>(content);
  return Ok();
}

template <auto member>
bool EncodeBound(const Context& /*unused*/, const FieldSummary& summary, std::string& out) {
  if (!(summary.*member)) return false;
  AppendBytes(out, *(summary.*member));
  return true;
}
template <auto member>
Status DecodeBound(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                   FieldSummary& summary) {
  FIRN_ASSIGN(summary.*member, DecodeBytes(type, in));
  return Ok();
}

constexpr std::array kSummaryFields = {
    SummaryField{509, "contains_null", true, true, 1, BooleanType,
                 [](const Context&, const FieldSummary& summary, std::string& out) {
                   avro::AppendBoolean(out, summary.contains_null);
                   return true;
                 },
                 [](const Context&, const avro::Schema& type, avro::Decoder& in,
                    FieldSummary& summary) -> Status {
                   FIRN_ASSIGN(summary.contains_null, DecodeBoolean(type, in));
                   return Ok();
                 }},
    SummaryField{518, "contains_nan", false, false, 1, BooleanType,
                 [](const Context&, const FieldSummary& summary, std::string& out) {
                   if (!summary.contains_nan) return false;
                   avro::AppendBoolean(out, *summary.contains_nan);
                   return true;
                 },
                 [](const Context&, const avro::Schema& type, avro::Decoder& in,
                    FieldSummary& summary) -> Status {
                   FIRN_ASSIGN(summary.contains_nan, DecodeBoolean(type, in));
                   return Ok();
                 }},
    SummaryField{510, "lower_bound", false, false, 1, BytesType,
                 EncodeBound<&FieldSummary::lower_bound>, DecodeBound<&FieldSummary::lower_bound>},
    SummaryField{511, "upper_bound", false, false, 1, BytesType,
                 EncodeBound<&FieldSummary::upper_bound>, DecodeBound<&FieldSummary::upper_bound>},
};

RecordFields<FieldSummary, Context> SummaryFields() {
  return kSummaryFields;
}

bool EncodeSummaries(const Context& context, const ManifestFile& manifest, std::string& out) {
  if (manifest.partitions.empty()) return false;
  AppendLong(out, static_cast<int64_t>(manifest.partitions.size()));
  for (const FieldSummary& summary : manifest.partitions) {
    EncodeRecord<FieldSummary, Context>(SummaryFields(), 2, context, summary, out);
  }
  AppendLong(out, 0);
  return true;
}

Status DecodeSummaries(const Context& context, const avro::Schema& type, avro::Decoder& in,
                       ManifestFile& manifest) {
  if (type.kind != avro::Kind::kArray) return Corrupt("partition summaries are not an array");
  FIRN_ASSIGN(const auto plan, (PlanRecord<FieldSummary, Context>(SummaryFields(), type.item())));
  return DecodeArray(type, in, [&](const avro::Schema& item) -> Status {
    FieldSummary summary;
    FIRN_TRY((DecodeRecord<FieldSummary, Context>(plan, item, context, in, summary)));
    manifest.partitions.push_back(std::move(summary));
    return Ok();
  });
}

constexpr std::array kListFields = {
    ListField{500, "manifest_path", true, true, 1, StringType,
              [](const Context&, const ManifestFile& manifest, std::string& out) {
                AppendBytes(out, manifest.path);
                return true;
              },
              [](const Context&, const avro::Schema& type, avro::Decoder& in,
                 ManifestFile& manifest) -> Status {
                FIRN_ASSIGN(manifest.path, DecodeBytes(type, in));
                return Ok();
              }},
    ListField{501, "manifest_length", true, true, 1, LongType,
              EncodeNumber<&ManifestFile::length_bytes>, DecodeNumber<&ManifestFile::length_bytes>},
    ListField{502, "partition_spec_id", true, true, 1, IntType,
              EncodeNumber<&ManifestFile::spec_id>, DecodeNumber<&ManifestFile::spec_id>},
    ListField{517, "content", true, false, 2, IntType,
              [](const Context&, const ManifestFile& manifest, std::string& out) {
                AppendLong(out, static_cast<int64_t>(manifest.content));
                return true;
              },
              DecodeContent},
    ListField{515, "sequence_number", true, false, 2, LongType,
              EncodeNumber<&ManifestFile::sequence_number>,
              DecodeNumber<&ManifestFile::sequence_number>},
    ListField{516, "min_sequence_number", true, false, 2, LongType,
              EncodeNumber<&ManifestFile::min_sequence_number>,
              DecodeNumber<&ManifestFile::min_sequence_number>},
    ListField{503, "added_snapshot_id", true, false, 1, LongType,
              EncodeNumber<&ManifestFile::added_snapshot_id>,
              DecodeNumber<&ManifestFile::added_snapshot_id>},
    ListField{504, "added_files_count", true, false, 1, IntType,
              EncodeCount<&ManifestFile::added_files_count>,
              DecodeOptional<&ManifestFile::added_files_count>},
    ListField{505, "existing_files_count", true, false, 1, IntType,
              EncodeCount<&ManifestFile::existing_files_count>,
              DecodeOptional<&ManifestFile::existing_files_count>},
    ListField{506, "deleted_files_count", true, false, 1, IntType,
              EncodeCount<&ManifestFile::deleted_files_count>,
              DecodeOptional<&ManifestFile::deleted_files_count>},
    ListField{512, "added_rows_count", true, false, 1, LongType,
              EncodeCount<&ManifestFile::added_rows_count>,
              DecodeOptional<&ManifestFile::added_rows_count>},
    ListField{513, "existing_rows_count", true, false, 1, LongType,
              EncodeCount<&ManifestFile::existing_rows_count>,
              DecodeOptional<&ManifestFile::existing_rows_count>},
    ListField{514, "deleted_rows_count", true, false, 1, LongType,
              EncodeCount<&ManifestFile::deleted_rows_count>,
              DecodeOptional<&ManifestFile::deleted_rows_count>},
    ListField{507, "partitions", false, false, 1,
              [](const Context& context) {
                return ArrayType(
                    RecordSchema<FieldSummary, Context>(SummaryFields(), "r508", 2, context), 508);
              },
              EncodeSummaries, DecodeSummaries},
    ListField{519, "key_metadata", false, false, 1, BytesType,
              [](const Context&, const ManifestFile& manifest, std::string& out) {
                if (!manifest.key_metadata) return false;
                AppendBytes(out, *manifest.key_metadata);
                return true;
              },
              [](const Context&, const avro::Schema& type, avro::Decoder& in,
                 ManifestFile& manifest) -> Status {
                FIRN_ASSIGN(manifest.key_metadata, DecodeBytes(type, in));
                return Ok();
              }},
    ListField{520, "first_row_id", false, false, 3, LongType,
              EncodeOptional<&ManifestFile::first_row_id>,
              DecodeOptional<&ManifestFile::first_row_id>},
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
