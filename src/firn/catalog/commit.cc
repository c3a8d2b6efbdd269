// SPDX-License-Identifier: Apache-2.0
//
// One attempt plans every operation on the metadata of that moment and hands all to the catalog as
// one change. What it writes is put aside until the catalog has its metadata files ready too; then
// all are synced side by side, and only then the pointer moves. Three outcomes:
//   committed  done;
//   rejected   what the attempt wrote is deleted; on `kConflict` the next attempt begins;
//   unknown    read again and look for a snapshot of ours: found = committed, else say unknown.

#include "firn/catalog/commit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "firn/catalog/batch_commit.h"

namespace firn::catalog {
namespace {

constexpr char kRetries[] = "commit.retry.num-retries";
constexpr char kMinWait[] = "commit.retry.min-wait-ms";
constexpr char kMaxWait[] = "commit.retry.max-wait-ms";
constexpr char kTotalTimeout[] = "commit.retry.total-timeout-ms";

// How long to go on; the most patient of the tables decides.
struct RetryLimits {
  int64_t retries = 0;
  int64_t min_wait_ms = 0;
  int64_t max_wait_ms = 0;
  int64_t total_ms = 0;
};

// The change of one table as far as it is planned.
struct TablePlan {
  TableChange change;
  std::shared_ptr<const table::TableMetadata> base;  // Null for a table that is to be made.
  std::optional<table::TableMetadata> after;         // Of the first `applied` updates.
  size_t applied = 0;
  std::optional<table::SnapshotId> snapshot_id;

