// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/store_wall.h"

#include <new>
#include <stdexcept>

#include "firn/base/testing.h"

namespace firn::io {
namespace {

TEST(AskStore, GivesTheAnswer) {
  EXPECT_THAT(AskStore([] { return arrow::Result<int>(7); }, "s3://b/a"), HasValue(7));
  EXPECT_THAT(AskStore([] { return arrow::Status::OK(); }, "s3://b/a"), IsOk());
}

TEST(AskStore, SaysWhatAFailureMeans) {
  const auto busy = [] { return arrow::Status::IOError("AWS Error SLOW_DOWN"); };
  EXPECT_THAT(AskStore(busy, "s3://b/a"), IsError(ErrorKind::kUnavailable));
  EXPECT_THAT(AskStore(busy, "s3://b/a", Effect::kDelete), IsError(ErrorKind::kOutcomeUnknown));
}

TEST(AskStore, MakesErrorsOfWhatIsThrown) {
  const auto throwing = [](const auto& what) {
    return [&what]() -> arrow::Result<int> { throw what; };
  };
  const std::runtime_error login("Failed to get token from DefaultAzureCredential.");
  const auto refused = AskStore(throwing(login), "abfss://c@a.dfs.core.windows.net/x");
  EXPECT_THAT(refused, IsError(ErrorKind::kUnauthenticated));
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("abfss://c@a"));
  EXPECT_THAT(AskStore(throwing(std::bad_alloc()), "s3://b/a"),
              IsError(ErrorKind::kResourceExhausted));
}

}  // namespace
}  // namespace firn::io
