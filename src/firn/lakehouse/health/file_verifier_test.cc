// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/health/file_verifier.h"

#include <string>

#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"

namespace firn::lakehouse {
namespace {

constexpr char kFile[] = "memory:///a";

class FileVerifierTest : public ::testing::Test {
 protected:
  FileVerifierTest() {
    files_.Replace(kFile, bytes_);
    recorded_ = {io::ChecksumOf(files_, kFile).value()};
  }

  Status CheckAs(const std::string& bytes) {
    files_.Replace(kFile, bytes);
    return FileVerifier(files_, recorded_).Check(kFile, {});
  }

  std::string bytes_ = "PAR1 some bytes PAR1";
  io::MemoryFileIO files_;
  std::vector<io::FileChecksum> recorded_;
};

TEST_F(FileVerifierTest, FindsEveryFlippedByte) {
  EXPECT_THAT(CheckAs(bytes_), IsOk());
  for (size_t at = 0; at < bytes_.size(); ++at) {
    std::string other = bytes_;
    other[at] = static_cast<char>(~other[at]);
    EXPECT_THAT(CheckAs(other), IsError(ErrorKind::kCorrupt)) << at;
  }
}

TEST_F(FileVerifierTest, FindsEveryCut) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    EXPECT_THAT(CheckAs(bytes_.substr(0, size)), IsError(ErrorKind::kCorrupt));
  }
  EXPECT_THAT(CheckAs(bytes_ + "x"), IsError(ErrorKind::kCorrupt));
}

TEST_F(FileVerifierTest, FindsThatAFileIsGone) {
  ASSERT_THAT(files_.Delete(kFile), IsOk());
  EXPECT_THAT(FileVerifier(files_, recorded_).Check(kFile, {}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(FileVerifier(files_, {}).Check(kFile, {}), IsError(ErrorKind::kNotFound));
}

TEST_F(FileVerifierTest, MeasuresAFileOfWhichNothingIsKnown) {
  FileVerifier verifier(files_, {});
  EXPECT_THAT(verifier.Check(kFile, 20), IsOk());
  EXPECT_EQ(verifier.files_measured(), 1);
  EXPECT_EQ(verifier.files_compared(), 0);
  EXPECT_THAT(FileVerifier(files_, {}).Check(kFile, 19), IsError(ErrorKind::kCorrupt));
}

TEST_F(FileVerifierTest, BelievesNoReferenceThatStatesAnotherSize) {
  EXPECT_THAT(FileVerifier(files_, recorded_).Check(kFile, 19), IsError(ErrorKind::kCorrupt));
}

TEST_F(FileVerifierTest, ReadsEachFileOnce) {
  FileVerifier verifier(files_, recorded_);
  EXPECT_THAT(verifier.Check(kFile, {}), IsOk());
  EXPECT_THAT(verifier.Check(kFile, {}), IsOk());
  EXPECT_EQ(verifier.files_compared(), 1);
  EXPECT_EQ(verifier.bytes_compared(), 20);
}

}  // namespace
}  // namespace firn::lakehouse
