// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/file_leaves.h"

#include <algorithm>

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/datafile/arrow_schema.h"

namespace firn::datafile {
namespace {

using table::NestedField;

int CountLeaves(const arrow::DataType& type) {
  if (type.id() == arrow::Type::EXTENSION) {
    return CountLeaves(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  if (!arrow::is_nested(type.id())) return 1;
  int leaves = 0;
  for (const auto& field : type.fields())
    leaves += CountLeaves(*field->type());
  return leaves;
}

const NestedField* FindWanted(const std::vector<NestedField>& wanted, const arrow::Field& field) {
  const auto id = FieldIdOf(field);
  const auto found = std::find_if(wanted.begin(), wanted.end(),
                                  [&](const NestedField& one) { return id && one.id == *id; });
  return found == wanted.end() ? nullptr : &*found;
}

void PickAll(const arrow::DataType& type, int first, std::vector<int>& out) {
  for (int i = 0; i < CountLeaves(type); ++i)
    out.push_back(first + i);
}

void PickFrom(const arrow::FieldVector& fields, const std::vector<NestedField>& wanted, int first,
              std::vector<int>& out);

void PickField(const arrow::Field& field, const NestedField& wanted, int first,
               std::vector<int>& out) {
  const auto& type = *field.type();
  // Maps are read whole, and so is what is nested here but not in the table: conforming refuses it.
  if (!arrow::is_nested(type.id()) || type.id() == arrow::Type::MAP || !wanted.type.is_nested()) {
    return PickAll(type, first, out);
  }
  const size_t before = out.size();
  PickFrom(type.fields(), wanted.type.fields(), first, out);
  if (out.size() == before) out.push_back(first);
}

void PickFrom(const arrow::FieldVector& fields, const std::vector<NestedField>& wanted, int first,
              std::vector<int>& out) {
  for (const auto& field : fields) {
    const NestedField* found = FindWanted(wanted, *field);
    // Whatever a file has of an unknown column, it reads as null (spec, Appendix A, "Parquet").
    if (found != nullptr && found->type.id() != table::TypeId::kUnknown) {
      PickField(*field, *found, first, out);
    }
    first += CountLeaves(*field->type());
  }
}

void CollectPlain(const arrow::FieldVector& fields, int first,
                  std::vector<std::pair<table::FieldId, int>>& out) {
  for (const auto& field : fields) {
    const auto& type = *field->type();
    const auto id = FieldIdOf(*field);
    if (type.id() == arrow::Type::STRUCT) CollectPlain(type.fields(), first, out);
    if (!arrow::is_nested(type.id()) && id && CountLeaves(type) == 1) out.emplace_back(*id, first);
    first += CountLeaves(type);
  }
}

}  // namespace

std::vector<int> LeavesOf(const arrow::Schema& file, const std::vector<NestedField>& projection) {
  std::vector<int> leaves;
  PickFrom(file.fields(), projection, 0, leaves);
  return leaves;
}

std::vector<std::pair<table::FieldId, int>> PlainLeaves(const arrow::Schema& file) {
  std::vector<std::pair<table::FieldId, int>> leaves;
  CollectPlain(file.fields(), 0, leaves);
  return leaves;
}

}  // namespace firn::datafile
