// SPDX-License-Identifier: Apache-2.0
//
// Walks the wanted schema and the batch side by side. Nested arrays are rebuilt around the same
// buffers, offsets kept as they are, so that only leaves of another type are copied.

#include "firn/datafile/conform.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/default_values.h"
#include "firn/datafile/leaf_cast.h"
#include "firn/datafile/value_rules.h"
#include "firn/datafile/variant_column.h"

namespace firn::datafile {
namespace {

using arrow::Array;
using arrow::ArrayData;
using ArrayPtr = std::shared_ptr<Array>;

// The columns of a batch, or the fields of a struct.
struct Children {
  const arrow::FieldVector& fields;
  std::vector<ArrayPtr> arrays;
};

class Conformer {
 public:
  explicit Conformer(const ConformRules& rules) : rules_(rules) {}

  // The columns for `wanted`. An error about a value names row, column, value and rule.
  Result<std::vector<ArrayPtr>> Columns(const Children& given, const arrow::FieldVector& wanted,
                                        int64_t rows) {
    auto columns = Fields(given, wanted, rows);
    if (columns || !bad_) return columns;
    return InvalidArgument(bad_path_ + ": the value in row " + std::to_string(bad_->at + 1) +
                               " of the batch does not fit, " + bad_->rule,
                           bad_->value);
  }

 private:
  // The arrays for `wanted`, each of `rows` values.
  Result<std::vector<ArrayPtr>> Fields(const Children& given, const arrow::FieldVector& wanted,
                                       int64_t rows) {
    std::vector<bool> used(given.fields.size(), false);
    std::vector<ArrayPtr> out;
    for (const auto& field : wanted) {
      const int at = Match(given.fields, *field);
      if (at < 0) {
        FIRN_ASSIGN(ArrayPtr made, rules_.missing(*field, rows));
        out.push_back(std::move(made));
        continue;
      }
      used[static_cast<size_t>(at)] = true;
      FIRN_ASSIGN(ArrayPtr column, Field(given.arrays[static_cast<size_t>(at)], *field));
      out.push_back(std::move(column));
    }
    FIRN_TRY(RefuseUnknown(given.fields, used));
    return out;
  }

  int Match(const arrow::FieldVector& given, const arrow::Field& wanted) const {
    const auto place_of = [&](auto&& matches) {
      const auto found = std::find_if(given.begin(), given.end(), matches);
      return found == given.end() ? -1 : static_cast<int>(found - given.begin());
    };
    if (rules_.match_names) {
      const int named = place_of([&](const auto& field) { return field->name() == wanted.name(); });
      if (named >= 0) return named;
    }
    const auto id = FieldIdOf(wanted);
    return place_of([&](const auto& field) { return id && FieldIdOf(*field) == id; });
  }

  Status RefuseUnknown(const arrow::FieldVector& fields, const std::vector<bool>& used) const {
    for (size_t i = 0; rules_.refuse_unknown && i < fields.size(); ++i) {
      if (!used[i]) return InvalidArgument("the table has no such column", fields[i]->name());
    }
    return Ok();
  }

  // The innermost error is about the column as it is called by its dotted path.
  Result<ArrayPtr> Field(const ArrayPtr& given, const arrow::Field& wanted) {
    path_.push_back(wanted.name());
    auto converted = Convert(given, wanted);
    if (!converted && !has_path_ && converted.error().kind != ErrorKind::kInternal) {
      has_path_ = true;
      bad_path_ = Path();
      converted = std::move(converted).error().Within(Path());
    }
    path_.pop_back();
    return converted;
  }

  std::string Path() const {
    std::string path;
    for (const std::string& name : path_)
      path += (path.empty() ? "" : ".") + name;
    return path;
  }

  // A leaf, of which every value must be one of its type.
  Result<ArrayPtr> Leaf(const ArrayPtr& given, const std::shared_ptr<arrow::DataType>& type) {
    auto cast = CastLeaf(given, type);
    if (!rules_.check_values) return cast;
    bad_ = cast ? FindBadValue(**cast) : FindUncastable(given, type);
    if (!bad_) return cast;
    return InvalidArgument("a value does not fit");  // Said in full once its row is known.
  }

  // Where what lies at `bad_` in the values of `list` is in `list` itself.
  void BadElementOf(const arrow::ListArray& list) {
    if (!bad_) return;
    int64_t at = 0;
    while (at + 1 < list.length() && list.value_offset(at + 1) <= bad_->at)
      ++at;
    bad_->at = at;
  }

  Result<ArrayPtr> Convert(const ArrayPtr& given, const arrow::Field& wanted) {
    const auto& type = wanted.type();
    switch (type->id()) {
      case arrow::Type::STRUCT:
        return Struct(given, type);
      case arrow::Type::LIST:
        return List(given, type);
      case arrow::Type::MAP:
        return Map(given, type);
      case arrow::Type::NA:
        if (given->null_count() == given->length()) return Nulls(*given, type);
        return InvalidArgument("a column of unknown type takes no values");
      case arrow::Type::EXTENSION:
        return IsVariant(*type) ? ReadVariants(given) : Leaf(given, type);
      default:
        return Leaf(given, type);
    }
  }

