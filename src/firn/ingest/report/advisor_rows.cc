// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/advisor_rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/json.h"
#include "firn/ingest/row_builder.h"

namespace firn::ingest {
namespace {

struct Alias {
  std::string_view member;
  std::string_view column;
};
constexpr Alias kAliases[] = {{"table", "table_name"},          {"index", "recommended_index"},
                              {"query", "query_pattern"},       {"pattern", "query_pattern"},
                              {"speedup", "estimated_speedup"}, {"cost", "estimated_cost"},
                              {"generated_at", "timestamp"},    {"created_at", "timestamp"}};

// The text of a value that may stand in any column; nested values as JSON.
std::optional<std::string> TextOf(const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.as_string() != nullptr) return *value.as_string();
  if (value.is_number()) return value.NumberTextOf();
  return value.Dump();
}

// The member that gives `column`: the one of its name, else one that stands for it.
const Json* MemberFor(const Json& entry, std::string_view column) {
  const Json* found = entry.Find(column);
  for (const Alias& alias : kAliases) {
    const bool missing = found == nullptr || found->is_null();
    if (missing && alias.column == column) found = entry.Find(alias.member);
  }
  return found;
}

bool HoldsObjects(const Json& value) {
  const Json::Array* items = value.as_array();
  return items != nullptr && std::all_of(items->begin(), items->end(), [](const Json& item) {
           return item.as_object() != nullptr;
         });
}

// The recommendations within a report, where it is an object around them.
const Json::Array* EntriesOf(const Json& report) {
  const Json* named = report.Find("recommendations");
  if (named != nullptr && HoldsObjects(*named)) return named->as_array();
  const Json::Array* only = nullptr;
  for (const auto& [name, value] : *report.as_object()) {
    if (!HoldsObjects(value)) continue;
    if (only != nullptr) return nullptr;
    only = value.as_array();
  }
  return only;
}

Status AddEntry(const Json& entry, const std::optional<std::string>& report_time,
                RowBuilder& rows) {
  const auto& fields = rows.schema().fields();
  for (size_t column = 0; column < fields.size(); ++column) {
    const Json* value = MemberFor(entry, fields[column].name);
    std::optional<std::string> text = value == nullptr ? std::nullopt : TextOf(*value);
    if (!text && fields[column].name == "timestamp") text = report_time;
    rows.AppendText(column, text);
  }
  const std::string raw = entry.Dump();
  return rows.EndRow({.offset = 0, .line = std::nullopt, .raw = raw});
}

Status AddEntries(const Json::Array& entries, const std::optional<std::string>& report_time,
                  RowBuilder& rows) {
  for (const Json& entry : entries) {
    if (entry.as_object() != nullptr) {
      FIRN_TRY(AddEntry(entry, report_time, rows));
      continue;
    }
    const std::string raw = entry.Dump();
    rows.AddReject({.offset = 0, .line = std::nullopt, .raw = raw}, "json",
                   QuoteValue(raw) + " is no JSON object");
  }
  return Ok();
}

Status AddReport(const Json& report, RowBuilder& rows) {
  if (report.as_array() != nullptr) return AddEntries(*report.as_array(), std::nullopt, rows);
  if (report.as_object() == nullptr) {
    return InvalidArgument("the report is neither an array nor an object");
  }
  const Json* time = MemberFor(report, "timestamp");
  const auto report_time = time == nullptr ? std::nullopt : TextOf(*time);
  if (const Json::Array* entries = EntriesOf(report))
    return AddEntries(*entries, report_time, rows);
  return AddEntry(report, std::nullopt, rows);  // One recommendation by itself.
}

// An object a line; false, having added nothing, where a line is none.
Result<bool> AddLines(std::string_view text, RowBuilder& rows) {
  std::vector<Json> entries;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    auto entry = Json::Parse(line);
    if (!entry || entry->as_object() == nullptr) return false;
    entries.push_back(std::move(*entry));
  }
  for (const Json& entry : entries)
    FIRN_TRY(AddEntry(entry, std::nullopt, rows));
  return !entries.empty();
}

}  // namespace

Status AddAdvisorRows(std::string_view text, RowBuilder& rows) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  auto report = Json::Parse(text);
  if (report) return AddReport(*report, rows);
  FIRN_ASSIGN(const bool lines, AddLines(text, rows));
  return lines ? Ok() : Status(std::move(report).error().Within("the report is no JSON"));
}

}  // namespace firn::ingest
