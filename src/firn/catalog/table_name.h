// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::catalog {

/// A namespace by its levels, outermost first; never empty where one is meant.
using Namespace = std::vector<std::string>;

/// Joins the levels with dots, as the catalog stores them.
std::string NamespaceText(const Namespace& levels);

/// Reads "a.b". Errors: `kInvalidArgument` for a name `CheckNamespace` refuses.
Result<Namespace> ParseNamespace(std::string_view text);

/// Refuses what the stores shared with Java and Python cannot tell apart or hold: empty levels,
/// dots or control characters in one, ill-formed UTF-8, more than 255 bytes in all.
/// Errors: `kInvalidArgument`.
Status CheckNamespace(const Namespace& levels);

/// Where a table is found in a catalog.
struct TableName {
  Namespace levels;
  std::string name;

  friend auto operator<=>(const TableName&, const TableName&) = default;
  std::string ToString() const;  ///< "silver.messages"
  /// Reads "namespace.table" with one or more levels. Errors: `kInvalidArgument`.
  static Result<TableName> Parse(std::string_view text);
};

/// Refuses a table name by the rules of `CheckNamespace`. Errors: `kInvalidArgument`.
Status CheckTableName(const TableName& name);

}  // namespace firn::catalog
