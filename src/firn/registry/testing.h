// SPDX-License-Identifier: Apache-2.0
//
// Holds tables against the files in schemas/; include only from tests, which run in the root of the
// source tree.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "firn/base/testing.h"
#include "firn/registry/json_schema.h"
#include "firn/registry/schema_diff.h"
#include "firn/registry/schema_set.h"

namespace firn::registry {

/// All schema files of the source tree.
inline SchemaSet SchemasInTree() {
  SchemaSet set;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("schemas")) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string path = entry.path().string();
    EXPECT_THAT(set.Add(path.substr(std::string("schemas/").size()), text.str(), path, true),
                IsOk());
  }
  return set;
}

/// The newest file of a table says what its columns are. FIRN_UPDATE_GOLDEN=1 writes the next
/// version, whose number the change decides; it is then to be listed in the room's CMakeLists.txt.
inline void ExpectSchemaFile(const std::string& table, const table::Schema& columns) {
  const SchemaSet set = SchemasInTree();
  const SchemaFile* latest = set.Latest(table);
  SchemaVersion version = latest != nullptr ? latest->version : SchemaVersion();
  Json actual = JsonSchemaOf(columns, table, version.ToString());
  const bool is_true = latest != nullptr && latest->schema == actual;
  if (!is_true && std::getenv("FIRN_UPDATE_GOLDEN") != nullptr) {
    if (latest != nullptr) version = version.After(LevelOf(DiffSchemas(latest->schema, actual)));
    actual.Set("version", version.ToString());
    std::string folder = "schemas/" + table;
    folder.replace(folder.find('.'), 1, "/");
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/v" + version.ToString() + ".json") << SchemaText(actual);
    return;
  }
  ASSERT_NE(latest, nullptr) << "no schema of " << table << ": FIRN_UPDATE_GOLDEN=1 writes one";
  for (const SchemaChange& change : DiffSchemas(latest->schema, actual)) {
    ADD_FAILURE() << latest->path << ": " << change.path << ": " << change.what << " ("
                  << LevelWord(change.level) << "); FIRN_UPDATE_GOLDEN=1 writes the next version";
  }
}

}  // namespace firn::registry
