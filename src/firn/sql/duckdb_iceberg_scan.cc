// SPDX-License-Identifier: Apache-2.0
//
// The function is replaced, while it is bound, by a relation of the lake: so its scans are those of
// any table.

#include "firn/sql/duckdb_iceberg_scan.h"

#include <filesystem>
#include <string>
#include <utility>

#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "firn/io/location.h"
#include "firn/sql/duckdb_wall.h"
#include "firn/table/metadata_json.h"

namespace firn::sql {
namespace {

constexpr int64_t kMetadataBytesMax = int64_t{1} << 30;

struct IcebergScanInfo : public duckdb::TableFunctionInfo {
  std::shared_ptr<Lake> lake;
};

std::string LocationOfPath(const std::string& path) {
  if (path.find(':') != std::string::npos) return path;
  return io::FileLocation(std::filesystem::absolute(path).string());
}

bool IsMetadataFile(std::string_view location) {
  return location.ends_with(".metadata.json") || location.ends_with(".metadata.json.gz") ||
         location.ends_with(".gz.metadata.json");
}

// The version of a metadata file by its name: 12 of "v12.metadata.json" and "00012-<uuid>....".
int64_t VersionOf(std::string_view location) {
  std::string_view name = io::FileNameOf(location);
  if (name.starts_with('v')) name.remove_prefix(1);
  int64_t version = -1;
  for (size_t i = 0; i < name.size() && name[i] >= '0' && name[i] <= '9' && i < 18; ++i) {
    version = (i == 0 ? 0 : version * 10) + (name[i] - '0');
  }
  return version;
}

Result<std::string> NewestMetadataFile(io::FileIO& files, const std::string& folder) {
  FIRN_ASSIGN(const auto found, files.List(io::JoinLocation(folder, "metadata")));
  std::string newest;
  for (const io::FileInfo& file : found) {
    if (file.hidden || !IsMetadataFile(file.location)) continue;
    if (newest.empty() || VersionOf(file.location) > VersionOf(newest)) newest = file.location;
  }
  if (newest.empty()) {
    return NotFound("no Iceberg table here", folder)
        .WithHint("give the table's folder (with metadata/ in it) or its metadata file");
  }
  return newest;
}

Result<std::shared_ptr<const ScanSource>> SourceAtPath(Lake& lake, const std::string& path) {
  std::string location = LocationOfPath(path);
  if (!IsMetadataFile(location)) {
    FIRN_ASSIGN(location, NewestMetadataFile(lake.io, location));
  }
  FIRN_ASSIGN(const std::string bytes, lake.io.ReadAll(location, kMetadataBytesMax));
  FIRN_ASSIGN(auto metadata, table::ParseMetadata(bytes));
  auto source = std::make_shared<ScanSource>();
  source->name = path;
  source->metadata_location = location;
  source->snapshot = metadata.current_snapshot_id;
  source->schema = metadata.schema();
  source->io = &lake.io;
  source->manifests = lake.manifests.get();
  source->metadata = std::make_shared<const table::TableMetadata>(std::move(metadata));
  return std::shared_ptr<const ScanSource>(std::move(source));
}

duckdb::unique_ptr<duckdb::TableRef> ReplaceCall(duckdb::ClientContext& context,
                                                 duckdb::TableFunctionBindInput& input) {
  static_cast<void>(context);
  Lake& lake = *input.info->Cast<IcebergScanInfo>().lake;
  if (input.inputs[0].IsNull()) ThrowInDuckDb(InvalidArgument("iceberg_scan takes a path"));
  const std::string path = duckdb::StringValue::Get(input.inputs[0]);
  const QualifiedName name{kDefaultSchema, "iceberg_scan:" + path};
  lake.SetRelation(name, OrThrow(SourceAtPath(lake, path)), false);
  auto table = duckdb::make_uniq<duckdb::BaseTableRef>();
  table->catalog_name = kLakeName;
  table->schema_name = name.schema;
  table->table_name = name.name;
  return table;
}

}  // namespace

void RegisterIcebergScan(duckdb::DuckDB& database, std::shared_ptr<Lake> lake) {
  auto info = duckdb::make_shared_ptr<IcebergScanInfo>();
  info->lake = std::move(lake);
  duckdb::TableFunction function("iceberg_scan", {duckdb::LogicalType::VARCHAR}, nullptr, nullptr);
  function.bind_replace = ReplaceCall;
  function.function_info = std::move(info);
  duckdb::ExtensionLoader loader(*database.instance, kLakeName);
  loader.RegisterFunction(function);
}

}  // namespace firn::sql
