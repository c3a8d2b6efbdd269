// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/spool.h"

#include <filesystem>

#include "firn/base/testing.h"
#include "firn/ingest/testing.h"

namespace firn::ingest {
namespace {

constexpr int64_t kNoLimit = int64_t{1} << 40;

TEST(Spool, GivesBackWhatItWasGivenAtAnyPlace) {
  const ScratchFolder folder;
  for (const size_t size : {size_t{0}, size_t{1000}, size_t{9} << 20, size_t{17} << 20}) {
    std::string text(size, 'x');
    for (size_t at = 0; at < size; at += 997)
      text[at] = static_cast<char>('a' + at % 26);
    Spool spool(folder.path().string(), kNoLimit);
    for (size_t at = 0; at < size; at += 100'000)
      ASSERT_THAT(spool.Append(std::string_view(text).substr(at, 100'000)), IsOk());
    ASSERT_THAT(spool.Finish(), IsOk());
    EXPECT_EQ(spool.size_bytes(), static_cast<int64_t>(size));
    EXPECT_TRUE(spool.Read(0, spool.size_bytes()).value() == text);
    EXPECT_TRUE(spool.Read(990, 20).value() == text.substr(std::min<size_t>(990, size), 20));
    EXPECT_THAT(spool.Read(spool.size_bytes() + 5, 10), HasValue(""));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST(Spool, RefusesMoreThanItMayHold) {
  const ScratchFolder folder;
  Spool spool(folder.path().string(), 10);
  EXPECT_THAT(spool.Append("0123456789"), IsOk());
  EXPECT_THAT(spool.Append("0"), IsError(ErrorKind::kResourceExhausted));
}

TEST(Spool, NamesTheFolderItCannotUse) {
  Spool spool("/no/such/folder", kNoLimit);
  EXPECT_THAT(spool.Append(std::string(size_t{9} << 20, 'x')), HasMessage("/no/such/folder"));
}

}  // namespace
}  // namespace firn::ingest
