// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/search.h"

#include <algorithm>
#include <utility>

#include "firn/lakehouse/timezone.h"
#include "firn/search/embedder.h"
#include "firn/search/index_sync.h"
#include "firn/search/match_query.h"
#include "firn/search/rank_fusion.h"
#include "firn/search/text_index.h"
#include "firn/search/vector_index.h"

namespace firn::lakehouse {
namespace {

static_assert(kHitBegin == search::kHitBegin && kHitEnd == search::kHitEnd);

// So many places of each ranking are looked at, for one of both.
constexpr int64_t kRankedMin = 200;
constexpr double kScoreMin = 0.05;  // Directions that are less alike have nothing in common.

Result<search::SearchFilter> FilterOf(const SearchRequest& request, const TimeZone& zone) {
  search::SearchFilter filter;
  filter.platform = request.platform;
  filter.project = request.project;
  filter.role = request.role;
  filter.tool = request.tool;
  FIRN_ASSIGN(filter.since_micros, DayBegin(request.since, 0, zone));
  FIRN_ASSIGN(filter.until_micros, DayBegin(request.until, 1, zone));
  return filter;
}

SearchHit HitOf(search::Hit hit) {
  SearchHit shown;
  shown.conversation_id = std::move(hit.conversation_id);
  shown.sequence = hit.sequence;
  shown.role = std::move(hit.role);
  shown.tool_name = std::move(hit.tool_name);
  shown.platform = std::move(hit.platform);
  shown.project_path = std::move(hit.project_path);
  if (hit.timestamp_micros) shown.timestamp = TimeUs{*hit.timestamp_micros};
  shown.snippet = std::move(hit.snippet);
  shown.score = hit.score;
  shown.also_in = std::move(hit.also_in);
  return shown;
}

// The index of words, up to date.
Result<search::TextIndex> OpenTextIndex(const SearchContext& context, SearchReport& report) {
  FIRN_ASSIGN(search::TextIndex index,
              search::TextIndex::Open(context.folder.SearchIndexPath(), context.env));
  FIRN_ASSIGN(const search::SyncReport synced,
              search::SyncIndex(index, context.catalog, context.files, context.progress));
  report.rows_indexed = synced.rows_read;
  return index;
}

Error NoEmbeddings() {
  return NotFound("the lake has no embeddings").WithHint("'firn embed' makes them");
}

// A search that needs vectors.
class MeaningSearch {
 public:
  MeaningSearch(search::TextIndex& words, const search::VectorIndex& vectors,
                search::SearchFilter filter)
      : words_(words), vectors_(vectors), filter_(std::move(filter)) {}

  // Conversations near a vector, nearest first; not the one it is of.
  Result<std::vector<search::Hit>> Nearest(const search::Vector& query, int64_t limit,
                                           const std::string& except) {
    std::vector<search::Hit> hits;
    const auto take = [&](const search::NearConversation& near) -> Result<bool> {
      if (near.score < kScoreMin) return false;
      if (near.place.conversation_id == except) return true;
      FIRN_ASSIGN(const auto project, words_.ProjectOf(near.place.conversation_id, filter_));
      if (project) hits.push_back(HitAt(near, *project));
      return static_cast<int64_t>(hits.size()) < limit;
    };
    if (limit > 0) FIRN_TRY(vectors_.ForEachNearest(query, take));
    return hits;
  }

  Result<std::vector<search::Hit>> Similar(const std::string& conversation, int64_t limit) {
    FIRN_ASSIGN(const auto vector, vectors_.VectorOf(conversation));
    if (!vector) return NotFound("the conversation has no embedding: nobody says a word in it");
    return Nearest(*vector, limit, conversation);
  }

  Result<std::vector<search::Hit>> About(const std::string& words, int64_t limit,
                                         const search::Embedder& embedder) {
    const std::string_view texts[] = {words};
    FIRN_ASSIGN(const std::vector<search::Vector> vectors, embedder.Embed(texts));
    if (vectors[0].empty()) return std::vector<search::Hit>();
    return Nearest(vectors[0], limit, "");
  }

  // What both ways of ranking find.
  Result<std::vector<search::Hit>> Fused(const std::string& words, int64_t limit,
                                         const search::Embedder& embedder) {
    const int64_t ranked = std::max(limit * 2, kRankedMin);
    search::SearchQuery query;
    FIRN_ASSIGN(query.match, search::ParseMatchQuery(words));
    query.filter = filter_;
    query.limit = ranked;
    FIRN_ASSIGN(const auto by_words, words_.Search(query));
    FIRN_ASSIGN(const auto by_meaning, About(words, ranked, embedder));
    return search::FuseRankings(by_words, by_meaning, limit);
  }

 private:
  static search::Hit HitAt(const search::NearConversation& near, const std::string& project) {
    search::Hit hit;
    hit.conversation_id = near.place.conversation_id;
    hit.platform = near.place.platform;
    hit.project_path = project;
    hit.timestamp_micros = near.place.timestamp_micros;
    hit.snippet = near.place.summary;
    hit.score = near.score;
    return hit;
  }

  search::TextIndex& words_;
  const search::VectorIndex& vectors_;
  const search::SearchFilter filter_;
};

}  // namespace

Result<SearchReport> SearchWords(const SearchContext& context, const SearchRequest& request,
                                 const TimeZone& zone) {
  search::SearchQuery query;
  FIRN_ASSIGN(query.match, search::ParseMatchQuery(request.words));
  FIRN_ASSIGN(query.filter, FilterOf(request, zone));
  query.limit = request.limit;
  SearchReport report;
  FIRN_ASSIGN(search::TextIndex index, OpenTextIndex(context, report));
  FIRN_ASSIGN(std::vector<search::Hit> hits, index.Search(query));
  for (search::Hit& hit : hits)
    report.hits.push_back(HitOf(std::move(hit)));
  if (report.hits.empty()) {
    FIRN_ASSIGN(report.documents, index.Count());
  }
  return report;
}

Result<SearchReport> SearchMeaning(const SearchContext& context, const SearchRequest& request,
                                   const TimeZone& zone, const search::Embedder* embedder) {
  FIRN_ASSIGN(search::SearchFilter filter, FilterOf(request, zone));
  SearchReport report;
  FIRN_ASSIGN(search::TextIndex words, OpenTextIndex(context, report));
  FIRN_ASSIGN(const search::VectorIndex vectors,
              search::VectorIndex::Open(context.folder.VectorIndexPath(), context.disk,
                                        context.catalog, context.files, context.progress));
  const bool has_server = !context.folder.config.embeddings.endpoint.empty();
  if (embedder == nullptr || (has_server && vectors.count() == 0)) return NoEmbeddings();
  report.model = embedder->name();
  if (vectors.count() == 0) {
    report.documents = 0;
    return report;
  }
  if (vectors.model() != embedder->name() + " " + embedder->version()) {
    return Conflict("the embeddings are of another model", vectors.model())
        .WithHint("'firn embed' makes those of " + embedder->name());
  }
  MeaningSearch meaning(words, vectors, std::move(filter));
  auto hits = !request.similar.empty() ? meaning.Similar(request.similar, request.limit)
              : request.rank_by == RankBy::kMeaning
                  ? meaning.About(request.words, request.limit, *embedder)
                  : meaning.Fused(request.words, request.limit, *embedder);
  FIRN_TRY(hits);
  for (search::Hit& hit : *hits)
    report.hits.push_back(HitOf(std::move(hit)));
  if (report.hits.empty()) report.documents = vectors.count();
  return report;
}

}  // namespace firn::lakehouse
