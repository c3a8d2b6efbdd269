// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/package.h"

#include "firn/base/testing.h"
#include "firn/pipeline/shipped.h"

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kPackage = "name: shop\nversion: 1.0.0\n";

Result<Package> ReadModels(std::vector<EmbeddedFile> files) {
  files.push_back({"package.yaml", kPackage});
  return ReadPackage(files);
}

std::string SqlModel(std::string_view name, std::string_view inputs) {
  return "/*\nname: " + std::string(name) + "\nkind: replace\ninputs: [" + std::string(inputs) +
         "]\ncolumns:\n  a: long\n*/\nSELECT 1 AS a;\n";
}

std::vector<std::string> Names(const Package& package) {
  std::vector<std::string> names;
  for (const Model& model : package.models)
    names.push_back(model.name);
  return names;
}

TEST(ReadPackage, PutsModelsAfterThoseTheyRead) {
  const std::string top = SqlModel("gold.a", "silver.b");
  const std::string middle = SqlModel("silver.b", "silver.c, bronze.raw");
  const std::string bottom = SqlModel("silver.c", "bronze.raw");
  const auto package = ReadModels({{"a.sql", top}, {"b.sql", middle}, {"c.sql", bottom}});
  ASSERT_THAT(package, IsOk());
  EXPECT_THAT(Names(*package), ElementsAre("silver.c", "silver.b", "gold.a"));
}

