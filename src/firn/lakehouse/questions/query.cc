// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/query.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "firn/base/json.h"
#include "firn/lakehouse/questions/arrow_rows.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {

Result<std::vector<Row>> QueryRows(sql::Engine& engine, std::string_view sql) {
  FIRN_ASSIGN(auto stream, engine.Query(sql));
  const std::unique_ptr<RowStream> rows = MakeRowStream(std::move(stream));
  std::vector<Row> all;
  Row row;
  while (true) {
    FIRN_ASSIGN(const bool more, rows->Next(row));
    if (!more) return all;
    all.push_back(std::move(row));
  }
}

std::string Quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text)
    literal += c == '\'' ? std::string("''") : std::string(1, c);
  return literal + "'";
}

int64_t IntOf(const Cell& cell) {
  return OptionalIntOf(cell).value_or(0);
}

std::optional<int64_t> OptionalIntOf(const Cell& cell) {
  int64_t number = 0;
  const char* end = cell.text.data() + cell.text.size();
  if (std::from_chars(cell.text.data(), end, number).ec != std::errc()) return std::nullopt;
  return number;
}

std::optional<bool> OptionalBoolOf(const Cell& cell) {
  if (cell.kind != Cell::Kind::kBool) return std::nullopt;
  return cell.text == "true";
}

std::optional<TimeUs> OptionalTimeOf(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return std::nullopt;
  const auto parsed = ParseTimestamp(cell.text);
  if (!parsed.has_value()) return std::nullopt;
  return TimeUs{parsed->micros};
}

std::vector<std::string> TextsOf(const Cell& cell) {
  std::vector<std::string> texts;
  const auto json = Json::Parse(cell.text);
  if (!json.has_value() || json->as_array() == nullptr) return texts;
  for (const Json& item : *json->as_array()) {
    if (item.as_string() != nullptr) texts.push_back(*item.as_string());
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

}  // namespace firn::lakehouse
