// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/sql_text.h"

namespace firn::pipeline {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

}  // namespace

std::string QuotedName(std::string_view name) {
  return Quoted(name, '"');
}

std::string QuotedNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text.append(text.empty() ? "" : ", ").append(QuotedName(name));
  return text;
}

std::string Literal(std::string_view text) {
  return Quoted(text, '\'');
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text.append(text.empty() ? "" : ", ").append(part);
  return text;
}

}  // namespace firn::pipeline
