// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/transform.h"

namespace firn::table {

/// The columns a transform takes: one, or several (v3).
struct SourceIds {
  FieldId first{};
  std::vector<FieldId> others{};
};

/// Reads a field id. Errors: `kCorrupt` for what is none.
Result<FieldId> ToFieldId(const Json& json);

/// Reads "source-id", else "source-ids" (spec, Appendix C, "Partition Specs", note 1).
/// Errors: `kCorrupt` where there is neither.
Result<SourceIds> ReadSourceIds(const Json& json);

/// Reads "transform", of `sources`. A transform of several columns is unknown whatever its name:
/// what is known of that name is known of one column. Errors: `kCorrupt`.
Result<Transform> ReadTransform(const Json& json, const SourceIds& sources);

/// Writes "source-id" for one column, "source-ids" for several.
void PutSourceIds(Json& json, const SourceIds& sources);

}  // namespace firn::table
