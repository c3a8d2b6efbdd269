// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "firn/cli/progress_bar.h"

namespace firn::cli {

Invocation::Invocation(std::map<std::string, std::string> environment, std::FILE* out,
                       std::FILE* err)
    : environment_(std::move(environment)), out_(out), err_(err), env_(MakeSystemEnv()) {}

std::string Invocation::Variable(const std::string& name) const {
  const auto found = environment_.find(name);
  return found == environment_.end() ? "" : found->second;
}

Format Invocation::ChosenFormat() const {
  return format.value_or(OutIsTerminal() ? Format::kTable : Format::kJsonLines);
}

int Invocation::Width() const {
  winsize size{};
  if (OutIsTerminal() && ioctl(fileno(out_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  const std::string columns = Variable("COLUMNS");
  int width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width > 0 ? width : 80;
}

bool Invocation::OutIsTerminal() const {
  return isatty(fileno(out_)) != 0;
}

bool Invocation::ErrIsTerminal() const {
  return isatty(fileno(err_)) != 0;
}

std::string Invocation::LakePath() const {
  if (!lake.empty()) return lake;
  if (const std::string named = Variable("FIRN_LAKE"); !named.empty()) return named;
  if (const std::string data = Variable("XDG_DATA_HOME"); !data.empty()) return data + "/firn";
  return Variable("HOME") + "/.local/share/firn";
}

Result<std::unique_ptr<lakehouse::Lakehouse>> Invocation::OpenLake(bool create) {
  if (verbose && !log_) log_ = obs::MakeStderrLogger(obs::LogLevel::kDebug);
  if (!quiet && !log_) log_ = obs::MakeStderrLogger(obs::LogLevel::kWarn);
  lakehouse::LakeOptions options;
  options.path = LakePath();
  options.environment = environment_;
  options.create = create;
  options.env = env_.get();
  options.log = log_.get();
  options.progress = &progress();
  return lakehouse::Lakehouse::Open(std::move(options));
}

void Invocation::Print(const Report& report) {
  PrintRaw(Render(report, ChosenFormat(), Width()));
}

void Invocation::PrintRaw(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out_);
}

void Invocation::Hint(std::string_view text) {
  if (quiet) return;
  std::fprintf(err_, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void Invocation::PrintError(const Error& error) {
  PrintErrorLines("error: ", error.message);
  PrintErrorLines("  ", error.hint);
}

// Each line is made harmless on its own; those after the first are set in, so that a caret under a
// place in SQL stays under it.
void Invocation::PrintErrorLines(std::string_view first_prefix, std::string_view text) {
  std::string_view prefix = first_prefix;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string line = Printable(text.substr(0, end));
    if (!line.empty()) {
      std::fprintf(err_, "%.*s%s\n", static_cast<int>(prefix.size()), prefix.data(), line.c_str());
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    prefix = "  ";
  }
}

obs::Progress& Invocation::progress() {
  if (quiet || !ErrIsTerminal()) return obs::NoProgress();
  if (!progress_) progress_ = MakeProgressBar(err_, *env_);
  return *progress_;
}

}  // namespace firn::cli
