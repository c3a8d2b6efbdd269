// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/simulation/lake.h"

#include <set>

#include "firn/catalog/memory/memory_catalog.h"
#include "firn/catalog/sqlite/sqlite_catalog.h"

namespace firn::maintain {
namespace {

// Two tables in three are of version 3 from the start; the others may be upgraded on the way.
table::NewTable SimulatedTable(uint64_t seed) {
  table::NewTable made;
  made.schema = table::Schema::Make(table::SchemaId(0),
                                    {table::NestedField::Required(1, "key", table::Type::Long()),
                                     table::NestedField::Optional(2, "day", table::Type::Date())})
                    .value();
  made.spec = table::BuildPartitionSpec(table::SpecId(0), made.schema,
                                        {{"day", table::Transform::Identity(), ""}})
                  .value();
  made.location = "file:///w/t";
  made.properties = {{"format-version", seed % 3 == 0 ? "2" : "3"},
                     {"commit.manifest.min-count-to-merge", "4"},
                     {"commit.retry.num-retries", "6"},
                     {"history.expire.max-snapshot-age-ms", "21600000"},
                     {"write.metadata.previous-versions-max", "2"},
                     {"write.metadata.delete-after-commit.enabled", "true"}};
  return made;
}

std::unique_ptr<catalog::Catalog> OpenCatalog(const std::string& sqlite_file, io::FileIO& files,
                                              Env& env) {
  if (sqlite_file.empty()) return catalog::MakeMemoryCatalog(SimulatedLake::kWarehouse, files, env);
  return catalog::OpenSqliteCatalog(sqlite_file, SimulatedLake::kWarehouse, files, env).value();
}

}  // namespace

SimulatedLake::SimulatedLake(uint64_t seed, const std::string& sqlite_file)
    : env(TimeUs{1'762'335'000'000'000}, seed),
      baton(seed),
      model(memory),
      aged(memory, env),
      stored(OpenCatalog(sqlite_file, aged, env)),
      watched(*stored, [this](const catalog::LoadedTable& table) { model.Landed(table); }),
      files(aged, seed + 1),
      catalog(watched, baton, seed + 2) {
  EXPECT_THAT(stored->CreateNamespace({"ns"}), IsOk());
  const auto made = stored->CreateTable(name, SimulatedTable(seed));
  EXPECT_THAT(made, IsOk());
  if (made) model.Made(*made);
  aged.before = [this](std::string_view what, std::string_view location) {
    const bool deletes = what == "delete";
    // The catalog drops old metadata files between moving the pointer and telling us so.
    const bool landing = deletes && location.ends_with(".metadata.json");
    if (!landing) baton.Yield();
    if (deletes) model.Deleting(std::string(location));
  };
}

void SimulatedLake::SettleAndCheck() {
  catalog.LandAllLate();
  env.Advance(Millis::Days(10));
  const MaintainContext context{watched, aged, env, kWarehouse};
  EXPECT_THAT(ExpireTable(context, name, {}, false), IsOk());
  EXPECT_THAT(RemoveOrphans(context, name, {}, false), IsOk());
  model.CheckAll();
  const catalog::LoadedTable table = stored->LoadTable(name).value();
  std::set<std::string> needed = NeededBy(*table.metadata, memory);
  needed.insert(table.metadata_location);
  for (const table::MetadataLogEntry& entry : table.metadata->metadata_log)
    needed.insert(entry.metadata_file);
  const std::vector<io::FileInfo> found = memory.List(table.metadata->location).value();
  for (const io::FileInfo& file : found) {
    if (!needed.contains(file.location)) model.Fail("nobody needs this file: " + file.location);
  }
}

}  // namespace firn::maintain
