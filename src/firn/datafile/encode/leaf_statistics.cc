// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/leaf_statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "firn/base/bytes.h"

namespace firn::datafile {
namespace {

using Value = LeafStatistics::Value;

template <typename Number>
void FindNumbers(std::span<const Number> numbers, LeafStatistics& out) {
  Number lowest = numbers[0], highest = numbers[0];
  for (const Number number : numbers) {
    lowest = std::min(lowest, number);
    highest = std::max(highest, number);
  }
  out.lowest = static_cast<int64_t>(lowest);
  out.highest = static_cast<int64_t>(highest);
}

template <typename Real>
void FindReals(std::span<const Real> reals, LeafStatistics& out) {
  constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
  Real lowest = kInfinity, highest = -kInfinity;
  int64_t nans = 0;
  for (const Real real : reals) {
    nans += std::isnan(real) ? 1 : 0;
    lowest = real < lowest ? real : lowest;  // Never of NaN.
    highest = real > highest ? real : highest;
  }
  out.nans = nans;
  if (nans == static_cast<int64_t>(reals.size())) return;
  out.lowest = static_cast<double>(lowest);
  out.highest = static_cast<double>(highest);
}

// The first bytes as a number that is in the order of the texts.
uint64_t HeadOf(std::string_view text) {
  uint64_t head = 0;
  if (text.size() >= sizeof(head)) {
    std::memcpy(&head, text.data(), sizeof(head));
  } else if (!text.empty()) {
    std::memcpy(&head, text.data(), text.size());
  }
  return __builtin_bswap64(head);
}

void FindTexts(std::span<const std::string_view> texts, LeafStatistics& out) {
  std::string_view lowest = texts[0], highest = texts[0];
  uint64_t lowest_head = HeadOf(lowest), highest_head = lowest_head;
  for (const std::string_view text : texts) {
    const uint64_t head = HeadOf(text);
    if (head <= lowest_head && text < lowest) {
      lowest = text;
      lowest_head = head;
    }
    if (head >= highest_head && text > highest) {
      highest = text;
      highest_head = head;
    }
  }
  out.lowest = std::string(lowest.substr(0, LeafStatistics::kBytesMax));
  out.highest = std::string(highest.substr(0, LeafStatistics::kBytesMax));
  out.lowest_is_cut = lowest.size() > LeafStatistics::kBytesMax;
  out.highest_is_cut = highest.size() > LeafStatistics::kBytesMax;
}

// Big-endian numbers of one length.
bool IsBeforeSigned(std::string_view a, std::string_view b) {
  const bool a_negative = !a.empty() && (static_cast<uint8_t>(a[0]) & 0x80) != 0;
  const bool b_negative = !b.empty() && (static_cast<uint8_t>(b[0]) & 0x80) != 0;
  return a_negative != b_negative ? a_negative : a < b;
}

void FindSignedTexts(std::span<const std::string_view> texts, LeafStatistics& out) {
  const auto [lowest, highest] = std::minmax_element(texts.begin(), texts.end(), IsBeforeSigned);
  out.lowest = std::string(*lowest);
  out.highest = std::string(*highest);
}

void Find(const LeafColumn& leaf, const LeafValues& values, LeafStatistics& out) {
  std::visit(
      [&](const auto& span) {
        using Item = std::remove_const_t<typename std::decay_t<decltype(span)>::element_type>;
        if constexpr (std::is_floating_point_v<Item>) {
          FindReals(span, out);
        } else if constexpr (!std::is_same_v<Item, std::string_view>) {
          FindNumbers(span, out);
        } else if (leaf.order == LeafOrder::kSigned) {
          FindSignedTexts(span, out);
        } else {
          FindTexts(span, out);
        }
      },
      values);
}

template <typename Number>
std::string BytesOfNumber(Number number) {
  std::string bytes;
  AppendLittleEndian(bytes, number);
  return bytes;
}

std::string PlainBytes(const LeafColumn& leaf, const Value& value) {
  if (const auto* bytes = std::get_if<std::string>(&value)) return *bytes;
  if (const auto* real = std::get_if<double>(&value)) {
    return leaf.type == PhysicalType::kFloat ? BytesOfNumber(static_cast<float>(*real))
                                             : BytesOfNumber(*real);
  }
  const int64_t number = std::get<int64_t>(value);
  if (leaf.type == PhysicalType::kBoolean) return std::string(1, static_cast<char>(number));
  return leaf.type == PhysicalType::kInt32 ? BytesOfNumber(static_cast<int32_t>(number))
                                           : BytesOfNumber(number);
}

bool IsZero(const Value& value) {
  const auto* real = std::get_if<double>(&value);
  return real != nullptr && *real == 0;
}

}  // namespace

LeafStatistics StatisticsOf(const LeafColumn& leaf, const LeafValues& values, size_t nulls) {
  LeafStatistics out;
  out.nulls = static_cast<int64_t>(nulls);
  if (leaf.order != LeafOrder::kNone && SizeOf(values) > 0) Find(leaf, values, out);
  return out;
}

bool IsBefore(const LeafColumn& leaf, const Value& a, const Value& b) {
  const auto* bytes = std::get_if<std::string>(&a);
  if (bytes != nullptr && leaf.order == LeafOrder::kSigned) {
    return IsBeforeSigned(*bytes, std::get<std::string>(b));
  }
  return a < b;
}

void Merge(const LeafColumn& leaf, const LeafStatistics& more, LeafStatistics& out) {
  out.nulls += more.nulls;
  out.nans += more.nans;
  if (!more.lowest || !more.highest) return;
  if (!out.lowest || IsBefore(leaf, *more.lowest, *out.lowest)) {
    out.lowest = more.lowest;
    out.lowest_is_cut = more.lowest_is_cut;
  }
  if (!out.highest || !IsBefore(leaf, *more.highest, *out.highest)) {
    const bool same = out.highest && *out.highest == *more.highest;
    out.highest = more.highest;
    out.highest_is_cut = more.highest_is_cut || (same && out.highest_is_cut);
  }
}

std::string LowestBytes(const LeafColumn& leaf, const Value& value) {
  return PlainBytes(leaf, IsZero(value) ? Value(-0.0) : value);
}

std::string HighestBytes(const LeafColumn& leaf, const Value& value) {
  return PlainBytes(leaf, IsZero(value) ? Value(0.0) : value);
}

}  // namespace firn::datafile
