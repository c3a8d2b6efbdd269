// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/schedule/schedule.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/base/testing.h"
#include "firn/io/http_client.h"
#include "firn/io/local_file_io.h"
#include "firn/io/testing.h"
#include "firn/lakehouse/schedule/child.h"
#include "firn/obs/log.h"

namespace firn::lakehouse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

// Keeps what it is asked and gives one answer.
class KnownClient : public io::HttpClient {
 public:
  Result<io::HttpResponse> Send(const io::HttpRequest& request) override {
    asked.push_back(request);
    return answer;
  }

  Result<io::HttpResponse> answer = io::HttpResponse{.status = 204, .headers = {}, .body = {}};
  std::vector<io::HttpRequest> asked;
};

// A home, and tools in its PATH that write down what they are called with.
class Home {
 public:
  Home() {
    fs::create_directories(folder_.path() + "/bin");
    environment_ = {{"HOME", folder_.path()}, {"PATH", folder_.path() + "/bin:/usr/bin:/bin"}};
    AddTool("systemctl", "echo systemctl \"$@\" >> \"$HOME/calls\"");
    AddTool("crontab",
            "echo crontab \"$@\" >> \"$HOME/calls\"\n"
            "if [ \"$1\" = -l ]; then cat \"$HOME/table\"; else cat > \"$HOME/table\"; fi");
    AddTool("launchctl", "echo launchctl \"$1\" \"$2\" >> \"$HOME/calls\"");
  }

  void AddTool(const std::string& name, const std::string& script) {
    const std::string path = folder_.path() + "/bin/" + name;
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(path, fs::perms::owner_all);
  }

  Scheduler Make() {
    return {folder_.path() + "/lake", environment_, disk_, http, env_, obs::NoLog()};
  }

  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_.path() + "/" + name).rdbuf();
    return text.str();
  }
  bool Exists(const std::string& name) const { return fs::exists(folder_.path() + "/" + name); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name) << text;
  }
  const Scheduler::Environment& environment() const { return environment_; }

  KnownClient http;

 private:
  io::TemporaryFolder folder_;
  FixedEnv env_;
  io::LocalFileIO disk_{env_};
  Scheduler::Environment environment_;
};

Schedule Reports(const std::string& system) {
  Schedule schedule;
  schedule.name = "reports";
  schedule.at = "02:05";
  schedule.command = {"ingest", "query_perf", "/srv/100% of it"};
  schedule.system = system;
  return schedule;
}

TEST(Scheduler, WritesASystemdTimerOfTheUser) {
  Home home;
  Scheduler scheduler = home.Make();
  ASSERT_THAT(scheduler.Add(Reports("")), IsOk());  // There is a systemctl.
  const std::string service = home.Read(".config/systemd/user/firn-reports.service");
  EXPECT_THAT(service, HasSubstr("IOSchedulingClass=idle"));
  EXPECT_THAT(service, HasSubstr("TimeoutStartSec=3660"));
  EXPECT_THAT(service, HasSubstr("\"schedule\" \"run\" \"reports\"\n"));
  EXPECT_THAT(home.Read(".config/systemd/user/firn-reports.timer"),
              HasSubstr("OnCalendar=*-*-* 02:05:00\nPersistent=true"));
  EXPECT_EQ(home.Read("calls"),
            "systemctl --user daemon-reload\nsystemctl --user enable --now firn-reports.timer\n");
  ASSERT_THAT(scheduler.Remove("reports"), IsOk());
  EXPECT_FALSE(home.Exists(".config/systemd/user/firn-reports.timer"));
  EXPECT_THAT(home.Read("calls"), HasSubstr("disable --now firn-reports.timer"));
  EXPECT_THAT(scheduler.List(), HasValue(IsEmpty()));
}

TEST(Scheduler, WritesALineOfTheCrontabAndLeavesTheOthers) {
  Home home;
  home.Write("table", "0 1 * * * backup\n");
  Scheduler scheduler = home.Make();
  ASSERT_THAT(scheduler.Add(Reports("cron")), IsOk());
  Schedule later = Reports("cron");
  later.at = "03:10";
  ASSERT_THAT(scheduler.Add(later), IsOk());
  EXPECT_THAT(
      home.Read("table"),
      testing::MatchesRegex("0 1 \\* \\* \\* backup\n10 03 \\* \\* \\* '.*' '--lake' '.*/lake' "
                            "'schedule' 'run' 'reports' # firn:reports\n"));
  ASSERT_THAT(scheduler.Remove("reports"), IsOk());
  EXPECT_EQ(home.Read("table"), "0 1 * * * backup\n");
}

TEST(Scheduler, WritesAnAgentOfLaunchd) {
  Home home;
  Scheduler scheduler = home.Make();
  ASSERT_THAT(scheduler.Add(Reports("launchd")), IsOk());
  const std::string agent = home.Read("Library/LaunchAgents/dev.firn.reports.plist");
  EXPECT_THAT(agent, HasSubstr("<key>Hour</key>\n    <integer>2</integer>"));
  EXPECT_THAT(agent, HasSubstr("<key>Minute</key>\n    <integer>5</integer>"));
  EXPECT_THAT(agent, HasSubstr("<key>LowPriorityIO</key>\n  <true/>"));
  EXPECT_THAT(home.Read("calls"), HasSubstr("launchctl load -w"));
}

