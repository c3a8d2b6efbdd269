// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/testing.h"

#include <algorithm>
#include <set>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "firn/base/testing.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/datafile/table_writer.h"
#include "firn/obs/log.h"
#include "firn/pipeline/column_type.h"
#include "firn/pipeline/row_key.h"
#include "firn/table/append.h"
#include "firn/table/nested_field.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

table::Schema EventSchema() {
  return BuildSchema({{"id", "string", true, "", 1},
                      {"day", "string", true, "", 2},
                      {"moment", "long", true, "", 3},
                      {"amount", "long", false, "", 4}})
      .value();
}

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::vector<Event>& events) {
  arrow::StringBuilder ids, days;
  arrow::Int64Builder ats, amounts;
  for (const Event& event : events) {
    EXPECT_TRUE(ids.Append(event.id).ok() && days.Append(event.day).ok() &&
                ats.Append(event.at).ok() && amounts.Append(event.amount).ok());
  }
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::utf8()), arrow::field("day", arrow::utf8()),
       arrow::field("moment", arrow::int64()), arrow::field("amount", arrow::int64())});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(events.size()),
                                  {ids.Finish().ValueOrDie(), days.Finish().ValueOrDie(),
                                   ats.Finish().ValueOrDie(), amounts.Finish().ValueOrDie()});
}

catalog::TableName NameOf(const std::string& text) {
  return catalog::TableName::Parse(text).value();
}

std::vector<std::string> TextOf(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  std::vector<std::string> rows;
  for (const auto& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::string text;
      for (const auto& column : batch->columns()) {
        text += (text.empty() ? "" : "|") + column->GetScalar(row).ValueOrDie()->ToString();
      }
      rows.push_back(std::move(text));
    }
  }
  return rows;
}

const std::map<std::string, std::string>& Models() {
  static const std::map<std::string, std::string> models = {
      {"package.yaml", "name: test\nversion: 1.0.0\n"},
      {"silver/sums.yaml",
       "name: silver.sums\nkind: native\nnative: sums\ninputs: [bronze.events]\n"},
      {"silver/latest.sql", R"(/*
name: silver.latest
kind: merge
keys: [id]
inputs:
  - table: bronze.events
    columns: [id, day, moment, amount]
    touches: SELECT DISTINCT id FROM changes
columns:
  id: string!
  day: string!
  amount: long
partition: [day]
*/
SELECT id, day, amount FROM (
  SELECT e.*, ROW_NUMBER() OVER (PARTITION BY e.id ORDER BY e.moment DESC, e.amount DESC) AS place
  FROM bronze.events AS e JOIN touched AS t ON e.id = t.id)
WHERE place = 1;
)"},
      {"gold/daily.sql", R"(/*
name: gold.daily
kind: merge
keys: [day]
inputs:
  - table: silver.latest
    columns: [id, day, amount]
    touches: SELECT DISTINCT day FROM changes
columns:
  day: string!
  ids: long
  total: long
sort: [day]
*/
SELECT l.day, count(*) AS ids, CAST(sum(l.amount) AS BIGINT) AS total
FROM silver.latest AS l JOIN touched AS t ON l.day = t.day
GROUP BY l.day
)"},
      {"gold/large.sql", R"(/*
name: gold.large
kind: view
inputs: [gold.daily]
*/
SELECT * FROM gold.daily WHERE total > 100
)"},
      {"gold/overall.sql", R"(/*
name: gold.overall
kind: replace
inputs: [gold.daily, gold.large]
columns:
  days: long
  large_days: long
  total: long
*/
SELECT count(*) AS days, (SELECT count(*) FROM gold.large) AS large_days,
       CAST(sum(total) AS BIGINT) AS total
FROM gold.daily
)"},
      {"silver/log.sql", R"(/*
name: silver.log
kind: append
inputs: [bronze.events]
columns:
  id: string
  moment: long
*/
SELECT id, moment FROM changes
)"}};
  return models;
}

}  // namespace

SumModel::SumModel() {
  source_ = {"bronze.events", "id", {"day", "moment"}, "moment", {"amount"}};
  NativeTarget target;
  target.table = "silver.sums";
  target.schema = BuildSchema({{"id", "string", true, "", 1},
                               {"total", "long", false, "", 2},
                               {"events", "long", false, "", 3}})
                      .value();
  target.keys = {"id"};
  target.precedence = {"events desc"};
  targets_ = {std::move(target)};
}

