// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

// The snippet on one line, what was found between `begin` and `end`.
std::string Marked(std::string_view snippet, std::string_view begin, std::string_view end) {
  std::string text;
  std::string plain;
  const auto flush = [&] {
    text += Printable(plain);
    plain.clear();
  };
  for (const char c : snippet) {
    if (c == lakehouse::kHitBegin || c == lakehouse::kHitEnd) {
      flush();
      text += c == lakehouse::kHitBegin ? begin : end;
    } else if (c != '\n' && c != '\r' && c != '\t') {
      plain += c;
    } else if (!plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  flush();
  return text;
}

// Other conversations that hold the same, as short as 'firn show' takes their ids.
std::string AlsoIn(const std::vector<std::string>& conversations) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t at = 0; at < std::min(kShown, conversations.size()); ++at)
    text += (at == 0 ? "  also in " : ", ") + conversations[at].substr(0, 8);
  if (conversations.size() <= kShown) return text;
  return text + " and " + std::to_string(conversations.size() - kShown) + " more";
}

std::string HeadOf(const lakehouse::SearchHit& hit) {
  std::string head = hit.conversation_id;
  if (hit.sequence) head += "  message " + std::to_string(*hit.sequence);
  return head + AlsoIn(hit.also_in);
}

std::string WhereOf(const lakehouse::SearchHit& hit) {
  std::string where = hit.platform;
  const std::string& who = hit.tool_name.empty() ? hit.role : hit.tool_name;
  if (!who.empty()) where += "  " + who;
  if (hit.timestamp) where += "  " + Field::Time(hit.timestamp->ToString()).shown;
  if (!hit.project_path.empty()) where += "  " + hit.project_path;
  return where;
}

std::string AsText(const lakehouse::SearchReport& found, int width) {
  constexpr int kIndent = 2;
  std::string out;
  for (const lakehouse::SearchHit& hit : found.hits) {
    if (!out.empty()) out += "\n";
    out += Printable(HeadOf(hit)) + "\n";
    out += "  " + Wrapped(WhereOf(hit), width, kIndent);
    out += "  " + Wrapped(Marked(hit.snippet, "«", "»"), width, kIndent);
  }
  return out;
}

Report AsReport(const lakehouse::SearchReport& found) {
  Report report;
  report.schema = "firn.search/1";
  report.columns = {{"conversation_id", "CONVERSATION", false, 0},
                    {"sequence", "MESSAGE", true, 0},
                    {"role", "ROLE", false, 0},
                    {"tool_name", "TOOL", false, 1},
                    {"platform", "PLATFORM", false, 1},
                    {"project_path", "PROJECT", false, 2},
                    {"timestamp", "TIME", false, 1},
                    {"snippet", "SNIPPET", false, 0},
                    {"score", "SCORE", true, 3},
                    {"also_in", "ALSO IN", false, 3}};
  for (const lakehouse::SearchHit& hit : found.hits) {
    Field score = Field::None();
    score.value = hit.score;
    report.rows.push_back({Field::Text(hit.conversation_id),
                           hit.sequence ? Field::Count(*hit.sequence) : Field::None(),
                           hit.role.empty() ? Field::None() : Field::Text(hit.role),
                           hit.tool_name.empty() ? Field::None() : Field::Text(hit.tool_name),
                           Field::Text(hit.platform),
                           hit.project_path.empty() ? Field::None() : Field::Text(hit.project_path),
                           hit.timestamp ? Field::Text(hit.timestamp->ToString()) : Field::None(),
                           Field::Text(Marked(hit.snippet, "«", "»")), score,
                           Field::List(hit.also_in)});
  }
  report.meta.Set("documents", found.documents ? Json(*found.documents) : Json());
  report.meta.Set("rows_indexed", found.rows_indexed);
  report.meta.Set("embedding_model", found.model.empty() ? Json() : Json(found.model));
  return report;
}

