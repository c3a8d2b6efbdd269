// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/table_refs.h"

#include <charconv>
#include <limits>
#include <memory>
#include <utility>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/lakehouse/tables/past_time.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/ref.h"
#include "firn/table/ref_operations.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

std::string KindOf(bool is_branch) {
  return is_branch ? "branch" : "tag";
}

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

RefRow RowOf(const table::TableMetadata& metadata, const std::string& name, const table::Ref& ref) {
  RefRow row;
  row.name = name;
  row.is_branch = ref.is_branch();
  row.snapshot_id = ref.snapshot_id.value;
  if (const auto* snapshot = metadata.FindSnapshot(ref.snapshot_id)) {
    row.committed_at = snapshot->timestamp;
  }
  row.min_snapshots = ref.min_snapshots_to_keep;
  row.max_snapshot_age = ref.max_snapshot_age;
  row.max_ref_age = ref.max_ref_age;
  return row;
}

Status CheckLimits(const RefRequest& request) {
  const int64_t snapshots = request.min_snapshots.value_or(1);
  if (snapshots < 1 || snapshots > std::numeric_limits<int32_t>::max()) {
    return InvalidArgument("at least one snapshot is kept", snapshots);
  }
  for (const auto& age : {request.max_snapshot_age, request.max_ref_age}) {
    if (age && age->value < 1) return InvalidArgument("an age is longer than nothing", age->value);
  }
  return Ok();
}

// The time that `version` says, where it is one.
std::optional<TimeMs> TimeOf(const table::TableMetadata& metadata, std::string_view version,
                             TimeMs now) {
  if (metadata.FindRef(version) != nullptr || WholeNumber(version)) return std::nullopt;
  const auto time = ParsePast(version, now);
  return time ? std::optional(*time) : std::nullopt;
}

// The ref as it is to be; of one that is moved, limits stay that are not asked for.
table::Ref RefOf(const RefRequest& request, const table::Ref* present, table::SnapshotId at) {
  table::Ref ref;
  if (present != nullptr && request.replace) ref = *present;
  ref.snapshot_id = at;
  ref.type = request.is_branch ? table::RefType::kBranch : table::RefType::kTag;
  if (request.min_snapshots) {
    ref.min_snapshots_to_keep = static_cast<int32_t>(*request.min_snapshots);
  }
  if (request.max_snapshot_age) ref.max_snapshot_age = request.max_snapshot_age;
  if (request.max_ref_age) ref.max_ref_age = request.max_ref_age;
  return ref;
}

Result<table::SnapshotId> StartOf(const table::TableMetadata& metadata, const RefRequest& request,
                                  TimeMs now) {
  if (!request.at.empty()) return VersionOf(metadata, request.at, now);
  if (metadata.current_snapshot_id) return *metadata.current_snapshot_id;
  return NotFound("the table has no snapshot to make a " + KindOf(request.is_branch) + " of",
                  request.table)
      .WithHint("write some rows first");
}

// Loads the table and makes sure that `name` is a ref of that kind.
Result<catalog::LoadedTable> LoadWithRef(catalog::Catalog& catalog, std::string_view table,
                                         const std::string& name, bool is_branch) {
  FIRN_ASSIGN(auto loaded, LoadForReport(catalog, table));
  const table::Ref* ref = loaded.metadata->FindRef(name);
  if (ref == nullptr || ref->is_branch() != is_branch) {
    const std::string kind = KindOf(is_branch);
    return NotFound("no " + kind + " of that name", name)
        .WithHint("'firn table " + kind + " list " + std::string(table) + "' shows them");
  }
  return loaded;
}

std::optional<int64_t> HeadOf(const table::TableMetadata& metadata, const std::string& branch) {
  const table::Ref* ref = metadata.FindRef(branch);
  return ref == nullptr ? std::nullopt : std::optional(ref->snapshot_id.value);
}

Result<MoveReport> Move(const RefContext& context, const catalog::LoadedTable& table,
                        const std::string& branch, std::unique_ptr<table::Operation> operation) {
  MoveReport report{table.name.ToString(), branch, HeadOf(*table.metadata, branch), {}};
  FIRN_ASSIGN(const auto moved,
              catalog::CommitOperation(context.catalog, context.files, context.env, table.name,
                                       std::move(operation)));
  report.after = HeadOf(*moved.metadata, branch);
  return report;
}

}  // namespace

