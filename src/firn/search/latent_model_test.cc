// SPDX-License-Identifier: Apache-2.0

#include "firn/search/latent_model.h"

#include <algorithm>

#include "firn/base/testing.h"

namespace firn::search {
namespace {

using testing::IsEmpty;

std::vector<std::string_view> ViewsOf(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

LatentModel Fit(const std::vector<std::string>& texts, size_t dimensions = 4) {
  LatentOptions options;
  options.dimensions_max = dimensions;
  LatentFitter fitter(options);
  EXPECT_THAT(fitter.Embed(ViewsOf(texts)), IsOk());
  return fitter.Fit(static_cast<int64_t>(texts.size()));
}

double Nearness(const LatentModel& model, std::string_view a, std::string_view b) {
  const std::vector<std::string_view> both = {a, b};
  const std::vector<Vector> vectors = model.Embed(both).value();
  double product = 0;
  for (size_t i = 0; i < std::min(vectors[0].size(), vectors[1].size()); ++i)
    product += double{vectors[0][i]} * vectors[1][i];
  return product;
}

// Two matters, each in words that no one text has all of.
std::vector<std::string> TwoMatters() {
  return {"the car drives on the road",    "the automobile drives on the road",
          "an automobile has an engine",   "a car has wheels and an engine",
          "the wheels of the automobile",  "glacier ice flows down the valley",
          "snow turns into glacier ice",   "snow falls in the valley",
          "the glacier carves the valley", "ice and snow on the mountain"};
}

TEST(LatentModel, BringsWordsTogetherThatOccurInLikeTexts) {
  const LatentModel model = Fit(TwoMatters());
  EXPECT_GT(Nearness(model, "car", "automobile"), 0.6);
  EXPECT_LT(Nearness(model, "car", "glacier"), 0.3);
  EXPECT_NEAR(Nearness(model, "snow in the valley", "snow in the valley"), 1, 1e-5);
}

TEST(LatentModel, DoesNotDependOnTheOrderOfTexts) {
  std::vector<std::string> texts = TwoMatters();
  const LatentModel model = Fit(texts);
  std::ranges::reverse(texts);
  EXPECT_EQ(Fit(texts).Serialise(), model.Serialise());
  EXPECT_EQ(Fit(texts).version(), model.version());
  texts.pop_back();
  EXPECT_NE(Fit(texts).version(), model.version());
}

TEST(LatentModel, GivesNoVectorForWhatItDoesNotKnow) {
  const LatentModel model = Fit(TwoMatters());
  const std::vector<std::string_view> texts = {"", "zzz", "ice zzz"};
  const std::vector<Vector> vectors = model.Embed(texts).value();
  EXPECT_THAT(vectors[0], IsEmpty());
  EXPECT_THAT(vectors[1], IsEmpty());
  EXPECT_EQ(vectors[2].size(), model.dimensions());
}

TEST(LatentModel, IsReadAsItWasWritten) {
  const LatentModel model = Fit(TwoMatters());
  const auto read = LatentModel::Parse(model.Serialise());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->version(), model.version());
  EXPECT_EQ(read->corpus(), 10);
  EXPECT_EQ(Nearness(*read, "car", "automobile"), Nearness(model, "car", "automobile"));
}

TEST(LatentModel, RefusesDamagedBytes) {
  const std::string bytes = Fit(TwoMatters()).Serialise();
  EXPECT_THAT(LatentModel::Parse(""), IsError(ErrorKind::kCorrupt));
  for (size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_THAT(LatentModel::Parse(damaged), IsError(ErrorKind::kCorrupt)) << at;
    EXPECT_THAT(LatentModel::Parse(bytes.substr(0, at)), IsError(ErrorKind::kCorrupt)) << at;
  }
}

TEST(LatentModel, OfNothingKnowsNothing) {
  const LatentModel model = Fit({});
  EXPECT_EQ(model.dimensions(), 0U);
  EXPECT_THAT(LatentModel::Parse(model.Serialise()), IsOk());
  const std::vector<std::string_view> texts = {"ice"};
  EXPECT_THAT(model.Embed(texts).value()[0], IsEmpty());
}

TEST(LatentModel, LeavesOutWordsOfOneTextOrOfHalf) {
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i)
    texts.push_back("common " + std::string(i % 3 == 0 ? "ice" : "water"));
  texts.emplace_back("single ice");
  const LatentModel model = Fit(texts);
  EXPECT_EQ(model.terms(), 1U);  // "ice": "water" and "common" are in more than half.
}

}  // namespace
}  // namespace firn::search
