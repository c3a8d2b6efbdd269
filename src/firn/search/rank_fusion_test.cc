// SPDX-License-Identifier: Apache-2.0

#include "firn/search/rank_fusion.h"

#include "firn/base/testing.h"

namespace firn::search {
namespace {

using testing::ElementsAre;

std::vector<Hit> Ranking(const std::vector<std::string>& conversations, const std::string& from) {
  std::vector<Hit> hits;
  for (const std::string& conversation : conversations) {
    Hit hit;
    hit.conversation_id = conversation;
    hit.snippet = from + std::to_string(hits.size());
    hits.push_back(hit);
  }
  return hits;
}

std::vector<std::string> Fused(const std::vector<std::string>& words,
                               const std::vector<std::string>& meaning, int64_t limit = 10) {
  std::vector<std::string> places;
  const auto hits = FuseRankings(Ranking(words, "w"), Ranking(meaning, "m"), limit);
  for (const Hit& hit : hits)
    places.push_back(hit.conversation_id + " " + hit.snippet);
  return places;
}

TEST(FuseRankings, PutsFirstWhatBothFind) {
  EXPECT_THAT(Fused({"a", "b", "c"}, {"d", "c", "e"}),
              ElementsAre("c w2", "a w0", "d m0", "b w1", "e m2"));
}

TEST(FuseRankings, ShowsAConversationOnceByItsBestPlace) {
  EXPECT_THAT(Fused({"a", "a", "b", "a"}, {"b"}), ElementsAre("b w2", "a w0"));
}

TEST(FuseRankings, TakesAForkForWhatItIsForkedFromUnlessItIsFoundItself) {
  std::vector<Hit> words = Ranking({"a", "b"}, "w");
  words[0].also_in = {"b", "c"};
  const auto hits = FuseRankings(words, Ranking({"d", "c", "a"}, "m"), 10);
  std::vector<std::string> found;
  for (const Hit& hit : hits)
    found.push_back(hit.conversation_id);
  EXPECT_THAT(found, ElementsAre("a", "d", "b"));
  EXPECT_THAT(hits[0].also_in, ElementsAre("b", "c"));
}

TEST(FuseRankings, TakesOneRankingAsItIs) {
  EXPECT_THAT(Fused({}, {"a", "b"}), ElementsAre("a m0", "b m1"));
  EXPECT_THAT(Fused({"a", "b"}, {}, 1), ElementsAre("a w0"));
}

}  // namespace
}  // namespace firn::search
