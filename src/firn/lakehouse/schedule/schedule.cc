// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/schedule/schedule.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/io/file_io.h"
#include "firn/io/http_client.h"
#include "firn/io/location.h"
#include "firn/lakehouse/collect/collect_reports.h"
#include "firn/lakehouse/schedule/child.h"
#include "firn/lakehouse/schedule/timer.h"
#include "firn/obs/log.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFileBytesMax = 1 << 20;
constexpr size_t kNameBytesMax = 40;
constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kLastSuffix = ".last.json";

Status CheckName(const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= kNameBytesMax &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (good) return Ok();
  return InvalidArgument("not a name of a schedule", name)
      .WithHint("small letters, digits, '-' and '_', up to 40");
}

Status CheckTime(const std::string& at) {
  const auto digit = [&](size_t place) { return at[place] >= '0' && at[place] <= '9'; };
  const bool shaped =
      at.size() == 5 && digit(0) && digit(1) && at[2] == ':' && digit(3) && digit(4);
  if (shaped && at.substr(0, 2) < "24" && at.substr(3) < "60") return Ok();
  return InvalidArgument("not a time of day", at).WithHint("such as --at 02:30");
}

Json::Array Words(const std::vector<std::string>& words) {
  return Json::Array(words.begin(), words.end());
}

Status Replace(io::FileIO& disk, const std::string& path, const Json& page) {
  const std::string location = io::FileLocation(path);
  FIRN_ASSIGN(const bool exists, disk.Exists(location));
  if (exists) FIRN_TRY(disk.Delete(location));
  return disk.WriteAll(location, page.Dump(2) + "\n");
}

}  // namespace

Scheduler::Scheduler(std::string lake, const Environment& environment, io::FileIO& disk,
                     io::HttpClient& http, Env& env, obs::Logger& log)
    : lake_(std::move(lake)),
      environment_(environment),
      disk_(disk),
      http_(http),
      env_(env),
      log_(log) {}

std::string Scheduler::FilePath(const std::string& name) const {
  return lake_ + "/schedules/" + name + std::string(kSuffix);
}

std::string Scheduler::LastPath(const std::string& name) const {
  return lake_ + "/schedules/" + name + std::string(kLastSuffix);
}

Result<Schedule> Scheduler::Load(const std::string& name) {
  FIRN_TRY(CheckName(name));
  auto text = disk_.ReadAll(io::FileLocation(FilePath(name)), kFileBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) {
    return NotFound("no such schedule", name)
        .WithHint("'firn schedule list' shows those there are");
  }
  if (!text) return std::move(text).error();
  FIRN_ASSIGN(const Json page, Json::Parse(*text));
  Schedule schedule;
  schedule.name = name;
  FIRN_ASSIGN(schedule.at, page.GetString("at"));
  FIRN_ASSIGN(schedule.system, page.GetString("system"));
  FIRN_ASSIGN(schedule.timeout_seconds, page.GetInt64("timeout_seconds"));
  if (page.Find("webhook") != nullptr) {
    FIRN_ASSIGN(schedule.webhook, page.GetString("webhook"));
    FIRN_ASSIGN(schedule.webhook_always, page.GetBool("webhook_always"));
  }
  FIRN_ASSIGN(const Json::Array* words, page.GetArray("command"));
  for (const Json& word : *words) {
    if (word.as_string() == nullptr) return Corrupt("a command that is no text", FilePath(name));
    schedule.command.push_back(*word.as_string());
  }
  const auto last = disk_.ReadAll(io::FileLocation(LastPath(name)), kFileBytesMax);
  const auto ran = last ? Json::Parse(*last) : Result<Json>(NotFound("never ran"));
  if (ran) {
    FIRN_ASSIGN(schedule.last_run, ran->GetString("began_at"));
    FIRN_ASSIGN(schedule.last_exit_code, ran->GetInt64("exit_code"));
  }
  return schedule;
}

Status Scheduler::Store(const Schedule& schedule) {
  Json page{Json::Object()};
  page.Set("schema", "firn.schedule/1");
  page.Set("at", schedule.at);
  page.Set("system", schedule.system);
  page.Set("timeout_seconds", schedule.timeout_seconds);
  page.Set("command", Words(schedule.command));
  if (!schedule.webhook.empty()) {
    page.Set("webhook", schedule.webhook);
    page.Set("webhook_always", schedule.webhook_always);
  }
  return Replace(disk_, FilePath(schedule.name), page);
}

