// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_lake.h"

#include <utility>

namespace firn::sql {
namespace {

std::string Lower(std::string_view text) {
  return duckdb::StringUtil::Lower(std::string(text));
}

}  // namespace

QualifiedName QualifiedName::Parse(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return {kDefaultSchema, std::string(text)};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

std::string QualifiedName::Key() const {
  return Lower(schema) + "." + Lower(name);
}

void Lake::SetRelation(const QualifiedName& name, Relation relation, bool listed) {
  const std::lock_guard lock(mutex_);
  relations_.insert_or_assign(name.Key(), NamedRelation{name, std::move(relation), listed});
}

void Lake::SetPin(const QualifiedName& name, Pin pin) {
  const std::lock_guard lock(mutex_);
  pins_.insert_or_assign(name.Key(), std::move(pin));
}

void Lake::DropRelation(const QualifiedName& name) {
  const std::lock_guard lock(mutex_);
  relations_.erase(name.Key());
}

void Lake::DropPin(const QualifiedName& name) {
  const std::lock_guard lock(mutex_);
  pins_.erase(name.Key());
}

std::optional<Relation> Lake::FindRelation(const QualifiedName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = relations_.find(name.Key());
  if (found == relations_.end()) return std::nullopt;
  return found->second.relation;
}

std::optional<Pin> Lake::FindPin(const QualifiedName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = pins_.find(name.Key());
  if (found == pins_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Lake::RelationsIn(const std::string& schema) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [key, named] : relations_) {
    if (named.listed && Lower(named.name.schema) == Lower(schema)) names.push_back(named.name.name);
  }
  return names;
}

std::vector<std::string> Lake::RelationSchemas() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> schemas;
  for (const auto& [key, named] : relations_)
    schemas.push_back(named.name.schema);
  return schemas;
}

Result<catalog::LoadedTable> Lake::Load(const QualifiedName& name) const {
  FIRN_ASSIGN(const auto levels, catalog::ParseNamespace(name.schema));
  const catalog::TableName table{levels, name.name};
  if (const auto pin = FindPin(name)) return catalog::LoadedTable{table, {}, pin->metadata};
  auto loaded = catalog.LoadTable(table);
  if (loaded || loaded.error().kind != ErrorKind::kNotFound) return loaded;
  auto other_case = LoadIgnoringCase(table);
  return other_case ? std::move(other_case) : std::move(loaded);
}

Result<catalog::LoadedTable> Lake::LoadIgnoringCase(const catalog::TableName& name) const {
  const std::string wanted = Lower(catalog::NamespaceText(name.levels));
  FIRN_ASSIGN(const auto namespaces, catalog.ListNamespaces());
  for (const auto& levels : namespaces) {
    if (Lower(catalog::NamespaceText(levels)) != wanted) continue;
    FIRN_ASSIGN(const auto tables, catalog.ListTables(levels));
    for (const auto& table : tables) {
      if (Lower(table.name) == Lower(name.name)) return catalog.LoadTable(table);
    }
  }
  return NotFound("table not found", name);
}

}  // namespace firn::sql