Result<lakehouse::SearchRequest> RequestOf(const Arguments& arguments) {
  lakehouse::SearchRequest request;
  for (const std::string& word : arguments.All("WORDS"))
    request.words += (request.words.empty() ? "" : " ") + word;
  request.similar = arguments.Get("--similar");
  const bool semantic = arguments.Has("--semantic") || arguments.Has("--similar");
  const bool combined = arguments.Has("--combined");
  if (semantic && combined) {
    return InvalidArgument("--combined goes with words alone, not with --semantic or --similar");
  }
  if (arguments.Has("--similar") && !request.words.empty()) {
    return InvalidArgument("--similar takes a conversation and no words", request.words);
  }
  if (semantic) request.rank_by = lakehouse::RankBy::kMeaning;
  if (combined) request.rank_by = lakehouse::RankBy::kBoth;
  request.platform = arguments.Get("--platform");
  request.project = arguments.Get("--project");
  request.role = arguments.Get("--role");
  request.tool = arguments.Get("--tool");
  request.since = arguments.Get("--since");
  request.until = arguments.Get("--until");
  FIRN_ASSIGN(const auto limit, arguments.Number("--limit"));
  if (limit && *limit < 1) return InvalidArgument("--limit is not above 0", *limit);
  request.limit = limit.value_or(request.limit);
  return request;
}

std::string NothingFound(const lakehouse::SearchReport& found) {
  const std::string where =
      "Nothing was found in " + Field::Count(found.documents.value_or(0)).shown;
  if (!found.model.empty()) return where + " conversations that have an embedding.";
  return where +
         " messages and calls of tools. Words must all occur; 'begin*' finds what begins so, "
         "--semantic what is about it.";
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const lakehouse::SearchRequest request, RequestOf(arguments));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::SearchReport found, lake->Search(request));
  if (invocation.ChosenFormat() == Format::kTable) {
    invocation.PrintRaw(AsText(found, invocation.Width()));
  } else {
    FIRN_TRY(invocation.Print(AsReport(found)));
  }
  if (found.hits.empty()) {
    invocation.Hint(NothingFound(found));
  } else if (invocation.ChosenFormat() == Format::kTable) {
    const lakehouse::SearchHit& first = found.hits.front();
    const std::string message =
        first.sequence ? " --message " + std::to_string(*first.sequence) : "";
    invocation.Hint("'firn show " + first.conversation_id.substr(0, 8) + message +
                    "' opens the first.");
  }
  return 0;
}

}  // namespace

Verb SearchVerb() {
  return {
      .name = "search",
      .summary = "Find words in all conversations",
      .description =
          "Words must all occur in a message, or in a call of a tool and its result; the\n"
          "best matches come first (BM25). Accents and case do not matter.\n\n"
          "  firn search glacier ice\n"
          "  firn search '\"glacier ice\" -water'   a phrase, without a word\n"
          "  firn search 'recryst*' OR firn       beginnings, alternatives\n"
          "  firn search permission denied --tool Bash --since 2025-11-01\n\n"
          "By meaning, whole conversations are found, also in other words than theirs:\n\n"
          "  firn search --semantic how frozen rivers move\n"
          "  firn search --combined glacier ice   what both ways find comes first\n"
          "  firn search --similar d627d2b8       conversations about the same",
      .positionals = {{"WORDS", "What to find", Positional::Count::kMany, {}}},
      .options = {{"--semantic", "", "Rank conversations by what they are about", {}},
                  {"--combined", "", "Rank conversations by words and meaning", {}},
                  {"--similar", "CONVERSATION", "Find those about the same, without words", {}},
                  {"--platform", "NAME", "Only this platform", {}},
                  {"--project", "TEXT", "Only projects whose path holds this", {}},
                  {"--role", "ROLE", "Only what it said", {"user", "assistant", "system", "tool"}},
                  {"--tool", "NAME", "Only calls of this tool", {}},
                  {"--since", "DATE", "From this day on (YYYY-MM-DD)", {}},
                  {"--until", "DATE", "Up to and including this day", {}},
                  {"--limit", "COUNT", "So many at most; 20 without", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
