// SPDX-License-Identifier: Apache-2.0
//
// A row is deleted when a delete file that applies to it holds a row with the same values in the
// columns of its equality ids (spec, "Equality Delete Files"). Keys become bytes, which are looked
// up in one hash table for all delete files with these ids: a row costs one look-up, however many
// files there are. Which files apply differs from data file to data file, so a key knows its files.

#include "firn/datafile/equality_deletes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/base/bytes.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using arrow::Array;
using ArrayPtr = std::shared_ptr<Array>;
using table::FieldId;
using table::NestedField;
using table::Schema;

constexpr size_t kKeyBytesMax = size_t{4} << 30;

ArrayPtr StorageOf(const ArrayPtr& array) {
  if (array->type_id() != arrow::Type::EXTENSION) return array;
  return static_cast<const arrow::ExtensionArray&>(*array).storage();
}

// A map is a list of its entries.
bool IsList(arrow::Type::type type) {
  return type == arrow::Type::LIST || type == arrow::Type::MAP;
}

// A column with nothing in it but the path down to `id`.
Result<NestedField> PathTo(const Schema& schema, FieldId id) {
  NestedField field = *schema.FindField(id);
  if (field.type.is_nested() && field.type.id() != table::TypeId::kStruct) {
    return Unsupported("equality deletes by a list or map", schema.NameOf(id));
  }
  for (auto parent = schema.ParentOf(id); parent; parent = schema.ParentOf(*parent)) {
    NestedField outer = *schema.FindField(*parent);
    if (outer.type.id() != table::TypeId::kStruct) {
      return Unsupported("equality deletes by a field of a list or map", schema.NameOf(id));
    }
    outer.type = table::Type::Struct({std::move(field)});
    field = std::move(outer);
  }
  return field;
}

// Adds a path to the columns found so far; two paths may share their structs.
void MergePath(NestedField path, std::vector<NestedField>& fields) {
  const auto same =
      std::ranges::find_if(fields, [&](const NestedField& field) { return field.id == path.id; });
  if (same == fields.end()) {
    fields.push_back(std::move(path));
  } else if (path.type.id() == table::TypeId::kStruct && same->type.id() == path.type.id()) {
    std::vector<NestedField> inner = same->type.fields();
    for (const NestedField& field : path.type.fields())
      MergePath(field, inner);
    same->type = table::Type::Struct(std::move(inner));
  }
}

// In a data file a key column may be missing, and is filled in as in any read. A delete file must
// have what it deletes by.
NestedField AsKey(NestedField field, bool in_deletes) {
  field.required = in_deletes;
  if (in_deletes) field.initial_default.reset();
  if (field.type.id() == table::TypeId::kStruct) {
    std::vector<NestedField> inner;
    for (const NestedField& one : field.type.fields())
      inner.push_back(AsKey(one, in_deletes));
    field.type = table::Type::Struct(std::move(inner));
  }
  return field;
}

Result<std::vector<NestedField>> KeyFields(std::span<const Schema> schemas,
                                           std::span<const FieldId> ids) {
  std::vector<NestedField> fields;
  for (const FieldId id : ids) {
    const auto known = std::ranges::find_if(
        schemas, [id](const Schema& schema) { return schema.FindField(id) != nullptr; });
    if (known == schemas.end()) return Corrupt("equality deletes by an unknown field id", id);
    FIRN_ASSIGN(NestedField path, PathTo(*known, id));
    MergePath(std::move(path), fields);
  }
  if (fields.empty()) return Corrupt("equality deletes without equality ids");
  return fields;
}

Result<Schema> KeySchema(std::span<const NestedField> keys, bool in_deletes) {
  std::vector<NestedField> fields;
  for (const NestedField& key : keys)
    fields.push_back(AsKey(key, in_deletes));
  if (!in_deletes) fields.push_back(*table::FindMetadataColumn(table::kPositionColumn));
  return Schema::Make(table::SchemaId(0), std::move(fields));
}

// All NaN are one value.
template <typename Float>
void MakeCanonical(char* bytes) {
  Float value;
  std::memcpy(&value, bytes, sizeof(Float));
  if (!std::isnan(value)) return;
  value = std::numeric_limits<Float>::quiet_NaN();
  std::memcpy(bytes, &value, sizeof(Float));
}

}  // namespace

// A key column, opened up so that a row's value is a few moves of bytes.
struct RowKeyEncoder::Column {
  ArrayPtr array;
  std::vector<std::shared_ptr<const Column>> fields;  // Of a struct; the elements of a list.
  const uint8_t* values = nullptr;                    // Of fixed width, from the first row on.
  int64_t width = 0;
};

