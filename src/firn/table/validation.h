// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "firn/table/expression.h"
#include "firn/table/ids.h"

namespace firn::table {

/// How far a change may be from one that ran alone.
enum class Isolation : uint8_t {
  /// Nobody else changed the rows that the change removes or updates.
  kSnapshot,
  /// And nobody added or removed rows that the change would have looked at.
  kSerializable,
};

/// What a change was computed from: what it must not have missed. Which concurrent changes make
/// which operation fail: docs/explanation/conflicts.md.
struct Validation {
  /// The snapshot that was read; `kNoSnapshot` = the table was empty. Unset: the change depends on
  /// nothing it read, so nothing is validated.
  std::optional<SnapshotId> from;
  Isolation isolation = Isolation::kSerializable;
  /// The rows that were looked at; true = all.
  Expression filter;
};

}  // namespace firn::table
