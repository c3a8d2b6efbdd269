// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/schema.h"
#include "firn/table/transform.h"

namespace firn::table {

enum class SortDirection : uint8_t { kAscending, kDescending };
enum class NullOrder : uint8_t { kNullsFirst, kNullsLast };

struct SortField {
  FieldId source_id{};
  Transform transform;
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = NullOrder::kNullsFirst;

  friend bool operator==(const SortField&, const SortField&) = default;
};

/// How rows are ordered within a file; no fields = unsorted, always id 0.
struct SortOrder {
  SortOrderId id{};
  std::vector<SortField> fields;

  friend bool operator==(const SortOrder&, const SortOrder&) = default;
  bool is_unsorted() const { return fields.empty(); }
};

/// Checks that sources exist and transforms take them. Errors: `kInvalidArgument`.
Status CheckSortOrder(const SortOrder& order, const Schema& schema);

Json SortOrderToJson(const SortOrder& order);
Result<SortOrder> SortOrderFromJson(const Json& json);

}  // namespace firn::table
