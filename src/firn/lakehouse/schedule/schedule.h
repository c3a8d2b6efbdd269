// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn {
class Env;
namespace io {
class FileIO;
class HttpClient;
}  // namespace io
namespace obs {
class Logger;
}
}  // namespace firn

namespace firn::lakehouse {

/// Commands of one lake that run every day, by the timers of the system the person uses: systemd's
/// user timers, launchd's agents, or cron. Each timer calls `firn schedule run NAME`, which runs
/// the command with low priority for the disk and ends it when it takes too long, and tells the
/// schedule's webhook how it went: a POST of a JSON object, "firn.schedule.run/1".
///
/// What is scheduled is in `<lake>/schedules/<name>.json`, how the last run went in
/// `<lake>/schedules/<name>.last.json`.
class Scheduler {
 public:
  using Environment = std::map<std::string, std::string>;

  /// `lake` is the lake's folder; HOME, XDG_CONFIG_HOME and PATH of `environment` say where timers
  /// are written and which tools there are. References outlive the scheduler.
  Scheduler(std::string lake, const Environment& environment, io::FileIO& disk,
            io::HttpClient& http, Env& env, obs::Logger& log);

  /// Schedules a command, in place of an earlier one of that name.
  /// Errors: `kInvalidArgument` for a name, time, system or URL there is not; `kUnavailable` where
  /// the system's tool fails: nothing is scheduled then.
  Result<Schedule> Add(Schedule schedule);
  /// What is scheduled, by name.
  Result<std::vector<Schedule>> List();
  /// Takes a schedule and its timer away. Errors: `kNotFound`.
  Result<Schedule> Remove(const std::string& name);
  /// Runs the command of a schedule now and returns its exit code (124 where it took too long). A
  /// webhook that cannot be told is a warning in the log.
  /// Errors: `kNotFound`; `kIo` where it cannot be started.
  Result<int> Run(const std::string& name);

 private:
  std::string FilePath(const std::string& name) const;
  std::string LastPath(const std::string& name) const;
  Result<Schedule> Load(const std::string& name);
  Status Store(const Schedule& schedule);
  Json RunPage(int exit_code, int64_t seconds) const;
  Status Tell(const Schedule& schedule, Json page);

  std::string lake_;
  const Environment& environment_;
  io::FileIO& disk_;
  io::HttpClient& http_;
  Env& env_;
  obs::Logger& log_;
};

}  // namespace firn::lakehouse
