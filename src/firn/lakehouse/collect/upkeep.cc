// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/upkeep.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace firn::lakehouse {
namespace {

// Fewer commits leave no files worth joining.
constexpr int64_t kCommitsWorthwhile = 20;
// Every commit adds a file and a snapshot to the log of positions, whose history nobody asks for.
constexpr char kPositions[] = "bronze.source_files";
constexpr Millis kPositionsHistory{3'600'000};

}  // namespace

bool MayPass(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kConflict:
    case ErrorKind::kOutcomeUnknown:
    case ErrorKind::kResourceExhausted:
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kIo:
      return true;
    default:
      return false;
  }
}

Upkeep::Upkeep(std::unique_ptr<Lakehouse> lake, Env& env, const WatchRequest& request,
               const WatchListener& listener)
    : lake_(std::move(lake)),
      env_(env),
      request_(request),
      listener_(listener),
      run_due_us_(env.MonotonicMicros()),
      maintain_due_us_(env.MonotonicMicros() + request.maintain_every.value * 1000),
      thread_([this] { Work(); }) {}

Upkeep::~Upkeep() {
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  woken_.notify_all();
}

void Upkeep::NoteCommit() {
  const std::scoped_lock lock(mutex_);
  rows_came_ = true;
  ++commits_;
  woken_.notify_all();
}

std::optional<Error> Upkeep::failure() {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

// What is due; waits until something is.
Upkeep::Job Upkeep::NextJob(std::unique_lock<std::mutex>& lock) {
  while (!ended_) {
    const int64_t now = env_.MonotonicMicros();
    const bool wants_maintenance = commits_ >= kCommitsWorthwhile;
    if (rows_came_ && now >= run_due_us_) return Job::kRun;
    if (wants_maintenance && now >= maintain_due_us_) return Job::kMaintain;
    int64_t due = now + int64_t{3'600'000'000};
    if (rows_came_) due = std::min(due, run_due_us_);
    if (wants_maintenance) due = std::min(due, maintain_due_us_);
    woken_.wait_for(lock, std::chrono::microseconds(due - now));
  }
  return Job::kNone;
}

void Upkeep::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    const Job job = NextJob(lock);
    if (job == Job::kNone) return;
    if (job == Job::kRun) rows_came_ = false;
    if (job == Job::kMaintain) commits_ = 0;
    lock.unlock();
    const Status done = Do(job);
    lock.lock();
    const int64_t now = env_.MonotonicMicros();
    if (job == Job::kRun) run_due_us_ = now + request_.models_every.value * 1000;
    if (job == Job::kMaintain) maintain_due_us_ = now + request_.maintain_every.value * 1000;
    if (done.ok()) continue;
    if (!MayPass(done.error())) {
      failure_ = done.error();
      return;
    }
    if (job == Job::kRun) rows_came_ = true;
  }
}

Status Upkeep::Do(Job job) {
  Status done = job == Job::kRun ? Run() : Maintain();
  if (!done.ok() && MayPass(done.error())) {
    WatchStep step;
    step.failed = done.error();
    listener_(step);
  }
  return done;
}

Status Upkeep::Run() {
  WatchStep step;
  FIRN_ASSIGN(step.ran, lake_->Run({}));
  listener_(step);
  return Ok();
}

// Bronze and the log of positions grow by a file a commit; the models see to their own tables.
Status Upkeep::Maintain() {
  MaintainRequest positions;
  positions.tables = {kPositions};
  positions.rewrite_data_files = true;
  positions.expire_older_than = env_.NowMs() - kPositionsHistory;
  WatchStep step;
  FIRN_ASSIGN(step.maintained, lake_->Maintain(positions));
  MaintainRequest bronze;
  bronze.tables = {"bronze.conversations"};
  bronze.rewrite_data_files = true;
  FIRN_ASSIGN(const MaintainReport more, lake_->Maintain(bronze));
  for (const MaintainRow& row : more.tables)
    step.maintained->tables.push_back(row);
  listener_(step);
  return Ok();
}

}  // namespace firn::lakehouse
