// SPDX-License-Identifier: Apache-2.0

#include "firn/training/splits.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "firn/base/digest.h"

namespace firn::training {
namespace {

constexpr size_t kDigits = 13;
constexpr double kLineLength = 4'503'599'627'370'496;  // 2^52, what so many digits can say.

bool IsName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Error Wrong(std::string_view what, std::string_view value) {
  return InvalidArgument(what, value)
      .WithHint("such as: --split train=0.9,validation=0.05,test=0.05");
}

}  // namespace

Result<Splits> Splits::Parse(std::string_view text) {
  Splits splits;
  splits.text_ = text;
  double end = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view part = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    if (equals == std::string_view::npos || !IsName(name)) return Wrong("not NAME=SHARE", part);
    double share = 0;
    const char* const last = part.data() + part.size();
    const auto [read, error] = std::from_chars(part.data() + equals + 1, last, share);
    if (error != std::errc() || read != last || !(share > 0 && share <= 1)) {
      return Wrong("a share is a number above 0 and not above 1", part);
    }
    if (std::ranges::find(splits.names_, name) != splits.names_.end()) {
      return Wrong("two parts have one name", name);
    }
    end += share;
    splits.names_.emplace_back(name);
    splits.ends_.push_back(end);
  }
  constexpr double kSlack = 1e-9;
  if (std::abs(end - 1) > kSlack) return Wrong("shares do not make 1 together", text);
  splits.ends_.back() = 1;
  return splits;
}

size_t Splits::IndexOf(std::string_view id) const {
  const std::string digest = Sha256Hex(id);
  uint64_t number = 0;
  std::from_chars(digest.data(), digest.data() + kDigits, number, 16);
  const double place = static_cast<double>(number) / kLineLength;
  const auto found = std::ranges::upper_bound(ends_, place);
  return static_cast<size_t>(found - ends_.begin());
}

}  // namespace firn::training
