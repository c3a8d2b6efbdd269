// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/run_report.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "firn/base/testing.h"

namespace firn::cli {
namespace {

// What `TellChecks` says on standard error.
std::string Told(const lakehouse::RunReport& run) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* err = open_memstream(&text, &size);
  {
    Invocation invocation({}, stdout, err);
    TellChecks(invocation, run);
  }
  std::fclose(err);
  std::string told(text, size);
  std::free(text);
  return told;
}

TEST(TellChecks, NamesTheBranchAndTheQueryOfAStoppedRun) {
  lakehouse::RunReport run;
  run.checks = {{"silver.a", "small", "fail", 2,
                 "SELECT * FROM silver.a AT (VERSION => 'failed_run') WHERE NOT (\"b\" < 10)"}};
  run.left_on_branch = {"silver.a"};
  run.branch = "failed_run";
  EXPECT_EQ(Told(run),
            "error: 2 rows of silver.a break the check small\n"
            "  nothing was published; what would have been is on the branch failed_run:\n"
            "  firn sql \"SELECT * FROM silver.a AT (VERSION => 'failed_run') WHERE NOT "
            "(\\\"b\\\" < 10) LIMIT 20\"\n");
  EXPECT_EQ(RunExitCode(run), 3);
  EXPECT_EQ(RunSummary(run), "A check stopped the run: no table has changed.");
}

TEST(TellChecks, OnlyWarnsOfChecksThatStopNothing) {
  lakehouse::RunReport run;
  run.checks = {{"silver.a", "small", "warn", 1, "SELECT 1"}};
  EXPECT_EQ(Told(run), "warning: 1 row of silver.a breaks the check small\n");
  EXPECT_EQ(RunExitCode(run), 0);
}

}  // namespace
}  // namespace firn::cli
