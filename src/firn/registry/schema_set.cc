// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/schema_set.h"

#include <utility>

#include "firn/registry/schema_diff.h"
#include "firn/registry/validator.h"

namespace firn::registry {
namespace {

constexpr std::string_view kDraft = "http://json-schema.org/draft-07/schema#";

struct FileName {
  std::string table;
  SchemaVersion version;
};

// "silver/messages/v1.0.0.json"
Result<FileName> ParseName(std::string_view name) {
  constexpr std::string_view kEnding = ".json";
  const size_t first = name.find('/');
  const size_t last = name.rfind("/v");
  const bool right = first != std::string_view::npos && last != std::string_view::npos &&
                     first > 0 && last > first + 1 && name.ends_with(kEnding) &&
                     name.find('/', first + 1) == last;
  if (!right) {
    return InvalidArgument("a schema file is called <layer>/<table>/v<version>.json, not", name);
  }
  name.remove_suffix(kEnding.size());
  FileName parsed;
  parsed.table = std::string(name.substr(0, first)) + "." +
                 std::string(name.substr(first + 1, last - first - 1));
  FIRN_ASSIGN(parsed.version, ParseSchemaVersion(name.substr(last + 2)));
  return parsed;
}

std::string TextOf(const Json& schema, std::string_view key) {
  const Json* value = schema.Find(key);
  return value != nullptr && value->as_string() != nullptr ? *value->as_string() : "";
}

// What is wrong with a file by itself; empty: nothing.
std::string FaultOf(const SchemaFile& file) {
  if (TextOf(file.schema, "$schema") != kDraft) {
    return "$schema is not " + std::string(kDraft);
  }
  if (TextOf(file.schema, "title") != file.table) return "title is not " + file.table;
  if (TextOf(file.schema, "version") != file.version.ToString()) {
    return "version is not " + file.version.ToString();
  }
  const auto compiled = Validator::Compile(file.schema);
  return compiled ? "" : compiled.error().message;
}

// What is wrong with a version that follows another; empty: nothing.
std::string FaultBetween(const SchemaFile& before, const SchemaFile& after) {
  const std::vector<SchemaChange> changes = DiffSchemas(before.schema, after.schema);
  const ChangeLevel promised = after.version.StepFrom(before.version);
  for (const SchemaChange& change : changes) {
    if (change.level <= promised) continue;
    return "changes more than a " + std::string(LevelWord(promised)) + " version after " +
           before.version.ToString() + " may: " + change.path + ": " + change.what + " (" +
           std::string(LevelWord(change.level)) + ")";
  }
  return "";
}

}  // namespace

std::string SchemaText(const Json& schema) {
  return schema.Dump(2) + "\n";
}

Status SchemaSet::Add(std::string_view name, std::string_view bytes, std::string path,
                      bool is_shipped) {
  auto parsed = ParseName(name);
  if (!parsed) return std::move(parsed).error().Within(path);
  auto schema = Json::Parse(bytes);
  if (!schema) return std::move(schema).error().Within(path);
  auto& versions = files_[parsed->table];
  const auto known = versions.find(parsed->version);
  if (known == versions.end()) {
    versions.emplace(parsed->version, SchemaFile{std::move(path), parsed->table, parsed->version,
                                                 std::move(*schema), is_shipped});
    return Ok();
  }
  if (known->second.schema == *schema) return Ok();
  return InvalidArgument(path + ": another schema has this version", known->second.path)
      .WithHint("a version never changes once it is used: give this one the next number");
}

Result<SchemaSet> SchemaSet::Shipped() {
  SchemaSet set;
  for (const EmbeddedFile& file : shipped::Files())
    FIRN_TRY(set.Add(file.path, file.bytes, "schemas/" + std::string(file.path), true));
  return set;
}

std::vector<std::string> SchemaSet::Tables() const {
  std::vector<std::string> tables;
  for (const auto& [table, versions] : files_)
    tables.push_back(table);
  return tables;
}

std::vector<const SchemaFile*> SchemaSet::Versions(std::string_view table) const {
  std::vector<const SchemaFile*> files;
  const auto found = files_.find(table);
  if (found == files_.end()) return files;
  for (const auto& [version, file] : found->second)
    files.push_back(&file);
  return files;
}

const SchemaFile* SchemaSet::Latest(std::string_view table) const {
  const auto files = Versions(table);
  return files.empty() ? nullptr : files.back();
}

Result<const SchemaFile*> SchemaSet::Find(std::string_view table, std::string_view version) const {
  std::string known;
  for (const SchemaFile* file : Versions(table)) {
    if (file->version.ToString() == version) return file;
    known += (known.empty() ? "" : ", ") + file->version.ToString();
  }
  if (known.empty()) {
    return NotFound("no schema of table", table)
        .WithHint("'firn schema list' names those there are");
  }
  return NotFound("no such version of " + std::string(table), version)
      .WithHint("there are: " + known);
}

std::vector<SchemaProblem> SchemaSet::Check() const {
  std::vector<SchemaProblem> problems;
  const auto note = [&problems](const SchemaFile& file, std::string fault) {
    if (!fault.empty()) problems.push_back({file.path, std::move(fault)});
  };
  for (const auto& [table, versions] : files_) {
    const SchemaFile* before = nullptr;
    for (const auto& [version, file] : versions) {
      note(file, FaultOf(file));
      if (before != nullptr) note(file, FaultBetween(*before, file));
      before = &file;
    }
  }
  return problems;
}

}  // namespace firn::registry
