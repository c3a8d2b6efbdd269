// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
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
  std::vector<FieldId> other_source_ids{};  ///< As in `PartitionField`.
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.

  friend bool operator==(const SortField&, const SortField&) = default;
};

/// How rows are ordered within a file; no fields = unsorted, always id 0.
struct SortOrder {
  SortOrderId id{};
  std::vector<SortField> fields;
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.

  friend bool operator==(const SortOrder&, const SortOrder&) = default;
  bool is_unsorted() const { return fields.empty(); }
};

/// The name of a direction ("asc") and of an order of nulls ("nulls-first").
std::string_view ToString(SortDirection direction);
std::string_view ToString(NullOrder order);

/// Checks that sources exist and transforms take them. Errors: `kInvalidArgument`.
Status CheckSortOrder(const SortOrder& order, const Schema& schema);

Json SortOrderToJson(const SortOrder& order);
Result<SortOrder> SortOrderFromJson(const Json& json);

}  // namespace firn::table
