// SPDX-License-Identifier: Apache-2.0

#include "firn/search/embedder.h"

#include <cmath>

namespace firn::search {

void Normalise(Vector& vector) {
  double squares = 0;
  for (const float value : vector)
    squares += double{value} * value;
  if (!std::isfinite(squares) || squares <= 0) {
    vector.clear();
    return;
  }
  const auto scale = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : vector)
    value *= scale;
}

}  // namespace firn::search
