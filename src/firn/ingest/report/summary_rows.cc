// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/summary_rows.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/bytes.h"
#include "firn/base/json.h"
#include "firn/ingest/row_builder.h"
#include "firn/ingest/time_text.h"

namespace firn::ingest {
namespace {

constexpr size_t kHeadingWordsMax = 5;
constexpr size_t kNameBytesMax = 60;

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// "Average query time" as "average_query_time".
std::string NameOf(std::string_view words) {
  std::string name;
  for (const char c : words) {
    if (IsWordByte(c)) {
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (name.ends_with('_'))
    name.pop_back();
  return name;
}

// A number at the front, with commas between thousands; what follows stays in `text`.
std::optional<double> TakeNumber(std::string_view& text) {
  std::string digits;
  size_t at = text.starts_with('+') ? 1 : 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    const bool grouped = c == ',' && at + 3 < text.size() && !digits.empty() &&
                         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                     text.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                                     [](char digit) { return digit >= '0' && digit <= '9'; });
    if (grouped) continue;
    if ((c < '0' || c > '9') && c != '.' && c != '-' && c != 'e' && c != 'E' && c != '+') break;
    digits += c;
  }
  double number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || digits.empty()) return std::nullopt;
  text.remove_prefix(at - static_cast<size_t>(end - stop));
  return number;
}

std::optional<std::string> NumberText(std::optional<double> number) {
  if (!number) return std::nullopt;
  return Json(*number).NumberTextOf();
}

struct Pair {
  std::string_view key;
  std::string_view value;
};

// "key=value" or "key='a b'" at the front of `text`.
std::optional<Pair> TakePair(std::string_view& text) {
  const size_t equals = text.find('=');
  const std::string_view key = text.substr(0, std::min(equals, text.size()));
  const bool word = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return IsWordByte(c) || c == '_' || c == '.' || c == '-';
  });
  if (equals == text.npos || !word) return std::nullopt;
  std::string_view rest = text.substr(equals + 1);
  const char open = rest.empty() ? ' ' : rest[0];
  const bool quoted = open == '"' || open == '\'';
  const size_t end = quoted ? rest.find(open, 1) : rest.find_first_of(" \t");
  if (quoted && end == rest.npos) return std::nullopt;
  const Pair pair{key, quoted ? rest.substr(1, end - 1) : rest.substr(0, end)};
  rest.remove_prefix(std::min(end == rest.npos ? end : end + (quoted ? 1 : 0), rest.size()));
  text = Trim(rest);
  if (text.starts_with(',') || text.starts_with(';')) text = Trim(text.substr(1));
  return pair;
}

struct Metric {
  std::string name;
  std::optional<double> value;
};

class Summary {
 public:
  explicit Summary(RowBuilder& rows) : rows_(rows) {
    for (const char* name : {"timestamp", "event_type", "metric_name", "metric_value", "metadata"})
      columns_.push_back(rows.FindColumn(name));
  }

