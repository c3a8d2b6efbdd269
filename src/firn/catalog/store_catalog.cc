// SPDX-License-Identifier: Apache-2.0
//
// A commit in three steps: stage (check requirements against the metadata the pointer names, apply
// updates), write the new metadata files durably, move all pointers in one transaction of the
// store. The pointer alone says what a table is. Until it moved, what was written is garbage that
// may be deleted; once its move is uncertain, nothing may.

#include "firn/catalog/store_catalog.h"

#include <algorithm>
#include <utility>

#include "firn/io/location.h"
#include "firn/table/metadata_json.h"

namespace firn::catalog {
namespace {

constexpr int64_t kMetadataFileBytesMax = int64_t{512} << 20;
// A metadata file may be trimmed by a commit between reading the pointer and reading the file.
constexpr int kPointerReads = 4;
constexpr size_t kFolderNameBytesMax = 64;
constexpr char kMetadataPath[] = "write.metadata.path";
constexpr char kDeleteAfterCommit[] = "write.metadata.delete-after-commit.enabled";
constexpr char kReservedProperty[] = "exists";

std::string FolderName(std::string_view name) {
  std::string folder;
  for (const char c : name.substr(0, kFolderNameBytesMax)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    folder += upper ? static_cast<char>(c - 'A' + 'a') : kept ? c : '_';
  }
  return folder;
}

std::string NewMetadataLocation(const table::TableMetadata& metadata, int64_t version, Env& env) {
  const std::string folder =
      metadata.Property(kMetadataPath, io::JoinLocation(metadata.location, "metadata"));
  return io::JoinLocation(folder, table::MetadataFileName(metadata, version, env));
}

Status CheckNoReservedKey(const Properties& properties) {
  if (!properties.contains(kReservedProperty)) return Ok();
  return InvalidArgument("namespace property is reserved", kReservedProperty);
}

bool IsCreate(const TableChange& change) {
  return std::any_of(change.requirements.begin(), change.requirements.end(),
                     [](const auto& r) { return std::holds_alternative<table::AssertCreate>(r); });
}

Status CheckNamedOnce(std::span<const TableChange> changes) {
  std::vector<TableName> names;
  for (const TableChange& change : changes)
    names.push_back(change.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? Ok() : Status(InvalidArgument("table named twice", *twice));
}

// Whether an entry of a metadata log may be deleted. A log is what somebody wrote: it may name any
// file there is.
bool IsMetadataFileBeside(const std::string& current, const std::string& entry) {
  return io::IsWithin(io::ParentLocation(current), entry) &&
         entry.find(".metadata.json") != std::string::npos;
}

// A table made by updates alone has what they gave it.
Status CheckComplete(const table::TableMetadata& metadata) {
  const bool complete = metadata.table_uuid && metadata.FindSchema(metadata.current_schema_id) &&
                        metadata.FindSpec(metadata.default_spec_id) &&
                        metadata.FindSortOrder(metadata.default_sort_order_id);
  if (complete) return Ok();
  return InvalidArgument("a new table needs a uuid, a schema, a partition spec and a sort order");
}

}  // namespace

std::string NewTableLocation(std::string_view warehouse, const TableName& name, const Uuid& uuid) {
  std::string location(warehouse);
  for (const std::string& level : name.levels) {
    location = io::JoinLocation(location, FolderName(level));
  }
  return io::JoinLocation(location, FolderName(name.name) + "-" + uuid.ToString().substr(0, 8));
}

// One table of a commit, ready to be written.
struct StoreCatalog::StagedChange {
  TableName name;
  std::optional<std::string> replaced_location;  // Unset for a new table.
  std::string location;
  std::shared_ptr<const table::TableMetadata> metadata;
  std::vector<table::MetadataLogEntry> trimmed;
};

StoreCatalog::StoreCatalog(std::unique_ptr<CatalogStore> store, std::string warehouse,
                           io::FileIO& files, Env& env)
    : store_(std::move(store)),
      warehouse_(io::NormalizeLocation(warehouse)),
      files_(files),
      env_(env),
      views_(*store_, warehouse_, files, env) {}

StoreCatalog::~StoreCatalog() = default;

Status StoreCatalog::CreateNamespace(const Namespace& name, const Properties& properties) {
  FIRN_TRY(CheckNamespace(name));
  FIRN_TRY(CheckNoReservedKey(properties));
  return store_->CreateNamespace(name, properties);
}

Result<std::vector<Namespace>> StoreCatalog::ListNamespaces() {
  return store_->ListNamespaces();
}

Status StoreCatalog::DropNamespace(const Namespace& name) {
  return store_->DropNamespace(name);
}

Result<bool> StoreCatalog::NamespaceExists(const Namespace& name) {
  FIRN_ASSIGN(const auto all, store_->ListNamespaces());
  return std::find(all.begin(), all.end(), name) != all.end();
}

Result<Properties> StoreCatalog::NamespaceProperties(const Namespace& name) {
  return store_->NamespaceProperties(name);
}

Status StoreCatalog::UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                               const std::vector<std::string>& remove) {
  FIRN_TRY(CheckNoReservedKey(set));
  for (const std::string& key : remove)
    FIRN_TRY(CheckNoReservedKey({{key, ""}}));
  return store_->UpdateNamespaceProperties(name, set, remove);
}

Result<std::vector<TableName>> StoreCatalog::ListTables(const Namespace& name) {
  FIRN_TRY(CheckNamespaceExists(name));
  return store_->List(name, EntryKind::kTable);
}

Result<bool> StoreCatalog::TableExists(const TableName& name) {
  FIRN_ASSIGN(const auto location, store_->Find(name, EntryKind::kTable));
  return location.has_value();
}

Result<LoadedTable> StoreCatalog::LoadTable(const TableName& name) {
  FIRN_ASSIGN(auto found, FindTable(name));
  if (!found) return NotFound("table not found", name);
  return *std::move(found);
}

Result<LoadedTable> StoreCatalog::CreateTable(const TableName& name, table::NewTable table) {
  FIRN_TRY(CheckTableName(name));
  FIRN_TRY(CheckNamespaceExists(name.levels));
  FIRN_ASSIGN(const bool exists, TableExists(name));
  if (exists) return AlreadyExists("table exists", name);
  FIRN_ASSIGN(auto metadata, MakeMetadata(name, std::move(table)));
  StagedChange staged{name, {}, NewMetadataLocation(metadata, 0, env_), nullptr, {}};
  staged.metadata = std::make_shared<const table::TableMetadata>(std::move(metadata));
  io::WriteBatch files(files_);
  FIRN_TRY(WriteMetadataFiles({&staged, 1}, files));
  FIRN_TRY(SwapPointers({&staged, 1}));
  return LoadedTable{name, staged.location, staged.metadata};
}

Result<LoadedTable> StoreCatalog::RegisterTable(const TableName& name,
                                                const std::string& metadata_location) {
  FIRN_TRY(CheckTableName(name));
  FIRN_ASSIGN(auto metadata, ReadMetadata(metadata_location));
  const PointerSwap swap{name, {}, metadata_location};
  FIRN_TRY(store_->Swap({&swap, 1}));
  return LoadedTable{name, metadata_location, std::move(metadata)};
}

Status StoreCatalog::DropTable(const TableName& name) {
  FIRN_ASSIGN(const auto location, store_->Find(name, EntryKind::kTable));
  if (!location) return NotFound("table not found", name);
  const PointerSwap swap{name, location, {}};
  return store_->Swap({&swap, 1});
}

Status StoreCatalog::RenameTable(const TableName& from, const TableName& to) {
  FIRN_TRY(CheckTableName(to));
  return store_->Rename(from, to, EntryKind::kTable);
}

Status StoreCatalog::Replace(const CutOver& change) {
  FIRN_TRY(CheckTableName(change.keep_as));
  const PointerSwap swaps[] = {
      {change.table.name, change.table.metadata_location, change.successor.metadata_location},
      {change.successor.name, change.successor.metadata_location, {}},
      {change.keep_as, {}, change.table.metadata_location}};
  Status swapped = store_->Swap(swaps);
  if (swapped.ok() || swapped.error().kind != ErrorKind::kOutcomeUnknown) return swapped;
  const auto now = store_->Find(change.table.name, EntryKind::kTable);
  return now && *now == change.successor.metadata_location ? Ok() : swapped;
}

Status ReplaceTable(Catalog& catalog, const CutOver& change) {
  auto* const replacer = dynamic_cast<TableReplacer*>(&catalog);
  if (replacer == nullptr) return Unsupported("this catalog cannot let a table replace another");
  return replacer->Replace(change);
}

Result<std::vector<LoadedTable>> StoreCatalog::Commit(std::span<const TableChange> changes) {
  io::WriteBatch files(files_);
  return CommitWithFiles(changes, files);
}

Result<std::vector<LoadedTable>> StoreCatalog::CommitWithFiles(std::span<const TableChange> changes,
                                                               io::WriteBatch& files) {
  FIRN_TRY(CheckNamedOnce(changes));
  std::vector<StagedChange> staged;
  for (const TableChange& change : changes) {
    FIRN_ASSIGN(staged.emplace_back(), Stage(change));
  }
  if (Status written = WriteMetadataFiles(staged, files); !written) {
    for (const StagedChange& change : staged)
      files.Delete(change.location).Ignore("mostly it is not there");
    return written.error();
  }
  FIRN_TRY(SwapPointers(staged));
  std::vector<LoadedTable> tables;
  for (StagedChange& change : staged) {
    TrimMetadataFiles(change);
    tables.push_back({change.name, change.location, change.metadata});
  }
  return tables;
}

Status StoreCatalog::CheckNamespaceExists(const Namespace& name) {
  FIRN_ASSIGN(const bool exists, NamespaceExists(name));
  if (!exists) return NotFound("namespace not found", NamespaceText(name));
  return Ok();
}

// The folder is named after a UUID that only exists once the metadata does.
Result<table::TableMetadata> StoreCatalog::MakeMetadata(const TableName& name,
                                                        table::NewTable table) {
  const bool own_folder = table.location.empty();
  if (own_folder) table.location = warehouse_;
  FIRN_ASSIGN(auto metadata, table::NewTableMetadata(table, env_));
  if (own_folder) {
    metadata.location = NewTableLocation(warehouse_, name, metadata.table_uuid.value_or(Uuid{}));
  }
  return metadata;
}

Result<std::shared_ptr<const table::TableMetadata>> StoreCatalog::ReadMetadata(
    const std::string& location) {
  if (auto cached = cache_.Find(location)) return cached;
  FIRN_ASSIGN(const std::string bytes, files_.ReadAll(location, kMetadataFileBytesMax));
  auto parsed = table::ParseMetadata(bytes);
  if (!parsed) return std::move(parsed).error().Within(location);
  auto metadata = std::make_shared<const table::TableMetadata>(std::move(parsed).value());
  cache_.Insert(location, metadata);
  return metadata;
}

Result<std::optional<LoadedTable>> StoreCatalog::FindTable(const TableName& name) {
  for (int left = kPointerReads;; --left) {
    FIRN_ASSIGN(const auto location, store_->Find(name, EntryKind::kTable));
    if (!location) return std::optional<LoadedTable>();
    auto metadata = ReadMetadata(*location);
    if (metadata) return std::optional(LoadedTable{name, *location, *std::move(metadata)});
    if (metadata.error().kind != ErrorKind::kNotFound || left == 1) {
      Error error = std::move(metadata).error();
      if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kCorrupt;
      return std::move(error).Within("table " + name.ToString());
    }
  }
}

Result<StoreCatalog::StagedChange> StoreCatalog::Stage(const TableChange& change) {
  FIRN_TRY(CheckTableName(change.name));
  FIRN_ASSIGN(auto base, FindTable(change.name));
  if (!base && !IsCreate(change)) return NotFound("table not found", change.name);
  const table::TableMetadata* before = base ? base->metadata.get() : nullptr;
  for (const table::Requirement& requirement : change.requirements) {
    if (Status held = table::Check(requirement, before); !held) {
      return std::move(held).error().Within("table " + change.name.ToString());
    }
  }
  const TimeMs now = std::max(env_.NowMs(), before ? before->last_updated : TimeMs{});
  FIRN_ASSIGN(auto after,
              table::ApplyUpdates(before ? *before : table::TableMetadata{}, change.updates, now));
  StagedChange staged{change.name, {}, {}, nullptr, {}};
  int64_t version = 0;
  if (base) {
    staged.trimmed = table::PushMetadataLog(after, before->last_updated, base->metadata_location);
    version = table::VersionOfMetadataFile(base->metadata_location) + 1;
    staged.replaced_location = std::move(base->metadata_location);
  } else {
    FIRN_TRY(CheckComplete(after));
  }
  if (after.location.empty()) {
    after.location = NewTableLocation(warehouse_, change.name, after.table_uuid.value_or(Uuid{}));
  }
  staged.location = NewMetadataLocation(after, version, env_);
  staged.metadata = std::make_shared<const table::TableMetadata>(std::move(after));
  return staged;
}

Status StoreCatalog::WriteMetadataFiles(std::span<StagedChange> staged, io::WriteBatch& files) {
  for (const StagedChange& change : staged) {
    FIRN_TRY(table::WriteMetadataFile(*change.metadata, files, change.location));
  }
  return files.Flush();
}

Status StoreCatalog::SwapPointers(std::span<const StagedChange> staged) {
  std::vector<PointerSwap> swaps;
  for (const StagedChange& change : staged) {
    swaps.push_back({change.name, change.replaced_location, change.location});
  }
  Status swapped = store_->Swap(swaps);
  if (!swapped && swapped.error().kind == ErrorKind::kOutcomeUnknown) {
    const auto landed = staged.empty() ? Result<bool>(false) : HasLanded(staged.front());
    if (!landed || !*landed) return swapped;
    swapped = Ok();
  }
  if (!swapped) {
    DeleteMetadataFiles(staged);
    return swapped;
  }
  for (const StagedChange& change : staged) {
    if (change.replaced_location) cache_.Forget(*change.replaced_location);
    cache_.Insert(change.location, change.metadata);
  }
  return Ok();
}

// All pointers moved or none, so one table answers for all. Somebody may have committed on top of
// ours by now: then our file is in the log of theirs.
Result<bool> StoreCatalog::HasLanded(const StagedChange& staged) {
  FIRN_ASSIGN(const auto now, FindTable(staged.name));
  if (!now) return false;
  if (now->metadata_location == staged.location) return true;
  const auto& log = now->metadata->metadata_log;
  return std::any_of(log.begin(), log.end(), [&staged](const table::MetadataLogEntry& entry) {
    return io::SameLocation(entry.metadata_file, staged.location);
  });
}

void StoreCatalog::DeleteMetadataFiles(std::span<const StagedChange> staged) {
  for (const StagedChange& change : staged) {
    files_.Delete(change.location).Ignore("an orphan that maintenance finds");
  }
}

void StoreCatalog::TrimMetadataFiles(const StagedChange& staged) {
  if (staged.metadata->Property(kDeleteAfterCommit, "false") != "true") return;
  for (const table::MetadataLogEntry& entry : staged.trimmed) {
    if (!IsMetadataFileBeside(staged.location, entry.metadata_file)) continue;
    files_.Delete(entry.metadata_file).Ignore("an orphan that maintenance finds");
  }
}

}  // namespace firn::catalog
