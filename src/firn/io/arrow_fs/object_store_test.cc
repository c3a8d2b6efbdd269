// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/object_store.h"

#include <fstream>
#include <string>

#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"

namespace firn::io {
namespace {

// Whether a library of that name is mapped into this process.
bool IsLoaded(const std::string& library) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(library) != std::string::npos) return true;
  }
  return false;
}

TEST(ObjectStoreFileIO, LoadsNothingForLocalFiles) {
  if (IsLoaded("libarrow_s3")) GTEST_SKIP() << "another test of this process loaded it";
  MemoryFileIO local;
  ObjectStoreFileIO files(local, {{"s3.endpoint", "http://127.0.0.1:1"}});
  ASSERT_THAT(files.WriteAll("file:///a/b", "text"), IsOk());
  EXPECT_THAT(files.ReadAll("file:///a/b", 100), HasValue(std::string("text")));
  EXPECT_THAT(local.Exists("/a/b"), HasValue(true));
  EXPECT_FALSE(IsLoaded("libarrow_s3"));
  EXPECT_EQ(files.calls().puts, 0);
}

TEST(ObjectStoreFileIO, RefusesHalfAKeyAndUnknownProperties) {
  MemoryFileIO local;
  ObjectStoreFileIO half(local, {{"s3.access-key-id", "me"}});
  EXPECT_THAT(half.Exists("s3://b/a"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CheckStoreProperties({{"s3.acces-key-id", "me"}}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(ObjectStoreFileIO, RefusesAddressingArrowCannotDo) {
  MemoryFileIO local;
  ObjectStoreFileIO files(
      local, {{"s3.endpoint", "http://127.0.0.1:1"}, {"s3.path-style-access", "false"}});
  EXPECT_THAT(files.Exists("s3://b/a"), IsError(ErrorKind::kUnsupported));
}

TEST(ObjectStoreFileIO, SaysThatAServerIsNotThere) {
  MemoryFileIO local;
  ObjectStoreFileIO files(local, {{"s3.endpoint", "http://127.0.0.1:1"},
                                  {"s3.access-key-id", "me"},
                                  {"s3.secret-access-key", "secret"}});
  EXPECT_THAT(files.Exists("s3://b/a"), IsError(ErrorKind::kUnavailable));
}

TEST(ObjectStoreFileIO, AsksForTheAccountOfAnAzureContainer) {
  MemoryFileIO local;
  ObjectStoreFileIO files(local, {});
  EXPECT_THAT(files.Exists("abfss://c/a"), IsError(ErrorKind::kInvalidArgument));
}

TEST(ObjectStoreFileIO, RefusesKeysOfAzureThatCannotWork) {
  MemoryFileIO local;
  const std::string here = "http://127.0.0.1:1";
  ObjectStoreFileIO broken(local, {{"adls.endpoint", here}, {"adls.account-key", "no key!"}});
  const auto told = broken.Exists("abfss://c@a.dfs.core.windows.net/x");
  EXPECT_THAT(told, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(told.error().message, ::testing::Not(::testing::HasSubstr("no key!")));
  ObjectStoreFileIO login(local, {{"adls.endpoint", here}});
  EXPECT_THAT(login.Exists("abfss://c@a.dfs.core.windows.net/x"),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::io
