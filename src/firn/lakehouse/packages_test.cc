// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/packages.h"

#include <filesystem>
#include <fstream>

#include "firn/base/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/io/testing.h"
#include "firn/pipeline/column_type.h"
#include "firn/pipeline/shipped.h"
#include "firn/registry/testing.h"

namespace firn::lakehouse {
namespace {

std::string ModelText(const std::string& name, const std::string& extra = "") {
  return "/*\nname: " + name + "\nkind: replace\n" + extra +
         "inputs: [silver.messages]\ncolumns:\n  a: long\n*/\nSELECT 1 AS a\n";
}

class PackagesOfTest : public testing::Test {
 protected:
  void Put(const std::string& file, const std::string& text) {
    const std::filesystem::path path = folder_.path() + "/models/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  Result<pipeline::Package> Read() {
    LakeFolder lake;
    lake.root = folder_.path();
    return PackagesOf(lake, disk_);
  }

  std::unique_ptr<Env> env_ = MakeSystemEnv();
  io::LocalFileIO disk_{*env_};
  io::TemporaryFolder folder_;
};

TEST_F(PackagesOfTest, AreTheShippedOneWhereALakeHasNoModels) {
  const auto packages = Read();
  ASSERT_THAT(packages, IsOk());
  EXPECT_NE(packages->Find("silver.api_calls"), nullptr);
}

TEST_F(PackagesOfTest, TakeFilesAndFoldersOfTheLakeWithTheirSeeds) {
  Put("loose.sql", ModelText("gold.loose"));
  Put("team/deeper/model.sql", ModelText("gold.deep", "seeds: [rates]\n"));
  Put("team/rates.csv", "name,rate\nx,1\n");
  Put("team/package.yaml", "name: team\nversion: 1.0.0\n");
  Put("team/notes.md", "# Notes\n");
  Put("team/.hidden.sql", "nothing");
  Put("team/model.sql~", "nothing");
  const auto packages = Read();
  ASSERT_THAT(packages, IsOk());
  EXPECT_NE(packages->Find("gold.loose"), nullptr);
  ASSERT_NE(packages->Find("gold.deep"), nullptr);
  EXPECT_EQ(packages->Find("gold.deep")->file, folder_.path() + "/models/team/deeper/model.sql");
  EXPECT_NE(packages->FindSeed("rates"), nullptr);
}

TEST_F(PackagesOfTest, NameFileAndLineOfAMistake) {
  Put("team/model.sql", ModelText("gold.a", "kyes: [a]\n"));
  EXPECT_THAT(Read(), HasMessage(folder_.path() + "/models/team/model.sql:4: unknown key 'kyes'"));
}

TEST_F(PackagesOfTest, NameAFileThatIsNoPartOfAPackage) {
  Put("team/model.txt", "SELECT 1");
  EXPECT_THAT(Read(), HasMessage("/models/team/model.txt"));
}

TEST_F(PackagesOfTest, RefuseAModelOfAShippedName) {
  Put("mine.sql", ModelText("silver.api_calls"));
  EXPECT_THAT(Read(), HasMessage("a model of this name is in conversations/silver/api_calls.sql"));
}

TEST_F(PackagesOfTest, HoldTheViewsAndMacrosOfEveryPackage) {
  Put("team/view.sql", "/*\nname: late\nkind: view\n*/\nSELECT 1\n");
  Put("team/macro.sql", "/*\nname: twice\nkind: macro\nparameters: [n]\n*/\nSELECT 2 * n\n");
  const auto packages = Read();
  ASSERT_THAT(packages, IsOk());
  EXPECT_NE(packages->Find("late"), nullptr);
  EXPECT_NE(packages->Find("query_performance"), nullptr);
  EXPECT_NE(packages->FindMacro("twice", pipeline::Macro::Gives::kValue), nullptr);
  EXPECT_NE(packages->FindMacro("slow_queries", pipeline::Macro::Gives::kTable), nullptr);
}

TEST_F(PackagesOfTest, RefuseAMacroOfAShippedName) {
  Put("mine.sql", "/*\nname: slow_queries\nkind: table_macro\n*/\nSELECT 1\n");
  EXPECT_THAT(Read(), HasMessage("a macro of this name is in query_perf/slow_queries.sql"));
}

TEST_F(PackagesOfTest, PassOverTheExamplesAndTestsOfAPackage) {
  Put("team/model.sql", ModelText("gold.a"));
  Put("team/examples/01_first.sql", "SELECT 1");
  Put("team/test/generate.py", "print()");
  EXPECT_THAT(Read(), IsOk());
  Put("team/deeper/test/generate.py", "print()");
  EXPECT_THAT(Read(), HasMessage("team/deeper/test/generate.py"));
}

// Native models, whose headers name no columns, are held against theirs where they are written.
TEST(ShippedPackages, HaveJsonSchemaFilesThatAreTrue) {
  int tables = 0;
  for (const auto& package : {pipeline::ConversationsPackage(), pipeline::EmbeddingsPackage()}) {
    ASSERT_THAT(package, IsOk());
    for (const pipeline::Model& model : package->models) {
      if (model.kind == pipeline::ModelKind::kView || model.columns.empty()) continue;
      registry::ExpectSchemaFile(model.name, pipeline::BuildSchema(model.columns).value());
      ++tables;
    }
  }
  EXPECT_GT(tables, 15);
}

}  // namespace
}  // namespace firn::lakehouse
