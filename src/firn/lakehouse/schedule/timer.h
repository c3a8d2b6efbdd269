// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/lakehouse/reports.h"

namespace firn::lakehouse {

/// One system's way to run a command every day.
class Timer {
 public:
  using Environment = std::map<std::string, std::string>;

  /// "systemd", "launchd" or "cron"; "" is the one this machine has. All references outlive it.
  /// Errors: `kInvalidArgument`.
  static Result<Timer> Choose(const std::string& system, const Environment& environment);

  const std::string& system() const { return system_; }

  /// Lets `words` run at the schedule's time, replacing an earlier timer of its name.
  /// Errors: `kUnavailable` with what the system's tool said.
  Status Install(const Schedule& schedule, const std::vector<std::string>& words) const;
  /// Takes the timer away; none is no error.
  Status Remove(const std::string& name) const;

 private:
  Timer(std::string system, const Environment& environment)
      : system_(std::move(system)), environment_(&environment) {}

  std::string Variable(const std::string& name) const;
  std::string SystemdFolder() const;
  std::string AgentPath(const std::string& name) const;
  Status Enable(const std::string& unit) const;
  Status EditCrontab(const std::string& name, const std::string& line) const;

  std::string system_;
  const Environment* environment_;
};

}  // namespace firn::lakehouse
