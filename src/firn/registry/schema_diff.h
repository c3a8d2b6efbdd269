// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/base/json.h"
#include "firn/registry/schema_version.h"

namespace firn::registry {

/// One difference between two versions of a schema.
struct SchemaChange {
  std::string path;  ///< "tokens.prompt", "files[]"; empty: the schema itself.
  std::string what;  ///< "added, optional", "type: integer -> number"
  ChangeLevel level = ChangeLevel::kNone;
};

/// What changes from one JSON Schema (draft-07) to another, and how much that asks: see
/// `ChangeLevel`. A new member that need not be there, or a wider type, range or choice, is minor;
/// words and examples are a patch; the rest is major, and so is every change within keywords that
/// combine schemas (`anyOf`, `$ref`, ...), which are not looked into. `version` does not count.
std::vector<SchemaChange> DiffSchemas(const Json& before, const Json& after);

/// The largest level of changes.
ChangeLevel LevelOf(const std::vector<SchemaChange>& changes);

}  // namespace firn::registry
