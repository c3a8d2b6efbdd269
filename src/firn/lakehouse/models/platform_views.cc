// SPDX-License-Identifier: Apache-2.0
//
// What was made is remembered by a digest in a property of the namespace, so that a run finds out
// by one look that nothing is to be done.

#include "firn/lakehouse/models/platform_views.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/digest.h"
#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/conversations/platforms.h"
#include "firn/lakehouse/questions/query.h"
#include "firn/sql/engine.h"
#include "firn/table/metadata.h"

namespace firn::lakehouse {
namespace {

// Tables with a column `platform`; a view is called as its table.
constexpr std::array<std::string_view, 11> kTables = {
    "silver.conversations",      "silver.messages",
    "silver.tool_calls",         "silver.api_calls",
    "gold.conversation_summary", "gold.conversation_time_series",
    "gold.conversation_chunks",  "gold.daily_conversation_metrics",
    "gold.daily_costs",          "gold.error_rates",
    "gold.token_usage_by_model"};
// SQL that means the same in each.
constexpr std::array<std::string_view, 3> kDialects = {"duckdb", "spark", "trino"};

constexpr std::string_view kMadeBy = "firn.made-by";  // In the summary of versions that are ours.
constexpr std::string_view kMaker = "conversations";
constexpr std::string_view kDigest = "firn.views";  // Of a namespace: what its views were made of.

struct Source {
  catalog::TableName table;
  table::Schema schema;
};

Result<std::vector<Source>> Sources(catalog::Catalog& catalog) {
  std::vector<Source> sources;
  for (const std::string_view name : kTables) {
    FIRN_ASSIGN(auto table, catalog::TableName::Parse(std::string(name)));
    auto loaded = catalog.LoadTable(table);
    if (!loaded && loaded.error().kind == ErrorKind::kNotFound) continue;
    if (!loaded) return std::move(loaded).error();
    sources.push_back({std::move(table), loaded->metadata->schema()});
  }
  return sources;
}

std::string DigestOf(const std::vector<Source>& sources) {
  std::string text;
  for (const Source& source : sources) {
    text += source.table.ToString();
    for (const table::NestedField& field : source.schema.fields())
      text += "\n" + field.name + " " + field.type.ToString();
    text += "\n\n";
  }
  return Md5Hex(text);
}

table::NewView ViewOf(const Source& source, const std::string& platform) {
  table::NewView view;
  view.definition.schema = source.schema;
  const std::string sql =
      "SELECT * FROM " + source.table.ToString() + " WHERE platform = '" + platform + "'";
  for (const std::string_view dialect : kDialects) {
    view.definition.representations.push_back(
        {std::string(table::kSqlRepresentation), sql, std::string(dialect), {}});
  }
  view.definition.default_namespace = {platform};
  view.definition.summary = {{std::string(kMadeBy), std::string(kMaker)}};
  view.properties = {{"replace.drop-dialect.allowed", "true"},  // By owners, with one of theirs.
                     {"comment", "Rows of " + platform + " in " + source.table.ToString()}};
  return view;
}

Status KeepView(catalog::Catalog& catalog, const catalog::TableName& name, table::NewView view,
                TimeMs now) {
  catalog::ViewCatalog& views = catalog.views();
  const auto known = views.LoadView(name);
  if (known) {
    const auto& summary = known->metadata->current_version().summary;
    const auto maker = summary.find(std::string(kMadeBy));
    if (maker == summary.end() || maker->second != kMaker) return Ok();
    FIRN_TRY(views.CreateOrReplaceView(name, std::move(view), now));
    return Ok();
  }
  if (known.error().kind != ErrorKind::kNotFound) return known.error();
  const auto made = views.CreateView(name, std::move(view));
  const bool taken = !made && made.error().kind == ErrorKind::kAlreadyExists;
  return made || taken ? Ok() : Status(made.error());
}

Status KeepNamespace(catalog::Catalog& catalog, const std::string& platform,
                     const std::vector<Source>& sources, const std::string& digest, TimeMs now) {
  const catalog::Namespace name = {platform};
  FIRN_ASSIGN(const bool known, catalog.NamespaceExists(name));
  if (!known) {
    const Status made = catalog.CreateNamespace(name);
    if (!made && made.error().kind != ErrorKind::kAlreadyExists) return made;
  }
  FIRN_ASSIGN(const auto properties, catalog.NamespaceProperties(name));
  const auto kept = properties.find(std::string(kDigest));
  if (kept != properties.end() && kept->second == digest) return Ok();
  for (const Source& source : sources)
    FIRN_TRY(KeepView(catalog, {name, source.table.name}, ViewOf(source, platform), now));
  return catalog.UpdateNamespaceProperties(name, {{std::string(kDigest), digest}}, {});
}

Result<std::vector<std::string>> PlatformsWithRows(sql::Engine& engine) {
  FIRN_ASSIGN(
      const std::vector<Row> rows,
      QueryRows(engine, "SELECT DISTINCT platform FROM silver.conversations ORDER BY platform"));
  std::vector<std::string> platforms;
  for (const Row& row : rows) {
    if (conversations::FindPlatform(row[0].text) != nullptr) platforms.push_back(row[0].text);
  }
  return platforms;
}

}  // namespace

Status KeepPlatformViews(catalog::Catalog& catalog, sql::Engine& engine, Env& env) {
  FIRN_ASSIGN(const std::vector<Source> sources, Sources(catalog));
  if (sources.empty() || sources.front().table.name != "conversations") return Ok();
  const std::string digest = DigestOf(sources);
  FIRN_ASSIGN(const std::vector<std::string> platforms, PlatformsWithRows(engine));
  for (const std::string& platform : platforms)
    FIRN_TRY(KeepNamespace(catalog, platform, sources, digest, env.NowMs()));
  return Ok();
}

}  // namespace firn::lakehouse
