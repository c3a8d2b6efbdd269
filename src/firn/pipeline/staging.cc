// SPDX-License-Identifier: Apache-2.0
//
// A run plans its snapshots one after the other, each on what the ones before staged, and keeps
// them in memory: their files are written, the catalog knows nothing of them. Their ids are chosen
// here, so that watermarks can name them. The commit plans the same operations again on the
// metadata of that moment; they insist on the snapshots the run began with.

#include "firn/pipeline/staging.h"

#include <utility>

#include "firn/io/write_batch.h"
#include "firn/sql/engine.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/schema_update.h"

namespace firn::pipeline {
namespace {

std::vector<table::DataFile> AddedBy(const MergeResult& change) {
  std::vector<table::DataFile> added = change.new_rows;
  added.insert(added.end(), change.carried.begin(), change.carried.end());
  return added;
}

std::shared_ptr<const table::Operation> OperationOf(const MergeResult& change,
                                                    const table::SnapshotOptions& options) {
  if (change.removed_paths.empty()) return table::MergeAppend(AddedBy(change), options);
  table::Overwrite overwrite;
  overwrite.added = AddedBy(change);
  overwrite.deleted_paths = change.removed_paths;
  return table::OverwriteFiles(std::move(overwrite), options);
}

}  // namespace

Staging::Staging(const RunContext& context, std::string run_id)
    : context_(context), run_id_(std::move(run_id)) {}

Staging::~Staging() {
  for (const auto& [name, staged] : tables_) {
    if (staged) context_.engine.UnpinTable(staged->name);
  }
}

Result<Staging::Staged*> Staging::Load(const std::string& name) {
  const auto known = tables_.find(name);
  if (known != tables_.end()) return known->second ? &*known->second : nullptr;
  FIRN_ASSIGN(auto table_name, catalog::TableName::Parse(name));
  auto loaded = context_.catalog.LoadTable(table_name);
  if (!loaded) {
    if (loaded.error().kind != ErrorKind::kNotFound) return std::move(loaded).error();
    tables_[name] = std::nullopt;
    return nullptr;
  }
  context_.engine.PinTable(table_name, loaded->metadata, loaded->metadata->current_snapshot_id);
  Staged staged;
  staged.name = std::move(table_name);
  staged.base = staged.now = loaded->metadata;
  auto& place = tables_[name];
  place = std::move(staged);
  return &*place;
}

Result<std::shared_ptr<const table::TableMetadata>> Staging::Find(const std::string& name) {
  FIRN_ASSIGN(const Staged* staged, Load(name));
  return staged == nullptr ? nullptr : staged->now;
}

Status Staging::MakeTable(const std::string& name, const table::NewTable& table) {
  FIRN_ASSIGN(const Staged* staged, Load(name));
  if (staged != nullptr) return AddColumns(name, *staged, table.schema);
  FIRN_ASSIGN(const auto table_name, catalog::TableName::Parse(name));
  FIRN_ASSIGN(const bool has_namespace, context_.catalog.NamespaceExists(table_name.levels));
  if (!has_namespace) {
    const Status made = context_.catalog.CreateNamespace(table_name.levels);
    if (!made && made.error().kind != ErrorKind::kAlreadyExists) return made;
  }
  const auto created = context_.catalog.CreateTable(table_name, table);
  if (!created && created.error().kind != ErrorKind::kAlreadyExists) return created.error();
  tables_.erase(name);
  FIRN_TRY(Load(name));
  return Ok();
}

Status Staging::AddColumns(const std::string& name, const Staged& staged,
                           const table::Schema& wanted) {
  const table::TableMetadata& base = *staged.base;
  table::SchemaUpdate update(base.schema(), base.last_column_id, base.format_version);
  const auto evolved = update.UnionByName(wanted).Apply();
  if (!evolved) {
    return Error(evolved.error())
        .Within("columns of " + name)
        .WithHint("a table keeps its columns' types: give the model another name");
  }
  if (evolved->SameColumns(base.schema())) return Ok();
  const auto edit = [wanted](table::SchemaUpdate& change) { change.UnionByName(wanted); };
  FIRN_TRY(catalog::CommitOperation(context_.catalog, context_.files, context_.env, staged.name,
                                    table::UpdateSchema(edit)));
  tables_.erase(name);
  FIRN_TRY(Load(name));
  return Ok();
}

Status Staging::StageRows(const std::string& name, const MergeResult& change) {
  if (change.empty()) return Ok();
  FIRN_ASSIGN(Staged * staged, Load(name));
  FIRN_ASSERT(staged != nullptr && staged->rows == nullptr);
  table::SnapshotOptions options;
  options.snapshot_id = table::NewSnapshotId(context_.env);
  options.expected_snapshot = staged->base->current_snapshot_id.value_or(table::kNoSnapshot);
  options.summary["firn.run-id"] = run_id_;
  for (const table::DataFile& file : AddedBy(change))
    staged->data_files.push_back(file.file_path);
  staged->rows = OperationOf(change, options);
  staged->change = change;
  staged->options = std::move(options);
  io::WriteBatch files(context_.files);
  FIRN_ASSIGN(const auto plan, staged->rows->Plan(*staged->base, {files, context_.env}));
  FIRN_TRY(files.Flush());
  staged->manifests = plan.files_of_operation;
  staged->manifest_lists = plan.files_of_attempt;
  FIRN_ASSIGN(auto now, table::ApplyUpdates(*staged->base, plan.updates, context_.env.NowMs()));
  staged->now = std::make_shared<const table::TableMetadata>(std::move(now));
  context_.engine.PinTable(staged->name, staged->now, staged->now->current_snapshot_id);
  return Ok();
}

Status Staging::StageProperty(const std::string& name, const std::string& key,
                              const std::string& value) {
  FIRN_ASSIGN(Staged * staged, Load(name));
  FIRN_ASSERT(staged != nullptr);
  const auto before = staged->base->properties.find(key);
  const bool there = before != staged->base->properties.end();
  if (there && before->second == value) return Ok();
  staged->properties[key] = value;
  staged->expected[key] = there ? std::optional(before->second) : std::nullopt;
  return Ok();
}

Status Staging::StageTag(const std::string& name, const std::string& tag,
                         table::SnapshotId snapshot) {
  FIRN_ASSIGN(Staged * staged, Load(name));
  FIRN_ASSERT(staged != nullptr);
  const table::Ref* before = staged->base->FindRef(tag);
  if (before == nullptr || before->snapshot_id != snapshot) staged->tags[tag] = snapshot;
  return Ok();
}

bool Staging::empty() const {
  for (const auto& [name, staged] : tables_) {
    if (staged && (staged->rows || !staged->properties.empty() || !staged->tags.empty())) {
      return false;
    }
  }
  return true;
}

void Staging::AppendChanges(const Staged& staged, std::vector<catalog::PendingChange>& changes) {
  if (staged.rows) changes.push_back({staged.name, staged.rows});
  if (!staged.properties.empty()) {
    changes.push_back(
        {staged.name, table::UpdateProperties(staged.properties, {}, staged.expected)});
  }
  for (const auto& [tag, snapshot] : staged.tags) {
    table::Ref ref;
    ref.snapshot_id = snapshot;
    ref.type = table::RefType::kTag;
    changes.push_back({staged.name, table::ReplaceRef(tag, ref)});
  }
  const std::string branch(kFailedRunBranch);
  if (staged.base->FindRef(branch) != nullptr) {  // A run went well: nothing is left to look at.
    changes.push_back({staged.name, table::RemoveRef(branch, true)});
  }
}

Status Staging::Commit() {
  std::vector<catalog::PendingChange> changes;
  for (const auto& [name, staged] : tables_) {
    if (staged) AppendChanges(*staged, changes);
  }
  FIRN_TRY(catalog::CommitOperations(context_.catalog, context_.files, context_.env, changes));
  for (const auto& [name, staged] : tables_) {  // The commit wrote lists of its own.
    if (staged) DeleteAll(staged->manifest_lists);
  }
  return Ok();
}

Result<std::vector<std::string>> Staging::LeaveOnBranch() {
  std::vector<catalog::PendingChange> changes;
  std::vector<std::string> names;
  for (const auto& [name, staged] : tables_) {
    if (!staged || !staged->rows) continue;
    table::SnapshotOptions options = staged->options;
    options.stage_only = true;
    table::Ref ref;
    ref.snapshot_id = *options.snapshot_id;
    changes.push_back({staged->name, OperationOf(staged->change, options)});
    changes.push_back({staged->name, table::ReplaceRef(std::string(kFailedRunBranch), ref)});
    names.push_back(name);
  }
  FIRN_TRY(catalog::CommitOperations(context_.catalog, context_.files, context_.env, changes));
  for (const auto& [name, staged] : tables_) {  // The commit wrote its own.
    if (!staged) continue;
    DeleteAll(staged->manifests);
    DeleteAll(staged->manifest_lists);
  }
  return names;
}

void Staging::Abort() {
  for (const auto& [name, staged] : tables_) {
    if (!staged) continue;
    DeleteAll(staged->data_files);
    DeleteAll(staged->manifests);
    DeleteAll(staged->manifest_lists);
  }
}

void Staging::DeleteAll(const std::vector<std::string>& locations) {
  for (const std::string& location : locations) {
    context_.files.Delete(location).Ignore("an orphan that maintenance finds");
  }
}

}  // namespace firn::pipeline
