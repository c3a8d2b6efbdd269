// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/health/drift.h"

#include <string>
#include <vector>

#include "firn/catalog/catalog.h"
#include "firn/lakehouse/questions/query.h"

namespace firn::lakehouse {
namespace {

// Small, and enough to know that nothing is unknown.
constexpr std::string_view kAny =
    "SELECT CAST(coalesce(sum(records_other), 0) AS BIGINT) FROM silver.conversation_sources";

// What a record calls itself, under the names that platforms have for it.
constexpr std::string_view kUnknown = R"(
WITH unknown AS (
  SELECT platform, CASE WHEN json_valid(raw) THEN CAST(raw AS JSON) END AS record
  FROM silver.messages WHERE kind = 'other' AND raw IS NOT NULL
), named AS (
  SELECT platform, coalesce(record ->> '$.version', '') AS version,
         coalesce(record ->> '$.payload.type', record ->> '$.say', record ->> '$.ask',
                  record ->> '$.type', record ->> '$.kind', record ->> '$.message.role',
                  record ->> '$.role', record ->> '$.sender', record ->> '$.content.content_type',
                  'without a type') AS type
  FROM unknown
)
SELECT platform, version, type, count(*) AS records FROM named
GROUP BY platform, version, type
ORDER BY records DESC, platform, version, type LIMIT 20)";

// The keys that most records have, of each version of a platform.
constexpr std::string_view kNewKeys = R"(
WITH found AS (
  SELECT platform, unnest(new_keys) AS k FROM silver.conversation_sources WHERE new_keys IS NOT NULL
), keys AS (
  SELECT platform, k.version AS version, k.key AS key, CAST(sum(k.records) AS BIGINT) AS records
  FROM found GROUP BY ALL
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY platform, version ORDER BY records DESC, key) AS place
  FROM keys
)
SELECT platform, version, count(*) AS new_keys,
       string_agg(key || ' (' || records || ')', ', ' ORDER BY place) FILTER (WHERE place <= 8)
         || CASE WHEN count(*) > 8 THEN ', ...' ELSE '' END AS names
FROM ranked GROUP BY platform, version
ORDER BY max(records) DESC, platform, version LIMIT 20)";

std::string Joined(const std::string& platform, const std::string& version) {
  return version.empty() ? platform : platform + " " + version;
}

Status CheckKeys(sql::Engine& engine, DoctorReport& report) {
  FIRN_ASSIGN(const std::vector<Row> rows, QueryRows(engine, kNewKeys));
  for (const Row& row : rows) {
    const std::string keys = row[2].text + (row[2].text == "1" ? " key" : " keys");
    report.findings.push_back({Severity::kNote, "drift",
                               Joined(row[0].text, row[1].text) + ": " + keys +
                                   " that no rule knows (in so many records): " + row[3].text + ".",
                               "bronze has them; a later version of Firn may read what they say"});
  }
  return Ok();
}

}  // namespace

Status CheckDrift(catalog::Catalog& catalog, sql::Engine& engine, DoctorReport& report) {
  for (const char* table : {"silver.conversation_sources", "silver.messages"}) {
    FIRN_ASSIGN(const catalog::TableName name, catalog::TableName::Parse(table));
    FIRN_ASSIGN(const bool exists, catalog.TableExists(name));
    if (!exists) return Ok();
  }
  FIRN_ASSIGN(const auto sources, catalog::TableName::Parse("silver.conversation_sources"));
  FIRN_ASSIGN(const catalog::LoadedTable table, catalog.LoadTable(sources));
  // A lake of an earlier release gets the column with its next run.
  if (table.metadata->schema().FindByName("new_keys") != nullptr) {
    FIRN_TRY(CheckKeys(engine, report));
  }
  FIRN_ASSIGN(const std::vector<Row> any, QueryRows(engine, kAny));
  if (any.empty() || IntOf(any[0][0]) == 0) return Ok();
  FIRN_ASSIGN(const std::vector<Row> rows, QueryRows(engine, kUnknown));
  for (const Row& row : rows) {
    const std::string records = row[3].text + (row[3].text == "1" ? " record" : " records");
    report.findings.push_back(
        {Severity::kNote, "drift",
         Joined(row[0].text, row[1].text) + ": " + records +
             " of a type that no rule knows: " + row[2].text + ".",
         "they are kept as they came; once a later version knows them, 'firn run --full-refresh'"});
  }
  return Ok();
}

}  // namespace firn::lakehouse
