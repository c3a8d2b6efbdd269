// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/piped_file_io.h"

#include <fcntl.h>
#include <unistd.h>

#include "firn/base/testing.h"
#include "firn/ingest/testing.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"

namespace firn::ingest {
namespace {

Result<std::unique_ptr<PipedFileIO>> Pipe(const ScratchFolder& folder, io::FileIO& inner,
                                          std::string_view bytes) {
  const int descriptor = open(folder.Write("in", bytes).c_str(), O_RDONLY);
  auto piped = PipedFileIO::Read(descriptor, inner, folder.path().string());
  close(descriptor);
  return piped;
}

TEST(PipedFileIO, ShowsThePipedBytesAsAFileBesideOthers) {
  const ScratchFolder folder;
  io::MemoryFileIO inner;
  inner.Replace("file:///s/a", "other");
  const std::string text(size_t{9} << 20, 'x');
  const auto piped = Pipe(folder, inner, text);
  ASSERT_THAT(piped, IsOk());
  EXPECT_EQ((*piped)->file().size_bytes, static_cast<int64_t>(text.size()));
  const std::string location = io::FileLocation((*piped)->file().path);
  for (int time = 0; time < 2; ++time)
    EXPECT_TRUE((*piped)->ReadAll(location, 1 << 30).value() == text);
  EXPECT_THAT((*piped)->ReadAll("file:///s/a", 100), HasValue("other"));
}

TEST(PipedFileIO, KnowsBytesByTheirContent) {
  const ScratchFolder folder;
  io::MemoryFileIO inner;
  const std::string path = Pipe(folder, inner, "a").value()->file().path;
  EXPECT_EQ(path, "stdin:ca978112ca1bbdcafac231b39a23dc4d");
  EXPECT_EQ(Pipe(folder, inner, "a").value()->file().path, path);
  EXPECT_NE(Pipe(folder, inner, "b").value()->file().path, path);
  EXPECT_THAT(PipedFileIO::Read(-1, inner, ""), IsError(ErrorKind::kIo));
}

}  // namespace
}  // namespace firn::ingest
