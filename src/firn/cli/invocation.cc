// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firn/cli/progress_bar.h"

namespace firn::cli {

namespace {

// What a person does next where the error itself does not say.
std::string_view NextStep(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kCorrupt:
      return "'firn doctor --verify' names every damaged file; restore it from a backup";
    case ErrorKind::kConflict:
      return "somebody else was writing; try again";
    case ErrorKind::kInternal:
      return "this is a mistake of firn's: please report it";
    default:
      return "";
  }
}

}  // namespace

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

bool Invocation::Colours() const {
  if (!Variable("NO_COLOR").empty()) return false;
  if (!Variable("FORCE_COLOR").empty()) return true;
  return OutIsTerminal() && Variable("TERM") != "dumb";
}

bool Invocation::Unicode() const {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = Variable(name);
    if (locale.empty()) continue;
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

bool Invocation::MayPage() const {
  return OutIsTerminal() && Variable("TERM") != "dumb";
}

std::string Invocation::LakePath() const {
  if (!lake.empty()) return lake;
  if (const std::string named = Variable("FIRN_LAKE"); !named.empty()) return named;
  if (const std::string data = Variable("XDG_DATA_HOME"); !data.empty()) return data + "/firn";
  return Variable("HOME") + "/.local/share/firn";
}

lakehouse::LakeOptions Invocation::LakeOptionsFor(bool create) {
  if (verbose && !log_) log_ = obs::MakeStderrLogger(obs::LogLevel::kDebug);
  if (!quiet && !log_) log_ = obs::MakeStderrLogger(log_least);
  lakehouse::LakeOptions options;
  options.path = LakePath();
  options.environment = environment_;
  options.create = create;
  options.env = env_.get();
  options.log = log_.get();
  options.progress = &progress();
  return options;
}

Result<std::unique_ptr<lakehouse::Lakehouse>> Invocation::OpenLake(bool create) {
  return lakehouse::Lakehouse::Open(LakeOptionsFor(create));
}

Status Invocation::Print(const Report& report) {
  if (ChosenFormat() == Format::kParquet) {
    return WriteParquet(report, [this](std::string_view bytes) { return Put(bytes); });
  }
  return Put(Render(report, ChosenFormat(), Width()));
}

void Invocation::PrintRaw(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out_);
}

Status Invocation::Page(std::string_view text, int64_t line) {
  winsize size{};
  const bool is_known = ioctl(fileno(out_), TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  const bool fits = !is_known || std::count(text.begin(), text.end(), '\n') < size.ws_row;
  if (!MayPage() || fits) return Put(text);
  std::string pager = Variable("PAGER");
  if (pager.empty()) pager = "less";
  if (pager.starts_with("less")) pager += " -R" + (line > 0 ? " +" + std::to_string(line) : "");
  std::fflush(out_);
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // Who has read enough leaves.
  std::FILE* const pipe = popen(pager.c_str(), "w");
  if (pipe != nullptr) std::fwrite(text.data(), 1, text.size(), pipe);
  constexpr int kNoSuchCommand = 127;
  const int ended = pipe != nullptr ? pclose(pipe) : -1;
  std::signal(SIGPIPE, before);
  const bool was_read = ended >= 0 && WIFEXITED(ended) && WEXITSTATUS(ended) != kNoSuchCommand;
  return was_read ? Ok() : Put(text);
}

Status Invocation::Put(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), out_) == bytes.size()) return Ok();
  return Io("cannot write to standard output",
            std::error_code(errno, std::generic_category()).message());
}

Status Invocation::Finish() {
  const bool failed = std::ferror(out_) != 0;
  if (std::fflush(out_) == 0 && !failed) return Ok();
  return Io("cannot write to standard output",
            std::error_code(errno, std::generic_category()).message());
}

void Invocation::Hint(std::string_view text) {
  if (quiet) return;
  std::fprintf(err_, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void Invocation::PrintError(const Error& error) {
  PrintErrorLines("error: ", error.message);
  PrintErrorLines("  ", error.hint.empty() ? NextStep(error.kind) : error.hint);
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
