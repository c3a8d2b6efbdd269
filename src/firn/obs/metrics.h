// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace firn::obs {

/// A figure as it is at this moment, by the name that exporters give it.
struct MetricValue {
  std::string_view name;  ///< "firn_write_memory_bytes"
  std::string_view help;
  double value = 0;
};

}  // namespace firn::obs
