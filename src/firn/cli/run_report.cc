// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/run_report.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace firn::cli {
namespace {

std::string Seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f s", seconds);
  return text.data();
}

// A word for a POSIX shell.
std::string ShellWord(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (std::string_view("\"\\$`").find(c) != std::string_view::npos) word += '\\';
    word += c;
  }
  return word + "\"";
}

}  // namespace

Report RunTable(const lakehouse::RunReport& run) {
  Report report;
  report.schema = run.dry_run ? "firn.plan/1" : "firn.run/1";
  report.columns = {{"model", "MODEL", false, 0, kWhole}, {"outcome", "OUTCOME", false, 0, kWhole},
                    {"rows_in", "ROWS IN", true, 2},      {"rows_out", "ROWS OUT", true, 1},
                    {"seconds", "TIME", true, 1},         {"message", "NOTE", false, 3, 20}};
  for (const lakehouse::ModelReport& model : run.models) {
    const Field seconds{Json(model.seconds), Seconds(model.seconds), "DOUBLE"};
    report.rows.push_back({Field::Text(model.model), Field::Text(model.outcome),
                           run.dry_run ? Field::None() : Field::Count(model.rows_in),
                           run.dry_run ? Field::None() : Field::Count(model.rows_out),
                           run.dry_run ? Field::None() : seconds, Field::Text(model.message)});
  }
  Json::Array checks;
  for (const lakehouse::CheckReport& check : run.checks) {
    Json entry{Json::Object()};
    entry.Set("model", check.model);
    entry.Set("check", check.check);
    entry.Set("on_violation", check.on_violation);
    entry.Set("violations", check.violations);
    entry.Set("query", check.query);
    checks.push_back(std::move(entry));
  }
  report.meta.Set("run_id", run.run_id);
  report.meta.Set("committed", run.committed);
  report.meta.Set("checks", Json(std::move(checks)));
  report.meta.Set("branch", run.branch.empty() ? Json() : Json(run.branch));
  report.empty_message = "There are no models.";
  return report;
}

std::string RunSummary(const lakehouse::RunReport& run) {
  const auto ran = std::count_if(run.models.begin(), run.models.end(), [](const auto& model) {
    return model.outcome == "ran" || model.outcome == "would run";
  });
  if (!run.left_on_branch.empty()) return "A check stopped the run: no table has changed.";
  if (ran == 0) return "All tables are up to date.";
  return std::to_string(ran) + " of " + std::to_string(run.models.size()) + " models " +
         (run.dry_run ? "would run." : "ran in " + Seconds(run.seconds) + ".");
}

void TellChecks(Invocation& invocation, const lakehouse::RunReport& run) {
  for (const lakehouse::CheckReport& check : run.checks) {
    const bool stopped = check.on_violation == "fail";
    invocation.Hint((stopped ? "error: " : "warning: ") + Counted(check.violations, "row") +
                    " of " + check.model + (check.violations == 1 ? " breaks" : " break") +
                    " the check " + check.check);
    if (!stopped || run.left_on_branch.empty()) continue;
    invocation.Hint("  nothing was published; what would have been is on the branch " + run.branch +
                    ":");
    invocation.Hint("  firn sql " + ShellWord(check.query + " LIMIT 20"));
  }
}

int RunExitCode(const lakehouse::RunReport& run) {
  for (const lakehouse::CheckReport& check : run.checks) {
    if (check.on_violation == "fail" && check.violations > 0) return 3;
  }
  for (const lakehouse::ModelReport& model : run.models) {
    if (model.outcome == "failed") return 1;
  }
  return 0;
}

}  // namespace firn::cli