Result<NativeModel::Outcome> SumModel::Process(const NativeGroup& group, GroupRows& rows,
                                               RowSink& sink) {
  on_process();
  int64_t total = 0, events = 0;
  if (group.state != nullptr && !group.refresh) {
    total = KeyValueAt(*group.state->GetColumnByName("total"), 0).number;
    events = KeyValueAt(*group.state->GetColumnByName("events"), 0).number;
  }
  std::pair<std::string, int64_t> last;
  while (true) {
    FIRN_ASSIGN(const auto batch, rows.Next());
    if (batch == nullptr) break;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      EXPECT_EQ(KeyValueAt(*batch->GetColumnByName("id"), row).text, group.key);
      std::pair here(std::string(KeyValueAt(*batch->GetColumnByName("day"), row).text),
                     KeyValueAt(*batch->GetColumnByName("moment"), row).number);
      EXPECT_LE(last, here) << "rows of a group out of order";
      last = std::move(here);
      total += KeyValueAt(*batch->GetColumnByName("amount"), row).number;
      ++events;
    }
  }
  arrow::StringBuilder ids;
  arrow::Int64Builder totals, counts;
  EXPECT_TRUE(ids.Append(group.key).ok() && totals.Append(total).ok() &&
              counts.Append(events).ok());
  const auto schema =
      arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("total", arrow::int64()),
                     arrow::field("events", arrow::int64())});
  FIRN_TRY(sink.Write("silver.sums", arrow::RecordBatch::Make(
                                         schema, 1,
                                         {ids.Finish().ValueOrDie(), totals.Finish().ValueOrDie(),
                                          counts.Finish().ValueOrDie()})));
  return Outcome::kDone;
}

TestLake::TestLake() : catalog(catalog::MakeMemoryCatalog("memory:///lake", files, env)) {
  EXPECT_THAT(catalog->CreateNamespace({"bronze"}), IsOk());
  table::NewTable table;
  table.schema = EventSchema();
  EXPECT_THAT(catalog->CreateTable(NameOf("bronze.events"), table), IsOk());
}

void TestLake::Add(const std::vector<Event>& events) {
  const auto loaded = catalog->LoadTable(NameOf("bronze.events"));
  ASSERT_THAT(loaded, IsOk());
  auto writer = datafile::TableWriter::Open(*loaded->metadata, "events", files, env, {});
  ASSERT_THAT(writer, IsOk());
  ASSERT_THAT((*writer)->Write(BatchOf(events)), IsOk());
  const auto written = (*writer)->Close();
  ASSERT_THAT(written, IsOk());
  ASSERT_THAT(catalog::CommitOperation(*catalog, files, env, NameOf("bronze.events"),
                                       table::MergeAppend(*written)),
              IsOk());
}

Result<RunOutcome> TestLake::Run(const Package& package, const RunRequest& request,
                                 io::FileIO* other_files) {
  io::FileIO& used = other_files == nullptr ? static_cast<io::FileIO&>(files) : *other_files;
  FIRN_ASSIGN(auto engine, sql::Engine::Open(*catalog, used, env, {}));
  NativeModel* const natives[] = {&sums};
  const RunContext context{*catalog, used, env, *engine, obs::NoLog(), natives};
  return pipeline::Run(package, request, context);
}

std::vector<std::string> TestLake::Query(const std::string& sql) {
  auto engine = sql::Engine::Open(*catalog, files, env, {});
  EXPECT_THAT(engine, IsOk());
  auto stream = (*engine)->Query(sql);
  EXPECT_THAT(stream, IsOk()) << sql;
  if (!stream) return {};
  const auto batches = sql::ReadAll(**stream);
  EXPECT_THAT(batches, IsOk());
  return batches ? TextOf(*batches) : std::vector<std::string>();
}

Contents TestLake::Read() {
  Contents contents;
  for (const char* level : {"silver", "gold"}) {
    const auto tables = catalog->ListTables({level});
    if (!tables) continue;
    for (const auto& name : *tables) {
      auto& rows = contents[name.ToString()];
      rows = Query("SELECT * FROM " + name.ToString());
      std::ranges::sort(rows);
    }
  }
  return contents;
}

std::vector<std::string> TestLake::Orphans() {
  std::set<std::string> referenced;
  for (const char* level : {"bronze", "silver", "gold"}) {
    const auto tables = catalog->ListTables({level});
    if (!tables) continue;
    for (const auto& name : *tables) {
      const auto loaded = catalog->LoadTable(name);
      for (const auto& snapshot : loaded->metadata->snapshots) {
        const auto live = table::LiveFiles(*loaded->metadata, snapshot, files);
        for (const auto& entry : *live)
          referenced.insert(entry.file.file_path);
      }
    }
  }
  std::vector<std::string> orphans;
  const auto found = files.List("memory:///lake");
  for (const auto& file : *found) {
    if (file.location.ends_with(".parquet") && !referenced.contains(file.location)) {
      orphans.push_back(file.location);
    }
  }
  return orphans;
}

Package TestPackage(const std::map<std::string, std::string>& more) {
  std::map<std::string, std::string> texts = Models();
  for (const auto& [path, text] : more)
    texts[path] = text;
  std::vector<EmbeddedFile> files;
  for (const auto& [path, text] : texts) {
    if (!text.empty()) files.push_back({path, text});
  }
  auto package = ReadPackage(files);
  EXPECT_THAT(package, IsOk());
  return std::move(package).value();
}

}  // namespace firn::pipeline
