// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/schema_version.h"

#include "firn/base/testing.h"

namespace firn::registry {
namespace {

TEST(SchemaVersion, IsReadAsItIsWritten) {
  EXPECT_EQ(ParseSchemaVersion("1.20.3")->ToString(), "1.20.3");
  for (const char* wrong : {"", "1", "1.2", "1.2.3.4", "1.2.x", "-1.2.3", "01.2.3", "1.2.3 "})
    EXPECT_THAT(ParseSchemaVersion(wrong), IsError(ErrorKind::kInvalidArgument)) << wrong;
}

TEST(SchemaVersion, StandsInTheOrderOfItsNumbers) {
  EXPECT_LT((SchemaVersion{1, 9, 9}), (SchemaVersion{2, 0, 0}));
  EXPECT_LT((SchemaVersion{1, 2, 9}), (SchemaVersion{1, 10, 0}));
}

TEST(SchemaVersion, GoesOnByTheLevelOfAChange) {
  const SchemaVersion version{1, 2, 3};
  for (const ChangeLevel level : {ChangeLevel::kPatch, ChangeLevel::kMinor, ChangeLevel::kMajor})
    EXPECT_EQ(version.After(level).StepFrom(version), level);
  EXPECT_EQ(version.After(ChangeLevel::kMajor).ToString(), "2.0.0");
  EXPECT_EQ(version.After(ChangeLevel::kMinor).ToString(), "1.3.0");
  EXPECT_EQ(version.After(ChangeLevel::kNone), version);
  EXPECT_EQ((SchemaVersion{1, 2, 2}).StepFrom(version), ChangeLevel::kNone);
}

}  // namespace
}  // namespace firn::registry
