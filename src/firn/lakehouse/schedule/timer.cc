// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/schedule/timer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "firn/lakehouse/schedule/child.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kSystems = {"systemd", "launchd", "cron"};
constexpr std::string_view kAgentPrefix = "dev.firn.";

Status WriteText(const std::string& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file ? Ok() : Status(Io("cannot write", path));
}

// A word as systemd's ExecStart reads it: quoted, with its specifiers and variables doubled.
std::string SystemdWord(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out + "\"";
}

std::string ShellWord(const std::string& word) {
  std::string out = "'";
  for (const char c : word)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string XmlText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return out;
}

std::string Joined(const std::vector<std::string>& words,
                   std::string (*quote)(const std::string&)) {
  std::string line;
  for (const std::string& word : words)
    line += (line.empty() ? "" : " ") + quote(word);
  return line;
}

std::string ServiceText(const Schedule& schedule, const std::vector<std::string>& words) {
  return "[Unit]\nDescription=Firn: " + schedule.name +
         "\n\n[Service]\nType=oneshot\nNice=10\nIOSchedulingClass=idle\nTimeoutStartSec=" +
         std::to_string(schedule.timeout_seconds + 60) +
         "\nExecStart=" + Joined(words, SystemdWord) + "\n";
}

std::string TimerText(const Schedule& schedule) {
  return "[Unit]\nDescription=Firn: " + schedule.name + ", daily\n\n[Timer]\nOnCalendar=*-*-* " +
         schedule.at + ":00\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n";
}

std::string AgentText(const Schedule& schedule, const std::vector<std::string>& words) {
  std::string arguments;
  for (const std::string& word : words)
    arguments += "    <string>" + XmlText(word) + "</string>\n";
  const auto number = [](const std::string& digits) {
    return digits[0] == '0' ? digits.substr(1) : digits;
  };
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
         "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n"
         "  <key>Label</key>\n  <string>" +
         std::string(kAgentPrefix) + schedule.name +
         "</string>\n  <key>ProgramArguments</key>\n  <array>\n" + arguments +
         "  </array>\n  <key>StartCalendarInterval</key>\n  <dict>\n    <key>Hour</key>\n"
         "    <integer>" +
         number(schedule.at.substr(0, 2)) + "</integer>\n    <key>Minute</key>\n    <integer>" +
         number(schedule.at.substr(3)) +
         "</integer>\n  </dict>\n  <key>LowPriorityIO</key>\n  <true/>\n  <key>Nice</key>\n"
         "  <integer>10</integer>\n</dict>\n</plist>\n";
}

}  // namespace

Result<Timer> Timer::Choose(const std::string& system, const Environment& environment) {
  if (!system.empty()) {
    if (std::find(kSystems.begin(), kSystems.end(), system) == kSystems.end()) {
      return InvalidArgument("no such system of timers", system)
          .WithHint("systemd, launchd or cron");
    }
    return Timer(system, environment);
  }
#ifdef __APPLE__
  return Timer("launchd", environment);
#else
  const auto path = environment.find("PATH");
  std::istringstream folders(path == environment.end() ? "" : path->second);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/systemctl").c_str(), X_OK) == 0) return Timer("systemd", environment);
  }
  return Timer("cron", environment);
#endif
}

std::string Timer::Variable(const std::string& name) const {
  const auto found = environment_->find(name);
  return found == environment_->end() ? "" : found->second;
}

std::string Timer::SystemdFolder() const {
  const std::string config = Variable("XDG_CONFIG_HOME");
  return (config.empty() ? Variable("HOME") + "/.config" : config) + "/systemd/user";
}

std::string Timer::AgentPath(const std::string& name) const {
  return Variable("HOME") + "/Library/LaunchAgents/" + std::string(kAgentPrefix) + name + ".plist";
}

