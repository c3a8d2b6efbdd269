// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/conversations/privacy/policy.h"
#include "firn/datafile/writer_options.h"
#include "firn/lakehouse/reports.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
namespace sql {
class Engine;
}
}  // namespace firn

namespace firn::lakehouse {

/// What a training set is made with. All references must outlive the call it is given to.
struct TrainingContext {
  catalog::Catalog& catalog;
  io::FileIO& files;    ///< Of tables.
  io::FileIO& disk;     ///< For the set.
  sql::Engine& engine;  ///< Of this export alone: its tables are pinned.
  Env& env;
  const TimeZone& zone;                      ///< Of days in filters.
  conversations::privacy::Policy privacy;    ///< Of exports.
  std::function<Result<std::string>()> key;  ///< Of redaction; asked for where there is some.
  datafile::WriterDefaults writing;
};

/// Writes a training set into a new folder, seen whole or not at all, and then, in one commit, its
/// row in `gold.training_datasets` and tags that keep the snapshots it was made from.
///
/// With `request.again` the set of that row is made again, and compared: nothing is committed.
/// Errors: `kAlreadyExists` where the folder holds something; `kNotFound` where there are no
/// conversations or no such set; `kInvalidArgument` for filters that are none and for fewer
/// conversations than asked for; `kConflict` where a set made again has other bytes.
Result<TrainingReport> ExportTraining(const TrainingContext& context,
                                      const TrainingRequest& request);

}  // namespace firn::lakehouse
