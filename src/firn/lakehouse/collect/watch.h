// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::lakehouse {

/// What is followed, and how often things are done.
struct WatchRequest {
  std::vector<std::string> paths;    ///< Empty: the usual places.
  Millis commit_every{2'000};        ///< New rows are committed no more often,
  Millis models_every{60'000};       ///< and models run no more often.
  Millis walk_every{60'000};         ///< All places are walked, should an event have been lost.
  Millis poll_every{10'000};         ///< The same where files change without events.
  Millis maintain_every{3'600'000};  ///< Small files are joined, old snapshots expired.
  int stop = -1;                     ///< A descriptor: ends once it can be read. -1: never.
};

/// Something that was done; one of these is set.
struct WatchStep {
  std::optional<IngestReport> ingested;
  std::optional<RunReport> ran;
  std::optional<MaintainReport> maintained;
  std::optional<Error> failed;  ///< It is tried again.
};

/// Is told of each step, one at a time.
using WatchListener = std::function<void(const WatchStep&)>;

/// Follows histories while they are written: reads what is new in small batches, runs the models
/// beside that, and keeps the number of files small. Returns once `request.stop` can be read and
/// what was under way is done.
///
/// Opens the lake twice: rows become visible while models run. Memory is bounded by twice what the
/// configuration gives, and the paths of what changed.
/// Errors: `kConflict` where somebody else watches for this lake; those of `Lakehouse`, but what
/// may pass (no room, no connection, another writer) is told to `listener` and tried again.
Status WatchLake(const LakeOptions& options, const WatchRequest& request,
                 const WatchListener& listener);

}  // namespace firn::lakehouse
