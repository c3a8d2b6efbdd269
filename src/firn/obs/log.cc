// SPDX-License-Identifier: Apache-2.0

#include "firn/obs/log.h"

#include <cstdio>
#include <mutex>

#include "firn/base/env.h"

namespace firn::obs {
namespace {

class NullLogger : public Logger {
 public:
  void Log(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarn:
      return "WARN";
    case LogLevel::kError:
      return "ERROR";
  }
  return "ERROR";
}

void AppendEscaped(std::string& line, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char byte : value) {
    const auto code = static_cast<unsigned char>(byte);
    if (code >= 0x20 && code != 0x7F) {
      line += byte;
    } else {
      line += "\\x";
      line += kHex[code >> 4];
      line += kHex[code & 15];
    }
  }
}

class StderrLogger : public Logger {
 public:
  explicit StderrLogger(LogLevel least) : least_(least), env_(MakeSystemEnv()) {}

  void Log(LogLevel level, std::string_view event,
           std::initializer_list<LogField> fields) override {
    if (level < least_) return;
    std::string line =
        "[" + env_->NowMs().ToString() + "] [" + std::string(LevelName(level)) + "] ";
    AppendEscaped(line, event);
    for (const LogField& field : fields) {
      line += ' ';
      line += field.key;
      line += '=';
      AppendEscaped(line, field.value);
    }
    line += '\n';
    const std::scoped_lock lock(mutex_);
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

 private:
  LogLevel least_;
  std::unique_ptr<Env> env_;
  std::mutex mutex_;
};

}  // namespace

Logger& NoLog() {
  static NullLogger logger;
  return logger;
}

std::unique_ptr<Logger> MakeStderrLogger(LogLevel least) {
  return std::make_unique<StderrLogger>(least);
}

}  // namespace firn::obs
