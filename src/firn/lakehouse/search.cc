// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/search.h"

#include <utility>

#include "firn/lakehouse/timezone.h"
#include "firn/search/index_sync.h"
#include "firn/search/match_query.h"
#include "firn/search/text_index.h"

namespace firn::lakehouse {
namespace {

static_assert(kHitBegin == search::kHitBegin && kHitEnd == search::kHitEnd);

Result<search::SearchQuery> QueryOf(const SearchRequest& request, const TimeZone& zone) {
  search::SearchQuery query;
  FIRN_ASSIGN(query.match, search::ParseMatchQuery(request.words));
  query.platform = request.platform;
  query.project = request.project;
  query.role = request.role;
  query.tool = request.tool;
  query.limit = request.limit;
  FIRN_ASSIGN(query.since_micros, DayBegin(request.since, 0, zone));
  FIRN_ASSIGN(query.until_micros, DayBegin(request.until, 1, zone));
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
