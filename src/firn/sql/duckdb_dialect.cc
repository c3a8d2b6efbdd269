// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_dialect.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "duckdb/function/replacement_scan.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "firn/sql/duckdb_at_clause.h"
#include "firn/sql/duckdb_metadata_table.h"

namespace firn::sql {
namespace {

struct Token {
  std::string_view text;  // Into the query, without the space after it.
  bool literal = false;
  bool identifier = false;
};

std::vector<Token> TokensOf(std::string_view sql) {
  const auto found = duckdb::Parser::Tokenize(std::string(sql));
  std::vector<Token> tokens;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].type == duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_COMMENT) continue;
    const size_t end = i + 1 < found.size() ? found[i + 1].start : sql.size();
    std::string_view text = sql.substr(found[i].start, end - found[i].start);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
      text.remove_suffix(1);
    }
    using duckdb::SimplifiedTokenType;
    const bool literal = found[i].type == SimplifiedTokenType::SIMPLIFIED_TOKEN_NUMERIC_CONSTANT ||
                         found[i].type == SimplifiedTokenType::SIMPLIFIED_TOKEN_STRING_CONSTANT;
    const bool identifier = found[i].type == SimplifiedTokenType::SIMPLIFIED_TOKEN_IDENTIFIER;
    tokens.push_back({text, literal, identifier});
  }
  return tokens;
}

bool Is(const std::vector<Token>& tokens, size_t at, std::string_view word) {
  return at < tokens.size() &&
         duckdb::StringUtil::CIEquals(std::string(tokens[at].text), std::string(word));
}

// The index after the operand that begins at `at`: a literal, TIMESTAMP '...', or (...).
std::optional<size_t> EndOfOperand(const std::vector<Token>& tokens, size_t at) {
  if (at >= tokens.size()) return std::nullopt;
  if (tokens[at].literal) return at + 1;
  const bool typed =
      Is(tokens, at, "timestamp") || Is(tokens, at, "timestamptz") || Is(tokens, at, "date");
  if (typed && at + 1 < tokens.size() && tokens[at + 1].literal) return at + 2;
  if (tokens[at].text != "(") return std::nullopt;
  int depth = 0;
  for (size_t i = at; i < tokens.size(); ++i) {
    depth += tokens[i].text == "(" ? 1 : tokens[i].text == ")" ? -1 : 0;
    if (depth == 0) return i + 1;
  }
  return std::nullopt;
}

// The index after the table's alias, if one begins at `at`: DuckDB wants it before AT.
size_t EndOfAlias(const std::vector<Token>& tokens, size_t at) {
  const size_t name = Is(tokens, at, "as") ? at + 1 : at;
  return name < tokens.size() && tokens[name].identifier ? name + 1 : at;
}

const char* EndOf(const Token& token) {
  return token.text.data() + token.text.size();
}

std::optional<std::string_view> UnitAt(const std::vector<Token>& tokens, size_t at) {
  if (!Is(tokens, at + 1, "as") || !Is(tokens, at + 2, "of")) return std::nullopt;
  if (Is(tokens, at, "version") || Is(tokens, at, "system_version")) return "VERSION";
  if (Is(tokens, at, "timestamp") || Is(tokens, at, "system_time")) return "TIMESTAMP";
  return std::nullopt;
}

// Whether "AT (BRANCH => ..." or "AT (TAG => ..." begins at `at`.
bool IsAtRef(const std::vector<Token>& tokens, size_t at) {
  return Is(tokens, at, "at") && Is(tokens, at + 1, "(") &&
         (Is(tokens, at + 2, "branch") || Is(tokens, at + 2, "tag")) && at + 3 < tokens.size() &&
         tokens[at + 3].text.starts_with('=');
}

// "silver.messages.files" as the table "messages$files" of "silver"; null for other names.
duckdb::unique_ptr<duckdb::TableRef> ReplaceMetadataName(
    duckdb::ClientContext& context, duckdb::ReplacementScanInput& input,
    duckdb::optional_ptr<duckdb::ReplacementScanData> data) {
  static_cast<void>(context);
  static_cast<void>(data);
  if (input.catalog_name.empty() || input.schema_name.empty()) return nullptr;
  const auto suffixes = MetadataTableSuffixes();
  const std::string lower = duckdb::StringUtil::Lower(input.table_name);
  if (std::ranges::find(suffixes, lower) == suffixes.end() && !RefOfSuffix(lower)) return nullptr;
  auto table = duckdb::make_uniq<duckdb::BaseTableRef>();
  table->schema_name = input.catalog_name;
  table->table_name = input.schema_name + "$" + input.table_name;
  return table;
}

}  // namespace

std::string RewriteTimeTravel(std::string_view sql) {
  const std::string lower = duckdb::StringUtil::Lower(std::string(sql));
  const auto has = [&lower](const char* word) { return lower.find(word) != std::string::npos; };
  if (!has(" of") && !has("branch") && !has("tag")) return std::string(sql);
  const std::vector<Token> tokens = TokensOf(sql);
  std::string rewritten;
  const char* copied = sql.data();  // Up to here `sql` is in `rewritten`.
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (IsAtRef(tokens, i)) {
      rewritten.append(copied, tokens[i + 2].text.data()).append("VERSION");
      copied = EndOf(tokens[i + 2]);
      continue;
    }
    const size_t unit_at = Is(tokens, i, "for") ? i + 1 : i;
    const auto unit = UnitAt(tokens, unit_at);
    const auto end = unit ? EndOfOperand(tokens, unit_at + 3) : std::nullopt;
    if (!end) continue;
    const size_t alias_end = EndOfAlias(tokens, *end);
    rewritten.append(copied, tokens[i].text.data());
    if (alias_end > *end) {
      rewritten.append(tokens[*end].text.data(), EndOf(tokens[alias_end - 1])).append(" ");
    }
    rewritten.append("AT (").append(*unit).append(" => ");
    rewritten.append(tokens[unit_at + 3].text.data(), EndOf(tokens[*end - 1])).append(")");
    i = alias_end - 1;
    copied = EndOf(tokens[i]);
  }
  rewritten.append(copied, sql.data() + sql.size());
  return rewritten;
}

void RegisterMetadataNames(duckdb::DBConfig& config) {
  config.replacement_scans.emplace_back(ReplaceMetadataName);
}

}  // namespace firn::sql