Result<RowKeyEncoder> RowKeyEncoder::Make(const arrow::RecordBatch& batch, int skipped) {
  RowKeyEncoder encoder;
  for (int i = 0; i + skipped < batch.num_columns(); ++i) {
    FIRN_ASSIGN(auto column, MakeColumn(batch.column(i)));
    encoder.columns_.push_back(std::move(column));
  }
  return encoder;
}

Result<std::shared_ptr<const RowKeyEncoder::Column>> RowKeyEncoder::MakeColumn(
    const ArrayPtr& array) {
  auto column = std::make_shared<Column>();
  column->array = StorageOf(array);
  const arrow::DataType& type = *column->array->type();
  if (type.id() == arrow::Type::STRUCT) {
    const auto& fields = static_cast<const arrow::StructArray&>(*column->array);
    for (int i = 0; i < fields.num_fields(); ++i) {
      FIRN_ASSIGN(auto field, MakeColumn(fields.field(i)));
      column->fields.push_back(std::move(field));
    }
  } else if (IsList(type.id())) {
    FIRN_ASSIGN(auto elements,
                MakeColumn(static_cast<const arrow::ListArray&>(*column->array).values()));
    column->fields.push_back(std::move(elements));
  } else if (type.id() != arrow::Type::BOOL && arrow::is_fixed_width(type.id())) {
    column->width = type.byte_width();
    const auto& data = *column->array->data();
    const bool has_values = data.buffers[1] != nullptr && data.length > 0;
    if (has_values) column->values = data.buffers[1]->data() + data.offset * column->width;
  } else if (type.id() != arrow::Type::BOOL && type.id() != arrow::Type::NA &&
             !arrow::is_binary_like(type.id())) {
    return Unsupported("rows are not compared by a column of this type", type.ToString());
  }
  return std::shared_ptr<const Column>(std::move(column));
}

std::string_view RowKeyEncoder::Encode(int64_t row) {
  key_.clear();
  for (const auto& column : columns_)
    Append(*column, row, key_);
  return key_;
}

void RowKeyEncoder::Append(const Column& column, int64_t row, std::string& key) {
  const Array& array = *column.array;
  const bool valid = array.type_id() != arrow::Type::NA && array.IsValid(row);
  key.push_back(valid ? '\1' : '\0');
  if (!valid) return;
  if (array.type_id() == arrow::Type::STRUCT) {
    for (const auto& field : column.fields)
      Append(*field, row, key);
  } else if (IsList(array.type_id())) {
    const auto& list = static_cast<const arrow::ListArray&>(array);
    AppendLittleEndian(key, static_cast<uint32_t>(list.value_length(row)));
    for (int32_t i = 0; i < list.value_length(row); ++i)
      Append(*column.fields[0], list.value_offset(row) + i, key);
  } else if (array.type_id() == arrow::Type::BOOL) {
    key.push_back(static_cast<const arrow::BooleanArray&>(array).Value(row) ? '\1' : '\0');
  } else if (column.width > 0) {
    key.append(reinterpret_cast<const char*>(column.values) + row * column.width,
               static_cast<size_t>(column.width));
    char* const written = key.data() + key.size() - column.width;
    if (array.type_id() == arrow::Type::FLOAT) MakeCanonical<float>(written);
    if (array.type_id() == arrow::Type::DOUBLE) MakeCanonical<double>(written);
  } else {
    const std::string_view value = static_cast<const arrow::BinaryArray&>(array).GetView(row);
    AppendLittleEndian(key, static_cast<uint32_t>(value.size()));
    key += value;
  }
}

size_t KeyTable::SlotOf(std::string_view key, size_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    if (slots_[at] == 0) return at;
    const Entry& entry = entries_[slots_[at] - 1];
    if (entry.hash == hash && entry.length == key.size() &&
        std::memcmp(bytes_.data() + entry.begin, key.data(), key.size()) == 0) {
      return at;
    }
  }
}

void KeyTable::Grow() {
  const size_t size = std::max<size_t>(1024, slots_.size() * 2);
  slots_.assign(size, 0);
  for (size_t i = 0; i < entries_.size(); ++i) {
    size_t at = entries_[i].hash & (size - 1);
    while (slots_[at] != 0)
      at = (at + 1) & (size - 1);
    slots_[at] = static_cast<uint32_t>(i + 1);
  }
}

