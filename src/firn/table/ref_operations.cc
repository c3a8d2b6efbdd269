// SPDX-License-Identifier: Apache-2.0
//
// Operations on branches and tags (spec, "Snapshot References"). They move names; snapshots and
// files stay as they are. Each asserts where the ref was, so two that race cannot both win.

#include "firn/table/ref_operations.h"

#include <functional>
#include <utility>

namespace firn::table {
namespace {

// Moves `name` to `ref` if it is still where `base` has it.
CommitPlan MoveRef(const TableMetadata& base, const std::string& name, Ref ref) {
  CommitPlan plan;
  if (base.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*base.table_uuid});
  const Ref* present = base.FindRef(name);
  std::optional<SnapshotId> from;
  if (present != nullptr) from = present->snapshot_id;
  plan.requirements.emplace_back(AssertRefSnapshotId{name, from});
  plan.updates.emplace_back(SetSnapshotRef{name, std::move(ref)});
  return plan;
}

Status CheckSnapshot(const TableMetadata& base, SnapshotId id) {
  if (base.FindSnapshot(id) != nullptr) return Ok();
  return NotFound("snapshot not found", id);
}

class CreateRefOperation : public Operation {
 public:
  CreateRefOperation(std::string name, Ref ref, bool replace)
      : name_(std::move(name)), ref_(std::move(ref)), replace_(replace) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    FIRN_TRY(CheckSnapshot(base, ref_.snapshot_id));
    const Ref* present = base.FindRef(name_);
    if (present != nullptr && !replace_) return AlreadyExists("a branch or tag exists", name_);
    if (present != nullptr && present->type != ref_.type) {
      return InvalidArgument("a branch cannot become a tag, nor a tag a branch", name_);
    }
    return MoveRef(base, name_, ref_);
  }

 private:
  std::string name_;
  Ref ref_;
  bool replace_;
};

class RemoveRefOperation : public Operation {
 public:
  RemoveRefOperation(std::string name, bool missing_ok)
      : name_(std::move(name)), missing_ok_(missing_ok) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    if (name_ == kMainBranch) return InvalidArgument("the main branch cannot be removed");
    const Ref* present = base.FindRef(name_);
    if (present == nullptr) {
      if (missing_ok_) return CommitPlan();
      return NotFound("no branch or tag", name_);
    }
    CommitPlan plan;
    plan.requirements.emplace_back(AssertRefSnapshotId{name_, present->snapshot_id});
    plan.updates.emplace_back(RemoveSnapshotRef{name_});
    return plan;
  }

 private:
  std::string name_;
  bool missing_ok_;
};

// The ref `name` with another snapshot; its limits stay.
Result<Ref> BranchAt(const TableMetadata& base, const std::string& name, SnapshotId snapshot) {
  const Ref* present = base.FindRef(name);
  if (present == nullptr) return NotFound("no branch", name);
  if (!present->is_branch()) return InvalidArgument("a tag does not move", name);
  Ref moved = *present;
  moved.snapshot_id = snapshot;
  return moved;
}

class RenameRefOperation : public Operation {
 public:
  RenameRefOperation(std::string name, std::string new_name)
      : name_(std::move(name)), new_name_(std::move(new_name)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    if (name_ == kMainBranch) return InvalidArgument("the main branch cannot be renamed");
    const Ref* present = base.FindRef(name_);
    if (present == nullptr) return NotFound("no branch or tag", name_);
    if (base.FindRef(new_name_) != nullptr) {
      return AlreadyExists("a branch or tag exists", new_name_);
    }
    CommitPlan plan = MoveRef(base, new_name_, *present);
    plan.requirements.emplace_back(AssertRefSnapshotId{name_, present->snapshot_id});
    plan.updates.emplace_back(RemoveSnapshotRef{name_});
    return plan;
  }

 private:
  std::string name_;
  std::string new_name_;
};

class SetRefLimitsOperation : public Operation {
 public:
  SetRefLimitsOperation(std::string name, Ref limits)
      : name_(std::move(name)), limits_(std::move(limits)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    const Ref* present = base.FindRef(name_);
    if (present == nullptr) return NotFound("no branch or tag", name_);
    Ref changed = limits_;
    changed.snapshot_id = present->snapshot_id;
    changed.type = present->type;
    if (!changed.is_branch() && (changed.min_snapshots_to_keep || changed.max_snapshot_age)) {
      return InvalidArgument("a tag keeps one snapshot; only its own age has a limit", name_);
    }
    return MoveRef(base, name_, std::move(changed));
  }

 private:
  std::string name_;
  Ref limits_;
};

// Moves a branch to the snapshot that `choose` finds from where it is.
class MoveBranchOperation : public Operation {
 public:
  using Choose = std::function<Result<SnapshotId>(const TableMetadata& base, SnapshotId head)>;