  const table::TableMetadata* latest() const { return after ? &*after : base.get(); }
};

// What an attempt made: plans in order of first mention, and the files to take back.
struct Attempt {
  std::vector<TablePlan> tables;
  std::vector<std::string> files_of_attempt;
  std::vector<std::string> files_of_operation;
  std::vector<std::string> files_unused;
};

Status RaiseLimits(const table::TableMetadata& metadata, RetryLimits& limits) {
  const auto raise = [&metadata](const char* key, int64_t fallback, int64_t& limit) -> Status {
    FIRN_ASSIGN(const int64_t value, metadata.IntProperty(key, fallback));
    limit = std::max(limit, value);
    return Ok();
  };
  FIRN_TRY(raise(kRetries, 20, limits.retries));
  FIRN_TRY(raise(kMinWait, 20, limits.min_wait_ms));
  FIRN_TRY(raise(kMaxWait, 5'000, limits.max_wait_ms));
  return raise(kTotalTimeout, 1'800'000, limits.total_ms);
}

// Doubles the wait with each attempt and takes a random part of it, so that writers who collided
// once do not collide again.
Millis WaitBefore(int64_t attempt, const RetryLimits& limits, Env& env) {
  const int64_t doublings = std::min<int64_t>(attempt, 20);
  const int64_t most = std::min(limits.min_wait_ms << doublings, limits.max_wait_ms);
  if (most <= 0) return Millis{0};
  return Millis{static_cast<int64_t>(env.Random64() % static_cast<uint64_t>(most)) + 1};
}

Result<TablePlan*> FindOrLoad(Catalog& catalog, const PendingChange& change, Attempt& attempt) {
  for (TablePlan& plan : attempt.tables) {
    if (plan.change.name == change.name) return &plan;
  }
  auto base = catalog.LoadTable(change.name);
  if (base) {
    attempt.tables.push_back({{change.name, {}, {}}, std::move(base->metadata), {}, 0, {}});
    return &attempt.tables.back();
  }
  const bool to_be_made =
      base.error().kind == ErrorKind::kNotFound && change.operation->makes_table();
  if (!to_be_made) return std::move(base).error();
  attempt.tables.push_back({{change.name, {}, {}}, nullptr, {}, 0, {}});
  return &attempt.tables.back();
}

// The metadata as the operations planned so far leave it, null for a table still to be made. Most
// commits have one operation a table: only another one asks for what the first would give.
Result<const table::TableMetadata*> ApplyPlanned(TablePlan& plan, Env& env) {
  const std::span updates = plan.change.updates;
  if (plan.applied < updates.size()) {
    if (!plan.after) plan.after = plan.base ? *plan.base : table::TableMetadata{};
    FIRN_ASSIGN(plan.after, table::ApplyUpdates(*std::move(plan.after),
                                                updates.subspan(plan.applied), env.NowMs()));
    plan.applied = updates.size();
  }
  return plan.latest();
}

// Adds what an operation planned to what the table's earlier ones did. A requirement that only
// holds because of those (say, that main is at the snapshot they make) is met by the order of
// updates; the catalog, which checks against the metadata before all of them, is not asked.
Status AddToPlan(table::CommitPlan planned, TablePlan& plan) {
  for (table::Requirement& requirement : planned.requirements) {
    FIRN_TRY(table::Check(requirement, plan.latest()));
    if (!table::Check(requirement, plan.base.get())) continue;
    plan.change.requirements.push_back(std::move(requirement));
  }
  std::move(planned.updates.begin(), planned.updates.end(),
            std::back_inserter(plan.change.updates));
  if (planned.snapshot_id) plan.snapshot_id = planned.snapshot_id;
  return Ok();
}

Status PlanAll(Catalog& catalog, table::OperationContext context,
               std::span<const PendingChange> changes, Attempt& attempt) {
  const table::TableMetadata nothing;
  for (const PendingChange& change : changes) {
    FIRN_ASSIGN(TablePlan * plan, FindOrLoad(catalog, change, attempt));
    FIRN_ASSIGN(const table::TableMetadata* const latest, ApplyPlanned(*plan, context.env));
    auto planned = change.operation->Plan(latest != nullptr ? *latest : nothing, context);
    if (!planned) return std::move(planned).error().Within("table " + change.name.ToString());
    const auto keep = [](const std::vector<std::string>& from, std::vector<std::string>& to) {
      to.insert(to.end(), from.begin(), from.end());
    };
    keep(planned->files_of_attempt, attempt.files_of_attempt);
    keep(planned->files_of_operation, attempt.files_of_operation);
    keep(planned->files_unused, attempt.files_unused);
    FIRN_TRY(AddToPlan(*std::move(planned), *plan));
  }
  return Ok();
}

void DeleteAll(io::FileIO& files, const std::set<std::string>& locations) {
  for (const std::string& location : locations) {
    files.Delete(location).Ignore("an orphan that maintenance finds");
  }
}

std::vector<TableChange> ChangesOf(const Attempt& attempt) {
  std::vector<TableChange> changes;
  for (const TablePlan& plan : attempt.tables)
    changes.push_back(plan.change);
  return changes;
}

// The tables, if a snapshot of the attempt is in one of them: all landed together or none did.
std::optional<std::vector<LoadedTable>> FindLanded(Catalog& catalog, const Attempt& attempt) {
  bool landed = false;
  std::vector<LoadedTable> tables;
  for (const TablePlan& plan : attempt.tables) {
    auto now = catalog.LoadTable(plan.change.name);
    if (!now) return std::nullopt;
    landed = landed || (plan.snapshot_id && now->metadata->FindSnapshot(*plan.snapshot_id));
    tables.push_back(*std::move(now));
  }
  if (!landed) return std::nullopt;
  return tables;
}

// Runs the attempts of one commit and answers for the files they leave.
class Committer {
 public:
  Committer(Catalog& catalog, io::WriteBatch& files, Env& env,
            std::span<const PendingChange> changes)
      : catalog_(catalog), files_(files), env_(env), changes_(changes) {}

  Result<std::vector<LoadedTable>> Run() {
    const int64_t started = env_.MonotonicMicros();
    for (int64_t tried = 0;; ++tried) {
      Attempt attempt;
      auto outcome = TryOnce(attempt);
      if (outcome) DeleteAll(files_, {attempt.files_unused.begin(), attempt.files_unused.end()});
      if (outcome || outcome.error().kind == ErrorKind::kOutcomeUnknown) return outcome;
      DeleteAll(files_, {attempt.files_of_attempt.begin(), attempt.files_of_attempt.end()});
      const int64_t spent_ms = (env_.MonotonicMicros() - started) / 1000;
      if (!lost_race_ || tried >= limits_.retries || spent_ms >= limits_.total_ms) {
        DeleteAll(files_, files_of_operation_);
        return outcome;
      }
      env_.Sleep(WaitBefore(tried, limits_, env_));
    }
  }

 private:
  // A table that was dropped and made again under its name is another one: what was written for the
  // first must not go into it.
  Status CheckSameTables(const Attempt& attempt) {
    for (const TablePlan& plan : attempt.tables) {
      const auto uuid = plan.base ? plan.base->table_uuid : std::optional<Uuid>();
      const auto [known, is_new] = uuids_.emplace(plan.change.name, uuid);
      if (is_new || !known->second || known->second == uuid) continue;
      return Conflict("another table has the name now", plan.change.name);
    }
    return Ok();
  }

  Result<std::vector<LoadedTable>> TryOnce(Attempt& attempt) {
    lost_race_ = false;
    const Status planned = PlanAll(catalog_, {files_, env_}, changes_, attempt);
    files_of_operation_.insert(attempt.files_of_operation.begin(),
                               attempt.files_of_operation.end());
    FIRN_TRY(planned);
    FIRN_TRY(CheckSameTables(attempt));
    for (const TablePlan& plan : attempt.tables) {
      FIRN_TRY(
          RaiseLimits(plan.latest() != nullptr ? *plan.latest() : table::TableMetadata{}, limits_));
    }
    auto committed = CommitWithFiles(catalog_, ChangesOf(attempt), files_);
    if (committed) return committed;
    lost_race_ = committed.error().kind == ErrorKind::kConflict;
    if (committed.error().kind != ErrorKind::kOutcomeUnknown) return committed;
    if (auto landed = FindLanded(catalog_, attempt)) return *std::move(landed);
    return std::move(committed).error().WithHint(
        "the commit may have landed: look at the table's history before trying again");
  }

  Catalog& catalog_;
  io::WriteBatch& files_;
  Env& env_;
  std::span<const PendingChange> changes_;
  RetryLimits limits_;
  std::set<std::string> files_of_operation_;
  std::map<TableName, std::optional<Uuid>> uuids_;  // As first seen.
  bool lost_race_ = false;                          // Only then does planning again help.
};

}  // namespace

Result<std::vector<LoadedTable>> CommitWithFiles(Catalog& catalog,
                                                 std::span<const TableChange> changes,
                                                 io::WriteBatch& files) {
  if (auto* committer = dynamic_cast<BatchCommitter*>(&catalog)) {
    return committer->CommitWithFiles(changes, files);
  }
  FIRN_TRY(files.Flush());
  return catalog.Commit(changes);
}

Result<std::vector<LoadedTable>> CommitOperations(Catalog& catalog, io::FileIO& files, Env& env,
                                                  std::span<const PendingChange> changes) {
  io::WriteBatch batch(files);
  return CommitOperations(catalog, batch, env, changes);
}

Result<std::vector<LoadedTable>> CommitOperations(Catalog& catalog, io::WriteBatch& files, Env& env,
                                                  std::span<const PendingChange> changes) {
  return Committer(catalog, files, env, changes).Run();
}

Result<LoadedTable> CommitOperation(Catalog& catalog, io::FileIO& files, Env& env,
                                    const TableName& name,
                                    std::shared_ptr<const table::Operation> operation) {
  const PendingChange change{name, std::move(operation)};
  FIRN_ASSIGN(auto tables, CommitOperations(catalog, files, env, {&change, 1}));
  return std::move(tables.front());
}

}  // namespace firn::catalog
