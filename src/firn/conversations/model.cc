// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/model.h"

#include "firn/base/uuid.h"

namespace firn::conversations {
namespace {

// RFC 9562 section 6.6: the name space for URLs.
constexpr std::string_view kUrlNamespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";

constexpr size_t kTitleBytesMax = 200;

std::optional<int64_t> Sum(std::optional<int64_t> a, std::optional<int64_t> b) {
  if (!a) return b;
  return *a + b.value_or(0);
}

}  // namespace

std::string ConversationId(std::string_view platform, std::string_view native_id) {
  if (Uuid::IsUuid(native_id)) return Uuid::Parse(native_id).value().ToString();
  static const Uuid kSpace = Uuid::Parse(kUrlNamespace).value();
  std::string name(platform);
  name.append("/").append(native_id);
  return Uuid::FromName(kSpace, name).ToString();
}

std::string TitleFrom(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  text.remove_prefix(begin);
  text = text.substr(0, text.find_first_of("\r\n"));
  if (text.size() <= kTitleBytesMax) return std::string(text);
  size_t end = kTitleBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return std::string(text.substr(0, end)) + "\xe2\x80\xa6";
}

std::optional<int64_t> TokenUsage::prompt() const {
  return Sum(Sum(input, cache_read), Sum(cache_write_5m, cache_write_1h));
}

std::optional<int64_t> TokenUsage::total() const {
  return Sum(prompt(), output);
}

}  // namespace firn::conversations
