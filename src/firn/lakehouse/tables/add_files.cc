// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/add_files.h"

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/ingest/adopt_files.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/infer.h"
#include "firn/ingest/path_values.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/lakehouse/tables/tables.h"

namespace firn::lakehouse {
namespace {

bool IsLocation(const std::string& path) {
  return path.find("://") != std::string::npos;
}

// Whether a file in a folder is meant: by its ending, or without any as Hive writes them. Spark and
// Hive hide "_SUCCESS" and ".part-0.parquet.crc".
bool IsParquetName(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.starts_with('.') || name.starts_with('_')) return false;
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return true;
  const std::string_view ending = name.substr(dot);
  return ending == ".parquet" || ending == ".parq" || ending == ".pq";
}

Result<std::vector<std::string>> FilesInStore(io::FileIO& files, const std::string& location) {
  FIRN_ASSIGN(const bool is_file, files.Exists(location));
  if (is_file) return std::vector{location};
  FIRN_ASSIGN(const auto listed, files.List(location));
  std::vector<std::string> found;
  for (const io::FileInfo& file : listed) {
    if (!file.hidden && IsParquetName(file.location)) found.push_back(file.location);
  }
  return found;
}

Result<std::vector<ingest::FoundFile>> FilesHere(const std::vector<std::string>& paths, Env& env) {
  FIRN_ASSIGN(auto found, ingest::Discover(paths, env));
  if (!found.problems.empty()) return found.problems.front().error;
  std::erase_if(found.files, [&](const ingest::FoundFile& file) {
    return !std::filesystem::is_regular_file(paths[file.root]) && !IsParquetName(file.path);
  });
  return std::move(found.files);
}

// A table with the columns of the files, partitioned by those in their folders' names.
Result<table::NewTable> BlueprintOf(std::span<const ingest::FoundFile> found, io::FileIO& files) {
  FIRN_ASSIGN(const auto inferred,
              ingest::InferSchema(found, ingest::FileFormat::kParquet, {}, files));
  table::NewTable blueprint;
  blueprint.schema = inferred.schema;
  std::vector<table::PartitionFieldRequest> partition;
  for (const ingest::PathValue& folder : ingest::PathValuesOf(found.front().path)) {
    if (blueprint.schema.FindByName(folder.name, true) == nullptr) continue;
    partition.push_back({folder.name, table::Transform::Identity(), ""});
  }
  FIRN_ASSIGN(blueprint.spec,
              table::BuildPartitionSpec(table::SpecId(0), blueprint.schema, partition));
  return blueprint;
}

}  // namespace

Result<AddFilesReport> AddFiles(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                                const AddFilesRequest& request) {
  ingest::AdoptRequest adopt;
  FIRN_ASSIGN(adopt.table, catalog::TableName::Parse(request.table));
  adopt.skip_existing = request.skip_existing;
  adopt.dry_run = request.dry_run;
  std::vector<std::string> here;
  for (const std::string& path : request.paths) {
    if (!IsLocation(path)) {
      here.push_back(path);
      continue;
    }
    FIRN_ASSIGN(const auto found, FilesInStore(files, path));
    adopt.locations.insert(adopt.locations.end(), found.begin(), found.end());
  }
  const bool has_stores = !adopt.locations.empty();
  FIRN_ASSIGN(const auto found, FilesHere(here, env));
  for (const ingest::FoundFile& file : found)
    adopt.locations.push_back(io::FileLocation(file.path));
  if (adopt.locations.empty()) return NotFound("no file there", request.paths.front());
  FIRN_ASSIGN(const bool exists, catalog.TableExists(adopt.table));
  if (!exists && !request.create) {
    return NotFound("table not found", request.table)
        .WithHint("--create makes it with the columns of the files");
  }
  if (!exists && has_stores) {
    return InvalidArgument("a table is not made of files in a store", request.table)
        .WithHint("make the table first");
  }
  if (!exists) {
    FIRN_ASSIGN(adopt.create, BlueprintOf(found, files));
  }
  FIRN_ASSIGN(const auto adopted, ingest::AdoptFiles(catalog, files, env, adopt));
  return AddFilesReport{request.table,   adopted.files,   adopted.rows,   adopted.bytes,
                        adopted.skipped, adopted.created, request.dry_run};
}

}  // namespace firn::lakehouse
