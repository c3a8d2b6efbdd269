// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::registry {

/// Describes rows of a table as a JSON Schema (draft-07) document, for `schemas/` in the repository
/// and in a lake.
///
/// Required columns are required members; others may be null or absent. Timestamps are strings of
/// format date-time, binary is base64, decimals are strings of digits. `x-iceberg-type` keeps the
/// exact type of what JSON cannot tell apart. Members that are not named are allowed: a later minor
/// version adds columns.
Json JsonSchemaOf(const table::Schema& schema, std::string_view table, std::string_view version);

/// The columns that such a document describes, with fresh ids: those of `JsonSchemaOf`, or of a
/// document that a person wrote. Without `x-iceberg-type` a whole number is a long, a number a
/// double, a text of format date, date-time or uuid of that type.
/// Errors: `kInvalidArgument` for a member that could be of several types, or of none.
Result<table::Schema> TableSchemaOf(const Json& schema);

}  // namespace firn::registry
