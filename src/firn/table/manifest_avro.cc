// SPDX-License-Identifier: Apache-2.0
//
// The Avro records of manifests (spec, "Manifest Entry Fields", "Data File Fields"). Maps whose
// keys are field ids are arrays of key-value records, because Avro's maps have text keys.

#include "firn/table/manifest_avro.h"

#include <array>

#include "firn/table/partition_avro.h"

namespace firn::table {
namespace {

using Context = ManifestContext;
using avro::AppendBytes;
using avro::AppendLong;

Json IntType(const Context& /*unused*/) {
  return "int";
}
Json LongType(const Context& /*unused*/) {
  return "long";
}
Json StringType(const Context& /*unused*/) {
  return "string";
}
Json BytesType(const Context& /*unused*/) {
  return "bytes";
}

template <typename Number>
void AppendIds(const std::vector<Number>& items, std::string& out) {
  if (!items.empty()) AppendLong(out, static_cast<int64_t>(items.size()));
  for (const Number& item : items) {
    if constexpr (std::is_same_v<Number, FieldId>) {
      AppendLong(out, item.value);
    } else {
      AppendLong(out, item);
    }
  }
  AppendLong(out, 0);
}

// {"type":"array","items":{"type":"record","name":"k117_v118",...},"logicalType":"map"}
template <int32_t key_id, int32_t value_id, bool bytes>
Json MapType(const Context& /*unused*/) {
  const auto part = [](std::string_view name, std::string_view type, int32_t id) {
    Json json;
    json.Set("name", name);
    json.Set("type", type);
    json.Set("field-id", id);
    return json;
  };
  Json entry;
  entry.Set("type", "record");
  entry.Set("name", "k" + std::to_string(key_id) + "_v" + std::to_string(value_id));
  entry.Set("fields", Json::Array{part("key", "int", key_id),
                                  part("value", bytes ? "bytes" : "long", value_id)});
  Json json;
  json.Set("type", "array");
  json.Set("items", std::move(entry));
  json.Set("logicalType", "map");
  return json;
}

void AppendValue(int64_t value, std::string& out) {
  AppendLong(out, value);
}
void AppendValue(const std::string& value, std::string& out) {
  AppendBytes(out, value);
}

template <auto member>
bool EncodeMap(const Context& /*unused*/, const DataFile& file, std::string& out) {
  const auto& map = file.*member;
  if (map.empty()) return false;
  AppendLong(out, static_cast<int64_t>(map.size()));
  for (const auto& [key, value] : map) {
    AppendLong(out, key.value);
    AppendValue(value, out);
  }
  AppendLong(out, 0);
  return true;
}

Status DecodeValue(const avro::Schema& type, avro::Decoder& in, int64_t& value) {
  FIRN_ASSIGN(value, DecodeInteger(type, in));
  return Ok();
}
Status DecodeValue(const avro::Schema& type, avro::Decoder& in, std::string& value) {
  FIRN_ASSIGN(value, DecodeBytes(type, in));
  return Ok();
}

template <auto member>
Status DecodeMap(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                 DataFile& file) {
  return DecodeArray(type, in, [&](const avro::Schema& item) -> Status {
    if (item.kind != avro::Kind::kRecord || item.fields.size() != 2) {
      return Corrupt("map entry is not a key and a value");
    }
    FIRN_ASSIGN(const int32_t key, DecodeInt32(*item.fields[0].schema, in));
    FIRN_ASSIGN(const avro::Schema* value, in.ReadBranch(*item.fields[1].schema));
    if (value->kind == avro::Kind::kNull) return Ok();
    return DecodeValue(*value, in, (file.*member)[FieldId(key)]);
  });
}

// A whole number that may be absent.
template <auto member>
bool EncodeOptional(const Context& /*unused*/, const DataFile& file, std::string& out) {
  if (!(file.*member)) return false;
  AppendLong(out, *(file.*member));
  return true;
}
template <auto member>
Status DecodeOptional(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                      DataFile& file) {
  FIRN_ASSIGN(file.*member, DecodeInteger(type, in));
  return Ok();
}

// Text or bytes that may be absent.
template <auto member>
bool EncodeText(const Context& /*unused*/, const DataFile& file, std::string& out) {
  if (!(file.*member)) return false;
  AppendBytes(out, *(file.*member));
  return true;
}
template <auto member>
Status DecodeText(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                  DataFile& file) {
  FIRN_ASSIGN(file.*member, DecodeBytes(type, in));
  return Ok();
}

template <auto member>
bool EncodeNumber(const Context& /*unused*/, const DataFile& file, std::string& out) {
  AppendLong(out, file.*member);
  return true;
}
template <auto member>
Status DecodeCount(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                   DataFile& file) {
  FIRN_ASSIGN(file.*member, DecodeInteger(type, in));
  return file.*member < 0 ? Status(Corrupt("count is negative", file.*member)) : Ok();
}

Status DecodeContent(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                     DataFile& file) {
  FIRN_ASSIGN(const int64_t content, DecodeInteger(type, in));
  if (content < 0 || content > 2) return Corrupt("content of a file", content);
  file.content = static_cast<FileContent>(content);
  return Ok();
}

Status DecodeFormat(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                    DataFile& file) {
  FIRN_ASSIGN(std::string name, DecodeBytes(type, in));
  for (char& letter : name) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  for (const FileFormat format :
       {FileFormat::kParquet, FileFormat::kAvro, FileFormat::kOrc, FileFormat::kPuffin}) {
    if (name != FormatName(format)) continue;
    file.file_format = format;
    return Ok();
  }
  return Unsupported("file format", name);
}

constexpr std::array kDataFileFields = {
    DataFileField{134, "content", true, false, 2, IntType,
                  [](const Context&, const DataFile& file, std::string& out) {
                    AppendLong(out, static_cast<int64_t>(file.content));
                    return true;
                  },
                  DecodeContent},
    DataFileField{100, "file_path", true, true, 1, StringType,
                  [](const Context&, const DataFile& file, std::string& out) {
                    AppendBytes(out, file.file_path);
                    return true;
                  },
                  DecodeText<&DataFile::file_path>},
    DataFileField{101, "file_format", true, true, 1, StringType,
                  [](const Context&, const DataFile& file, std::string& out) {
                    AppendBytes(out, FormatName(file.file_format));
                    return true;
                  },
                  DecodeFormat},
    DataFileField{
        102, "partition", true, true, 1,
        [](const Context& context) { return PartitionAvroSchema(context.partition_type); },
        [](const Context& context, const DataFile& file, std::string& out) {
          EncodePartition(context.partition_type, file.partition, out);
          return true;
        },
        [](const Context& context, const avro::Schema& type, avro::Decoder& in,
           DataFile& file) -> Status {
          FIRN_ASSIGN(file.partition, DecodePartition(context.spec, type, in));
          return Ok();
        }},
    DataFileField{103, "record_count", true, true, 1, LongType,
                  EncodeNumber<&DataFile::record_count>, DecodeCount<&DataFile::record_count>},
    DataFileField{104, "file_size_in_bytes", true, true, 1, LongType,
                  EncodeNumber<&DataFile::file_size_bytes>,
                  DecodeCount<&DataFile::file_size_bytes>},
    DataFileField{108, "column_sizes", false, false, 1, MapType<117, 118, false>,
                  EncodeMap<&DataFile::column_sizes>, DecodeMap<&DataFile::column_sizes>},
    DataFileField{109, "value_counts", false, false, 1, MapType<119, 120, false>,
                  EncodeMap<&DataFile::value_counts>, DecodeMap<&DataFile::value_counts>},
    DataFileField{110, "null_value_counts", false, false, 1, MapType<121, 122, false>,
                  EncodeMap<&DataFile::null_value_counts>, DecodeMap<&DataFile::null_value_counts>},
    DataFileField{137, "nan_value_counts", false, false, 1, MapType<138, 139, false>,
                  EncodeMap<&DataFile::nan_value_counts>, DecodeMap<&DataFile::nan_value_counts>},
    DataFileField{125, "lower_bounds", false, false, 1, MapType<126, 127, true>,
                  EncodeMap<&DataFile::lower_bounds>, DecodeMap<&DataFile::lower_bounds>},
    DataFileField{128, "upper_bounds", false, false, 1, MapType<129, 130, true>,
                  EncodeMap<&DataFile::upper_bounds>, DecodeMap<&DataFile::upper_bounds>},
    DataFileField{131, "key_metadata", false, false, 1, BytesType,
                  EncodeText<&DataFile::key_metadata>, DecodeText<&DataFile::key_metadata>},
    DataFileField{132, "split_offsets", false, false, 1,
                  [](const Context&) { return ArrayType("long", 133); },
                  [](const Context&, const DataFile& file, std::string& out) {
                    AppendIds(file.split_offsets, out);
                    return !file.split_offsets.empty();
                  },
                  [](const Context&, const avro::Schema& type, avro::Decoder& in, DataFile& file) {
                    return DecodeArray(type, in, [&](const avro::Schema& item) -> Status {
                      FIRN_ASSIGN(const int64_t offset, DecodeInteger(item, in));
                      file.split_offsets.push_back(offset);
                      return Ok();
                    });
                  }},
    DataFileField{135, "equality_ids", false, false, 2,
                  [](const Context&) { return ArrayType("int", 136); },
                  [](const Context&, const DataFile& file, std::string& out) {
                    AppendIds(file.equality_ids, out);
                    return !file.equality_ids.empty();
                  },
                  [](const Context&, const avro::Schema& type, avro::Decoder& in, DataFile& file) {
                    return DecodeArray(type, in, [&](const avro::Schema& item) -> Status {
                      FIRN_ASSIGN(const int32_t id, DecodeInt32(item, in));
                      file.equality_ids.emplace_back(id);
                      return Ok();
                    });
                  }},
    DataFileField{
        140, "sort_order_id", false, false, 1, IntType,
        [](const Context&, const DataFile& file, std::string& out) {
          if (!file.sort_order_id) return false;
          AppendLong(out, file.sort_order_id->value);
          return true;
        },
        [](const Context&, const avro::Schema& type, avro::Decoder& in, DataFile& file) -> Status {
          FIRN_ASSIGN(const int32_t id, DecodeInt32(type, in));
          file.sort_order_id = SortOrderId(id);
          return Ok();
        }},
    DataFileField{142, "first_row_id", false, false, 3, LongType,
                  EncodeOptional<&DataFile::first_row_id>, DecodeOptional<&DataFile::first_row_id>},
    DataFileField{143, "referenced_data_file", false, false, 2, StringType,
                  EncodeText<&DataFile::referenced_data_file>,
                  DecodeText<&DataFile::referenced_data_file>},
    DataFileField{144, "content_offset", false, false, 3, LongType,
                  EncodeOptional<&DataFile::content_offset>,
                  DecodeOptional<&DataFile::content_offset>},
    DataFileField{145, "content_size_in_bytes", false, false, 3, LongType,
                  EncodeOptional<&DataFile::content_size_bytes>,
                  DecodeOptional<&DataFile::content_size_bytes>},
};

// An id that may be absent, of an entry.
template <auto member>
bool EncodeEntryId(const Context& /*unused*/, const ManifestEntry& entry, std::string& out) {
  if (!(entry.*member)) return false;
  AppendLong(out, (entry.*member)->value);
  return true;
}
template <auto member>
Status DecodeEntryId(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                     ManifestEntry& entry) {
  FIRN_ASSIGN(const int64_t id, DecodeInteger(type, in));
  (entry.*member).emplace(id);
  return Ok();
}

Status DecodeStatus(const Context& /*unused*/, const avro::Schema& type, avro::Decoder& in,
                    ManifestEntry& entry) {
  FIRN_ASSIGN(const int64_t status, DecodeInteger(type, in));
  if (status < 0 || status > 2) return Corrupt("status of a manifest entry", status);
  entry.status = static_cast<EntryStatus>(status);
  return Ok();
}

constexpr std::array kEntryFields = {
    EntryField{0, "status", true, true, 1, IntType,
               [](const Context&, const ManifestEntry& entry, std::string& out) {
                 AppendLong(out, static_cast<int64_t>(entry.status));
                 return true;
               },
               DecodeStatus},
    EntryField{1, "snapshot_id", false, false, 1, LongType,
               EncodeEntryId<&ManifestEntry::snapshot_id>,
               DecodeEntryId<&ManifestEntry::snapshot_id>},
    EntryField{3, "sequence_number", false, false, 2, LongType,
               EncodeEntryId<&ManifestEntry::sequence_number>,
               DecodeEntryId<&ManifestEntry::sequence_number>},
    EntryField{4, "file_sequence_number", false, false, 2, LongType,
               EncodeEntryId<&ManifestEntry::file_sequence_number>,
               DecodeEntryId<&ManifestEntry::file_sequence_number>},
    EntryField{2, "data_file", true, true, 1,
               [](const Context& context) {
                 return RecordSchema<DataFile, Context>(DataFileFields(), "r2",
                                                        context.format_version, context);
               },
               [](const Context& context, const ManifestEntry& entry, std::string& out) {
                 EncodeRecord<DataFile, Context>(DataFileFields(), context.format_version, context,
                                                 entry.file, out);
                 return true;
               },
               [](const Context& context, const avro::Schema& type, avro::Decoder& in,
                  ManifestEntry& entry) {
                 return DecodeRecord<DataFile, Context>(context.data_file_plan, type, context, in,
                                                        entry.file);
               }},
};

}  // namespace

RecordFields<DataFile, ManifestContext> DataFileFields() {
  return kDataFileFields;
}

RecordFields<ManifestEntry, ManifestContext> EntryFields() {
  return kEntryFields;
}

}  // namespace firn::table
