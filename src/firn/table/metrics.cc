// SPDX-License-Identifier: Apache-2.0
//
// Cut bounds: text is cut between code points, binary between bytes. A cut lower bound is below
// every value by itself; a cut upper bound is raised at its last place that can go up, dropping
// what follows (spec, "Field-level Metrics").

#include "firn/table/metrics.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "firn/base/utf8.h"

namespace firn::table {
namespace {

constexpr std::string_view kPrefix = "write.metadata.metrics.";
constexpr int64_t kInferredColumnsMax = 100;

// A code point and where it begins.
struct CodePoint {
  uint32_t value = 0;
  size_t begin = 0;
};

std::vector<CodePoint> CodePointsOf(std::string_view text, size_t count_max) {
  std::vector<CodePoint> points;
  for (size_t at = 0; at < text.size() && points.size() < count_max;) {
    const auto lead = static_cast<uint8_t>(text[at]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t value = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t next = 1; next < length && at + next < text.size(); ++next) {
      value = (value << 6) | (static_cast<uint8_t>(text[at + next]) & 0x3Fu);
    }
    points.push_back({value, at});
    at += length;
  }
  return points;
}

// The next code point that text may hold; unset after the last.
std::optional<uint32_t> Successor(uint32_t point) {
  if (point >= 0x10FFFF) return std::nullopt;
  return point + 1 == 0xD800 ? 0xE000 : point + 1;  // Surrogates are no characters.
}

std::optional<std::string> RaisedText(std::string_view text, size_t count) {
  const std::vector<CodePoint> points = CodePointsOf(text, count);
  for (size_t at = points.size(); at > 0; --at) {
    const auto next = Successor(points[at - 1].value);
    if (!next) continue;
    std::string raised(text.substr(0, points[at - 1].begin));
    AppendUtf8(*next, raised);
    return raised;
  }
  return std::nullopt;
}

std::optional<std::string> RaisedBytes(std::string_view bytes, size_t count) {
  std::string raised(bytes.substr(0, count));
  while (!raised.empty()) {
    if (static_cast<uint8_t>(raised.back()) != 0xFF) {
      raised.back() = static_cast<char>(raised.back() + 1);
      return raised;
    }
    raised.pop_back();
  }
  return std::nullopt;
}

size_t CutLength(std::string_view text, size_t count) {
  const std::vector<CodePoint> points = CodePointsOf(text, count + 1);
  return points.size() <= count ? text.size() : points[count].begin;
}

bool IsText(const Literal& literal) {
  return literal.type().id() == TypeId::kString;
}

// How many bytes of the bound the mode keeps; all of it where the type is not cut.
size_t KeptLength(const Literal& exact, const std::string& bytes, MetricsMode mode) {
  const TypeId id = exact.type().id();
  const bool cut = mode.kind == MetricsMode::Kind::kTruncate &&
                   (id == TypeId::kString || id == TypeId::kBinary || id == TypeId::kFixed);
  if (!cut) return bytes.size();
  const auto length = static_cast<size_t>(mode.length);
  return IsText(exact) ? CutLength(bytes, length) : std::min(bytes.size(), length);
}

bool KeepsBounds(const Literal& exact, MetricsMode mode) {
  return mode.kind >= MetricsMode::Kind::kTruncate && !exact.is_nan();
}

Result<std::optional<MetricsMode>> FindMode(const std::map<std::string, std::string>& properties,
                                            const std::string& key) {
  const auto found = properties.find(std::string(kPrefix) + key);
  if (found == properties.end()) return std::optional<MetricsMode>();
  FIRN_ASSIGN(const MetricsMode mode, MetricsMode::Parse(found->second));
  return std::optional<MetricsMode>(mode);
}

Result<int64_t> InferredColumnsMax(const std::map<std::string, std::string>& properties) {
  const auto found = properties.find(std::string(kPrefix) + "max-inferred-column-defaults");
  if (found == properties.end()) return kInferredColumnsMax;
  int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) {
    return InvalidArgument("not a count: " + found->first, text);
  }
  return number;
}

}  // namespace

Result<MetricsMode> MetricsMode::Parse(std::string_view text) {
  if (text == "none") return MetricsMode{Kind::kNone, 0};
  if (text == "counts") return MetricsMode{Kind::kCounts, 0};
  if (text == "full") return MetricsMode{Kind::kFull, 0};
  constexpr std::string_view kTruncatePrefix = "truncate(";
  if (text.starts_with(kTruncatePrefix) && text.ends_with(")")) {
    const std::string_view number = text.substr(9, text.size() - 10);
    int32_t length = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), length);
    if (error == std::errc() && end == number.data() + number.size() && length > 0) {
      return MetricsMode{Kind::kTruncate, length};
    }
  }
  return InvalidArgument("not a metrics mode", text);
}

Result<std::map<FieldId, MetricsMode>> MetricsModes(
    const Schema& schema, const std::map<std::string, std::string>& properties) {
  FIRN_ASSIGN(const auto fallback, FindMode(properties, "default"));
  FIRN_ASSIGN(const int64_t inferred_max, InferredColumnsMax(properties));
  std::map<FieldId, MetricsMode> modes;
  int64_t seen = 0;
  for (const FieldId id : schema.FieldIds()) {
    const NestedField* field = schema.FindField(id);
    if (!field->type.is_primitive()) continue;
    FIRN_ASSIGN(auto mode, FindMode(properties, "column." + std::string(schema.NameOf(id))));
    if (!mode) mode = fallback;
    const bool beyond = seen++ >= inferred_max;
    modes[id] = mode ? *mode : (beyond ? MetricsMode{MetricsMode::Kind::kNone, 0} : MetricsMode{});
  }
  return modes;
}

std::optional<std::string> LowerBoundBytes(const Literal& exact, MetricsMode mode) {
  if (!KeepsBounds(exact, mode)) return std::nullopt;
  std::string bytes = exact.ToBytes();
  bytes.resize(KeptLength(exact, bytes, mode));
  return bytes;
}

std::optional<std::string> UpperBoundBytes(const Literal& exact, MetricsMode mode) {
  if (!KeepsBounds(exact, mode)) return std::nullopt;
  std::string bytes = exact.ToBytes();
  if (KeptLength(exact, bytes, mode) == bytes.size()) return bytes;
  const auto length = static_cast<size_t>(mode.length);
  return IsText(exact) ? RaisedText(bytes, length) : RaisedBytes(bytes, length);
}

}  // namespace firn::table
