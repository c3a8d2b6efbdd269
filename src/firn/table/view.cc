// SPDX-License-Identifier: Apache-2.0

#include "firn/table/view.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace firn::table {
namespace {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return lower;
}

Status CheckRepresentations(const ViewVersion& version) {
  if (version.representations.empty()) {
    return InvalidArgument("view version without a representation", version.id);
  }
  std::set<std::string> dialects;
  for (const ViewRepresentation& one : version.representations) {
    if (!one.is_sql()) continue;
    if (one.dialect.empty()) return InvalidArgument("SQL of a view without a dialect", version.id);
    if (!dialects.insert(LowerCase(one.dialect)).second) {
      return InvalidArgument("view version has two SQL texts of one dialect", one.dialect);
    }
  }
  return Ok();
}

}  // namespace

bool SameDialect(std::string_view left, std::string_view right) {
  return LowerCase(left) == LowerCase(right);
}

bool ViewVersion::SameDefinition(const ViewVersion& other) const {
  ViewVersion same = other;
  same.id = id;
  same.timestamp = timestamp;
  return *this == same;
}

const ViewVersion* ViewMetadata::FindVersion(ViewVersionId id) const {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [id](const ViewVersion& version) { return version.id == id; });
  return found == versions.end() ? nullptr : &*found;
}

const Schema* ViewMetadata::FindSchema(SchemaId id) const {
  const auto found = std::find_if(schemas.begin(), schemas.end(),
                                  [id](const Schema& schema) { return schema.id() == id; });
  return found == schemas.end() ? nullptr : &*found;
}

const ViewVersion& ViewMetadata::current_version() const {
  const ViewVersion* found = FindVersion(current_version_id);
  FIRN_ASSERT(found != nullptr);
  return *found;
}

const Schema& ViewMetadata::schema() const {
  const Schema* found = FindSchema(current_version().schema_id);
  FIRN_ASSERT(found != nullptr);
  return *found;
}

const ViewRepresentation* ViewMetadata::FindSql(std::string_view dialect) const {
  for (const ViewRepresentation& one : current_version().representations) {
    if (one.is_sql() && SameDialect(one.dialect, dialect)) return &one;
  }
  return nullptr;
}

const ViewVersion* ViewMetadata::VersionAsOf(TimeMs time) const {
  const ViewLogEntry* found = nullptr;
  for (const ViewLogEntry& entry : version_log) {
    if (entry.timestamp > time || (found != nullptr && entry.timestamp < found->timestamp))
      continue;
    found = &entry;
  }
  return found == nullptr ? nullptr : FindVersion(found->version_id);
}

Status CheckViewMetadata(const ViewMetadata& metadata) {
  if (metadata.location.empty()) return InvalidArgument("view without a location");
  std::set<SchemaId> schemas;
  for (const Schema& schema : metadata.schemas) {
    if (!schemas.insert(schema.id()).second) {
      return InvalidArgument("view has two schemas of one id", schema.id());
    }
  }
  std::set<ViewVersionId> versions;
  for (const ViewVersion& version : metadata.versions) {
    if (!versions.insert(version.id).second) {
      return InvalidArgument("view has two versions of one id", version.id);
    }
    if (!schemas.contains(version.schema_id)) {
      return InvalidArgument("schema-id of a view version names no schema", version.schema_id);
    }
    FIRN_TRY(CheckRepresentations(version));
  }
  if (!versions.contains(metadata.current_version_id)) {
    return InvalidArgument("current-version-id names no version", metadata.current_version_id);
  }
  return Ok();
}

Result<ViewMetadata> NewViewMetadata(const NewView& view, Env& env) {
  ViewMetadata metadata;
  metadata.view_uuid = Uuid::Random(env);
  metadata.location = view.location;
  while (metadata.location.size() > 1 && metadata.location.back() == '/') {
    metadata.location.pop_back();
  }
  metadata.properties = view.properties;
  metadata.schemas = {AssignFreshIds(view.definition.schema).WithId(SchemaId(0))};
  ViewVersion version;
  version.id = ViewVersionId(1);
  version.timestamp = env.NowMs();
  version.summary = view.definition.summary;
  version.representations = view.definition.representations;
  version.default_catalog = view.definition.default_catalog;
  version.default_namespace = view.definition.default_namespace;
  metadata.current_version_id = version.id;
  metadata.version_log = {{version.timestamp, version.id, {}}};
  metadata.versions = {std::move(version)};
  FIRN_TRY(CheckViewMetadata(metadata));
  return metadata;
}

}  // namespace firn::table
