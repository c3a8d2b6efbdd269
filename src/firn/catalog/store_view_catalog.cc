// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/store_view_catalog.h"

#include <algorithm>
#include <utility>

#include "firn/catalog/store_catalog.h"
#include "firn/io/location.h"
#include "firn/table/metadata_json.h"
#include "firn/table/view_json.h"

namespace firn::catalog {
namespace {

constexpr int64_t kViewFileBytesMax = int64_t{64} << 20;
constexpr char kMetadataPath[] = "write.metadata.path";

std::string NewMetadataLocation(const table::ViewMetadata& metadata, int64_t version, Env& env) {
  const auto path = metadata.properties.find(kMetadataPath);
  const std::string folder = path != metadata.properties.end()
                                 ? path->second
                                 : io::JoinLocation(metadata.location, "metadata");
  return io::JoinLocation(folder, table::ViewMetadataFileName(metadata, version, env));
}

}  // namespace

StoreViewCatalog::StoreViewCatalog(CatalogStore& store, std::string warehouse, io::FileIO& files,
                                   Env& env)
    : store_(store), warehouse_(std::move(warehouse)), files_(files), env_(env) {}

Result<std::vector<TableName>> StoreViewCatalog::ListViews(const Namespace& name) {
  FIRN_ASSIGN(const auto all, store_.ListNamespaces());
  if (std::find(all.begin(), all.end(), name) == all.end()) {
    return NotFound("namespace not found", NamespaceText(name));
  }
  return store_.List(name, EntryKind::kView);
}

Result<bool> StoreViewCatalog::ViewExists(const TableName& name) {
  FIRN_ASSIGN(const auto location, store_.Find(name, EntryKind::kView));
  return location.has_value();
}

Result<LoadedView> StoreViewCatalog::LoadView(const TableName& name) {
  FIRN_ASSIGN(const auto location, store_.Find(name, EntryKind::kView));
  if (!location) return NotFound("view not found", name);
  auto metadata = ReadMetadata(*location);
  if (metadata) return LoadedView{name, *location, *std::move(metadata)};
  Error error = std::move(metadata).error();
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kCorrupt;
  return std::move(error).Within("view " + name.ToString());
}

Result<LoadedView> StoreViewCatalog::CreateView(const TableName& name, table::NewView view) {
  FIRN_TRY(CheckTableName(name));
  const bool own_folder = view.location.empty();
  if (own_folder) view.location = warehouse_;
  FIRN_ASSIGN(table::ViewMetadata metadata, table::NewViewMetadata(view, env_));
  if (own_folder) metadata.location = NewTableLocation(warehouse_, name, metadata.view_uuid);
  return Publish(name, std::move(metadata), 0, {});
}

Result<LoadedView> StoreViewCatalog::RegisterView(const TableName& name,
                                                  const std::string& metadata_location) {
  FIRN_TRY(CheckTableName(name));
  FIRN_ASSIGN(auto metadata, ReadMetadata(metadata_location));
  FIRN_TRY(Swap({name, {}, metadata_location, EntryKind::kView}));
  return LoadedView{name, metadata_location, std::move(metadata)};
}

Result<LoadedView> StoreViewCatalog::CommitView(const ViewChange& change) {
  FIRN_ASSIGN(const LoadedView base, LoadView(change.name));
  if (change.expected_uuid && *change.expected_uuid != base.metadata->view_uuid) {
    return Conflict("another view has the name now", change.name, base.metadata->view_uuid);
  }
  FIRN_ASSIGN(table::ViewMetadata after,
              table::ApplyViewUpdates(*base.metadata, change.updates, env_.NowMs()));
  if (after == *base.metadata) return base;
  const int64_t version = table::VersionOfMetadataFile(base.metadata_location) + 1;
  return Publish(change.name, std::move(after), version, base.metadata_location);
}

Status StoreViewCatalog::DropView(const TableName& name) {
  FIRN_ASSIGN(const auto location, store_.Find(name, EntryKind::kView));
  if (!location) return NotFound("view not found", name);
  const PointerSwap swap{name, location, {}, EntryKind::kView};
  return store_.Swap({&swap, 1});
}

Status StoreViewCatalog::RenameView(const TableName& from, const TableName& to) {
  FIRN_TRY(CheckTableName(to));
  return store_.Rename(from, to, EntryKind::kView);
}

Result<std::shared_ptr<const table::ViewMetadata>> StoreViewCatalog::ReadMetadata(
    const std::string& location) {
  FIRN_ASSIGN(const std::string bytes, files_.ReadAll(location, kViewFileBytesMax));
  auto parsed = table::ParseViewMetadata(bytes);
  if (!parsed) return std::move(parsed).error().Within(location);
  return std::make_shared<const table::ViewMetadata>(*std::move(parsed));
}

Result<LoadedView> StoreViewCatalog::Publish(const TableName& name, table::ViewMetadata metadata,
                                             int64_t version, std::optional<std::string> replaced) {
  const std::string location = NewMetadataLocation(metadata, version, env_);
  FIRN_TRY(WriteFile(location, metadata));
  const Status moved = Swap({name, std::move(replaced), location, EntryKind::kView});
  if (!moved) {
    if (moved.error().kind != ErrorKind::kOutcomeUnknown) {
      files_.Delete(location).Ignore("an orphan that maintenance finds");
    }
    return moved.error();
  }
  return LoadedView{name, location,
                    std::make_shared<const table::ViewMetadata>(std::move(metadata))};
}

Status StoreViewCatalog::WriteFile(const std::string& location,
                                   const table::ViewMetadata& metadata) {
  FIRN_ASSIGN(const std::string bytes, table::WriteViewMetadataFile(metadata));
  FIRN_ASSIGN(auto file, files_.Create(location));
  FIRN_TRY(file->Write(bytes));
  io::OutputFile* pointer = file.get();
  return files_.CloseAll({&pointer, 1});
}

// Unlike a table's, a view's metadata has no log of files: where somebody changed it again since,
// the outcome stays unknown.
Status StoreViewCatalog::Swap(const PointerSwap& swap) {
  Status swapped = store_.Swap({&swap, 1});
  if (swapped || swapped.error().kind != ErrorKind::kOutcomeUnknown) return swapped;
  const auto now = store_.Find(swap.name, EntryKind::kView);
  const bool landed = now && *now && *now == swap.next;
  return landed ? Ok() : std::move(swapped);
}

}  // namespace firn::catalog
