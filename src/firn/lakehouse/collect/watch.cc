// SPDX-License-Identifier: Apache-2.0
//
// One thread follows files: events say which to look at, positions say what of them is new. What
// the events cannot tell (places that come to be, file systems without events, a queue that ran
// over) walks over all places find. The models run on a second thread.

#include "firn/lakehouse/collect/watch.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include <poll.h>

#include "firn/base/env.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/folder_watch.h"
#include "firn/ingest/ingest_lock.h"
#include "firn/lakehouse/collect/collect.h"
#include "firn/lakehouse/collect/upkeep.h"

namespace firn::lakehouse {
namespace {

constexpr size_t kBatchFilesMax = 5'000;
constexpr size_t kPendingMax = 100'000;
// A file is mostly written in several steps close to each other.
constexpr Millis kSettle{200};
// A walk over very many files takes at most one part in so many of the time.
constexpr int64_t kWalkShare = 20;
// Folders that come while others are looked at; whoever makes them faster is left to the next walk.
constexpr int kRoundsMax = 10;

int64_t Micros(Millis duration) {
  return duration.value * 1000;
}

class Follower {
 public:
  Follower(Lakehouse& lake, const LakeOptions& options, const WatchRequest& request,
           const WatchListener& listener, ingest::FolderWatch& folders, Upkeep& upkeep)
      : lake_(lake),
        options_(options),
        env_(*options.env),
        request_(request),
        listener_(listener),
        folders_(folders),
        upkeep_(upkeep) {}

  Status Go() {
    FIRN_TRY(Walk());
    while (!IsStopped()) {
      if (auto failure = upkeep_.failure()) return *failure;
      FIRN_TRY(folders_.Wait(request_.stop, UntilDue()));
      FIRN_TRY(TakeChanges());
      const int64_t now = env_.MonotonicMicros();
      if (IsStopped()) break;
      if (now >= walk_due_us_) {
        FIRN_TRY(Walk());
      } else if (!pending_.empty() && now >= BatchDue()) {
        FIRN_TRY(ReadPending());
      }
    }
    return Ok();
  }

 private:
  bool IsStopped() const {
    pollfd stop{request_.stop, POLLIN, 0};
    return request_.stop >= 0 && poll(&stop, 1, 0) > 0;
  }

  int64_t BatchDue() const {
    return std::max(first_pending_us_ + Micros(std::min(kSettle, request_.commit_every)),
                    last_commit_us_ + Micros(request_.commit_every));
  }

  Millis UntilDue() const {
    const int64_t due = pending_.empty() ? walk_due_us_ : std::min(walk_due_us_, BatchDue());
    // Now and then, to see whether the other thread has ended.
    return Millis{std::clamp<int64_t>((due - env_.MonotonicMicros()) / 1000 + 1, 0, 1'000)};
  }

  std::vector<std::string> Places() const {
    return request_.paths.empty() ? UsualPlaces(lake_.path(), options_.environment, "")
                                  : request_.paths;
  }

  // Watches all that is below some paths. What is found last was found after all folders were
  // watched, so whatever comes later makes an event.
  Result<ingest::Discovery> Follow(const std::vector<std::string>& paths) {
    for (int round = 0;; ++round) {
      FIRN_ASSIGN(ingest::Discovery found, ingest::Discover(paths, env_));
      const size_t added = folders_.Add(found.folders);
      if (added == 0) return found;
      if (round < kRoundsMax) continue;
      walk_due_us_ = 0;
      return found;
    }
  }

  bool NeedsWalks(const std::vector<std::string>& places) const {
    std::error_code error;
    return folders_.needs_walks() || !std::ranges::all_of(places, [&](const std::string& place) {
             return std::filesystem::is_directory(place, error);
           });
  }

  Status Walk() {
    const int64_t began = env_.MonotonicMicros();
    const std::vector<std::string> places = Places();
    FIRN_TRY(Follow(places));
    pending_.clear();
    FIRN_TRY(Read(request_.paths));
    const int64_t now = env_.MonotonicMicros();
    const Millis every = NeedsWalks(places) ? request_.poll_every : request_.walk_every;
    walk_due_us_ = now + std::max(Micros(every), (now - began) * kWalkShare);
    return Ok();
  }

  Status TakeChanges() {
    ingest::FolderChanges changes = folders_.Take();
    if (!changes.folders.empty()) {
      FIRN_ASSIGN(const ingest::Discovery found, Follow(changes.folders));
      for (const ingest::FoundFile& file : found.files)
        changes.files.push_back(file.path);
    }
    if (changes.lost) walk_due_us_ = 0;
    for (std::string& path : changes.files) {
      if (!IsPromising(path)) continue;
      if (pending_.empty()) first_pending_us_ = env_.MonotonicMicros();
      pending_.insert(std::move(path));
    }
    if (pending_.size() > kPendingMax) {
      pending_.clear();
      walk_due_us_ = 0;
    }
    return Ok();
  }

  Status ReadPending() {
    std::vector<std::string> paths;
    std::error_code error;
    while (!pending_.empty() && paths.size() < kBatchFilesMax) {
      std::string path = std::move(pending_.extract(pending_.begin()).value());
      if (std::filesystem::is_regular_file(path, error)) paths.push_back(std::move(path));
    }
    return paths.empty() ? Ok() : Read(std::move(paths));
  }

  Status Read(std::vector<std::string> paths) {
    IngestRequest request;
    request.paths = std::move(paths);
    auto report = lake_.Ingest(request);
    last_commit_us_ = env_.MonotonicMicros();
    WatchStep step;
    if (!report) {
      if (!MayPass(report.error())) return std::move(report).error();
      step.failed = report.error();
      walk_due_us_ = 0;  // Finds again what was not read.
      last_commit_us_ += Micros(request_.poll_every);
    } else {
      if (report->rows + report->rejected > 0) upkeep_.NoteCommit();
      step.ingested = std::move(*report);
    }
    listener_(step);
    return Ok();
  }

  Lakehouse& lake_;
  const LakeOptions& options_;
  Env& env_;
  const WatchRequest& request_;
  const WatchListener& listener_;
  ingest::FolderWatch& folders_;
  Upkeep& upkeep_;
  std::set<std::string> pending_;  // Files that changed.
  int64_t first_pending_us_ = 0;
  int64_t last_commit_us_ = 0;
  int64_t walk_due_us_ = 0;
};

}  // namespace

Status WatchLake(const LakeOptions& options, const WatchRequest& request,
                 const WatchListener& listener) {
  std::mutex mutex;
  const WatchListener one_at_a_time = [&](const WatchStep& step) {
    const std::scoped_lock lock(mutex);
    listener(step);
  };
  FIRN_ASSIGN(const auto lake, Lakehouse::Open(options));
  const ingest::IngestLock lock(lake->path() + "/watch.lock", *options.env, Millis{0});
  if (!lock.held()) {
    return Conflict("another 'firn up --watch' follows for this lake", lake->path())
        .WithHint("end that one first, or let it go on");
  }
  FIRN_ASSIGN(const auto folders, ingest::FolderWatch::Open());
  FIRN_ASSIGN(auto second, Lakehouse::Open(options));
  Upkeep upkeep(std::move(second), *options.env, request, one_at_a_time);
  return Follower(*lake, options, request, one_at_a_time, *folders, upkeep).Go();
}

}  // namespace firn::lakehouse
