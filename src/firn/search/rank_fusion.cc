// SPDX-License-Identifier: Apache-2.0

#include "firn/search/rank_fusion.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace firn::search {
namespace {

constexpr double kDamping = 60;  // Of the article: what the first rank has more than the second.

// Which conversations are named beside another, of which they hold copies, and are not found
// otherwise; by their id that other's.
std::map<std::string_view, std::string_view> CopiesIn(const std::vector<Hit>& ranking) {
  std::map<std::string_view, std::string_view> copies;
  for (const Hit& hit : ranking) {
    for (const std::string& other : hit.also_in)
      copies.emplace(other, hit.conversation_id);
  }
  for (const Hit& hit : ranking)
    copies.erase(hit.conversation_id);
  return copies;
}

}  // namespace

std::vector<Hit> FuseRankings(const std::vector<Hit>& by_words, const std::vector<Hit>& by_meaning,
                              int64_t limit) {
  std::vector<Hit> fused;
  std::map<std::string_view, size_t> places;
  const std::map<std::string_view, std::string_view> copies = CopiesIn(by_words);
  for (const std::vector<Hit>* ranking : {&by_words, &by_meaning}) {
    std::map<std::string_view, double> gained;  // By the first place of each conversation.
    for (const Hit& hit : *ranking) {
      const auto copy = copies.find(hit.conversation_id);
      const std::string_view name = copy != copies.end() ? copy->second : hit.conversation_id;
      gained.emplace(name, 1 / (kDamping + static_cast<double>(gained.size()) + 1));
      const auto [place, is_new] = places.emplace(name, fused.size());
      if (!is_new) continue;
      fused.push_back(hit);
      fused.back().score = 0;
    }
    for (const auto& [conversation, score] : gained)
      fused[places.at(conversation)].score += score;
  }
  std::ranges::stable_sort(fused, [](const Hit& a, const Hit& b) { return a.score > b.score; });
  if (static_cast<int64_t>(fused.size()) > limit) fused.resize(static_cast<size_t>(limit));
  return fused;
}

}  // namespace firn::search
