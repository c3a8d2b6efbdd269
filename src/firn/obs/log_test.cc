// SPDX-License-Identifier: Apache-2.0

#include "firn/obs/log.h"

#include "firn/base/testing.h"

namespace firn::obs {
namespace {

TEST(StderrLogger, EscapesWhatCouldForgeALine) {
  const auto logger = MakeStderrLogger(LogLevel::kInfo);
  testing::internal::CaptureStderr();
  logger->Info("ingest", {{"file", "a\n[x] [ERROR] b\x1b[2J"}, {"rows", "3"}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, testing::HasSubstr("[INFO] ingest file=a\\x0a[x] [ERROR] b\\x1b[2J rows=3\n"));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(StderrLogger, LeavesOutWhatIsBelowItsLevel) {
  const auto logger = MakeStderrLogger(LogLevel::kWarn);
  testing::internal::CaptureStderr();
  logger->Info("quiet");
  logger->Warn("loud");
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      testing::AllOf(testing::HasSubstr("loud"), testing::Not(testing::HasSubstr("quiet"))));
}

}  // namespace
}  // namespace firn::obs
