// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/schema_set.h"

#include "firn/base/testing.h"
#include "firn/registry/testing.h"

namespace firn::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Schema(std::string_view version, std::string_view properties) {
  return R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"silver.a","version":")" +
         std::string(version) + R"(","type":"object","properties":)" + std::string(properties) +
         "}";
}

Status Add(SchemaSet& set, const std::string& version, std::string_view properties) {
  return set.Add("silver/a/v" + version + ".json", Schema(version, properties),
                 "lake/v" + version + ".json", false);
}

TEST(SchemaSet, KeepsVersionsInOrder) {
  SchemaSet set;
  for (const char* version : {"1.10.0", "1.0.0", "1.9.0"})
    ASSERT_THAT(Add(set, version, "{}"), IsOk());
  EXPECT_THAT(set.Tables(), ElementsAre("silver.a"));
  EXPECT_EQ(set.Versions("silver.a").size(), 3U);
  EXPECT_EQ(set.Latest("silver.a")->version.ToString(), "1.10.0");
  EXPECT_EQ(set.Latest("silver.b"), nullptr);
  EXPECT_THAT(set.Find("silver.a", "1.9.0"), IsOk());
  EXPECT_THAT(set.Find("silver.a", "2.0.0"), HasMessage("1.0.0, 1.9.0, 1.10.0"));
  EXPECT_THAT(set.Find("silver.b", "1.0.0"), IsError(ErrorKind::kNotFound));
}

TEST(SchemaSet, RefusesNamesThatAreNone) {
  SchemaSet set;
  for (const char* name : {"v1.0.0.json", "silver/v1.0.0.json", "silver/a/1.0.0.json",
                           "silver/a/v1.0.json", "silver/a/b/v1.0.0.json", "silver/a/v1.0.0.yaml"})
    EXPECT_THAT(set.Add(name, "{}", name, false), IsError(ErrorKind::kInvalidArgument)) << name;
  EXPECT_THAT(set.Add("silver/a/v1.0.0.json", "{", "x", false),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(SchemaSet, RefusesTwoSchemasOfOneVersion) {
  SchemaSet set;
  ASSERT_THAT(Add(set, "1.0.0", "{}"), IsOk());
  EXPECT_THAT(Add(set, "1.0.0", "{}"), IsOk());
  EXPECT_THAT(Add(set, "1.0.0", R"({"a":{}})"), IsError(ErrorKind::kInvalidArgument));
}

TEST(SchemaSet, HoldsVersionsAgainstTheirNumbers) {
  SchemaSet set;
  ASSERT_THAT(Add(set, "1.0.0", R"({"a":{"type":"string"}})"), IsOk());
  ASSERT_THAT(Add(set, "1.1.0", R"({"a":{"type":"string"},"b":{}})"), IsOk());
  ASSERT_THAT(Add(set, "2.0.0", R"({"b":{}})"), IsOk());
  EXPECT_THAT(set.Check(), IsEmpty());
  ASSERT_THAT(Add(set, "2.0.1", R"({"b":{},"c":{}})"), IsOk());
  ASSERT_THAT(Add(set, "2.1.0", R"({"c":{}})"), IsOk());
  std::vector<std::string> faults;
  for (const SchemaProblem& problem : set.Check())
    faults.push_back(problem.path + ": " + problem.message);
  EXPECT_THAT(
      faults,
      ElementsAre("lake/v2.0.1.json: changes more than a patch version after 2.0.0 may: c: added, "
                  "optional (minor)",
                  "lake/v2.1.0.json: changes more than a minor version after 2.0.1 may: b: "
                  "removed (major)"));
}

TEST(SchemaSet, HoldsFilesAgainstTheirNamesAndTheDraft) {
  const auto fault = [](const std::string& bytes) {
    SchemaSet set;
    EXPECT_THAT(set.Add("silver/a/v1.0.0.json", bytes, "f", false), IsOk());
    const auto problems = set.Check();
    return problems.empty() ? "" : problems[0].message;
  };
  EXPECT_EQ(fault(Schema("1.0.0", "{}")), "");
  EXPECT_EQ(fault(Schema("1.0.1", "{}")), "version is not 1.0.0");
  EXPECT_EQ(fault("{}"), "$schema is not http://json-schema.org/draft-07/schema#");
  EXPECT_THAT(fault(Schema("1.0.0", R"({"a":{"type":"x"}})")),
              testing::HasSubstr("#/properties/a/type"));
}

TEST(SchemaSet, ThatComesWithTheProgramIsThatOfTheSourceTree) {
  const SchemaSet shipped = SchemaSet::Shipped().value();
  const SchemaSet tree = SchemasInTree();
  for (const std::string& table : tree.Tables()) {
    for (const SchemaFile* file : tree.Versions(table)) {
      EXPECT_THAT(shipped.Find(table, file->version.ToString()), IsOk())
          << file->path << " is not listed in CMakeLists.txt";
    }
  }
}

TEST(SchemaSet, ThatComesWithTheProgramIsRight) {
  const auto set = SchemaSet::Shipped();
  ASSERT_THAT(set, IsOk());
  EXPECT_NE(set->Latest("silver.messages"), nullptr);
  for (const SchemaProblem& problem : set->Check())
    ADD_FAILURE() << problem.path << ": " << problem.message;
}

}  // namespace
}  // namespace firn::registry