Result<table::SnapshotId> VersionOf(const table::TableMetadata& metadata, std::string_view version,
                                    TimeMs now) {
  if (const table::Ref* ref = metadata.FindRef(version)) return ref->snapshot_id;
  table::ScanRequest request;
  if (const auto id = WholeNumber(version)) {
    request.snapshot = table::SnapshotId(*id);
  } else if (const auto time = TimeOf(metadata, version, now)) {
    request.as_of = *time;
  } else {
    return NotFound("no snapshot, branch, tag or time", version)
        .WithHint("a snapshot's id, a branch, a tag, 2h, 2025-11-05 or 2025-11-05T09:30:00Z");
  }
  FIRN_ASSIGN(const table::Snapshot* snapshot, table::ResolveSnapshot(metadata, request));
  if (snapshot == nullptr) return NotFound("the table has no snapshots yet", metadata.location);
  return snapshot->id;
}

Result<std::vector<RefRow>> RefsOf(catalog::Catalog& catalog, std::string_view table,
                                   bool branches) {
  FIRN_ASSIGN(const auto loaded, LoadForReport(catalog, table));
  std::vector<RefRow> rows;
  for (const auto& [name, ref] : loaded.metadata->refs) {
    if (ref.is_branch() == branches) rows.push_back(RowOf(*loaded.metadata, name, ref));
  }
  return rows;
}

Result<RefRow> MakeRef(const RefContext& context, const RefRequest& request) {
  FIRN_TRY(CheckLimits(request));
  if (request.name.empty()) return InvalidArgument("a branch or tag has a name");
  FIRN_ASSIGN(const auto loaded, LoadForReport(context.catalog, request.table));
  if (request.replace && request.name == table::kMainBranch) {
    return InvalidArgument("main is not replaced").WithHint("'firn table rollback' moves it back");
  }
  FIRN_ASSIGN(const auto at, StartOf(*loaded.metadata, request, context.env.NowMs()));
  const table::Ref ref = RefOf(request, loaded.metadata->FindRef(request.name), at);
  auto operation =
      request.replace ? table::ReplaceRef(request.name, ref) : table::CreateRef(request.name, ref);
  auto made = catalog::CommitOperation(context.catalog, context.files, context.env, loaded.name,
                                       std::move(operation));
  if (!made && made.error().kind == ErrorKind::kAlreadyExists) {
    return std::move(made).error().WithHint("--replace moves it");
  }
  if (!made) return std::move(made).error();
  return RowOf(*made->metadata, request.name, ref);
}

Status DropRef(const RefContext& context, std::string_view table, const std::string& name,
               bool is_branch) {
  FIRN_ASSIGN(const auto loaded, LoadWithRef(context.catalog, table, name, is_branch));
  FIRN_TRY(catalog::CommitOperation(context.catalog, context.files, context.env, loaded.name,
                                    table::RemoveRef(name)));
  return Ok();
}

Status RenameRef(const RefContext& context, std::string_view table, const std::string& name,
                 const std::string& new_name, bool is_branch) {
  FIRN_ASSIGN(const auto loaded, LoadWithRef(context.catalog, table, name, is_branch));
  FIRN_TRY(catalog::CommitOperation(context.catalog, context.files, context.env, loaded.name,
                                    table::RenameRef(name, new_name)));
  return Ok();
}

Result<MoveReport> FastForwardBranch(const RefContext& context, std::string_view table,
                                     const std::string& branch, const std::string& to) {
  FIRN_ASSIGN(const auto loaded, LoadWithRef(context.catalog, table, branch, true));
  return Move(context, loaded, branch, table::FastForward(branch, to));
}

Result<MoveReport> RollBack(const RefContext& context, std::string_view table,
                            std::string_view version, const std::string& branch) {
  FIRN_ASSIGN(const auto loaded, LoadWithRef(context.catalog, table, branch, true));
  std::unique_ptr<table::Operation> back;
  if (const auto time = TimeOf(*loaded.metadata, version, context.env.NowMs())) {
    back = table::RollbackToTime(*time, branch);
  } else {
    FIRN_ASSIGN(const auto to, VersionOf(*loaded.metadata, version, context.env.NowMs()));
    back = table::RollbackTo(to, branch);
  }
  auto moved = Move(context, loaded, branch, std::move(back));
  if (!moved && moved.error().hint.empty()) {
    return std::move(moved).error().WithHint(
        "CALL set_current_snapshot(...) in 'firn sql' goes to any snapshot");
  }
  return moved;
}

Result<MoveReport> CherryPickSnapshot(const RefContext& context, std::string_view table,
                                      std::string_view version, const std::string& branch) {
  FIRN_ASSIGN(const auto loaded, LoadWithRef(context.catalog, table, branch, true));
  FIRN_ASSIGN(const auto snapshot, VersionOf(*loaded.metadata, version, context.env.NowMs()));
  table::SnapshotOptions options;
  options.branch = branch;
  return Move(context, loaded, branch, table::CherryPick(snapshot, std::move(options)));
}

}  // namespace firn::lakehouse
