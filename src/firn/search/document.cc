// SPDX-License-Identifier: Apache-2.0

#include "firn/search/document.h"

#include "firn/base/json.h"

namespace firn::search {
namespace {

// A reader is bounded to the depth of its JSON, so this is too.
void AddTexts(const Json& value, std::string& out) {
  if (const std::string* text = value.as_string()) {
    out.append(*text).append("\n");
  } else if (const Json::Array* items = value.as_array()) {
    for (const Json& item : *items)
      AddTexts(item, out);
  } else if (const Json::Object* members = value.as_object()) {
    for (const auto& [key, member] : *members)
      AddTexts(member, out);
  } else if (value.is_number()) {
    out.append(value.NumberTextOf()).append("\n");
  }
}

}  // namespace

std::string_view CutBetweenCharacters(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

std::string TextOfJson(std::string_view json) {
  const auto value = Json::Parse(json);
  if (!value) return std::string(json);
  std::string out;
  AddTexts(*value, out);
  if (!out.empty()) out.pop_back();
  return out;
}

std::string JoinTexts(std::string_view first, std::string_view second) {
  std::string text(CutBetweenCharacters(first, kDocumentBytesMax));
  if (text.empty()) return std::string(CutBetweenCharacters(second, kDocumentBytesMax));
  if (second.empty() || text.size() + 1 >= kDocumentBytesMax) return text;
  const std::string_view rest = CutBetweenCharacters(second, kDocumentBytesMax - text.size() - 1);
  return text.append("\n").append(rest);
}

}  // namespace firn::search
