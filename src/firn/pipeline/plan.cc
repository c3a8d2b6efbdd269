// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/plan.h"

#include <charconv>

#include "firn/io/file_io.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

using Action = ModelPlan::Action;

// Snapshots with delete files cannot be compared file by file.
bool HasDeletes(const table::TableMetadata& metadata, table::SnapshotId id) {
  const table::Snapshot* snapshot = metadata.FindSnapshot(id);
  if (snapshot == nullptr) return false;
  const auto count = snapshot->summary.find("total-delete-files");
  return count != snapshot->summary.end() && count->second != "0";
}

std::optional<int64_t> WatermarkOf(const table::TableMetadata& target, const std::string& input) {
  const std::string text = target.Property(WatermarkKey(input), "");
  int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Compares one input with the watermark; says in `full` why the whole table is to be computed.
Result<InputChange> CompareInput(const std::string& input, const table::TableMetadata* target,
                                 Staging& staging, std::string& full) {
  InputChange change;
  change.table = input;
  FIRN_ASSIGN(const auto source, staging.Find(input));
  if (source != nullptr && source->current_snapshot_id) {
    change.to_snapshot = source->current_snapshot_id->value;
  }
  if (target != nullptr) change.from_snapshot = WatermarkOf(*target, input);
  if (source == nullptr || !change.from_snapshot) return change;
  const table::SnapshotId from(*change.from_snapshot);
  if (source->FindSnapshot(from) == nullptr) {
    full = "the last consumed snapshot of " + input + " is gone";
    change.from_snapshot.reset();
  } else if (change.to_snapshot && change.to_snapshot != change.from_snapshot &&
             (HasDeletes(*source, from) ||
              HasDeletes(*source, table::SnapshotId(*change.to_snapshot)))) {
    full = "rows of " + input + " were deleted in place";
  }
  return change;
}

bool IsView(const Package& package, const std::string& name) {
  const Model* model = package.Find(name);
  return model != nullptr && model->kind == ModelKind::kView;
}

}  // namespace

std::string WatermarkKey(std::string_view input) {
  return "firn.watermark." + std::string(input);
}

std::string ConsumerTag(std::string_view target) {
  return "firn-consumed-by-" + std::string(target);
}

bool Triggers(const Model& model, const ModelInput& input) {
  if (model.kind != ModelKind::kMerge) return true;
  return input.touches_all || !input.touches.empty();
}

Result<ModelPlan> PlanModel(const Package& package, const Model& model,
                            const std::string& fingerprint, const RunRequest& request,
                            Staging& staging) {
  ModelPlan plan;
  plan.model = model.name;
  if (model.kind == ModelKind::kView) {
    plan.action = Action::kDefineView;
    return plan;
  }
  FIRN_ASSIGN(const auto target, staging.Find(model.name));
  std::string full;
  bool changed = false;
  bool readable = !model.seeds.empty() || model.inputs.empty();
  for (const ModelInput& input : model.inputs) {
    if (IsView(package, input.table) || !Triggers(model, input)) continue;
    FIRN_ASSIGN(auto change, CompareInput(input.table, target.get(), staging, full));
    const bool moved = change.to_snapshot && change.to_snapshot != change.from_snapshot;
    if (moved && input.touches_all && change.from_snapshot) full = input.table + " changed";
    changed = changed || moved;
    readable = readable || change.to_snapshot;
    plan.inputs.push_back(std::move(change));
  }
  const std::string known = target == nullptr ? "" : target->Property(kFingerprintKey, "");
  if (known.empty()) {
    full = "first run";
  } else if (known != fingerprint) {
    full = "its definition changed";
  }
  if (request.full_refresh) full = "full refresh";
  if (!readable) {
    plan.reason = "its inputs are empty";
  } else if (!full.empty()) {
    plan.action = Action::kFull;
    plan.reason = full;
  } else if (changed) {
    plan.action = Action::kIncremental;
    plan.reason = "new rows";
  }
  return plan;
}

Status CountFiles(const RunContext& context, Staging& staging, ModelPlan& plan) {
  for (InputChange& input : plan.inputs) {
    if (!input.to_snapshot) continue;
    const bool all = plan.action == Action::kFull;
    if (!all && input.from_snapshot == input.to_snapshot) continue;
    FIRN_ASSIGN(const auto source, staging.Find(input.table));
    std::optional<table::SnapshotId> from;
    if (!all && input.from_snapshot) from = table::SnapshotId(*input.from_snapshot);
    FIRN_ASSIGN(
        const auto changes,
        table::PlanChanges(*source, from, table::SnapshotId(*input.to_snapshot), context.files));
    input.files_added = static_cast<int64_t>(changes.added.size());
    input.files_removed = static_cast<int64_t>(changes.removed.size());
    for (const auto* entries : {&changes.added, &changes.removed}) {
      for (const table::ManifestEntry& entry : *entries)
        input.bytes += entry.file.file_size_bytes;
    }
  }
  return Ok();
}

Status StageWatermarks(const ModelPlan& plan, const std::string& fingerprint, Staging& staging) {
  FIRN_TRY(staging.StageProperty(plan.model, kFingerprintKey, fingerprint));
  for (const InputChange& input : plan.inputs) {
    if (!input.to_snapshot) continue;
    FIRN_TRY(staging.StageProperty(plan.model, WatermarkKey(input.table),
                                   std::to_string(*input.to_snapshot)));
    FIRN_TRY(staging.StageTag(input.table, ConsumerTag(plan.model),
                              table::SnapshotId(*input.to_snapshot)));
  }
  return Ok();
}

}  // namespace firn::pipeline
