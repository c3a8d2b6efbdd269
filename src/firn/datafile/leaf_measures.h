// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include <arrow/type_fwd.h>

#include "firn/table/ids.h"

namespace firn::datafile {

/// What the first rows of a file say of one leaf column.
struct LeafMeasure {
  int64_t values = 0;   ///< Without nulls.
  int64_t bytes = 0;    ///< Of texts and binaries.
  bool repeats = true;  ///< Whether a dictionary may pay: values come up more than once.

  /// Long texts on average.
  bool is_long() const { return bytes > values * 512; }
};

using LeafMeasures = std::map<table::FieldId, LeafMeasure>;

/// Measures the leaves of rows whose fields carry field ids.
LeafMeasures MeasureLeaves(const arrow::Table& rows);

}  // namespace firn::datafile
