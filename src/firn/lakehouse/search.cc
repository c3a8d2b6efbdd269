// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/search.h"

#include <utility>

#include "firn/search/index_sync.h"
#include "firn/search/match_query.h"
#include "firn/search/text_index.h"

namespace firn::lakehouse {
namespace {

constexpr int64_t kSecondsOfDay = 86'400;
static_assert(kHitBegin == search::kHitBegin && kHitEnd == search::kHitEnd);

// The instant at which a day begins in `zone`; unset for no day.
Result<std::optional<int64_t>> BeginOf(const std::string& day, int32_t days_later,
                                       const TimeZone& zone) {
  if (day.empty()) return std::optional<int64_t>();
  FIRN_ASSIGN(const int32_t number, ParseDate(day));
  const int64_t local = (int64_t{number} + days_later) * kSecondsOfDay;
  return std::optional(zone.ToUtc(local) * 1'000'000);
}

Result<search::SearchQuery> QueryOf(const SearchRequest& request, const TimeZone& zone) {
  search::SearchQuery query;
  FIRN_ASSIGN(query.match, search::ParseMatchQuery(request.words));
  query.platform = request.platform;
  query.project = request.project;
  query.role = request.role;
  query.tool = request.tool;
  query.limit = request.limit;
  FIRN_ASSIGN(query.since_micros, BeginOf(request.since, 0, zone));
  FIRN_ASSIGN(query.until_micros, BeginOf(request.until, 1, zone));
  return query;
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
  return shown;
}

}  // namespace

Result<SearchReport> SearchConversations(const SearchContext& context, const SearchRequest& request,
                                         const TimeZone& zone) {
  FIRN_ASSIGN(const search::SearchQuery query, QueryOf(request, zone));
  FIRN_ASSIGN(search::TextIndex index,
              search::TextIndex::Open(context.folder.SearchIndexPath(), context.env));
  FIRN_ASSIGN(const search::SyncReport synced,
              search::SyncIndex(index, context.catalog, context.files, context.progress));
  SearchReport report;
  report.rows_indexed = synced.rows_read;
  FIRN_ASSIGN(std::vector<search::Hit> hits, index.Search(query));
  for (search::Hit& hit : hits)
    report.hits.push_back(HitOf(std::move(hit)));
  if (report.hits.empty()) {
    FIRN_ASSIGN(report.documents, index.Count());
  }
  return report;
}

}  // namespace firn::lakehouse
