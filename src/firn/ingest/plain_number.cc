// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/plain_number.h"

namespace firn::ingest {
namespace {

// Takes digits off the front; a number of too many wraps around.
void TakeDigits(std::string_view& text, uint64_t& number) {
  size_t count = 0;
  for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count)
    number = number * 10 + static_cast<uint64_t>(text[count] - '0');
  text.remove_prefix(count);
}

}  // namespace

std::optional<PlainNumber> ReadPlainNumber(std::string_view text) {
  constexpr size_t kDigitsMax = 18;
  PlainNumber number;
  number.negative = text.starts_with('-');
  if (number.negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t length = text.size();
  uint64_t digits = 0;
  TakeDigits(text, digits);
  number.has_point = text.starts_with('.');
  if (number.has_point) {
    text.remove_prefix(1);
    number.behind_point = static_cast<int32_t>(text.size());
    TakeDigits(text, digits);
  }
  const size_t count = length - (number.has_point ? 1 : 0);
  if (!text.empty() || count == 0 || count > kDigitsMax) return std::nullopt;
  number.digits = static_cast<int64_t>(digits);
  number.count = static_cast<int32_t>(count);
  return number;
}

}  // namespace firn::ingest
