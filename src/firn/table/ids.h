// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/base/typed.h"

namespace firn::table {

/// Identifies a snapshot within its table; random, positive.
using SnapshotId = Typed<struct SnapshotIdTag, int64_t>;
/// Orders the changes of a table; 0 stands for everything written as format version 1.
using SequenceNumber = Typed<struct SequenceNumberTag, int64_t>;
/// Identifies a column (or list element, map key, map value) for the life of its table.
using FieldId = Typed<struct FieldIdTag, int32_t>;
/// Identifies a schema within its table.
using SchemaId = Typed<struct SchemaIdTag, int32_t>;
/// Identifies a partition spec within its table.
using SpecId = Typed<struct SpecIdTag, int32_t>;
/// Identifies a sort order within its table; 0 is "unsorted".
using SortOrderId = Typed<struct SortOrderIdTag, int32_t>;
/// Identifies a version of a view within its view.
using ViewVersionId = Typed<struct ViewVersionIdTag, int32_t>;

}  // namespace firn::table