  Status Run(std::string_view text) {
    const std::string_view all = text;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view raw = text.substr(0, std::min(end + 1, text.size()));
      place_ = {static_cast<int64_t>(raw.data() - all.data()), ++line_, raw};
      FIRN_TRY(AddLine(Trim(text.substr(0, end))));
      text.remove_prefix(raw.size());
    }
    return Ok();
  }

 private:
  enum Slot { kTime, kEvent, kName, kValue, kMetadata };

  Status AddLine(std::string_view line) {
    if (!IsValidUtf8(line)) {
      rows_.AddReject(place_, "encoding", QuoteValue(line) + " is not UTF-8");
      return Ok();
    }
    for (const std::string_view bullet : {"- ", "* ", "\xe2\x80\xa2 "}) {
      if (line.starts_with(bullet)) line = Trim(line.substr(bullet.size()));
    }
    if (std::none_of(line.begin(), line.end(), IsWordByte)) return Ok();
    if (line.starts_with('{')) return AddObject(line);
    if (const auto time = TakeTime(line)) {
      if (!line.empty()) return AddEvent(*time, Trim(line));
      time_ = *time;
      return Ok();
    }
    if (TakeHeading(line)) return Ok();
    if (line.find('=') != line.npos && StartsWithPair(line)) return AddEvent(time_, line);
    return AddMetric(line);
  }

  // "[2025-10-28 05:58:12] ", or the same without brackets; steps over what divides it from the
  // rest.
  static std::optional<std::string> TakeTime(std::string_view& line) {
    std::string_view text = line;
    const bool bracket = text.starts_with('[');
    if (bracket) text.remove_prefix(1);
    const size_t close = bracket ? text.find(']') : text.npos;
    if (bracket && close == text.npos) return std::nullopt;
    size_t end = bracket ? close : text.find_first_of(" \t|");
    const bool has_clock = text.substr(0, end).find(':') != text.npos;
    if (!bracket && !has_clock && end != text.npos && text[end] == ' ') {
      end = text.find_first_of(" \t|,", end + 1);
    }
    const std::string_view time = text.substr(0, std::min(end, text.size()));
    if (time.empty() || time[0] < '0' || time[0] > '9' || !ParseTimeText(time)) return std::nullopt;
    std::string taken(time);
    text.remove_prefix(std::min(time.size() + (bracket ? 1 : 0), text.size()));
    while (!text.empty() && std::string_view(" \t|-:,").find(text[0]) != std::string_view::npos)
      text.remove_prefix(1);
    line = text;
    return taken;
  }

  static bool StartsWithPair(std::string_view line) { return TakePair(line).has_value(); }

  // Takes a heading over: the event type of what follows.
  bool TakeHeading(std::string_view line) {
    std::string_view words = line;
    bool marked = false;
    if (words.starts_with('[') && words.ends_with(']')) {
      words = words.substr(1, words.size() - 2);
      marked = true;
    }
    for (const char mark : {'#', '=', '*', '-'}) {
      while (words.starts_with(mark) || (marked && words.ends_with(mark))) {
        if (words.starts_with(mark))
          words.remove_prefix(1);
        else
          words.remove_suffix(1);
        marked = true;
      }
      words = Trim(words);
    }
    if (words.ends_with(':')) {
      words.remove_suffix(1);
      marked = true;
    }
    const bool plain = words.find_first_of(":=") == words.npos;
    const auto spaces = std::count(words.begin(), words.end(), ' ');
    const bool few = spaces < static_cast<std::ptrdiff_t>(kHeadingWordsMax);
    const bool sentence = words.ends_with('.') || words.ends_with('!');
    if (!plain || (!marked && (!few || sentence))) return false;
    event_ = NameOf(words);
    return true;
  }

  // "Average query time: 45.2 ms (was 61.0)", or text that is no metric.
  Status AddMetric(std::string_view line) {
    const size_t colon = line.find_first_of(":=");
    const std::string name = NameOf(line.substr(0, std::min(colon, line.size())));
    if (colon == line.npos || name.empty() || name.size() > kNameBytesMax) {
      return Add(time_, event_, {}, TextNote(line));
    }
    std::string_view value = Trim(line.substr(colon + 1));
    const bool is_time = ParseTimeText(value).has_value();
    if (is_time && IsTimeOfReport(name)) {
      time_ = std::string(value);
      return Ok();
    }
    std::string_view rest = value;
    const auto number = is_time ? std::nullopt : TakeNumber(rest);
    if (!number) return Add(time_, event_, {name, std::nullopt}, TextNote(value));
    return Add(time_, event_, {name, number}, UnitAndNote(Trim(rest)));
  }

  static bool IsTimeOfReport(std::string_view name) {
    for (const std::string_view known :
         {"generated", "generated_at", "report_generated", "report_generated_at", "timestamp",
          "date", "report_date", "time", "created", "created_at", "as_of"}) {
      if (name == known) return true;
    }
    return false;
  }

  static Json TextNote(std::string_view text) {
    Json note{Json::Object()};
    note.Set("text", text);
    return note;
  }

  // "ms (was 61.0)": a first word is the unit.
  static Json UnitAndNote(std::string_view rest) {
    Json note{Json::Object()};
    const size_t end = std::min(rest.find_first_of(" \t("), rest.size());
    if (end > 0) note.Set("unit", rest.substr(0, end));
    std::string_view more = Trim(rest.substr(end));
    if (more.starts_with('(') && more.ends_with(')')) more = more.substr(1, more.size() - 2);
    if (!more.empty()) note.Set("note", more);
    return note;
  }

  // "INDEX_CREATED speedup=3.2 table=orders", after its time.
  Status AddEvent(const std::string& time, std::string_view line) {
    std::string event = event_;
    if (!StartsWithPair(line)) {
      const size_t end = std::min(line.find_first_of(" \t:|"), line.size());
      if (end > 0) event = NameOf(line.substr(0, end));
      line.remove_prefix(end);
      while (!line.empty() && std::string_view(" \t|-:").find(line[0]) != std::string_view::npos)
        line.remove_prefix(1);
    }
    Json metadata{Json::Object()};
    std::vector<Metric> metrics;
    std::optional<std::string> name, value;
    std::string at = time;
    while (const auto pair = TakePair(line)) {
      std::string_view rest = pair->value;
      if (pair->key == "timestamp")
        at = std::string(pair->value);
      else if (pair->key == "event_type" || pair->key == "event")
        event = NameOf(pair->value);
      else if (pair->key == "metric_name" || pair->key == "metric")
        name = std::string(pair->value);
      else if (pair->key == "metric_value" || pair->key == "value")
        value = std::string(pair->value);
      else if (const auto number = TakeNumber(rest); number && rest.empty())
        metrics.push_back({NameOf(pair->key), number});
      else
        metadata.Set(pair->key, pair->value);
    }
    if (!line.empty()) metadata.Set("text", line);
    if (name || value) return AddNamed(at, event, name, value, metrics, std::move(metadata));
    if (metrics.empty()) return Add(at, event, {}, std::move(metadata));
    for (const Metric& metric : metrics)
      FIRN_TRY(Add(at, event, metric, metadata));
    return Ok();
  }

  Status AddNamed(const std::string& at, const std::string& event,
                  const std::optional<std::string>& name, const std::optional<std::string>& value,
                  const std::vector<Metric>& others, Json metadata) {
    for (const Metric& other : others)
      metadata.Set(other.name, *other.value);
    return AddTexts(at, event, name, value, metadata);
  }

  // A line of JSON: members are columns by name, the rest is metadata.
  Status AddObject(std::string_view line) {
    const auto object = Json::Parse(line);
    if (!object || object->as_object() == nullptr) {
      rows_.AddReject(place_, "json", QuoteValue(line) + " is no JSON object");
      return Ok();
    }
    std::optional<std::string> texts[4] = {time_, event_, {}, {}};
    Json metadata{Json::Object()};
    for (const auto& [name, value] : *object->as_object()) {
      const Slot slot = name == "timestamp"      ? kTime
                        : name == "event_type"   ? kEvent
                        : name == "metric_name"  ? kName
                        : name == "metric_value" ? kValue
                                                 : kMetadata;
      const std::string* text = value.as_string();
      if (slot != kMetadata) {
        if (value.is_null())
          texts[slot].reset();
        else
          texts[slot] = text != nullptr ? *text : value.Dump();
      } else if (name == "metadata" && value.as_object() != nullptr) {
        for (const auto& [key, member] : *value.as_object())
          metadata.Set(key, member);
      } else {
        metadata.Set(name, value);
      }
    }
    return AddTexts(texts[kTime].value_or(""), texts[kEvent].value_or(""), texts[kName],
                    texts[kValue], metadata);
  }

  Status Add(const std::string& time, const std::string& event, const Metric& metric,
             const Json& metadata) {
    const auto name = metric.name.empty() ? std::nullopt : std::optional(metric.name);
    return AddTexts(time, event, name, NumberText(metric.value), metadata);
  }

  Status AddTexts(const std::string& time, const std::string& event,
                  const std::optional<std::string>& name, const std::optional<std::string>& value,
                  const Json& metadata) {
    const auto set = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    const std::string note = metadata.as_object()->empty() ? "" : metadata.Dump();
    rows_.AppendText(*columns_[kTime], set(time));
    rows_.AppendText(*columns_[kEvent], set(event));
    rows_.AppendText(*columns_[kName], name);
    rows_.AppendText(*columns_[kValue], value);
    rows_.AppendText(*columns_[kMetadata], set(note));
    return rows_.EndRow(place_);
  }

  RowBuilder& rows_;
  std::vector<std::optional<size_t>> columns_;  // By slot.
  std::string time_;                            // Of the report; "" as long as it says none.
  std::string event_;
  RowPlace place_;
  int64_t line_ = 0;
};

}  // namespace

Status AddSummaryRows(std::string_view text, RowBuilder& rows) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return Summary(rows).Run(text);
}

}  // namespace firn::ingest
