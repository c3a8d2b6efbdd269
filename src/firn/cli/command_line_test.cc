// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/command_line.h"

#include <cstdio>
#include <sstream>

#include "firn/base/testing.h"
#include "firn/cli/report.h"

namespace firn::cli {
namespace {

// What the verb under test was last called with.
struct Call {
  std::vector<std::string> paths;
  std::string since;
  bool strict = false;
};

Call& LastCall() {
  static Call call;
  return call;
}

Result<int> Record(Invocation&, const Arguments& arguments) {
  LastCall() = {arguments.All("PATH"), arguments.Get("--since"), arguments.Has("--strict")};
  return 7;
}

Result<int> Fail(Invocation&, const Arguments&) {
  return Conflict("somebody was first");
}

std::vector<Verb> Verbs() {
  return {{.name = "do",
           .summary = "Does",
           .description = "",
           .positionals = {{"PATH", "", Positional::Count::kMany, {}}},
           .options = {{"--since,-s", "DATE", "", {}}, {"--strict", "", "", {}}},
           .subverbs = {},
           .run = Record},
          {.name = "from",
           .summary = "",
           .description = "",
           .positionals = {{"KIND", "", Positional::Count::kOne, {"one", "two"}},
                           {"PATH", "", Positional::Count::kMany, {}}},
           .options = {},
           .subverbs = {},
           .run = Record},
          {.name = "fail",
           .summary = "",
           .description = "",
           .positionals = {{"KIND", "", Positional::Count::kOptional, {"one", "two"}}},
           .options = {},
           .subverbs = {},
           .run = Fail}};
}

int Type(std::vector<std::string> words) {
  Invocation invocation({}, stdout, stderr);
  return RunCommandLine(Verbs(), std::move(words), invocation);
}

TEST(RunCommandLine, HandsTheVerbWhatWasTyped) {
  EXPECT_EQ(Type({"do", "a", "b", "--since", "2025-11-01", "--strict"}), 7);
  EXPECT_THAT(LastCall().paths, testing::ElementsAre("a", "b"));
  EXPECT_EQ(LastCall().since, "2025-11-01");
  EXPECT_TRUE(LastCall().strict);
}

TEST(RunCommandLine, KnowsAnOptionByItsShortNameToo) {
  EXPECT_EQ(Type({"do", "-s", "2025-11-02"}), 7);
  EXPECT_EQ(LastCall().since, "2025-11-02");
}

TEST(RunCommandLine, TakesGlobalOptionsBeforeAndBehindTheVerb) {
  EXPECT_EQ(Type({"--json", "do", "a"}), 7);
  EXPECT_EQ(Type({"do", "a", "--json"}), 7);
  EXPECT_THAT(LastCall().paths, testing::ElementsAre("a"));
}

TEST(RunCommandLine, GivesTheFirstWordToTheFirstPositional) {
  EXPECT_EQ(Type({"from", "one", "a", "b"}), 7);
  EXPECT_THAT(LastCall().paths, testing::ElementsAre("a", "b"));
  EXPECT_EQ(Type({"from"}), 2);
}

TEST(RunCommandLine, EndsWithTwoOnWrongUsage) {
  EXPECT_EQ(Type({"do", "--unknown"}), 2);
  EXPECT_EQ(Type({"nothing"}), 2);
  EXPECT_EQ(Type({"fail", "three"}), 2);
  EXPECT_EQ(Type({"--format", "xml", "do"}), 2);
}

TEST(RunCommandLine, EndsWithTheCodeOfTheError) {
  EXPECT_EQ(Type({"fail", "one"}), 4);
}

std::string HelpOf(const std::vector<std::string>& words) {
  std::FILE* out = std::tmpfile();
  Invocation invocation({}, out, stderr);
  std::vector<std::string> typed = words;
  typed.emplace_back("--help");
  EXPECT_EQ(RunCommandLine(AllVerbs(), std::move(typed), invocation), 0);
  std::string text(static_cast<size_t>(std::ftell(out)), '\0');
  std::rewind(out);
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), out), text.size());
  std::fclose(out);
  return text;
}

void ExpectHelpFits(const std::vector<std::string>& words, const std::vector<Verb>& below) {
  std::istringstream lines(HelpOf(words));
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(TextWidth(line), 80) << line;
  for (const Verb& verb : below) {
    std::vector<std::string> deeper = words;
    deeper.push_back(verb.name);
    ExpectHelpFits(deeper, verb.subverbs);
  }
}

TEST(Help, FitsAScreenOf80Columns) {
  ExpectHelpFits({}, AllVerbs());
}

}  // namespace
}  // namespace firn::cli
