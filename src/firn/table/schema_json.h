// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Renders a schema or type as metadata stores it (spec, Appendix C).
Json SchemaToJson(const Schema& schema);
Json TypeToJson(const Type& type);

/// Reads what Iceberg writers store. Errors: `kCorrupt`; `kUnsupported` for an unknown type;
/// `kResourceExhausted` when nested deeper than 64.
Result<Schema> SchemaFromJson(const Json& json);
Result<Type> TypeFromJson(const Json& json);

}  // namespace firn::table
