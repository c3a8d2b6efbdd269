// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/schemas.h"

#include <optional>
#include <utility>

#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/lakehouse/tables/migrate_schema.h"
#include "firn/registry/json_schema.h"
#include "firn/registry/schema_diff.h"
#include "firn/table/schema_update.h"

namespace firn::lakehouse {
namespace {

using registry::ChangeLevel;
using registry::SchemaFile;

constexpr int64_t kFileBytesMax = int64_t{4} << 20;
constexpr size_t kFilesMax = 10'000;

// "schemas/silver/messages"
std::string FolderOf(std::string_view table) {
  std::string folder(table);
  folder.replace(folder.find('.'), 1, "/");
  return folder;
}

// The metadata of a table; null where there is none.
Result<std::shared_ptr<const table::TableMetadata>> MetadataOf(catalog::Catalog& catalog,
                                                               std::string_view table) {
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(table));
  auto loaded = catalog.LoadTable(name);
  if (loaded) return std::move(loaded->metadata);
  if (loaded.error().kind != ErrorKind::kNotFound) return std::move(loaded).error();
  return std::shared_ptr<const table::TableMetadata>();
}

// The table's schema with what a document describes beyond it.
// Errors: `kInvalidArgument` where the two cannot be one.
Result<table::Schema> Union(const table::TableMetadata& metadata, const Json& document) {
  FIRN_ASSIGN(const table::Schema described, registry::TableSchemaOf(document));
  return table::SchemaUpdate(metadata.schema(), metadata.last_column_id, metadata.format_version)
      .UnionByName(described)
      .Apply();
}

// Columns of `after` that `before` lacks, or has of another type.
std::string NewColumns(const table::Schema& before, const table::Schema& after) {
  std::string names;
  for (const table::NestedField& field : after.fields()) {
    const table::NestedField* known = before.FindField(field.id);
    if (known != nullptr && known->type == field.type) continue;
    names += (names.empty() ? "" : ", ") + field.name;
  }
  return names;
}

void SetRequired(Json& schema, const std::string& name, bool required) {
  Json::Array names;
  if (const Json* listed = schema.Find("required")) {
    for (const Json& item : *listed->as_array()) {
      if (*item.as_string() != name) names.push_back(item);
    }
  }
  if (required) names.emplace_back(name);
  if (names.empty()) {
    schema.Take("required");
  } else {
    schema.Set("required", std::move(names));
  }
}

// A document with the columns of a table: those that it describes as they are stay word for word,
// with all that a person wrote there.
Result<Json> WithColumnsOf(const table::Schema& columns, Json document) {
  FIRN_ASSIGN(const table::Schema known, registry::TableSchemaOf(document));
  const Json described = registry::JsonSchemaOf(known, "", "");
  const Json actual = registry::JsonSchemaOf(columns, "", "");
  const Json::Object written = *document.Find("properties")->as_object();
  Json::Object members;
  for (const auto& [name, member] : *actual.Find("properties")->as_object()) {
    const Json* same = described.Find("properties")->Find(name);
    const bool stays = same != nullptr && *same == member;
    members.emplace_back(name, stays ? *document.Find("properties")->Find(name) : member);
    if (!stays) SetRequired(document, name, columns.FindByName(name)->required);
  }
  for (const auto& [name, member] : written) {
    if (columns.FindByName(name) == nullptr) SetRequired(document, name, false);
  }
  document.Set("properties", std::move(members));
  return document;
}

SchemaDifference DifferenceOf(std::string before, std::string after, const Json& old_schema,
                              const Json& new_schema) {
  SchemaDifference difference;
  difference.before = std::move(before);
  difference.after = std::move(after);
  const auto changes = registry::DiffSchemas(old_schema, new_schema);
  for (const registry::SchemaChange& change : changes) {
    difference.changes.push_back(
        {change.path, change.what, std::string(registry::LevelWord(change.level))});
  }
  difference.level = registry::LevelWord(registry::LevelOf(changes));
  return difference;
}

}  // namespace

std::string StepsOfBreakingChange(std::string_view table) {
  const std::string migrate = "'firn schema migrate " + std::string(table);
  return "a breaking change is a new table: (1) write the next major version into schemas/" +
         FolderOf(table) + "; (2) " + migrate +
         " --dry-run' says what becomes of columns and rows; (3) " + migrate +
         "' makes the table, fills it, and lets it take the name";
}

Result<Schemas> Schemas::Read(const LakeFolder& folder, catalog::Catalog& catalog,
                              io::FileIO& disk) {
  FIRN_ASSIGN(registry::SchemaSet set, registry::SchemaSet::Shipped());
  const std::string root = io::FileLocation(folder.SchemasPath());
  FIRN_ASSIGN(const std::vector<io::FileInfo> files, disk.List(root));
  if (files.size() > kFilesMax) return ResourceExhausted("more schemas than can be", files.size());
  for (const io::FileInfo& file : files) {
    if (file.hidden) continue;
    const std::string name = file.location.substr(root.size() + 1);
    FIRN_ASSIGN(const std::string bytes, disk.ReadAll(file.location, kFileBytesMax));
    FIRN_TRY(set.Add(name, bytes, folder.SchemasPath() + "/" + name, false));
  }
  return Schemas(folder, catalog, disk, std::move(set));
}

Result<const SchemaFile*> Schemas::Find(std::string_view name) const {
  const size_t at = name.find('@');
  if (at != std::string_view::npos) return set_.Find(name.substr(0, at), name.substr(at + 1));
  const SchemaFile* latest = set_.Latest(name);
  if (latest == nullptr) return set_.Find(name, "");
  return latest;
}

