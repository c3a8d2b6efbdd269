// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/json/json_path.h"

#include <algorithm>
#include <utility>

namespace firn::ingest {
namespace {

constexpr size_t kMembersMax = 32;

Error Refuse(std::string_view text) {
  return InvalidArgument("not a path to the records of a document", text)
      .WithHint("names of members alone: $.data.items or /data/items");
}

bool IsWordByte(char c) {
  return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// RFC 6901, section 3: ~1 is a slash, ~0 a tilde.
Result<JsonPath> FromPointer(std::string_view text) {
  JsonPath path;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '/') {
      path.emplace_back();
    } else if (text[at] != '~') {
      path.back() += text[at];
    } else if (++at < text.size() && (text[at] == '0' || text[at] == '1')) {
      path.back() += text[at] == '0' ? '~' : '/';
    } else {
      return Refuse(text);
    }
  }
  return path;
}

// The name after a dot, or in brackets and quotes; takes it off `rest`. Empty where there is none.
std::string TakeName(std::string_view& rest) {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), IsWordByte);
    std::string name(rest.begin(), end);
    rest.remove_prefix(name.size());
    return name;
  }
  if (rest.size() < 5 || rest[0] != '[' || (rest[1] != '\'' && rest[1] != '"')) return {};
  const size_t end = rest.find(std::string{rest[1], ']'}, 2);
  if (end == rest.npos) return {};
  std::string name(rest.substr(2, end - 2));
  rest.remove_prefix(end + 2);
  return name;
}

}  // namespace

Result<JsonPath> ParseJsonPath(std::string_view text) {
  JsonPath path;
  if (text.starts_with('/')) {
    FIRN_ASSIGN(path, FromPointer(text));
  } else {
    if (!text.starts_with('$')) return Refuse(text);
    for (std::string_view rest = text.substr(1); !rest.empty();) {
      std::string name = TakeName(rest);
      if (name.empty()) return Refuse(text);
      path.push_back(std::move(name));
    }
  }
  if (path.size() > kMembersMax) return Refuse(text);
  return path;
}

std::string ToText(const JsonPath& path) {
  std::string text = "$";
  for (const std::string& name : path) {
    const bool is_word = !name.empty() && std::all_of(name.begin(), name.end(), IsWordByte);
    text += is_word ? "." + name : "['" + name + "']";
  }
  return text;
}

}  // namespace firn::ingest