  MoveBranchOperation(std::string branch, Choose choose)
      : branch_(std::move(branch)), choose_(std::move(choose)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    const Ref* present = base.FindRef(branch_);
    if (present == nullptr) return NotFound("no branch", branch_);
    FIRN_ASSIGN(const SnapshotId chosen, choose_(base, present->snapshot_id));
    FIRN_ASSIGN(Ref moved, BranchAt(base, branch_, chosen));
    return MoveRef(base, branch_, std::move(moved));
  }

 private:
  std::string branch_;
  Choose choose_;
};

class SetCurrentOperation : public Operation {
 public:
  SetCurrentOperation(SnapshotId snapshot, std::string branch)
      : snapshot_(snapshot), branch_(std::move(branch)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    FIRN_TRY(CheckSnapshot(base, snapshot_));
    if (base.FindRef(branch_) == nullptr && branch_ == kMainBranch) {
      return MoveRef(base, branch_, Ref{snapshot_, RefType::kBranch, {}, {}, {}});
    }
    FIRN_ASSIGN(Ref moved, BranchAt(base, branch_, snapshot_));
    return MoveRef(base, branch_, std::move(moved));
  }

 private:
  SnapshotId snapshot_;
  std::string branch_;
};

class FastForwardOperation : public Operation {
 public:
  FastForwardOperation(std::string branch, std::string to)
      : branch_(std::move(branch)), to_(std::move(to)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    const Ref* target = base.FindRef(to_);
    if (target == nullptr) return NotFound("no branch or tag", to_);
    // A table that is still empty has no main branch: any history is ahead of it.
    if (base.FindRef(branch_) == nullptr && branch_ == kMainBranch) {
      return MoveRef(base, branch_, Ref{target->snapshot_id, RefType::kBranch, {}, {}, {}});
    }
    FIRN_ASSIGN(Ref moved, BranchAt(base, branch_, target->snapshot_id));
    FIRN_ASSIGN(const bool ahead,
                IsAncestor(base, base.FindRef(branch_)->snapshot_id, target->snapshot_id));
    if (!ahead) return Conflict("branch " + branch_ + " has snapshots that are not in", to_);
    return MoveRef(base, branch_, std::move(moved));
  }

 private:
  std::string branch_;
  std::string to_;
};

}  // namespace

std::unique_ptr<Operation> CreateRef(std::string name, Ref ref) {
  return std::make_unique<CreateRefOperation>(std::move(name), std::move(ref), false);
}

std::unique_ptr<Operation> ReplaceRef(std::string name, Ref ref) {
  return std::make_unique<CreateRefOperation>(std::move(name), std::move(ref), true);
}

std::unique_ptr<Operation> RemoveRef(std::string name, bool missing_ok) {
  return std::make_unique<RemoveRefOperation>(std::move(name), missing_ok);
}

std::unique_ptr<Operation> RenameRef(std::string name, std::string new_name) {
  return std::make_unique<RenameRefOperation>(std::move(name), std::move(new_name));
}

std::unique_ptr<Operation> SetRefLimits(std::string name, Ref limits) {
  return std::make_unique<SetRefLimitsOperation>(std::move(name), std::move(limits));
}

std::unique_ptr<Operation> RollbackTo(SnapshotId snapshot, std::string branch) {
  return std::make_unique<MoveBranchOperation>(
      std::move(branch),
      [snapshot](const TableMetadata& base, SnapshotId head) -> Result<SnapshotId> {
        FIRN_TRY(CheckSnapshot(base, snapshot));
        FIRN_ASSIGN(const bool behind, IsAncestor(base, snapshot, head));
        if (!behind) return InvalidArgument("not an ancestor of the branch", snapshot);
        return snapshot;
      });
}

std::unique_ptr<Operation> RollbackToTime(TimeMs time, std::string branch) {
  return std::make_unique<MoveBranchOperation>(
      std::move(branch), [time](const TableMetadata& base, SnapshotId head) -> Result<SnapshotId> {
        FIRN_ASSIGN(const auto history, Ancestors(base, head));
        for (const Snapshot* snapshot : history) {
          if (snapshot->timestamp < time) return snapshot->id;
        }
        return NotFound("the branch has no snapshot before", time);
      });
}

std::unique_ptr<Operation> SetCurrentSnapshot(SnapshotId snapshot, std::string branch) {
  return std::make_unique<SetCurrentOperation>(snapshot, std::move(branch));
}

std::unique_ptr<Operation> FastForward(std::string branch, std::string to) {
  return std::make_unique<FastForwardOperation>(std::move(branch), std::move(to));
}

}  // namespace firn::table