void KeyTable::Add(std::string_view key, uint32_t file) {
  if ((entries_.size() + 1) * 2 > slots_.size()) Grow();
  const size_t hash = std::hash<std::string_view>()(key);
  const size_t slot = SlotOf(key, hash);
  if (slots_[slot] == 0) {
    entries_.push_back({hash, bytes_.size(), static_cast<uint32_t>(key.size()), kNone});
    bytes_ += key;
    slots_[slot] = static_cast<uint32_t>(entries_.size());
  }
  Entry& entry = entries_[slots_[slot] - 1];
  if (entry.newest != kNone && links_[entry.newest].file == file) return;
  links_.push_back({file, entry.newest});
  entry.newest = static_cast<uint32_t>(links_.size() - 1);
}

bool KeyTable::Holds(std::string_view key, const std::vector<bool>& wanted) const {
  if (slots_.empty()) return false;
  const size_t slot = SlotOf(key, std::hash<std::string_view>()(key));
  if (slots_[slot] == 0) return false;
  uint32_t at = entries_[slots_[slot] - 1].newest;
  while (at != kNone) {
    const Link& link = links_[at];
    if (link.file < wanted.size() && wanted[link.file]) return true;
    at = link.older;
  }
  return false;
}

int64_t KeyTable::size_bytes() const {
  return static_cast<int64_t>(bytes_.capacity() + entries_.capacity() * sizeof(Entry) +
                              links_.capacity() * sizeof(Link) +
                              slots_.capacity() * sizeof(uint32_t));
}

Result<std::unique_ptr<EqualityDeletes>> EqualityDeletes::Make(io::FileIO& files,
                                                               std::span<const Schema> schemas,
                                                               std::vector<FieldId> ids) {
  FIRN_ASSIGN(const auto fields, KeyFields(schemas, ids));
  FIRN_ASSIGN(Schema in_data, KeySchema(fields, false));
  FIRN_ASSIGN(Schema in_deletes, KeySchema(fields, true));
  return std::unique_ptr<EqualityDeletes>(
      new EqualityDeletes(files, std::move(in_data), std::move(in_deletes)));
}

Status EqualityDeletes::Find(const table::DataFile& data_file, const ReadOptions& options,
                             std::span<const table::DataFile* const> deletes,
                             PositionBitmap& deleted) {
  FIRN_ASSIGN(const std::vector<bool> wanted, Load(deletes, options));
  FIRN_ASSIGN(const auto reader, ReadFile(files_, data_file, in_data_, options));
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return Ok();
    FIRN_ASSIGN(RowKeyEncoder keys, RowKeyEncoder::Make(*batch, 1));
    const auto& positions =
        static_cast<const arrow::Int64Array&>(*batch->column(batch->num_columns() - 1));
    std::vector<int64_t> found;
    const std::shared_lock lock(mutex_);
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (keys_.Holds(keys.Encode(row), wanted)) found.push_back(positions.Value(row));
    }
    deleted.Add(found);
  }
}

Result<std::vector<bool>> EqualityDeletes::Load(std::span<const table::DataFile* const> deletes,
                                                const ReadOptions& options) {
  const std::unique_lock lock(mutex_);
  std::vector<bool> wanted(next_ordinal_ + deletes.size(), false);
  for (const table::DataFile* file : deletes) {
    const auto known = ordinals_.find(file->file_path);
    uint32_t ordinal = next_ordinal_;
    if (known != ordinals_.end()) {
      ordinal = known->second;
    } else {
      ++next_ordinal_;  // Also if reading fails: what was read of it is then nobody's.
      FIRN_TRY(ReadKeys(*file, options, ordinal));
      ordinals_.emplace(file->file_path, ordinal);
    }
    wanted[ordinal] = true;
  }
  return wanted;
}

Status EqualityDeletes::ReadKeys(const table::DataFile& deletes, const ReadOptions& options,
                                 uint32_t ordinal) {
  ReadOptions plain;
  plain.name_mapping = options.name_mapping;
  FIRN_ASSIGN(const auto reader, ReadFile(files_, deletes, in_deletes_, std::move(plain)));
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return Ok();
    FIRN_ASSIGN(RowKeyEncoder keys, RowKeyEncoder::Make(*batch, 0));
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      keys_.Add(keys.Encode(row), ordinal);
    if (static_cast<size_t>(keys_.size_bytes()) > kKeyBytesMax) {
      return ResourceExhausted("keys of equality deletes over the limit, bytes",
                               keys_.size_bytes());
    }
  }
}

int64_t EqualityDeletes::size_bytes() const {
  const std::shared_lock lock(mutex_);
  return keys_.size_bytes();
}

}  // namespace firn::datafile
