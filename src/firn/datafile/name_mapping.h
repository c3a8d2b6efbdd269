// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// Which field a name in a file without field ids stands for (spec, "Column Projection",
/// name mapping). List elements are named "element", map entries "key" and "value".
struct MappedField {
  std::optional<table::FieldId> id;
  std::vector<std::string> names;
  std::vector<MappedField> fields;

  friend bool operator==(const MappedField&, const MappedField&) = default;
};
using NameMapping = std::vector<MappedField>;

/// Reads the table property schema.name-mapping.default. Errors: `kCorrupt`, also where one name
/// stands for two siblings.
Result<NameMapping> ParseNameMapping(std::string_view json);

/// Maps every field's own name: what a table without that property falls back to.
NameMapping NameMappingOf(const table::Schema& schema);

/// Returns `mapping` without the ids of `ids`, at any depth.
NameMapping Without(NameMapping mapping, const std::set<table::FieldId>& ids);

/// Tells whether any field, at any depth, has an id.
bool HasFieldIds(const arrow::Schema& schema);

/// Returns `schema` with the ids the mapping gives; fields it does not name have none.
std::shared_ptr<arrow::Schema> WithFieldIds(const arrow::Schema& schema,
                                            const NameMapping& mapping);

/// Returns `batch` with `schema` for its own, which differs in metadata alone, at any depth.
std::shared_ptr<arrow::RecordBatch> Relabel(const arrow::RecordBatch& batch,
                                            const std::shared_ptr<arrow::Schema>& schema);

}  // namespace firn::datafile
