// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/reports.h"

namespace firn {
class Env;
}
namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Looks at a lake's folder, catalog and free space, at what earlier processes left unfinished, and
/// at settings of the assistants that delete histories. Reads no data.
Result<DoctorReport> Examine(const LakeFolder& folder, catalog::Catalog& catalog, io::FileIO& io,
                             const std::map<std::string, std::string>& environment);

/// Looks whether silver.query_perf, where there is one, has the report of yesterday (in the zone of
/// the configuration, UTC by default).
Status CheckReports(const LakeFolder& folder, catalog::Catalog& catalog, io::FileIO& io, Env& env,
                    DoctorReport& report);

/// Looks whether slices of bronze were stored before `[privacy] before_storage` was set.
Status CheckCleanBronze(catalog::Catalog& catalog, sql::Engine& engine, DoctorReport& report);

/// Says which columns of silver are replaced whole.
void CheckColumnPolicies(const LakeFolder& folder, DoctorReport& report);

/// Looks how the last run of each schedule went.
void CheckSchedules(const std::vector<Schedule>& schedules, DoctorReport& report);

}  // namespace firn::lakehouse
