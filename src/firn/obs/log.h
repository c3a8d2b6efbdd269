// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace firn::obs {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// One `key=value` of a log line.
struct LogField {
  std::string_view key;
  std::string value;
};

/// Takes what happened; where it goes is decided by whoever made the logger. Thread-safe.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void Log(LogLevel level, std::string_view event,
                   std::initializer_list<LogField> fields) = 0;

  void Info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kInfo, event, fields);
  }
  void Warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kWarn, event, fields);
  }
};

/// Drops everything. Static storage.
Logger& NoLog();

/// Writes `[TIMESTAMP] [LEVEL] event key=value ...` lines of `least` or above to standard error.
/// Line ends and control characters in values are escaped, so no value can forge a line.
std::unique_ptr<Logger> MakeStderrLogger(LogLevel least);

}  // namespace firn::obs
