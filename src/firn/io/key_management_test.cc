// SPDX-License-Identifier: Apache-2.0

#include "firn/io/key_management.h"

#include <string>

#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/write_batch.h"

namespace firn::io {
namespace {

MasterKeys SomeKeys() {
  return MasterKeys([](std::string_view id) -> Result<std::string> {
    if (id == "a") return std::string(16, 'a');
    if (id == "b") return std::string(32, 'b');
    if (id == "short") return std::string("short");
    return Forbidden("no such key", id);
  });
}

TEST(MasterKeys, UnwrapsWhatItWrapped) {
  MasterKeys keys = SomeKeys();
  for (const char* id : {"a", "b"}) {
    const auto wrapped = keys.Wrap(id, "key of a table");
    ASSERT_THAT(wrapped, IsOk());
    EXPECT_EQ(wrapped->find("key of"), std::string::npos);
    EXPECT_THAT(keys.Unwrap(id, *wrapped), HasValue(std::string("key of a table")));
  }
}

TEST(MasterKeys, NamesTheKeyThatIsMissingOrAnother) {
  MasterKeys keys = SomeKeys();
  const std::string wrapped = keys.Wrap("a", "key of a table").value();
  EXPECT_THAT(keys.Unwrap("b", wrapped), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(keys.Unwrap("b", wrapped), HasMessage(": b"));
  EXPECT_THAT(keys.Unwrap("c", wrapped), IsError(ErrorKind::kForbidden));
  EXPECT_THAT(keys.Wrap("c", "key"), HasMessage("c"));
  EXPECT_THAT(keys.Wrap("short", "key"), HasMessage("key short"));
}

TEST(KeysOf, FindsThemThroughWhatWrapsFiles) {
  MasterKeys keys = SomeKeys();
  MemoryFileIO memory;
  KeyedFileIO files(memory, &keys);
  WriteBatch batch(files);
  EXPECT_EQ(KeysOf(batch), &keys);
  EXPECT_EQ(KeysOf(memory), nullptr);
}

}  // namespace
}  // namespace firn::io