TEST(Scheduler, MovesATimerToAnotherSystem) {
  Home home;
  Scheduler scheduler = home.Make();
  ASSERT_THAT(scheduler.Add(Reports("systemd")), IsOk());
  ASSERT_THAT(scheduler.Add(Reports("cron")), IsOk());
  EXPECT_FALSE(home.Exists(".config/systemd/user/firn-reports.timer"));
  const auto schedules = scheduler.List();
  ASSERT_THAT(schedules, HasValue(SizeIs(1)));
  EXPECT_EQ((*schedules)[0].system, "cron");
  EXPECT_THAT((*schedules)[0].command, ElementsAre("ingest", "query_perf", "/srv/100% of it"));
}

TEST(Scheduler, SchedulesNothingWhereTheToolFails) {
  Home home;
  home.AddTool("systemctl", "echo no bus; exit 1");
  Scheduler scheduler = home.Make();
  const auto added = scheduler.Add(Reports("systemd"));
  EXPECT_THAT(added, IsError(ErrorKind::kUnavailable));
  EXPECT_THAT(added, HasMessage("no bus"));
  EXPECT_FALSE(home.Exists(".config/systemd/user/firn-reports.timer"));
  EXPECT_THAT(scheduler.List(), HasValue(IsEmpty()));
}

TEST(Scheduler, RefusesNamesAndTimesThatAreNone) {
  Home home;
  Scheduler scheduler = home.Make();
  for (const char* name : {"", "../x", "A", "a b"}) {
    Schedule schedule = Reports("cron");
    schedule.name = name;
    EXPECT_THAT(scheduler.Add(schedule), IsError(ErrorKind::kInvalidArgument)) << name;
  }
  for (const char* at : {"", "24:00", "1:30", "12:60", "12-30", "ab:cd"}) {
    Schedule schedule = Reports("cron");
    schedule.at = at;
    EXPECT_THAT(scheduler.Add(schedule), IsError(ErrorKind::kInvalidArgument)) << at;
  }
  EXPECT_THAT(scheduler.Run("reports"), IsError(ErrorKind::kNotFound));
}

// The program that a schedule runs is that of these tests here: it fails where it cannot write.
TEST(Scheduler, TellsAWebhookOfRunsThatFailed) {
  Home home;
  Scheduler scheduler = home.Make();
  Schedule schedule = Reports("cron");
  schedule.command = {"--gtest_filter=None", "--gtest_output=xml:/proc/none/report.xml"};
  schedule.webhook = "https://hooks.example/secret";
  ASSERT_THAT(scheduler.Add(schedule), IsOk());
  const auto code = scheduler.Run("reports");
  ASSERT_THAT(code, IsOk());
  ASSERT_NE(*code, 0);
  ASSERT_THAT(home.http.asked, SizeIs(1));
  const io::HttpRequest& asked = home.http.asked[0];
  EXPECT_EQ(asked.method + " " + asked.url, "POST https://hooks.example/secret");
  const auto page = Json::Parse(asked.body);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->GetString("schema"), HasValue("firn.schedule.run/1"));
  EXPECT_THAT(page->GetString("schedule"), HasValue("reports"));
  EXPECT_THAT(page->GetInt64("exit_code"), HasValue(*code));
}

TEST(Scheduler, TellsAWebhookOfAllRunsWhereThatIsAskedFor) {
  Home home;
  Scheduler scheduler = home.Make();
  Schedule schedule = Reports("cron");
  schedule.command = {"--gtest_filter=None"};
  schedule.webhook = "https://hooks.example/secret";
  ASSERT_THAT(scheduler.Add(schedule), IsOk());
  EXPECT_THAT(scheduler.Run("reports"), HasValue(0));
  EXPECT_THAT(home.http.asked, IsEmpty());
  schedule.webhook_always = true;
  ASSERT_THAT(scheduler.Add(schedule), IsOk());
  home.http.answer = Unavailable("nobody there");  // No reason for the run to fail.
  EXPECT_THAT(scheduler.Run("reports"), HasValue(0));
  EXPECT_THAT(home.http.asked, SizeIs(1));
}

TEST(Scheduler, RefusesAWebhookThatIsNoUrl) {
  Home home;
  Schedule schedule = Reports("cron");
  schedule.webhook = "hooks.example";
  EXPECT_THAT(home.Make().Add(schedule), IsError(ErrorKind::kInvalidArgument));
}

TEST(RunChild, GivesOutputAndExitCode) {
  const Home home;
  ChildOptions options;
  options.environment = home.environment();
  options.keep_output = true;
  options.input = "hello";
  const auto done = RunChild({"sh", "-c", "cat; exit 3"}, options);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->exit_code, 3);
  EXPECT_EQ(done->output, "hello");
  EXPECT_THAT(RunChild({"no-such-program"}, options), IsError(ErrorKind::kNotFound));
}

TEST(RunChild, EndsWhatTakesTooLongWithAllItStarted) {
  const Home home;
  ChildOptions options;
  options.environment = home.environment();
  options.low_priority = true;
  options.timeout = Millis{100};
  const auto done = RunChild({"sh", "-c", "sleep 600 & wait"}, options);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->exit_code, 124);
}

}  // namespace
}  // namespace firn::lakehouse
