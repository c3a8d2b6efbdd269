// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/table_name.h"

#include <algorithm>

#include "firn/base/bytes.h"

namespace firn::catalog {
namespace {

constexpr size_t kNameBytesMax = 255;  // VARCHAR(255) in the shared schema.

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

Status CheckPart(std::string_view part, std::string_view whole) {
  if (part.empty()) return InvalidArgument("name has an empty part", whole);
  if (part.find('.') != std::string_view::npos) {
    return InvalidArgument("name has a dot inside a part", whole);
  }
  if (std::any_of(part.begin(), part.end(), IsControl) || !IsValidUtf8(part)) {
    return InvalidArgument("name holds characters that are not text", ReplaceInvalidUtf8(whole));
  }
  return Ok();
}

std::vector<std::string> SplitAtDots(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string NamespaceText(const Namespace& levels) {
  std::string text;
  for (const std::string& level : levels) {
    if (!text.empty()) text += '.';
    text += level;
  }
  return text;
}

Result<Namespace> ParseNamespace(std::string_view text) {
  Namespace levels = SplitAtDots(text);
  FIRN_TRY(CheckNamespace(levels));
  return levels;
}

Status CheckNamespace(const Namespace& levels) {
  if (levels.empty()) return InvalidArgument("namespace has no name");
  const std::string text = NamespaceText(levels);
  if (text.size() > kNameBytesMax)
    return InvalidArgument("namespace is longer than 255 bytes", text);
  for (const std::string& level : levels)
    FIRN_TRY(CheckPart(level, text));
  return Ok();
}

std::string TableName::ToString() const {
  return levels.empty() ? name : NamespaceText(levels) + "." + name;
}

Result<TableName> TableName::Parse(std::string_view text) {
  TableName parsed;
  parsed.levels = SplitAtDots(text);
  parsed.name = std::move(parsed.levels.back());
  parsed.levels.pop_back();
  if (parsed.levels.empty()) {
    return InvalidArgument("table name has no namespace", text)
        .WithHint("write it NAMESPACE.TABLE");
  }
  FIRN_TRY(CheckTableName(parsed));
  return parsed;
}

Status CheckTableName(const TableName& name) {
  FIRN_TRY(CheckNamespace(name.levels));
  if (name.name.size() > kNameBytesMax) {
    return InvalidArgument("table name is longer than 255 bytes", name);
  }
  return CheckPart(name.name, name.ToString());
}

}  // namespace firn::catalog
