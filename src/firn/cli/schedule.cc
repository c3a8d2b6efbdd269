// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"
#include "firn/lakehouse/config.h"

namespace firn::cli {
namespace {

const Positional kName = {"NAME", "What the schedule is called", Positional::Count::kOne, {}};

std::string CommandText(const lakehouse::Schedule& schedule) {
  std::string text = "firn";
  for (const std::string& word : schedule.command)
    text += " " + word;
  return text;
}

Report AsReport(const std::vector<lakehouse::Schedule>& schedules) {
  Report report;
  report.schema = "firn.schedule/1";
  report.columns = {{"name", "NAME", false, 0},           {"at", "AT", false, 0},
                    {"command", "COMMAND", false, 0},     {"system", "BY", false, 1},
                    {"last_run", "LAST RUN", false, 2},   {"last_exit_code", "CODE", true, 2},
                    {"timeout_seconds", "LIMIT", true, 3}};
  for (const lakehouse::Schedule& schedule : schedules) {
    const bool ran = !schedule.last_run.empty();
    report.rows.push_back({Field::Text(schedule.name), Field::Text(schedule.at),
                           Field::Text(CommandText(schedule)), Field::Text(schedule.system),
                           ran ? Field::Time(schedule.last_run) : Field::None(),
                           ran ? Field::Count(schedule.last_exit_code) : Field::None(),
                           Field::Count(schedule.timeout_seconds)});
  }
  report.empty_message = "Nothing is scheduled.";
  return report;
}

Result<int64_t> TimeoutOf(const Arguments& arguments, int64_t otherwise) {
  if (!arguments.Has("--timeout")) return otherwise;
  const std::string text = arguments.Get("--timeout");
  FIRN_ASSIGN(const Millis timeout, lakehouse::ParseDuration(text));
  if (timeout.value < 1000) return InvalidArgument("a timeout of less than a second", text);
  return timeout.value / 1000;
}

Result<int> Add(Invocation& invocation, const Arguments& arguments) {
  lakehouse::Schedule schedule;
  schedule.name = arguments.Get("NAME");
  schedule.at = arguments.Get("--at", "02:30");
  schedule.system = arguments.Get("--system");
  schedule.command = arguments.All("WORD");
  schedule.webhook = arguments.Get("--webhook");
  schedule.webhook_always = arguments.Get("--notify") == "always";
  if (arguments.Has("--notify") && schedule.webhook.empty()) {
    return InvalidArgument("--notify goes with --webhook");
  }
  FIRN_ASSIGN(schedule.timeout_seconds, TimeoutOf(arguments, schedule.timeout_seconds));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  FIRN_ASSIGN(const lakehouse::Schedule added, lake->AddSchedule(schedule));
  FIRN_TRY(invocation.Print(AsReport({added})));
  invocation.Hint("Runs every day at " + added.at + " by " + added.system + ".");
  return 0;
}

Result<int> List(Invocation& invocation, const Arguments&) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto schedules, lake->Schedules());
  FIRN_TRY(invocation.Print(AsReport(schedules)));
  return 0;
}

Result<int> Remove(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::Schedule removed, lake->RemoveSchedule(arguments.Get("NAME")));
  invocation.Hint("Removed " + removed.name + " from " + removed.system + ".");
  return 0;
}

Result<int> RunNow(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  return lake->RunSchedule(arguments.Get("NAME"));
}

Verb Sub(const char* name, const char* summary, Result<int> (*run)(Invocation&, const Arguments&)) {
  return {.name = name,
          .summary = summary,
          .description = "",
          .positionals = {kName},
          .options = {},
          .subverbs = {},
          .run = run};
}

}  // namespace

Verb ScheduleVerb() {
  Verb add = Sub("add", "Run a command every day", Add);
  add.description = "  firn schedule add reports --at 02:30 -- ingest query_perf /srv/reports";
  add.positionals.push_back({"WORD", "The command, after --", Positional::Count::kMany, {}});
  add.options = {{"--at", "HH:MM", "When, by the machine's clock; 02:30 without", {}},
                 {"--timeout", "TIME", "End it after this, such as 30m; 1h without", {}},
                 {"--webhook", "URL", "Tell it by POST when a run failed", {}},
                 {"--notify", "WHEN", "When to tell it; failure without", {"failure", "always"}},
                 {"--system",
                  "SYSTEM",
                  "Whose timer; without: this machine's",
                  {"systemd", "launchd", "cron"}}};
  Verb list = Sub("list", "What is scheduled, and how it last went", List);
  list.positionals.clear();
  return {.name = "schedule",
          .summary = "Let commands run every day",
          .description =
              "Timers are those of the system: systemd's of the user, launchd's agents, or\n"
              "cron's. A command runs with low priority for the disk, and ends when it takes\n"
              "too long. A webhook is told how a run went: a JSON object with the schedule,\n"
              "its command, when it began, its seconds and its exit code.\n\n"
              "  firn schedule add reports --at 02:30 -- ingest query_perf /srv/reports\n"
              "  firn schedule list\n"
              "  firn schedule run reports",
          .positionals = {},
          .options = {},
          .subverbs = {std::move(add), std::move(list), Sub("remove", "End a schedule", Remove),
                       Sub("run", "Run the command of a schedule now", RunNow)},
          .run = nullptr};
}

}  // namespace firn::cli
