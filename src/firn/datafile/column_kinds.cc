// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/column_kinds.h"

#include <algorithm>
#include <array>
#include <string>

#include "firn/table/nested_field.h"

namespace firn::datafile {
namespace {

using table::TypeId;

constexpr std::array<std::string_view, 19> kTypeNames = {
    "boolean", "int",       "long",        "float",        "double",         "decimal", "date",
    "time",    "timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns", "string",  "uuid",
    "fixed",   "binary",    "variant",     "geometry",     "geography"};

// "decimal(9, 2)" as "decimal".
std::string NameOf(const table::Type& type) {
  const std::string text = type.ToString();
  return text.substr(0, text.find_first_of("(["));
}

const Compression* RuleFor(const WriterOptions& options, std::string_view column,
                           const table::Type& type) {
  for (const CompressionRule& rule : options.rules) {
    const bool fits =
        rule.pattern.empty() ? rule.type == NameOf(type) : FitsPattern(column, rule.pattern);
    if (fits) return &rule.compression;
  }
  return nullptr;
}

// Whether the column has an override of its own, or of what it lies in.
bool IsOverridden(const WriterOptions& options, std::string_view column) {
  while (!options.columns.contains(column)) {
    const size_t dot = column.rfind('.');
    if (dot == std::string_view::npos) return false;
    column = column.substr(0, dot);
  }
  return true;
}

bool IsWhole(const table::Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return true;
    case TypeId::kDecimal:
      return type.precision() <= 18;  // Stored as int32 or int64.
    default:
      return false;
  }
}

bool IsByteArray(const table::Type& type) {
  return type.id() == TypeId::kString || type.id() == TypeId::kBinary || type.is_geo();
}

bool IsFixedBytes(const table::Type& type) {
  return type.id() == TypeId::kUuid || type.id() == TypeId::kFixed ||
         (type.id() == TypeId::kDecimal && type.precision() > 18);
}

bool IsFloating(const table::Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

Status CheckStorage(const std::string& column, const table::Type& type,
                    const ColumnStorage& storage) {
  const bool is_leaf = type.is_primitive() && type.id() != TypeId::kVariant;
  if (storage.encoding && !(is_leaf && Takes(type, *storage.encoding))) {
    return InvalidArgument("a column of type " + NameOf(type) + " takes no such encoding",
                           "firn.parquet.encoding.column." + column, ToString(*storage.encoding));
  }
  if (storage.bloom_filter && !(is_leaf && type.id() != TypeId::kBoolean)) {
    return InvalidArgument("a column of type " + NameOf(type) + " takes no bloom filter",
                           "write.parquet.bloom-filter-enabled.column." + column);
  }
  return Ok();
}

}  // namespace

bool Takes(const table::Type& type, ColumnEncoding encoding) {
  switch (encoding) {
    case ColumnEncoding::kPlain:
      return true;
    case ColumnEncoding::kDictionary:
      return type.id() != TypeId::kBoolean;
    case ColumnEncoding::kDeltaBinaryPacked:
      return IsWhole(type);
    case ColumnEncoding::kDeltaLengthByteArray:
      return IsByteArray(type);
    case ColumnEncoding::kDeltaByteArray:
      return IsByteArray(type) || IsFixedBytes(type);
    case ColumnEncoding::kByteStreamSplit:
      return IsFloating(type) || IsWhole(type) || IsFixedBytes(type);
  }
  return false;
}

bool IsTypeName(std::string_view name) {
  return std::ranges::find(kTypeNames, name) != kTypeNames.end();
}

bool FitsPattern(std::string_view name, std::string_view pattern) {
  size_t at = 0, in_pattern = 0, star = std::string_view::npos, star_at = 0;
  while (at < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_at = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == name[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++star_at;  // The last star takes one character more.
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

Status ApplyToColumns(const table::Schema& schema, WriterOptions& options) {
  for (const table::FieldId id : schema.FieldIds()) {
    const table::NestedField* field = schema.FindField(id);
    const std::string column(schema.NameOf(id));
    const auto storage = options.storage.find(column);
    if (storage != options.storage.end()) {
      FIRN_TRY(CheckStorage(column, field->type, storage->second));
    }
    if (field->type.is_nested() || IsOverridden(options, column)) continue;
    const Compression* rule = RuleFor(options, column, field->type);
    if (rule != nullptr) options.columns.emplace(column, *rule);
  }
  options.rules.clear();
  return Ok();
}

}  // namespace firn::datafile
