// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/env.h"
#include "firn/cli/report.h"
#include "firn/lakehouse/lakehouse.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"

namespace firn::cli {

/// One call of the program: where its streams go and what was said before the verb.
/// Standard output is the result and nothing else; hints, progress and logs go to standard error.
class Invocation {
 public:
  Invocation(std::map<std::string, std::string> environment, std::FILE* out, std::FILE* err);

  std::string lake;              ///< --lake; empty: $FIRN_LAKE, else $XDG_DATA_HOME/firn.
  std::optional<Format> format;  ///< --format; unset: a table on a terminal, else JSON lines.
  bool quiet = false;
  bool verbose = false;
  /// What is logged without --verbose.
  obs::LogLevel log_least = obs::LogLevel::kWarn;

  Format ChosenFormat() const;
  /// Columns of the screen: the terminal's, else $COLUMNS, else 80.
  int Width() const;
  bool OutIsTerminal() const;
  bool ErrIsTerminal() const;
  /// Whether colours reach a person: a terminal without $NO_COLOR that is not dumb, or
  /// $FORCE_COLOR.
  bool Colours() const;
  /// Whether the locale's characters are UTF-8.
  bool Unicode() const;
  /// Whether `Page` may ask a pager.
  bool MayPage() const;
  std::string LakePath() const;

  /// Opens the lake. Errors: `kNotFound` with the next step where there is none and `create` is not
  /// set.
  Result<std::unique_ptr<lakehouse::Lakehouse>> OpenLake(bool create);
  /// What `OpenLake` opens the lake with.
  lakehouse::LakeOptions LakeOptionsFor(bool create);

  /// Prints a report in the chosen format. Errors: as `Put`.
  Status Print(const Report& report);
  /// Prints text; what goes wrong is told by `Finish`.
  void PrintRaw(std::string_view text);
  /// Prints text that a person reads: where it is higher than the terminal, through $PAGER or less,
  /// which begins at `line` (from 1; 0 is the beginning). Errors: as `Put`.
  Status Page(std::string_view text, int64_t line);
  /// Writes to standard output. Errors: `kIo` as the system reports it.
  Status Put(std::string_view bytes);
  /// Hands on what is pending. Errors: `kIo` where any of the output could not be written.
  Status Finish();
  /// Tells the person something that is not the result; silent with --quiet.
  void Hint(std::string_view text);
  void PrintError(const Error& error);

  std::FILE* out() const { return out_; }
  Env& env() { return *env_; }
  const std::map<std::string, std::string>& environment() const { return environment_; }
  obs::Progress& progress();

 private:
  std::string Variable(const std::string& name) const;
  void PrintErrorLines(std::string_view first_prefix, std::string_view text);

  std::map<std::string, std::string> environment_;
  std::FILE* out_;
  std::FILE* err_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<obs::Logger> log_;
  std::unique_ptr<obs::Progress> progress_;
};

}  // namespace firn::cli
