// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/writer_options.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::conversations::privacy {
class Redactor;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// What an ingest of any kind works with. All references must outlive the call it is given to.
struct Collector {
  const LakeFolder& folder;
  catalog::Catalog& catalog;
  io::FileIO& files;
  Env& env;
  obs::Logger& log;
  obs::Progress& progress;
  const std::map<std::string, std::string>& environment;
  std::string user_id;
  /// Cleans what goes into bronze; null where that keeps everything.
  std::shared_ptr<const conversations::privacy::Redactor> redactor;
  datafile::WriterDefaults writing;
};

/// The places in which the platforms keep their histories, as far as they are there; of one
/// platform where it is named. Telemetry waits in the inbox of the lake in `lake_path`.
std::vector<std::string> UsualPlaces(const std::string& lake_path,
                                     const std::map<std::string, std::string>& environment,
                                     const std::string& platform);

/// Whether some platform could have written a file, going by its path.
bool IsPromising(const std::string& path);

/// Reads conversations into bronze, or reports into the table that the request names.
Result<IngestReport> Collect(const Collector& collector, const IngestRequest& request);

}  // namespace firn::lakehouse