  // Rebuilds `given` as `type` around the converted children, all else shared.
  static ArrayPtr Rebuild(const Array& given, const std::shared_ptr<arrow::DataType>& type,
                          const std::vector<ArrayPtr>& children) {
    auto data = std::make_shared<ArrayData>(*given.data());
    data->type = type;
    data->child_data.clear();
    for (const ArrayPtr& child : children)
      data->child_data.push_back(child->data());
    return arrow::MakeArray(std::move(data));
  }

  static bool IsAllNull(const Array& given) { return given.type_id() == arrow::Type::NA; }

  static Result<ArrayPtr> Nulls(const Array& given, const std::shared_ptr<arrow::DataType>& type) {
    return FromArrow(arrow::MakeArrayOfNull(type, given.length()));
  }

  static Error WrongKind(const Array& given, std::string_view wanted) {
    return InvalidArgument("the column holds another type",
                           given.type()->ToString() + " instead of " + std::string(wanted));
  }

  // Struct children are longer than the struct where it is a slice; they are converted whole.
  Result<ArrayPtr> Struct(const ArrayPtr& given, const std::shared_ptr<arrow::DataType>& type) {
    if (IsAllNull(*given)) return Nulls(*given, type);
    if (given->type_id() != arrow::Type::STRUCT) return WrongKind(*given, "a struct");
    Children children{given->type()->fields(), {}};
    const int64_t rows = given->offset() + given->length();
    for (const auto& child : given->data()->child_data) {
      children.arrays.push_back(arrow::MakeArray(child)->Slice(0, rows));
    }
    auto fields = Fields(children, type->fields(), rows);
    if (!fields && bad_) bad_->at -= given->offset();
    FIRN_TRY(fields);
    return Rebuild(*given, type, *fields);
  }

  Result<ArrayPtr> List(const ArrayPtr& given, const std::shared_ptr<arrow::DataType>& type) {
    if (IsAllNull(*given)) return Nulls(*given, type);
    if (!arrow::is_list_like(given->type_id()) && !arrow::is_list_view(given->type_id())) {
      return WrongKind(*given, "a list");
    }
    FIRN_ASSIGN(ArrayPtr plain, AsPlainList(given));
    auto element = Field(arrow::MakeArray(plain->data()->child_data[0]), *type->field(0));
    if (!element) BadElementOf(static_cast<const arrow::ListArray&>(*plain));
    FIRN_TRY(element);
    return Rebuild(*plain, type, {*element});
  }

  Result<ArrayPtr> Map(const ArrayPtr& given, const std::shared_ptr<arrow::DataType>& type) {
    if (IsAllNull(*given)) return Nulls(*given, type);
    if (given->type_id() != arrow::Type::MAP) return WrongKind(*given, "a map");
    const ArrayPtr entries = arrow::MakeArray(given->data()->child_data[0]);
    const auto& entry_type = type->field(0)->type();
    std::vector<ArrayPtr> sides;
    for (int side = 0; side < 2; ++side) {
      const ArrayPtr child =
          arrow::MakeArray(entries->data()->child_data[static_cast<size_t>(side)]);
      auto converted = Field(child, *entry_type->field(side));
      if (!converted) BadElementOf(static_cast<const arrow::ListArray&>(*given));
      FIRN_TRY(converted);
      sides.push_back(*converted);
    }
    return Rebuild(*given, type, {Rebuild(*entries, entry_type, sides)});
  }

  const ConformRules& rules_;
  std::vector<std::string> path_;  // Of the column at hand.
  bool has_path_ = false;          // The error has its path.
  std::string bad_path_;
  std::optional<BadValue> bad_;  // Its place is that in the array at hand.
};

// Finds required fields that are null although what holds them is not.
class RequiredCheck {
 public:
  // `row_of` maps a position of `array` to the row it belongs to.
  Status Field(const Array& array, const arrow::Field& field, const std::string& path,
               const std::vector<int64_t>& positions_seen) {
    if (!field.nullable()) FIRN_TRY(NoNull(array, path, positions_seen));
    return Below(array, path, positions_seen);
  }

 private:
  static Status NoNull(const Array& array, const std::string& path,
                       const std::vector<int64_t>& rows) {
    if (array.null_count() == 0) return Ok();
    for (int64_t i = 0; i < array.length(); ++i) {
      const bool counts = rows.empty() || rows[static_cast<size_t>(i)] >= 0;
      if (!counts || array.IsValid(i)) continue;
      const int64_t row = rows.empty() ? i : rows[static_cast<size_t>(i)];
      return InvalidArgument("a required column is null",
                             path + " in row " + std::to_string(row + 1) + " of the batch");
    }
    return Ok();
  }

  static bool NeedsCheck(const arrow::DataType& type) {
    for (const auto& field : type.fields()) {
      if (!field->nullable() || NeedsCheck(*field->type())) return true;
    }
    return false;
  }

