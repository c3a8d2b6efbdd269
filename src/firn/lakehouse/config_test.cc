// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/config.h"

#include "firn/base/testing.h"

namespace firn::lakehouse {
namespace {

TEST(ParseConfig, ReadsEveryKeyThatItsOwnListNames) {
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string text = "[" + std::string(key.section) + "]\n" + std::string(key.name) +
                             " = " + std::string(key.example) + "\n";
    EXPECT_THAT(ParseConfig(text, "firn.toml"), IsOk()) << text;
  }
}

TEST(ParseConfig, RefusesAnUnknownKeyNamingItsLine) {
  const auto config = ParseConfig("[lake]\nformat = 1\nscael = \"initial\"\n", "firn.toml");
  EXPECT_THAT(config, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(config, HasMessage("firn.toml:3: unknown key lake.scael"));
  EXPECT_THAT(ParseConfig("[storag]\nx = 1", "f"), HasMessage("f:1: unknown key storag"));
}

TEST(ParseConfig, RefusesALakeOfANewerFormat) {
  EXPECT_THAT(ParseConfig("[lake]\nformat = 2\n", "firn.toml"), IsError(ErrorKind::kUnsupported));
}

TEST(ParseConfig, NamesTheLineOfBrokenTomlAndOfWrongValues) {
  EXPECT_THAT(ParseConfig("[lake]\nscale = \n", "f"), HasMessage("f:2"));
  EXPECT_THAT(ParseConfig("[lake]\nscale = \"huge\"\n", "f"),
              HasMessage("f:2: lake.scale must be"));
  EXPECT_THAT(ParseConfig("[memory]\nmax_usage = \"much\"\n", "f"),
              HasMessage("f:2: memory.max_usage"));
}

TEST(ParseConfig, ReadsWhatANewLakeIsGiven) {
  EXPECT_THAT(ParseConfig(NewConfigText(), "f"), IsOk());
}

TEST(ParseConfig, ReadsBudgetsOfEverythingPlatformsAndProjects) {
  const auto config = ParseConfig(
      "[budget]\ndaily = 20\nmonthly = 250.5\n[budget.platform.claude_code]\nweekly = 40\n"
      "[budget.project.\"/home/ada/ledger\"]\ndaily = 0.25\n",
      "f");
  ASSERT_THAT(config, IsOk());
  EXPECT_THAT(config->budgets,
              ::testing::UnorderedElementsAre(
                  Budget{UsagePeriod::kDaily, "", "", 20'000'000'000},
                  Budget{UsagePeriod::kMonthly, "", "", 250'500'000'000},
                  Budget{UsagePeriod::kWeekly, "claude_code", "", 40'000'000'000},
                  Budget{UsagePeriod::kDaily, "", "/home/ada/ledger", 250'000'000}));
}

TEST(ParseConfig, RefusesBudgetsThatAreNone) {
  for (const char* amount : {"0", "-1", "\"20\"", "1e12", "nan", "true"}) {
    EXPECT_THAT(ParseConfig("[budget]\ndaily = " + std::string(amount) + "\n", "f"),
                HasMessage("f:2: budget.daily must be"))
        << amount;
  }
  EXPECT_THAT(ParseConfig("[budget]\nyearly = 1\n", "f"), HasMessage("unknown key budget.yearly"));
  EXPECT_THAT(ParseConfig("[budget]\nplatform = 3\n", "f"),
              HasMessage("f:2: budget.platform must"));
  EXPECT_THAT(ParseConfig("[budget.platform.codex]\nyearly = 1\n", "f"),
              HasMessage("f:2: budget.platform.codex.yearly must be called"));
}

TEST(ParseConfig, GivesStoresTheNamesIcebergHas) {
  const auto config = ParseConfig(
      "[lake]\nwarehouse = \"s3://b/lake\"\n[io.s3]\nendpoint = \"http://h:9000\"\n"
      "access_key = \"a\"\npath_style = true\n[io.azure]\naccount = \"acc\"\n",
      "f");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->warehouse, "s3://b/lake");
  const std::map<std::string, std::string> wanted = {{"s3.endpoint", "http://h:9000"},
                                                     {"s3.access-key-id", "a"},
                                                     {"s3.path-style-access", "true"},
                                                     {"adls.account-name", "acc"}};
  EXPECT_EQ(config->stores, wanted);
}

TEST(ParseConfig, RefusesAWarehouseThatIsNoPlace) {
  for (const char* place : {"lake", "hdfs://host/lake", "s3:/bucket", ""}) {
    EXPECT_THAT(ParseConfig("[lake]\nwarehouse = \"" + std::string(place) + "\"\n", "f"),
                HasMessage("f:2: lake.warehouse must be"))
        << place;
  }
}

TEST(ParseSize, KnowsBothKindsOfUnits) {
  EXPECT_THAT(ParseSize("50GB"), HasValue(50'000'000'000));
  EXPECT_THAT(ParseSize("512 MiB"), HasValue(512 << 20));
  EXPECT_THAT(ParseSize("99999999999TB"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ParseSize("0"), IsError(ErrorKind::kInvalidArgument));
}

TEST(ParseDuration, ReadsWholeUnits) {
  EXPECT_EQ(ParseDuration("5m")->value, 300'000);
  EXPECT_THAT(ParseDuration("5"), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::lakehouse
