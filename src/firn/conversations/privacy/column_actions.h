// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/conversations/privacy/policy.h"

namespace firn::conversations::privacy {

/// What is done with the whole values of columns, by "silver.messages.reasoning". A column that is
/// named is not looked through for secrets: what is said of it is all that happens.
using ColumnPolicy = std::map<std::string, Action, std::less<>>;

/// The columns that may be named: texts of silver that join no tables.
std::span<const std::string_view> ColumnsWithPolicies();

/// Equal for policies that do the same; "" where nothing is said.
std::string FingerprintOf(const ColumnPolicy& policy);

/// Replaces the values of columns in silver's rows.
class ColumnActions {
 public:
  /// `key` is the lake's.
  ColumnActions(ColumnPolicy policy, std::string key)
      : policy_(std::move(policy)), key_(std::move(key)) {}

  const ColumnPolicy& policy() const { return policy_; }

  /// `rows` of `table` as they are to be stored; a value that is dropped is null. The states of
  /// normalisers, which hold texts too, are sealed.
  Result<std::shared_ptr<arrow::RecordBatch>> Apply(std::string_view table,
                                                    std::shared_ptr<arrow::RecordBatch> rows) const;

  /// Gives back a state that `Apply` may have sealed. Errors: `kCorrupt`.
  Result<std::string> OpenState(std::string_view state) const;

 private:
  ColumnPolicy policy_;
  std::string key_;
};

}  // namespace firn::conversations::privacy