  Status Below(const Array& array, const std::string& path, const std::vector<int64_t>& rows) {
    if (!NeedsCheck(*array.type())) return Ok();
    if (array.type_id() == arrow::Type::STRUCT) return Struct(array, path, rows);
    return List(array, path, rows);
  }

  // The row of each value: -1 where the value is null, or under a null, and its children are junk.
  static std::vector<int64_t> RowsOf(const Array& array, const std::vector<int64_t>& rows) {
    std::vector<int64_t> out(static_cast<size_t>(array.length()));
    for (int64_t i = 0; i < array.length(); ++i) {
      const int64_t row = rows.empty() ? i : rows[static_cast<size_t>(i)];
      out[static_cast<size_t>(i)] = array.IsValid(i) ? row : -1;
    }
    return out;
  }

  Status Struct(const Array& array, const std::string& path, const std::vector<int64_t>& rows) {
    const auto& fields = static_cast<const arrow::StructArray&>(array);
    const std::vector<int64_t> below = RowsOf(array, rows);
    for (int i = 0; i < fields.num_fields(); ++i) {
      const auto& field = *array.type()->field(i);
      FIRN_TRY(Field(*fields.field(i), field, path + "." + field.name(), below));
    }
    return Ok();
  }

  // A map is a list of entries, which are structs.
  Status List(const Array& array, const std::string& path, const std::vector<int64_t>& rows) {
    const auto& list = static_cast<const arrow::ListArray&>(array);
    const std::vector<int64_t> outer = RowsOf(array, rows);
    const int64_t first = array.length() == 0 ? 0 : list.value_offset(0);
    const int64_t last = array.length() == 0 ? 0 : list.value_offset(array.length());
    std::vector<int64_t> below(static_cast<size_t>(last - first), -1);
    for (int64_t i = 0; i < array.length(); ++i) {
      for (int64_t at = list.value_offset(i); at < list.value_offset(i + 1); ++at) {
        below[static_cast<size_t>(at - first)] = outer[static_cast<size_t>(i)];
      }
    }
    const auto values = list.values()->Slice(first, last - first);
    const auto& field = *array.type()->field(0);
    const bool is_map = array.type_id() == arrow::Type::MAP;
    return Field(*values, field, is_map ? path : path + "." + field.name(), below);
  }
};

const arrow::DataType& StorageType(const arrow::DataType& type) {
  if (type.id() != arrow::Type::EXTENSION) return type;
  return *static_cast<const arrow::ExtensionType&>(type).storage_type();
}

std::shared_ptr<ArrayData> DropNulls(const ArrayData& data, const arrow::Field& field) {
  const arrow::DataType& type = StorageType(*field.type());
  auto out = std::make_shared<ArrayData>(data);
  if (!field.nullable()) {
    out->buffers[0] = nullptr;
    out->null_count = 0;
  }
  for (size_t i = 0; i < out->child_data.size(); ++i) {
    out->child_data[i] = DropNulls(*data.child_data[i], *type.field(static_cast<int>(i)));
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> Conform(const arrow::RecordBatch& batch,
                                                    const std::shared_ptr<arrow::Schema>& wanted,
                                                    const ConformRules& rules) {
  const Children given{batch.schema()->fields(), batch.columns()};
  FIRN_ASSIGN(auto columns, Conformer(rules).Columns(given, wanted->fields(), batch.num_rows()));
  return arrow::RecordBatch::Make(wanted, batch.num_rows(), std::move(columns));
}

ConformRules WriteRules() {
  ConformRules rules;
  rules.check_values = true;
  rules.missing = [](const arrow::Field& wanted, int64_t rows) -> Result<ArrayPtr> {
    if (!wanted.nullable()) return InvalidArgument("a required column is missing", wanted.name());
    return FromArrow(arrow::MakeArrayOfNull(wanted.type(), rows));
  };
  return rules;
}

ConformRules WriteRules(const table::Schema& schema) {
  ConformRules rules = WriteRules();
  rules.missing = [schema](const arrow::Field& wanted, int64_t rows) -> Result<ArrayPtr> {
    const auto id = FieldIdOf(wanted);
    const table::NestedField* field = id ? schema.FindField(*id) : nullptr;
    if (field == nullptr) return Internal("a wanted column is not in the schema", wanted.name());
    return DefaultArray(*field, DefaultKind::kWrite, rows);
  };
  return rules;
}

std::shared_ptr<arrow::RecordBatch> WithoutRequiredNulls(const arrow::RecordBatch& batch) {
  std::vector<std::shared_ptr<ArrayData>> columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    columns.push_back(DropNulls(*batch.column_data(i), *batch.schema()->field(i)));
  }
  return arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(columns));
}

Status CheckRequired(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& field = *batch.schema()->field(i);
    FIRN_TRY(RequiredCheck().Field(*batch.column(i), field, field.name(), {}));
  }
  return Ok();
}

}  // namespace firn::datafile
