// SPDX-License-Identifier: Apache-2.0
//
// The Avro records of manifests (spec, "Manifest Entry Fields", "Data File Fields").

#include "firn/table/manifest_avro.h"

#include <algorithm>
#include <array>

#include "firn/table/partition_avro.h"
#include "firn/table/record_fields.h"

namespace firn::table {
namespace {

using Context = ManifestContext;

struct AsFormatName {
  static Json Type() { return "string"; }
  static void Encode(FileFormat format, std::string& out) {
    avro::AppendBytes(out, FormatName(format));
  }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, FileFormat& format) {
    FIRN_ASSIGN(const std::string name, DecodeBytes(type, in));
    FIRN_ASSIGN(format, ParseFormat(name));
    return Ok();
  }
};

// The tuple's type is the spec's.
constexpr DataFileField kPartitionField = {
    102,
    "partition",
    true,
    true,
    1,
    [](const Context& context) { return PartitionAvroSchema(context.partition_type); },
    [](const Context& context, const DataFile& file, std::string& out) {
      EncodePartition(context.partition_type, file.partition, out);
      return true;
    },
    [](const Context& context, const avro::Schema& type, avro::Decoder& in,
       DataFile& file) -> Status {
      FIRN_ASSIGN(file.partition, DecodePartition(context.spec, type, in));
      return Ok();
    }};

template <auto member, typename Codec = internal::DefaultCodec<member>>
constexpr DataFileField OfFile(int32_t id, std::string_view name, Rule rule, int version_min = 1) {
  return FieldOf<Context, member, Codec>(id, name, rule, version_min);
}

template <int32_t key_id, int32_t value_id>
using Counts = PairsOf<AvroValue<int64_t>, key_id, value_id>;
template <int32_t key_id, int32_t value_id>
using Bounds = PairsOf<AsBytes, key_id, value_id>;
using AsContent = AsNumber<FileContent, FileContent::kEqualityDeletes>;

constexpr std::array kDataFileFields = {
    OfFile<&DataFile::content, AsContent>(134, "content", Rule::kAlwaysWritten, 2),
    OfFile<&DataFile::file_path>(100, "file_path", Rule::kMustExist),
    OfFile<&DataFile::file_format, AsFormatName>(101, "file_format", Rule::kMustExist),
    kPartitionField,
    OfFile<&DataFile::record_count, AsCount>(103, "record_count", Rule::kMustExist),
    OfFile<&DataFile::file_size_bytes, AsCount>(104, "file_size_in_bytes", Rule::kMustExist),
    OfFile<&DataFile::column_sizes, Counts<117, 118>>(108, "column_sizes", Rule::kOptional),
    OfFile<&DataFile::value_counts, Counts<119, 120>>(109, "value_counts", Rule::kOptional),
    OfFile<&DataFile::null_value_counts, Counts<121, 122>>(110, "null_value_counts",
                                                           Rule::kOptional),
    OfFile<&DataFile::nan_value_counts, Counts<138, 139>>(137, "nan_value_counts", Rule::kOptional),
    OfFile<&DataFile::lower_bounds, Bounds<126, 127>>(125, "lower_bounds", Rule::kOptional),
    OfFile<&DataFile::upper_bounds, Bounds<129, 130>>(128, "upper_bounds", Rule::kOptional),
    OfFile<&DataFile::key_metadata, AsBytes>(131, "key_metadata", Rule::kOptional),
    OfFile<&DataFile::split_offsets, ListOf<int64_t, 133>>(132, "split_offsets", Rule::kOptional),
    OfFile<&DataFile::equality_ids, ListOf<FieldId, 136>>(135, "equality_ids", Rule::kOptional, 2),
    OfFile<&DataFile::sort_order_id>(140, "sort_order_id", Rule::kOptional),
    OfFile<&DataFile::first_row_id>(142, "first_row_id", Rule::kOptional, 3),
    OfFile<&DataFile::referenced_data_file>(143, "referenced_data_file", Rule::kOptional, 2),
    OfFile<&DataFile::content_offset>(144, "content_offset", Rule::kOptional, 3),
    OfFile<&DataFile::content_size_bytes>(145, "content_size_in_bytes", Rule::kOptional, 3),
};

// The file's own fields depend on the version, and, when reading, on what the file has.
constexpr EntryField kDataFileField = {
    2,
    "data_file",
    true,
    true,
    1,
    [](const Context& context) {
      return RecordSchema<DataFile, Context>(DataFileFields(), "r2", context.format_version,
                                             context);
    },
    [](const Context& context, const ManifestEntry& entry, std::string& out) {
      EncodeRecord<DataFile, Context>(DataFileFields(), context.format_version, context, entry.file,
                                      out);
      return true;
    },
    [](const Context& context, const avro::Schema& type, avro::Decoder& in, ManifestEntry& entry) {
      return DecodeRecord<DataFile, Context>(context.data_file_plan, type, context, in, entry.file);
    }};

template <auto member, typename Codec = internal::DefaultCodec<member>>
constexpr EntryField OfEntry(int32_t id, std::string_view name, Rule rule, int version_min = 1) {
  return FieldOf<Context, member, Codec>(id, name, rule, version_min);
}

using AsStatus = AsNumber<EntryStatus, EntryStatus::kDeleted>;

constexpr std::array kEntryFields = {
    OfEntry<&ManifestEntry::status, AsStatus>(0, "status", Rule::kMustExist),
    OfEntry<&ManifestEntry::snapshot_id>(1, "snapshot_id", Rule::kOptional),
    OfEntry<&ManifestEntry::sequence_number>(3, "sequence_number", Rule::kOptional, 2),
    OfEntry<&ManifestEntry::file_sequence_number>(4, "file_sequence_number", Rule::kOptional, 2),
    kDataFileField,
};

}  // namespace

Result<FileFormat> ParseFormat(std::string_view name) {
  const auto same = [](char left, char right) {
    return left == (right >= 'a' && right <= 'z' ? right - 'a' + 'A' : right);
  };
  for (const FileFormat format :
       {FileFormat::kParquet, FileFormat::kAvro, FileFormat::kOrc, FileFormat::kPuffin}) {
    const std::string_view known = FormatName(format);
    if (std::equal(known.begin(), known.end(), name.begin(), name.end(), same)) return format;
  }
  return Unsupported("file format", name);
}

RecordFields<DataFile, ManifestContext> DataFileFields() {
  return kDataFileFields;
}

RecordFields<ManifestEntry, ManifestContext> EntryFields() {
  return kEntryFields;
}

}  // namespace firn::table
