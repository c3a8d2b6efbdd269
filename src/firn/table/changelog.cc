// SPDX-License-Identifier: Apache-2.0
//
// What changed row by row between snapshots, out of merge-on-read tables. Each snapshot is compared
// with its parent: data files that only one of the two has, by the manifests they do not share;
// and, where their delete files differ, data files that both have and that one of those reaches.
// What exactly became of a row is for the reader to find, from the deletes on both sides.

#include "firn/table/changelog.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "firn/table/delete_index.h"
#include "firn/table/evaluator.h"
#include "firn/table/scan_planner.h"
#include "firn/table/snapshot_range.h"

namespace firn::table {
namespace {

using Entries = std::vector<ManifestEntry>;

// A delete file, or a deletion vector among others in one file.
std::pair<std::string, int64_t> IdentityOf(const ManifestEntry& entry) {
  return {entry.file.file_path, entry.file.content_offset.value_or(-1)};
}

// A snapshot and what lives in it; the parts are read when they are asked for.
class State {
 public:
  State(const TableMetadata& metadata, io::FileIO& io) : metadata_(metadata), io_(io) {}

  // An empty table where `snapshot` is null.
  Status Load(const Snapshot* snapshot) {
    if (snapshot == nullptr) return Ok();
    FIRN_ASSIGN(manifests_, ManifestsOf(metadata_, *snapshot, io_));
    return Ok();
  }

  std::set<std::string> PathsOf(ManifestContent content) const {
    std::set<std::string> paths;
    for (const ManifestFile& manifest : manifests_) {
      if (manifest.content == content) paths.insert(manifest.path);
    }
    return paths;
  }

  // The live entries of its manifests of one kind, those `except` left out.
  Result<Entries> Live(ManifestContent content, const std::set<std::string>& except = {}) const {
    Entries live;
    for (const ManifestFile& manifest : manifests_) {
      if (manifest.content != content || except.contains(manifest.path)) continue;
      const PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
      if (spec == nullptr)
        return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
      const Type type = PartitionType(*spec, metadata_.schema());
      FIRN_ASSIGN(Entries entries, ReadManifest(io_, manifest, *spec));
      for (ManifestEntry& entry : entries) {
        if (!entry.is_live()) continue;
        FIRN_TRY(WidenPartition(*spec, type, metadata_.schema(), entry.file.partition));
        live.push_back(std::move(entry));
      }
    }
    return live;
  }

  Result<const Entries*> Deletes() {
    if (!deletes_) {
      FIRN_ASSIGN(deletes_, Live(ManifestContent::kDeletes));
    }
    return &*deletes_;
  }

  // The deletes that reach a data file.
  Result<std::vector<DataFile>> DeletesOf(const ManifestEntry& data) {
    if (!index_) {
      FIRN_ASSIGN(const Entries* deletes, Deletes());
      index_.emplace(IndexOf(metadata_, *deletes));
    }
    return index_->For(data);
  }

  static DeleteIndex IndexOf(const TableMetadata& metadata, const Entries& deletes) {
    DeleteIndex index;
    for (const ManifestEntry& entry : deletes) {
      index.Add(entry, metadata.FindSpec(entry.file.spec_id)->is_unpartitioned());
    }
    return index;
  }

 private:
  const TableMetadata& metadata_;
  io::FileIO& io_;
  std::vector<ManifestFile> manifests_;
  std::optional<Entries> deletes_;
  std::optional<DeleteIndex> index_;
};

// What lives on one side only, by identity.
Entries OnlyIn(const Entries& one, const Entries& other) {
  std::set<std::pair<std::string, int64_t>> known;
  for (const ManifestEntry& entry : other) {
    known.insert(IdentityOf(entry));
  }
  Entries only;
  for (const ManifestEntry& entry : one) {
    if (!known.contains(IdentityOf(entry))) only.push_back(entry);
  }
  return only;
}

bool ChangesRows(const Snapshot& snapshot, bool appends_only) {
  return appends_only ? snapshot.operation() == kOperationAppend
                      : snapshot.operation() != kOperationReplace;
}

// Compares one snapshot with its parent.
class Comparison {
 public:
  Comparison(const TableMetadata& metadata, size_t ordinal, State& before, State& after,
             std::vector<ChangelogTask>& tasks)
      : metadata_(metadata), ordinal_(ordinal), before_(before), after_(after), tasks_(tasks) {}

