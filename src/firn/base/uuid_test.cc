// SPDX-License-Identifier: Apache-2.0

#include "firn/base/uuid.h"

#include "firn/base/digest.h"
#include "firn/base/env.h"
#include "firn/base/testing.h"

namespace firn {
namespace {

TEST(Uuid, ReadsWhatItPrints) {
  FixedEnv env;
  for (int i = 0; i < 100; ++i) {
    const Uuid uuid = Uuid::Random(env);
    EXPECT_THAT(Uuid::Parse(uuid.ToString()), HasValue(uuid));
    EXPECT_EQ(uuid.ToString()[14], '4');
  }
  EXPECT_THAT(Uuid::Parse("f79c3e09-677c-4bbd-a479"), IsError(ErrorKind::kInvalidArgument));
}

// The example of RFC 9562, appendix A.4.
TEST(Uuid, MakesTheNameBasedOneOfTheRfc) {
  const Uuid dns = *Uuid::Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(Uuid::FromName(dns, "www.example.com").ToString(),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(MakeUlid, SortsByTime) {
  FixedEnv env;
  const std::string first = MakeUlid(env);
  env.Advance(Millis{1});
  const std::string second = MakeUlid(env);
  EXPECT_LT(first, second);
  EXPECT_EQ(first.size(), 26u);
}

TEST(Digest, KnowsTheStandardVectors) {
  EXPECT_EQ(Md5Hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("bc");
  EXPECT_EQ(stream.FinishHex(), Sha256Hex("abc"));
}

}  // namespace
}  // namespace firn
