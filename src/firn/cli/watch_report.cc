// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/watch_report.h"

#include <algorithm>
#include <string_view>

#include "firn/cli/ingest_report.h"
#include "firn/cli/run_report.h"

namespace firn::cli {
namespace {

constexpr std::string_view kWipe = "\r\x1b[K";

int64_t FilesRead(const lakehouse::IngestReport& report) {
  return report.files_new + report.files_grown + report.files_rewritten;
}

bool FoundNothing(const lakehouse::IngestReport& report) {
  return FilesRead(report) == 0 && report.troubles.empty();
}

int64_t ModelsRun(const lakehouse::RunReport& run) {
  return std::ranges::count_if(
      run.models, [](const lakehouse::ModelReport& model) { return model.outcome == "ran"; });
}

// What maintenance did to all tables together.
lakehouse::MaintainRow SumOf(const lakehouse::MaintainReport& maintained) {
  lakehouse::MaintainRow all;
  for (const lakehouse::MaintainRow& row : maintained.tables) {
    all.snapshots += row.snapshots;
    all.files += row.files + row.orphan_files;
    all.data_files_rewritten += row.data_files_rewritten;
    all.data_files_added += row.data_files_added;
  }
  return all;
}

Json IngestJson(const lakehouse::IngestReport& report) {
  Json json{Json::Object()};
  json.Set("step", "ingest");
  json.Set("files", FilesRead(report));
  json.Set("rows", report.rows);
  json.Set("rejected", report.rejected);
  json.Set("bytes", report.bytes);
  json.Set("troubles", static_cast<int64_t>(report.troubles.size()));
  json.Set("seconds", report.seconds);
  return json;
}

Json RunJson(const lakehouse::RunReport& run) {
  Json json{Json::Object()};
  json.Set("step", "run");
  json.Set("models", ModelsRun(run));
  json.Set("committed", run.committed);
  json.Set("checks_violated", static_cast<int64_t>(run.checks.size()));
  json.Set("seconds", run.seconds);
  return json;
}

Json MaintainJson(const lakehouse::MaintainReport& maintained) {
  const lakehouse::MaintainRow all = SumOf(maintained);
  Json json{Json::Object()};
  json.Set("step", "maintain");
  json.Set("snapshots_expired", all.snapshots);
  json.Set("files_deleted", all.files);
  json.Set("data_files_rewritten", all.data_files_rewritten);
  json.Set("data_files_added", all.data_files_added);
  return json;
}

Json FailureJson(const Error& error) {
  Json json{Json::Object()};
  json.Set("step", "failed");
  json.Set("message", error.message);
  return json;
}

}  // namespace

std::string StepJson(const lakehouse::WatchStep& step, TimeUs now) {
  if (step.ingested && FoundNothing(*step.ingested)) return {};
  Json json = step.ingested     ? IngestJson(*step.ingested)
              : step.ran        ? RunJson(*step.ran)
              : step.maintained ? MaintainJson(*step.maintained)
                                : FailureJson(*step.failed);
  json.Set("time", now.ToString());
  return json.Dump() + "\n";
}

std::string StepText(const lakehouse::WatchStep& step) {
  if (step.ingested) return FoundNothing(*step.ingested) ? "" : IngestSummary(*step.ingested);
  if (step.ran) return ModelsRun(*step.ran) == 0 ? "" : RunSummary(*step.ran);
  if (step.failed) return "warning: " + step.failed->message + " (it is tried again)";
  const lakehouse::MaintainRow all = SumOf(*step.maintained);
  if (all.data_files_rewritten + all.snapshots == 0) return "";
  return "Made " + Counted(all.data_files_rewritten, "small file") + " into " +
         Field::Count(all.data_files_added).shown + ", expired " +
         Counted(all.snapshots, "snapshot") + ".";
}

WatchReport::WatchReport(Invocation& invocation)
    : invocation_(invocation),
      for_people_(invocation.ChosenFormat() == Format::kTable),
      shows_state_(for_people_ && !invocation.quiet && invocation.ErrIsTerminal()) {
  ShowState();
}

WatchReport::~WatchReport() {
  WipeState();
}

void WatchReport::Tell(const lakehouse::WatchStep& step) {
  if (step.ingested) {
    commits_ += step.ingested->rows > 0;
    rows_ += step.ingested->rows;
  }
  if (for_people_) return TellPerson(step);
  invocation_.PrintRaw(StepJson(step, invocation_.env().Now()));
  std::fflush(invocation_.out());
}

void WatchReport::TellPerson(const lakehouse::WatchStep& step) {
  WipeState();
  if (step.ingested) TellTroubles(invocation_, *step.ingested);
  if (step.ran) TellChecks(invocation_, *step.ran);
  if (const std::string text = StepText(step); !text.empty()) {
    const std::string time = invocation_.env().Now().ToString();  // "2025-11-05T09:30:00.000000Z"
    invocation_.Hint(time.substr(11, 8) + "  " + Printable(text));
  }
  ShowState();
}

void WatchReport::ShowState() {
  if (!shows_state_) return;
  const std::string state =
      "Watching: " + Counted(rows_, "row") + " in " + Counted(commits_, "commit") + ". ^C ends.";
  std::fputs(state.c_str(), stderr);
}

void WatchReport::WipeState() {
  if (shows_state_) std::fwrite(kWipe.data(), 1, kWipe.size(), stderr);
}

}  // namespace firn::cli
