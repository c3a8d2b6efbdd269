// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "firn/base/json.h"
#include "firn/table/ids.h"
#include "firn/table/literal.h"
#include "firn/table/type.h"

namespace firn::table {

/// A column of a table, a field of a struct, the element of a list, the key or value of a map.
struct NestedField {
  FieldId id{};
  std::string name;
  Type type;
  bool required = false;
  std::string doc;
  std::optional<Literal> initial_default;  ///< For rows written before the field was added (v3).
  std::optional<Literal> write_default;    ///< For rows whose writer gives no value (v3).
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.

  friend bool operator==(const NestedField&, const NestedField&) = default;

  static NestedField Required(int32_t id, std::string name, Type type) {
    return {FieldId(id), std::move(name), std::move(type), true, {}, {}, {}, {}};
  }
  static NestedField Optional(int32_t id, std::string name, Type type) {
    return {FieldId(id), std::move(name), std::move(type), false, {}, {}, {}, {}};
  }
};

}  // namespace firn::table