  Status Run() {
    const auto data_before = before_.PathsOf(ManifestContent::kData);
    const auto data_after = after_.PathsOf(ManifestContent::kData);
    FIRN_ASSIGN(const Entries left, before_.Live(ManifestContent::kData, data_after));
    FIRN_ASSIGN(const Entries right, after_.Live(ManifestContent::kData, data_before));
    for (const ManifestEntry& entry : OnlyIn(left, right)) {
      FIRN_TRY(Add(entry, true, false));
    }
    for (const ManifestEntry& entry : OnlyIn(right, left)) {
      FIRN_TRY(Add(entry, false, true));
    }
    const bool same_deletes =
        before_.PathsOf(ManifestContent::kDeletes) == after_.PathsOf(ManifestContent::kDeletes);
    return same_deletes ? Ok() : CompareDeletes();
  }

 private:
  Status Add(const ManifestEntry& entry, bool before, bool after) {
    ChangelogTask task{ordinal_, entry.file, *entry.sequence_number, before, after, {}, {}};
    if (before) {
      FIRN_ASSIGN(task.deletes_before, before_.DeletesOf(entry));
    }
    if (after) {
      FIRN_ASSIGN(task.deletes_after, after_.DeletesOf(entry));
    }
    DropMetrics(task.file);
    for (auto* deletes : {&task.deletes_before, &task.deletes_after}) {
      std::ranges::for_each(*deletes, DropMetrics);
    }
    tasks_.push_back(std::move(task));
    return Ok();
  }

  // Files on both sides that a delete file of one side only reaches.
  Status CompareDeletes() {
    FIRN_ASSIGN(const Entries* old_deletes, before_.Deletes());
    FIRN_ASSIGN(const Entries* new_deletes, after_.Deletes());
    Entries changed = OnlyIn(*old_deletes, *new_deletes);
    const Entries added = OnlyIn(*new_deletes, *old_deletes);
    changed.insert(changed.end(), added.begin(), added.end());
    if (changed.empty()) return Ok();
    const DeleteIndex index = State::IndexOf(metadata_, changed);
    FIRN_ASSIGN(const Entries data_before, before_.Live(ManifestContent::kData));
    FIRN_ASSIGN(const Entries data_after, after_.Live(ManifestContent::kData));
    std::set<std::string_view> known;
    for (const ManifestEntry& entry : data_before) {
      known.insert(entry.file.file_path);
    }
    for (const ManifestEntry& entry : data_after) {
      if (!known.contains(entry.file.file_path) || index.For(entry).empty()) continue;
      FIRN_TRY(Add(entry, true, true));
    }
    return Ok();
  }

  const TableMetadata& metadata_;
  size_t ordinal_;
  State& before_;
  State& after_;
  std::vector<ChangelogTask>& tasks_;
};

}  // namespace

std::string_view ChangeTypeName(ChangeType type) {
  switch (type) {
    case ChangeType::kInsert:
      return "INSERT";
    case ChangeType::kDelete:
      return "DELETE";
    case ChangeType::kUpdateBefore:
      return "UPDATE_BEFORE";
    default:
      return "UPDATE_AFTER";
  }
}

std::span<const NestedField> ChangelogColumns() {
  static const std::array<NestedField, 3> columns = {
      NestedField::Required(kChangeTypeColumn.value, "_change_type", Type::String()),
      NestedField::Required(kChangeOrdinalColumn.value, "_change_ordinal", Type::Int()),
      NestedField::Required(kCommitSnapshotIdColumn.value, "_commit_snapshot_id", Type::Long()),
  };
  return columns;
}

Result<ChangelogPlan> PlanChangelog(const TableMetadata& metadata, const ChangelogRequest& request,
                                    io::FileIO& io) {
  FIRN_ASSIGN(const auto range, SnapshotsBetween(metadata, request.from, request.to));
  ChangelogPlan plan;
  plan.schema = metadata.schema();
  auto before = std::make_unique<State>(metadata, io);
  FIRN_TRY(before->Load(request.from ? metadata.FindSnapshot(*request.from) : nullptr));
  for (const Snapshot* snapshot : range) {
    auto after = std::make_unique<State>(metadata, io);
    FIRN_TRY(after->Load(snapshot));
    if (ChangesRows(*snapshot, request.appends_only)) {
      const size_t ordinal = plan.snapshots.size();
      plan.snapshots.push_back({snapshot->id, snapshot->sequence_number});
      FIRN_TRY(Comparison(metadata, ordinal, *before, *after, plan.tasks).Run());
    }
    before = std::move(after);
  }
  return plan;
}

}  // namespace firn::table
