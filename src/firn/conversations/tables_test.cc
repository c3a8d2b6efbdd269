// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/registry/testing.h"

namespace firn::conversations {
namespace {

std::vector<TableDefinition> AllTables(Scale scale) {
  return {BronzeConversations(scale), SilverMessages(scale), SilverToolCalls(scale),
          SilverTelemetryCalls(scale), SilverConversationSources(scale)};
}

TEST(Tables, HaveAJsonSchemaFileThatIsTrue) {
  for (const TableDefinition& table : AllTables(Scale::kInitial))
    registry::ExpectSchemaFile(table.name, table.schema);
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