Result<const SchemaFile*> Schemas::FindBreaking(std::string_view table,
                                                std::string_view version) const {
  FIRN_ASSIGN(const SchemaFile* const file,
              Find(std::string(table) + (version.empty() ? "" : "@" + std::string(version))));
  FIRN_ASSIGN(const auto metadata, MetadataOf(*catalog_, table));
  if (metadata == nullptr) return NotFound("the lake has no table", table);
  FIRN_ASSIGN(const Json actual, WithColumnsOf(metadata->schema(), file->schema));
  const ChangeLevel level = registry::LevelOf(registry::DiffSchemas(actual, file->schema));
  const std::string given = metadata->Property(kSchemaVersionProperty, "");
  registry::SchemaVersion had = set_.Versions(file->table).front()->version;
  if (!given.empty()) {
    FIRN_ASSIGN(had, registry::ParseSchemaVersion(given));
  }
  const bool is_given = file->version == had && !given.empty();
  // What columns cannot show (a pattern, a range) is in the number.
  const bool is_next = file->version.major_number > had.major_number;
  if (level == ChangeLevel::kMajor || is_next || is_given) return file;
  return Conflict("the table takes the schema over as it is",
                  file->table + "@" + file->version.ToString())
      .WithHint("the next ingest adds what is new: nothing is to be migrated");
}

// How a schema and the lake's table fit: "agrees", "no table", "adds a, b", "on the way: a
// table", or what does not fit.
Result<std::string> Schemas::StateOf(const SchemaFile& file) const {
  FIRN_ASSIGN(const auto metadata, MetadataOf(*catalog_, file.table));
  if (metadata == nullptr) return std::string("no table");
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(file.table));
  FIRN_ASSIGN(const auto migrating, OpenMigration(*catalog_, name));
  if (migrating == file.version.ToString()) return "on the way: " + file.table + "_next";
  const auto merged = Union(*metadata, file.schema);
  if (!merged) return "differs: " + merged.error().message;
  const std::string added = NewColumns(metadata->schema(), *merged);
  return added.empty() ? "agrees" : "adds " + added;
}

Result<std::vector<SchemaRow>> Schemas::List() const {
  std::vector<SchemaRow> rows;
  for (const std::string& table : set_.Tables()) {
    const SchemaFile& latest = *set_.Latest(table);
    SchemaRow row;
    row.table = table;
    row.version = latest.version.ToString();
    row.versions = static_cast<int64_t>(set_.Versions(table).size());
    row.is_shipped = latest.is_shipped;
    FIRN_ASSIGN(row.state, StateOf(latest));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::string> Schemas::Show(std::string_view name) const {
  FIRN_ASSIGN(const SchemaFile* const file, Find(name));
  return registry::SchemaText(file->schema);
}

Result<std::vector<SchemaFault>> Schemas::Check() const {
  std::vector<SchemaFault> faults;
  for (const registry::SchemaProblem& problem : set_.Check())
    faults.push_back({problem.path, problem.message});
  for (const std::string& table : set_.Tables()) {
    const SchemaFile& latest = *set_.Latest(table);
    FIRN_ASSIGN(const std::string state, StateOf(latest));
    if (!state.starts_with("differs: ")) continue;
    faults.push_back({latest.path, "the table is another: " + state.substr(9) + "; " +
                                       StepsOfBreakingChange(table)});
  }
  return faults;
}

Result<SchemaDifference> Schemas::Diff(std::string_view before, std::string_view after) const {
  FIRN_ASSIGN(const SchemaFile* const old_file, Find(before));
  const std::string old_name = old_file->table + "@" + old_file->version.ToString();
  if (!after.empty()) {
    FIRN_ASSIGN(const SchemaFile* const new_file, Find(after));
    return DifferenceOf(old_name, new_file->table + "@" + new_file->version.ToString(),
                        old_file->schema, new_file->schema);
  }
  FIRN_ASSIGN(const auto metadata, MetadataOf(*catalog_, old_file->table));
  if (metadata == nullptr) return NotFound("the lake has no table", old_file->table);
  FIRN_ASSIGN(const Json actual, WithColumnsOf(metadata->schema(), old_file->schema));
  return DifferenceOf(old_name, old_file->table, old_file->schema, actual);
}

Result<SchemaDifference> Schemas::Bump(std::string_view table, bool dry_run) const {
  FIRN_ASSIGN(const auto metadata, MetadataOf(*catalog_, table));
  if (metadata == nullptr) return NotFound("the lake has no table", table);
  const SchemaFile* latest = set_.Latest(table);
  registry::SchemaVersion version;
  Json schema = registry::JsonSchemaOf(metadata->schema(), table, version.ToString());
  SchemaDifference difference;
  if (latest == nullptr) {
    difference =
        DifferenceOf("none", std::string(table) + "@" + version.ToString(), schema, schema);
  } else {
    FIRN_ASSIGN(schema, WithColumnsOf(metadata->schema(), latest->schema));
    const ChangeLevel level = registry::LevelOf(registry::DiffSchemas(latest->schema, schema));
    version = latest->version.After(level);
    schema.Set("version", version.ToString());
    difference =
        DifferenceOf(std::string(table) + "@" + latest->version.ToString(),
                     std::string(table) + "@" + version.ToString(), latest->schema, schema);
    if (level == ChangeLevel::kNone) return difference;
    if (level == ChangeLevel::kMajor) {
      return Conflict("the table no longer fits its schema: " + difference.changes.front().path +
                      ": " + difference.changes.front().what)
          .WithHint(StepsOfBreakingChange(table));
    }
  }
  difference.path =
      folder_->SchemasPath() + "/" + FolderOf(table) + "/v" + version.ToString() + ".json";
  if (dry_run) return difference;
  FIRN_TRY(disk_->WriteAll(io::FileLocation(difference.path), registry::SchemaText(schema)));
  return difference;
}

}  // namespace firn::lakehouse
