// SPDX-License-Identifier: Apache-2.0
//
// Every word goes to FTS5 as a quoted string, so that none of its operators can be typed by
// accident.

#include "firn/search/match_query.h"

#include <algorithm>
#include <vector>

namespace firn::search {
namespace {

struct Term {
  std::string text;
  bool is_prefix = false;
  bool is_excluded = false;
  bool is_or = false;  // The word OR itself.
};

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// FTS5's tokenizer takes letters and digits; a word without any finds nothing.
bool HasToken(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

// The word or phrase that begins at `at`, which moves behind it.
Term NextTerm(std::string_view words, size_t& at) {
  Term term;
  term.is_excluded = words[at] == '-' && at + 1 < words.size() && !IsSpace(words[at + 1]);
  if (term.is_excluded) ++at;
  if (words[at] == '"') {
    const size_t end = std::min(words.find('"', at + 1), words.size());
    term.text = words.substr(at + 1, end - at - 1);
    at = std::min(end + 1, words.size());
  } else {
    const size_t begin = at;
    while (at < words.size() && !IsSpace(words[at]) && words[at] != '"')
      ++at;
    term.text = words.substr(begin, at - begin);
    term.is_or = term.text == "OR" && !term.is_excluded;
    term.is_prefix = term.text.size() > 1 && term.text.back() == '*';
    if (term.is_prefix) term.text.pop_back();
  }
  if (at < words.size() && words[at] == '*') {  // "two wor"*
    term.is_prefix = true;
    ++at;
  }
  return term;
}

std::vector<Term> TermsOf(std::string_view words) {
  std::vector<Term> terms;
  for (size_t at = 0; at < words.size();) {
    if (IsSpace(words[at])) {
      ++at;
      continue;
    }
    Term term = NextTerm(words, at);
    if (term.is_or || HasToken(term.text)) terms.push_back(std::move(term));
  }
  return terms;
}

std::string Quoted(const Term& term) {
  std::string quoted = "\"";
  for (const char c : term.text)
    quoted.append(c == '"' ? 2 : 1, c);
  return quoted + (term.is_prefix ? "\"*" : "\"");
}

}  // namespace

Result<std::string> ParseMatchQuery(std::string_view words) {
  std::vector<std::string> alternatives;  // Each of words joined by OR; all must hold.
  std::string excluded;
  bool joins = false;  // The word before was OR.
  for (const Term& term : TermsOf(words)) {
    if (term.is_or) {
      joins = !alternatives.empty();
      continue;
    }
    if (term.is_excluded) {
      excluded += " NOT " + Quoted(term);
    } else if (joins) {
      alternatives.back() += " OR " + Quoted(term);
    } else {
      alternatives.push_back(Quoted(term));
    }
    joins = false;
  }
  if (alternatives.empty()) {
    return InvalidArgument("no word to search for in", words)
        .WithHint("such as: firn search glacier ice, firn search '\"glacier ice\"' or 'glac*'");
  }
  std::string query;
  for (const std::string& alternative : alternatives) {
    if (!query.empty()) query += " AND ";
    query += "(" + alternative + ")";
  }
  return query + excluded;
}

}  // namespace firn::search
