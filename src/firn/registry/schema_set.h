// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/embedded.h"
#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/registry/schema_version.h"

namespace firn::registry {

namespace shipped {
/// The files of `schemas/`, as the build put them into the binary.
std::span<const EmbeddedFile> Files();
}  // namespace shipped

/// One version of a table's schema.
struct SchemaFile {
  std::string path;   ///< Where it came from, for messages.
  std::string table;  ///< "silver.messages"
  SchemaVersion version;
  Json schema;
  bool is_shipped = false;
};

/// Something wrong with a file, or with how versions follow each other.
struct SchemaProblem {
  std::string path;
  std::string message;
};

/// The schemas of tables, each with its versions.
class SchemaSet {
 public:
  /// Adds a file called "<layer>/<table>/v<version>.json". Two files of one version must be equal.
  /// Errors: `kInvalidArgument` for a name that is none, bytes that are no JSON, or another file of
  /// this version.
  Status Add(std::string_view name, std::string_view bytes, std::string path, bool is_shipped);
  /// The schemas that come with the program.
  static Result<SchemaSet> Shipped();

  std::vector<std::string> Tables() const;
  /// The versions of a table, oldest first; empty where there are none.
  std::vector<const SchemaFile*> Versions(std::string_view table) const;
  /// The newest version; null where there is none.
  const SchemaFile* Latest(std::string_view table) const;
  /// Errors: `kNotFound`, naming the versions there are.
  Result<const SchemaFile*> Find(std::string_view table, std::string_view version) const;

  /// Holds each file against its name and draft-07, and each version against the one before: it may
  /// change no more than its number says.
  std::vector<SchemaProblem> Check() const;

 private:
  std::map<std::string, std::map<SchemaVersion, SchemaFile>, std::less<>> files_;
};

/// The bytes of a schema file.
std::string SchemaText(const Json& schema);

}  // namespace firn::registry
