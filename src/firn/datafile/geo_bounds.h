// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/datafile/leaf_bounds.h"

namespace firn::datafile {

/// Bounds of geometry and geography columns: the corners of a box, as manifests store them (spec,
/// Appendix D): x, y, then z and m where there are any. NaN counts for nothing; without x or y
/// there is no box. Of a geography only points have one: between two points an edge may leave their
/// box.
std::unique_ptr<LeafBounds> MakeGeoBounds(const table::Type& type);

}  // namespace firn::datafile
