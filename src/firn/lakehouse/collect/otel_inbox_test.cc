// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/otel_inbox.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/testing.h"

namespace firn::lakehouse {
namespace {

using ::testing::HasSubstr;

constexpr char kRequest[] =
    R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}},3]}]}]})";

class OtelInboxTest : public ::testing::Test {
 protected:
  // All files of the inbox, one after another.
  std::string Kept() const {
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(OtelInboxPath(folder_.path())))
      paths.insert(entry.path());
    std::string text;
    for (const auto& path : paths) {
      std::ifstream in(path, std::ios::binary);
      text.append(std::istreambuf_iterator<char>(in), {});
    }
    return text;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<Env> env_ = MakeSystemEnv();
};

TEST_F(OtelInboxTest, KeepsRecordsAsLines) {
  auto inbox = OtelInbox::Open(folder_.path(), *env_);
  ASSERT_THAT(inbox, IsOk());
  const auto taken = inbox->Take("logs", false, kRequest);
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->records, 1);
  EXPECT_EQ(taken->rejected, 1);
  ASSERT_THAT(inbox->Take("logs", false, kRequest), IsOk());
  const std::string line = "{\"otlp\":\"logs\",\"record\":{\"body\":{\"stringValue\":\"x\"}}}\n";
  EXPECT_EQ(Kept(), line + line);
}

TEST_F(OtelInboxTest, KeepsNothingOfWhatItRefuses) {
  auto inbox = OtelInbox::Open(folder_.path(), *env_);
  ASSERT_THAT(inbox, IsOk());
  EXPECT_THAT(inbox->Take("logs", false, "{"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(inbox->Take("logs", true, "{"), IsError(ErrorKind::kCorrupt));
  EXPECT_EQ(Kept(), "");
}

TEST_F(OtelInboxTest, SaysSoWhereNothingCanBeKept) {
  auto inbox = OtelInbox::Open(folder_.path(), *env_);
  ASSERT_THAT(inbox, IsOk());
  std::filesystem::remove_all(OtelInboxPath(folder_.path()));
  EXPECT_THAT(inbox->Take("logs", false, kRequest), IsError(ErrorKind::kUnavailable));
}

TEST_F(OtelInboxTest, IsForItsOwnerAlone) {
  auto inbox = OtelInbox::Open(folder_.path(), *env_);
  ASSERT_THAT(inbox, IsOk());
  ASSERT_THAT(inbox->Take("logs", false, kRequest), IsOk());
  using std::filesystem::perms;
  const std::filesystem::path place = OtelInboxPath(folder_.path());
  EXPECT_EQ(std::filesystem::status(place).permissions(), perms::owner_all);
  for (const auto& entry : std::filesystem::directory_iterator(place))
    EXPECT_EQ(entry.status().permissions(), perms::owner_read | perms::owner_write);
}

}  // namespace
}  // namespace firn::lakehouse