Result<Schedule> Scheduler::Add(Schedule schedule) {
  FIRN_TRY(CheckName(schedule.name));
  FIRN_TRY(CheckTime(schedule.at));
  if (!schedule.webhook.empty()) FIRN_TRY(io::ParseHttpUrl(schedule.webhook));
  if (schedule.command.empty()) {
    return InvalidArgument("no command to schedule", schedule.name)
        .WithHint("firn schedule add NAME --at 02:30 -- ingest query_perf DIR");
  }
  FIRN_ASSIGN(const Timer timer, Timer::Choose(schedule.system, environment_));
  const auto before = Load(schedule.name);
  if (before && before->system != timer.system()) {
    FIRN_ASSIGN(const Timer old, Timer::Choose(before->system, environment_));
    FIRN_TRY(old.Remove(schedule.name));
  }
  schedule.system = timer.system();
  FIRN_TRY(
      timer.Install(schedule, {OwnProgram(), "--lake", lake_, "schedule", "run", schedule.name}));
  FIRN_TRY(Store(schedule));
  return schedule;
}

Result<std::vector<Schedule>> Scheduler::List() {
  FIRN_ASSIGN(const auto files, disk_.List(io::FileLocation(lake_ + "/schedules")));
  std::vector<Schedule> schedules;
  for (const io::FileInfo& file : files) {
    std::string name(io::FileNameOf(file.location));
    if (file.hidden || name.ends_with(kLastSuffix) || !name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    FIRN_ASSIGN(schedules.emplace_back(), Load(name));
  }
  return schedules;
}

Result<Schedule> Scheduler::Remove(const std::string& name) {
  FIRN_ASSIGN(Schedule schedule, Load(name));
  FIRN_ASSIGN(const Timer timer, Timer::Choose(schedule.system, environment_));
  FIRN_TRY(timer.Remove(name));
  std::error_code error;
  fs::remove(FilePath(name), error);
  fs::remove(LastPath(name), error);
  return schedule;
}

Json Scheduler::RunPage(int exit_code, int64_t seconds) const {
  Json page{Json::Object()};
  page.Set("schema", "firn.schedule.run/1");
  page.Set("began_at", TimeMs{env_.NowMs().value - seconds * 1000}.ToString());
  page.Set("seconds", seconds);
  page.Set("exit_code", int64_t{exit_code});
  return page;
}

Status Scheduler::Tell(const Schedule& schedule, Json page) {
  page.Set("schedule", schedule.name);
  page.Set("lake", lake_);
  page.Set("machine", MachineName());
  page.Set("command", Words(schedule.command));
  io::HttpRequest request;
  request.method = "POST";
  request.url = schedule.webhook;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = page.Dump();
  request.answer_bytes_max = kFileBytesMax;
  FIRN_ASSIGN(const io::HttpResponse answer, http_.Send(request));
  return answer.is_success() ? Ok() : Status(Unavailable("the webhook answered", answer.status));
}

Result<int> Scheduler::Run(const std::string& name) {
  FIRN_ASSIGN(const Schedule schedule, Load(name));
  std::vector<std::string> words = {OwnProgram(), "--lake", lake_};
  words.insert(words.end(), schedule.command.begin(), schedule.command.end());
  ChildOptions options;
  options.environment = environment_;
  options.low_priority = true;
  options.timeout = Millis{schedule.timeout_seconds * 1000};
  const int64_t began = env_.MonotonicMicros();
  FIRN_ASSIGN(const ChildResult done, RunChild(words, options));
  const Json page = RunPage(done.exit_code, (env_.MonotonicMicros() - began) / 1'000'000);
  FIRN_TRY(Replace(disk_, LastPath(name), page));
  const bool telling = schedule.webhook_always || done.exit_code != 0;
  if (telling && !schedule.webhook.empty()) {
    const Status told = Tell(schedule, page);
    if (!told) {
      log_.Warn("schedule.webhook", {{"schedule", name}, {"error", told.error().ToString()}});
    }
  }
  return done.exit_code;
}

}  // namespace firn::lakehouse
