// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/statements.h"

#include <algorithm>

namespace firn::cli {
namespace {

// Where the token that begins at `at` ends: a quoted text, a comment, or one character.
size_t TokenEnd(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == '\'' || c == '"') {
    const size_t end = text.find(c, at + 1);
    return end == std::string_view::npos ? text.size() + 1 : end + 1;
  }
  if (text.substr(at, 2) == "--") return std::min(text.find('\n', at), text.size());
  if (text.substr(at, 2) == "/*") {
    const size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() + 1 : end + 2;
  }
  if (text.substr(at, 2) == "$$") {
    const size_t end = text.find("$$", at + 2);
    return end == std::string_view::npos ? text.size() + 1 : end + 2;
  }
  return at + 1;
}

bool IsBlank(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = TokenEnd(text, at);
    const bool comment = text.substr(at, 2) == "--" || text.substr(at, 2) == "/*";
    if (!comment && text[at] != ' ' && text[at] != '\n' && text[at] != '\t' && text[at] != '\r') {
      return false;
    }
    at = end;
  }
  return true;
}

}  // namespace

std::vector<std::string> SplitStatements(std::string_view script) {
  std::vector<std::string> statements;
  size_t from = 0;
  const auto add = [&](size_t end) {
    const std::string_view statement = script.substr(from, end - from);
    if (!IsBlank(statement)) statements.emplace_back(statement);
  };
  for (size_t at = 0; at < script.size(); at = TokenEnd(script, at)) {
    if (script[at] != ';') continue;
    add(at);
    from = at + 1;
  }
  if (from < script.size()) add(script.size());
  return statements;
}

bool IsUnfinished(std::string_view text) {
  size_t from = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ';') from = at + 1;
    const size_t end = TokenEnd(text, at);
    if (end > text.size()) return true;
    at = end;
  }
  return from < text.size() && !IsBlank(text.substr(from));
}

}  // namespace firn::cli
