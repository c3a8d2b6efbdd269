// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/tables.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/registry/json_schema.h"

namespace firn::conversations {
namespace {

std::vector<TableDefinition> AllTables(Scale scale) {
  return {BronzeConversations(scale), SilverMessages(scale), SilverToolCalls(scale),
          SilverConversationSources(scale)};
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Tests run in the root of the source tree. FIRN_UPDATE_GOLDEN=1 writes the files anew.
TEST(Tables, HaveAJsonSchemaFileThatIsTrue) {
  for (const TableDefinition& table : AllTables(Scale::kInitial)) {
    std::string folder = "schemas/" + table.name;
    folder.replace(folder.find('.'), 1, "/");
    const std::filesystem::path path = folder + "/v1.0.0.json";
    const std::string text =
        registry::JsonSchemaOf(table.schema, table.name, "1.0.0").Dump(2) + "\n";
    if (std::getenv("FIRN_UPDATE_GOLDEN") != nullptr) {
      std::filesystem::create_directories(folder);
      std::ofstream(path) << text;
    }
    EXPECT_EQ(ReadFile(path), text) << path;
  }
}

TEST(Tables, CanBePartitionedAtEveryScale) {
  for (const Scale scale : {Scale::kInitial, Scale::kMedium, Scale::kLarge, Scale::kMassive}) {
    for (const TableDefinition& table : AllTables(scale)) {
      EXPECT_THAT(table::BuildPartitionSpec(table::SpecId(0), table.schema, table.partition),
                  IsOk())
          << table.name;
    }
  }
}

TEST(Tables, ArePartitionedByPlatformAndMonthForAPerson) {
  const TableDefinition bronze = BronzeConversations(Scale::kInitial);
  const auto spec = table::BuildPartitionSpec(table::SpecId(0), bronze.schema, bronze.partition);
  ASSERT_THAT(spec, IsOk());
  ASSERT_EQ(spec->fields.size(), 2u);
  EXPECT_EQ(spec->fields[0].name, "platform");
  EXPECT_EQ(spec->fields[1].name, "timestamp_month");
}

TEST(Tables, HaveKeysThatAreColumns) {
  for (const TableDefinition& table : AllTables(Scale::kInitial)) {
    for (const std::string& key : table.keys) {
      const table::NestedField* field = table.schema.FindByName(key);
      ASSERT_NE(field, nullptr) << table.name << " " << key;
      EXPECT_TRUE(field->required) << table.name << " " << key;
    }
  }
}

TEST(Tables, KnowTheScalesByName) {
  EXPECT_THAT(ParseScale("large"), HasValue(Scale::kLarge));
  EXPECT_THAT(ParseScale("enormous"), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::conversations