TEST(ReadPackage, RefusesModelsThatReadEachOtherInACircle) {
  const std::string one = SqlModel("silver.a", "silver.b");
  const std::string two = SqlModel("silver.b", "silver.a");
  const auto package = ReadModels({{"a.sql", one}, {"b.sql", two}});
  EXPECT_THAT(package, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(package, HasMessage("silver.a -> silver.b -> silver.a"));
}

TEST(ReadPackage, NamesFileAndLineOfAnUnknownKey) {
  const std::string_view text = "/*\nname: silver.a\nkind: replace\nkyes: [a]\n*/\nSELECT 1";
  const auto package = ReadModels({{"silver/a.sql", text}});
  EXPECT_THAT(package, HasMessage("silver/a.sql:4: unknown key 'kyes' in a model"));
}

TEST(ReadPackage, NamesFileAndLineOfAnUnknownKind) {
  const std::string_view text = "/*\nname: silver.a\nkind: mrege\n*/\nSELECT 1";
  EXPECT_THAT(ReadModels({{"a.sql", text}}), HasMessage("a.sql:3: unknown kind 'mrege'"));
}

Package PackageWith(const std::string& select) {
  const std::string text = "/*\nname: gold.a\nkind: replace\ncolumns:\n  a: string\n*/\n" + select;
  return ReadModels({{"gold/a.sql", text}}).value();
}

TEST(BindVariables, PutsValuesInTheirPlacesAsLiterals) {
  Package package = PackageWith("SELECT ${name} AS a, ${none} AS b, '$' AS c");
  ASSERT_THAT(BindVariables(package, {{"name", "O'Hara"}, {"none", std::nullopt}}), IsOk());
  EXPECT_EQ(package.models[0].sql, "SELECT 'O''Hara' AS a, CAST(NULL AS VARCHAR) AS b, '$' AS c");
}

TEST(BindVariables, ChangesTheFingerprintOfAModelThatReadsAChangedValue) {
  Package one = PackageWith("SELECT ${name} AS a"), other = one, apart = PackageWith("SELECT 1");
  const std::string untouched = apart.models[0].fingerprint;
  ASSERT_THAT(BindVariables(one, {{"name", "x"}}), IsOk());
  ASSERT_THAT(BindVariables(other, {{"name", "y"}}), IsOk());
  ASSERT_THAT(BindVariables(apart, {{"name", "x"}}), IsOk());
  EXPECT_NE(one.models[0].fingerprint, other.models[0].fingerprint);
  EXPECT_EQ(apart.models[0].fingerprint, untouched);
}

TEST(BindVariables, NamesFileAndVariableWhereThereIsNone) {
  Package package = PackageWith("SELECT ${nmae} AS a");
  EXPECT_THAT(BindVariables(package, {{"name", "x"}}),
              HasMessage("gold/a.sql: there is no variable: nmae"));
  Package open = PackageWith("SELECT ${name AS a");
  EXPECT_THAT(BindVariables(open, {{"name", "x"}}), IsError(ErrorKind::kInvalidArgument));
}

TEST(ReadPackage, RefusesAKeyGivenTwice) {
  const std::string_view text = "/*\nname: silver.a\nkind: replace\nname: silver.b\n*/\nSELECT 1";
  EXPECT_THAT(ReadModels({{"a.sql", text}}), HasMessage("a.sql:4: key given twice: name"));
}

TEST(ReadPackage, RefusesKeysThatAreNoColumns) {
  const std::string_view text =
      "/*\nname: silver.a\nkind: merge\nkeys: [b]\ncolumns:\n  a: long\n*/\nSELECT 1";
  EXPECT_THAT(ReadModels({{"a.sql", text}}), HasMessage("no such column: b"));
}

TEST(ReadPackage, RefusesTwoModelsOfOneName) {
  const std::string model = SqlModel("silver.a", "");
  EXPECT_THAT(ReadModels({{"a.sql", model}, {"b.sql", model}}),
              HasMessage("two models are called silver.a"));
}

TEST(ReadPackage, ReadsChecksWithTheirNames) {
  const std::string_view text =
      "/*\nname: silver.a\nkind: replace\ncolumns:\n  a: long!\nchecks:\n  - not_null: a\n"
      "  - name: small\n    expression: a < 10\n    on_violation: quarantine\n*/\nSELECT 1";
  const auto package = ReadModels({{"a.sql", text}});
  ASSERT_THAT(package, IsOk());
  const auto& checks = package->models.at(0).checks;
  ASSERT_EQ(checks.size(), 2);
  EXPECT_EQ(checks[0].name, "not_null_a");
  EXPECT_EQ(checks[0].on_violation, OnViolation::kFail);
  EXPECT_EQ(checks[1].name, "small");
  EXPECT_EQ(checks[1].on_violation, OnViolation::kQuarantine);
  EXPECT_TRUE(package->models.at(0).columns.at(0).required);
}

TEST(ReadPackage, TakesSeedsIntoTheFingerprintOfTheirReaders) {
  const std::string_view text =
      "/*\nname: silver.a\nkind: replace\nseeds: [rates]\ncolumns:\n  a: long\n*/\nSELECT 1";
  const auto one = ReadModels({{"a.sql", text}, {"rates.csv", "a,b\n1,2\n"}});
  const auto two = ReadModels({{"a.sql", text}, {"rates.csv", "a,b\n1,3\n"}});
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_NE(one->models[0].fingerprint, two->models[0].fingerprint);
  EXPECT_THAT(one->seeds.at(0).rows.at(0), ElementsAre("1", "2"));
}

TEST(ReadPackage, RefusesASeedLineOfAnotherLength) {
  EXPECT_THAT(ReadModels({{"rates.csv", "a,b\n1,2\n3\n"}}), HasMessage("rates.csv:3"));
}

std::string MacroText(std::string_view kind, std::string_view more = "") {
  return "/*\nname: twice\nkind: " + std::string(kind) + "\n" + std::string(more) +
         "*/\nSELECT 2 * n;\n";
}

TEST(ReadPackage, ReadsMacrosThatGiveAValueOrATable) {
  const std::string value = MacroText("macro", "parameters: [n]\ndescription: Two of it\n");
  const std::string table = MacroText("table_macro", "parameters: [n, m]\n");
  const auto package = ReadModels({{"a.sql", value}, {"b.sql", table}});
  ASSERT_THAT(package, IsOk());
  EXPECT_TRUE(package->models.empty());
  const Macro* macro = package->FindMacro("twice", Macro::Gives::kValue);
  ASSERT_NE(macro, nullptr);
  EXPECT_EQ(macro->sql, "SELECT 2 * n");
  EXPECT_EQ(macro->description, "Two of it");
  EXPECT_THAT(macro->parameters, ElementsAre("n"));
  ASSERT_NE(package->FindMacro("twice", Macro::Gives::kTable), nullptr);
  EXPECT_EQ(package->FindMacro("twice", Macro::Gives::kTable)->file, "b.sql");
}

TEST(ReadPackage, RefusesMacrosThatSqlCouldNotCall) {
  const std::string macro = MacroText("macro");
  EXPECT_THAT(ReadModels({{"a.sql", macro}, {"b.sql", macro}}),
              HasMessage("b.sql: two macros are called twice"));
  const std::string odd = MacroText("macro", "parameters: [n, 'a b']\n");
  EXPECT_THAT(ReadModels({{"a.sql", odd}}), HasMessage("a.sql:4: no name of a parameter: a b"));
  const std::string keyed = MacroText("macro", "keys: [n]\n");
  EXPECT_THAT(ReadModels({{"a.sql", keyed}}), HasMessage("a.sql:4: unknown key 'keys' in a macro"));
  EXPECT_THAT(ReadModels({{"a.sql", "/*\nname: ns.twice\nkind: macro\n*/\nSELECT 1"}}),
              HasMessage("a macro needs a name"));
}

TEST(ReadPackage, TakesAViewWithoutANamespaceAndNoTable) {
  EXPECT_THAT(ReadModels({{"a.sql", "/*\nname: late\nkind: view\n*/\nSELECT 1"}}), IsOk());
  EXPECT_THAT(ReadModels({{"a.sql", "/*\nname: late\nkind: replace\n*/\nSELECT 1"}}),
              HasMessage("a model needs a name like silver.orders"));
}

TEST(ReadPackage, FindsNamesWithoutReadingTheRest) {
  const std::string view = "/*\nname: seen\nkind: view\ninputs: [a_view]\n*/\nFROM a_view;\n";
  const std::string macro = "/*\nname: twice\nkind: macro\nparameters: [x]\n*/\nSELECT 2 * x";
  const std::string other = SqlModel("gold.a_view", "silver.b");
  const auto names = ReadPackage({{EmbeddedFile{"package.yaml", kPackage},
                                   {"seen.sql", view},
                                   {"twice.sql", macro},
                                   {"other.sql", other},
                                   {"broken.sql", "/*\nname: [\n*/"},
                                   {"broken.yaml", "name: ["}}},
                                 PackageParts::kNames);
  ASSERT_THAT(names, IsOk());
  EXPECT_THAT(Names(*names), ElementsAre("seen"));
  ASSERT_EQ(names->macros.size(), 1u);
  EXPECT_EQ(names->macros[0].name, "twice");
}

// What a question sees is what a run defines.
TEST(ConversationsPackage, HasTheSameViewsReadByThemselves) {
  for (const auto read : {&ConversationsPackage, &QueryPerfPackage}) {
    auto all = read(PackageParts::kAll);
    const auto names = read(PackageParts::kNames);
    ASSERT_THAT(all, IsOk());
    ASSERT_THAT(names, IsOk());
    EXPECT_EQ(names->macros.size(), all->macros.size());
    std::erase_if(all->models, [](const Model& model) { return model.kind != ModelKind::kView; });
    EXPECT_THAT(Names(*names), ::testing::UnorderedElementsAreArray(Names(*all)));
  }
}

TEST(BindVariables, PutsValuesIntoMacrosToo) {
  const std::string text = "/*\nname: who\nkind: macro\n*/\nSELECT ${name}";
  Package package = ReadModels({{"a.sql", text}}).value();
  ASSERT_THAT(BindVariables(package, {{"name", "x"}}), IsOk());
  EXPECT_EQ(package.macros[0].sql, "SELECT 'x'");
}

TEST(QueryPerfPackage, HasItsViewsAndMacros) {
  const auto package = QueryPerfPackage();
  ASSERT_THAT(package, IsOk());
  EXPECT_EQ(package->name, "query_perf");
  EXPECT_THAT(Names(*package), ElementsAre("index_recommendations", "query_performance"));
  EXPECT_NE(package->FindMacro("avg_query_time", Macro::Gives::kValue), nullptr);
  EXPECT_NE(package->FindMacro("avg_query_time", Macro::Gives::kTable), nullptr);
  EXPECT_NE(package->FindMacro("slow_queries", Macro::Gives::kTable), nullptr);
}

TEST(ConversationsPackage, IsWellFormed) {
  const auto package = ConversationsPackage();
  ASSERT_THAT(package, IsOk());
  EXPECT_NE(package->Find("silver.api_calls"), nullptr);
  EXPECT_NE(package->Find("gold.token_usage_by_model"), nullptr);
  ASSERT_NE(package->FindSeed("model_prices"), nullptr);
  EXPECT_GT(package->FindSeed("model_prices")->rows.size(), 500U);
}

TEST(PartitionAt, TakesTheNearestSmallerScale) {
  Model model;
  model.partition_by_scale = {{"initial", {"a"}}, {"large", {"b"}}};
  EXPECT_THAT(model.PartitionAt("initial"), ElementsAre("a"));
  EXPECT_THAT(model.PartitionAt("medium"), ElementsAre("a"));
  EXPECT_THAT(model.PartitionAt("massive"), ElementsAre("b"));
}

}  // namespace
}  // namespace firn::pipeline
