// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/show.h"

#include <map>

#include "firn/lakehouse/questions/query.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

constexpr size_t kNamedMatches = 5;

const std::string kConversationFields =
    "SELECT conversation_id, coalesce(native_id, ''), platform, coalesce(title, ''), "
    "coalesce(session_context.project_path, ''), coalesce(session_context.git_branch, ''), "
    "start_timestamp, end_timestamp FROM silver.conversations WHERE ";

}  // namespace

Result<ShownConversation> FindConversation(sql::Engine& engine, std::string_view wanted) {
  const std::string literal = Quoted(wanted);
  // One after the other, because equality alone is answered by bloom filters.
  const std::string ways[] = {"conversation_id = " + literal, "native_id = " + literal,
                              "starts_with(conversation_id, " + literal + ")",
                              "starts_with(native_id, " + literal + ")"};
  constexpr size_t kExactWays = 2;
  std::vector<Row> rows;
  size_t way = 0;
  for (; way < std::size(ways) && rows.empty(); ++way) {
    FIRN_ASSIGN(rows, QueryRows(engine, kConversationFields + ways[way] +
                                            " ORDER BY conversation_id LIMIT 100"));
  }
  if (rows.empty()) {
    return NotFound("no conversation has an id that begins with", wanted)
        .WithHint("'firn usage session' lists conversations");
  }
  if (rows.size() > 1 && way > kExactWays) {
    Error error = InvalidArgument("several conversations begin with", wanted);
    for (size_t at = 0; at < rows.size() && at < kNamedMatches; ++at) {
      error.hint += (at > 0 ? ", " : "one of: ") + rows[at][0].text;
    }
    return error;
  }
  const Row& row = rows[0];
  ShownConversation shown;
  shown.conversation_id = row[0].text;
  shown.native_id = row[1].text;
  shown.platform = row[2].text;
  shown.title = row[3].text;
  shown.project_path = row[4].text;
  shown.git_branch = row[5].text;
  shown.start = OptionalTimeOf(row[6]);
  shown.end = OptionalTimeOf(row[7]);
  return shown;
}

Result<ShownConversation> ShowConversation(sql::Engine& engine, std::string_view conversation) {
  FIRN_ASSIGN(ShownConversation shown, FindConversation(engine, conversation));
  const std::string filter = " WHERE platform = " + Quoted(shown.platform) +
                             " AND conversation_id = " + Quoted(shown.conversation_id);
  FIRN_ASSIGN(const std::vector<Row> messages,
              QueryRows(engine,
                        "SELECT message_id, sequence, coalesce(role, ''), coalesce(kind, ''), "
                        "coalesce(content, ''), coalesce(model, ''), timestamp, total_tokens FROM "
                        "(SELECT *, tokens.total AS total_tokens FROM silver.messages)" +
                            filter + " ORDER BY sequence, message_id"));
  std::map<std::string, size_t> places;
  for (const Row& row : messages) {
    places[row[0].text] = shown.messages.size();
    shown.messages.push_back({row[0].text,
                              IntOf(row[1]),
                              row[2].text,
                              row[3].text,
                              row[4].text,
                              row[5].text,
                              OptionalTimeOf(row[6]),
                              OptionalIntOf(row[7]),
                              {}});
  }
  FIRN_ASSIGN(const std::vector<Row> calls,
              QueryRows(engine,
                        "SELECT message_id, coalesce(tool_name, ''), coalesce(parameters, ''), "
                        "coalesce(result, ''), success FROM silver.tool_calls" +
                            filter + " ORDER BY message_id, tool_call_id"));
  for (const Row& row : calls) {
    const auto place = places.find(row[0].text);
    if (place == places.end()) continue;
    shown.messages[place->second].tool_calls.push_back(
        {row[1].text, row[2].text, row[3].text, OptionalBoolOf(row[4])});
  }
  return shown;
}

}  // namespace firn::lakehouse
