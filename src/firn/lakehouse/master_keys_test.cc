// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/master_keys.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "firn/base/base64.h"
#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/io/testing.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

const std::string kHex = "000102030405060708090a0b0c0d0e0f";

std::string Bytes(size_t count) {
  std::string bytes;
  for (size_t at = 0; at < count; ++at)
    bytes.push_back(static_cast<char>(at));
  return bytes;
}

TEST(ParseKeyFile, TakesHexadecimalAndBase64OfThreeSizes) {
  const auto keys = ParseKeyFile("# ours\n\n a = " + kHex + "\nb=" + EncodeBase64(Bytes(24)) +
                                     "\r\nteam/c = " + EncodeBase64(Bytes(32)),
                                 "keys");
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->at("a"), Bytes(16));
  EXPECT_EQ(keys->at("b"), Bytes(24));
  EXPECT_EQ(keys->at("team/c"), Bytes(32));
}

TEST(ParseKeyFile, NamesTheLineAndNotWhatStandsThere) {
  for (const char* text : {"a = secret", "a = 00010203", "just-a-secret", " = secret",
                           "a = 0102-30405060708090a0b0c0d0e0f"}) {
    const auto keys = ParseKeyFile(std::string("# first\n") + text, "keys");
    EXPECT_THAT(keys, IsError(ErrorKind::kInvalidArgument)) << text;
    EXPECT_THAT(keys, HasMessage("keys:2"));
    EXPECT_EQ(keys.error().ToString().find("secret"), std::string::npos);
    EXPECT_EQ(keys.error().ToString().find("0102"), std::string::npos);
  }
  EXPECT_THAT(ParseKeyFile("a = " + kHex + "\na = " + kHex, "keys"), HasMessage("keys:2"));
}

class MasterKeysOfALake : public ::testing::Test {
 protected:
  MasterKeysOfALake() { lake_.root = folder_.path(); }

  void WriteKeys(const std::string& text, fs::perms perms = fs::perms::owner_read) {
    const fs::path path = fs::path(folder_.path()) / "keys";
    std::ofstream(path) << text;
    fs::permissions(path, perms);
    lake_.config.encryption.key_file = "keys";
  }

  // What it gives for a key, by whether that opens what another gave.
  Result<std::string> Wrap(std::string_view key_id) {
    const auto keys = OpenMasterKeys(lake_, {{"PATH", "/usr/bin:/bin"}}, disk_);
    return keys->Wrap(key_id, "the table's key");
  }
  static Result<std::string> Unwrap(const std::string& bytes, const std::string& wrapped) {
    return io::MasterKeys([bytes](std::string_view) -> Result<std::string> { return bytes; })
        .Unwrap("any", wrapped);
  }

  io::TemporaryFolder folder_;
  LakeFolder lake_;
  FixedEnv env_;
  io::LocalFileIO disk_{env_};
};

TEST_F(MasterKeysOfALake, AreNoneWhereNothingIsConfigured) {
  EXPECT_EQ(OpenMasterKeys(lake_, {}, disk_), nullptr);
}

TEST_F(MasterKeysOfALake, ComeFromTheFile) {
  WriteKeys("k = " + kHex);
  const auto wrapped = Wrap("k");
  ASSERT_THAT(wrapped, IsOk());
  EXPECT_THAT(Unwrap(Bytes(16), *wrapped), HasValue(std::string("the table's key")));
}

TEST_F(MasterKeysOfALake, SayWhichIsMissingAndWhatToDo) {
  WriteKeys("k = " + kHex);
  EXPECT_THAT(Wrap("other"), IsError(ErrorKind::kForbidden));
  EXPECT_THAT(Wrap("other"), HasMessage("other = KEY"));
  lake_.config.encryption.key_file = "absent";
  EXPECT_THAT(Wrap("k"), IsError(ErrorKind::kForbidden));
}

TEST_F(MasterKeysOfALake, AreRefusedWhereOthersMayReadThem) {
  WriteKeys("k = " + kHex, fs::perms::owner_read | fs::perms::group_read);
  EXPECT_THAT(Wrap("k"), IsError(ErrorKind::kForbidden));
  EXPECT_THAT(Wrap("k"), HasMessage("chmod 600"));
}

TEST_F(MasterKeysOfALake, ComeFromTheCommandThatIsToldTheName) {
  lake_.config.encryption.key_command = "test \"$FIRN_KEY_ID\" = k && echo " + kHex;
  const auto wrapped = Wrap("k");
  ASSERT_THAT(wrapped, IsOk());
  EXPECT_THAT(Unwrap(Bytes(16), *wrapped), HasValue(std::string("the table's key")));
  EXPECT_THAT(Wrap("other"), IsError(ErrorKind::kForbidden));
}

TEST_F(MasterKeysOfALake, AreNotShownWhereTheCommandPrintsSomethingElse) {
  lake_.config.encryption.key_command = "echo not-really-secret";
  const auto wrapped = Wrap("k");
  EXPECT_THAT(wrapped, IsError(ErrorKind::kForbidden));
  EXPECT_EQ(wrapped.error().ToString().find("not-really"), std::string::npos);
}

TEST_F(MasterKeysOfALake, AreLookedForInTheFileBeforeTheCommandIsAsked) {
  WriteKeys("k = " + kHex);
  lake_.config.encryption.key_command = "echo " + EncodeBase64(Bytes(32));
  EXPECT_THAT(Unwrap(Bytes(16), Wrap("k").value()), IsOk());
  EXPECT_THAT(Unwrap(Bytes(32), Wrap("in the command alone").value()), IsOk());
}

}  // namespace
}  // namespace firn::lakehouse