namespace {

Result<std::string> Call(const std::vector<std::string>& words,
                         const std::map<std::string, std::string>& environment,
                         const std::string& input = "") {
  ChildOptions options;
  options.environment = environment;
  options.input = input;
  options.keep_output = true;
  options.timeout = Millis{60'000};
  auto done = RunChild(words, options);
  if (!done) return Unavailable("cannot run", words[0], done.error().message);
  if (done->exit_code != 0) {
    return Unavailable(words[0] + " failed", words.back(), done->output)
        .WithHint("--system cron uses another system of timers");
  }
  return std::move(done->output);
}

}  // namespace

// Replaces the line of a schedule in the person's crontab; an empty one takes it away.
Status Timer::EditCrontab(const std::string& name, const std::string& line) const {
  const std::string mark = "# firn:" + name;
  auto current = Call({"crontab", "-l"}, *environment_);  // Fails where there is none yet.
  std::istringstream lines(current ? *current : "");
  std::string text;
  bool found = false;
  for (std::string each; std::getline(lines, each);) {
    const bool is_ours = each.ends_with(mark);
    found = found || is_ours;
    if (!is_ours) text += each + "\n";
  }
  if (line.empty() && !found) return Ok();
  if (!line.empty()) text += line + " " + mark + "\n";
  FIRN_TRY(Call({"crontab", "-"}, *environment_, text));
  return Ok();
}

// Starts the timer whose units were written; they go again where that fails.
Status Timer::Enable(const std::string& unit) const {
  const std::string timer = fs::path(unit).filename().string() + ".timer";
  auto started = Call({"systemctl", "--user", "daemon-reload"}, *environment_);
  if (started) started = Call({"systemctl", "--user", "enable", "--now", timer}, *environment_);
  if (started) return Ok();
  std::error_code error;
  fs::remove(unit + ".timer", error);
  fs::remove(unit + ".service", error);
  return std::move(started).error();
}

Status Timer::Install(const Schedule& schedule, const std::vector<std::string>& words) const {
  if (system_ == "systemd") {
    const std::string unit = SystemdFolder() + "/firn-" + schedule.name;
    FIRN_TRY(WriteText(unit + ".service", ServiceText(schedule, words)));
    FIRN_TRY(WriteText(unit + ".timer", TimerText(schedule)));
    return Enable(unit);
  }
  if (system_ == "launchd") {
    const std::string path = AgentPath(schedule.name);
    FIRN_TRY(Remove(schedule.name));  // What is loaded is not read again.
    FIRN_TRY(WriteText(path, AgentText(schedule, words)));
    FIRN_TRY(Call({"launchctl", "load", "-w", path}, *environment_));
    return Ok();
  }
  std::string line = Joined(words, ShellWord);
  for (size_t at = line.find('%'); at != std::string::npos; at = line.find('%', at + 2))
    line.insert(at, "\\");  // An unescaped one ends the command (crontab(5)).
  return EditCrontab(schedule.name,
                     schedule.at.substr(3) + " " + schedule.at.substr(0, 2) + " * * * " + line);
}

Status Timer::Remove(const std::string& name) const {
  std::error_code error;
  if (system_ == "systemd") {
    const std::string unit = SystemdFolder() + "/firn-" + name;
    if (!fs::exists(unit + ".timer", error)) return Ok();
    FIRN_TRY(Call({"systemctl", "--user", "disable", "--now", "firn-" + name + ".timer"},
                  *environment_));
    fs::remove(unit + ".timer", error);
    fs::remove(unit + ".service", error);
    FIRN_TRY(Call({"systemctl", "--user", "daemon-reload"}, *environment_));
    return Ok();
  }
  if (system_ == "launchd") {
    const std::string path = AgentPath(name);
    if (!fs::exists(path, error)) return Ok();
    FIRN_TRY(Call({"launchctl", "unload", "-w", path}, *environment_));
    fs::remove(path, error);
    return Ok();
  }
  return EditCrontab(name, "");
}

}  // namespace firn::lakehouse
