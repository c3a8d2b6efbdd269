// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"

namespace firn::avro {

enum class Kind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

/// What an id of Iceberg's is where a schema gives none.
inline constexpr int32_t kNoId = -1;

struct Schema;

/// A field of a record.
struct Field {
  std::string name;
  int32_t id = kNoId;  ///< "field-id".
  std::shared_ptr<const Schema> schema;
};

/// An Avro schema (Avro 1.12 specification, "Schema Declaration") with the ids that Iceberg adds
/// (Iceberg spec, Appendix A, "Avro"). Immutable once parsed.
struct Schema {
  Kind kind = Kind::kNull;
  std::string name;                                     ///< Of a record, enum or fixed.
  std::vector<Field> fields;                            ///< Of a record.
  std::vector<std::shared_ptr<const Schema>> children;  ///< Branches; items; values of a map.
  std::string logical_type;                             ///< "decimal", "uuid", "date", ...
  int32_t size_bytes = 0;                               ///< Of a fixed.
  int32_t precision = 0, scale = 0;                     ///< Of a decimal.
  bool adjust_to_utc = false;                           ///< Of a timestamp.
  int32_t element_id = kNoId, key_id = kNoId, value_id = kNoId;

  /// The items of an array, the values of a map.
  const Schema& item() const { return *children.front(); }
};

/// Reads a schema. Named types may be used again by name, but not inside themselves.
/// Errors: `kCorrupt`; `kUnsupported` for a recursive type; `kResourceExhausted` over depth 64.
Result<std::shared_ptr<const Schema>> ParseSchema(std::string_view text);

/// The same; texts read lately are remembered, since all manifests of a table have one schema.
/// Thread-safe; keeps at most 1 MiB of texts for the process.
Result<std::shared_ptr<const Schema>> ParseSchemaOnce(const std::string& text);

/// Makes a name that Avro allows of any column name, as other Iceberg writers do: a leading digit
/// gets "_" before it, other characters become "_x" and their code point in hexadecimal.
std::string SanitizeName(std::string_view name);

}  // namespace firn::avro
