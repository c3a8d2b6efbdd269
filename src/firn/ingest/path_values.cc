// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/path_values.h"

#include <algorithm>
#include <charconv>

namespace firn::ingest {
namespace {

constexpr std::string_view kNull = "__HIVE_DEFAULT_PARTITION__";

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = text.data() + at + 1;
    const bool encoded = text[at] == '%' && at + 2 < text.size() &&
                         std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    decoded += encoded ? static_cast<char>(byte) : text[at];
    if (encoded) at += 2;
  }
  return decoded;
}

void AddFolder(std::string_view folder, std::vector<PathValue>& values) {
  const size_t equals = folder.find('=');
  if (equals == std::string_view::npos || equals == 0) return;
  PathValue value{Decoded(folder.substr(0, equals)), std::nullopt};
  const std::string_view text = folder.substr(equals + 1);
  if (text != kNull) value.value = Decoded(text);
  std::erase_if(values, [&](const PathValue& outer) { return outer.name == value.name; });
  values.push_back(std::move(value));
}

}  // namespace

std::vector<PathValue> PathValuesOf(std::string_view path) {
  std::vector<PathValue> values;
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/')) {
    AddFolder(path.substr(0, slash), values);
    path.remove_prefix(slash + 1);
  }
  return values;
}

}  // namespace firn::ingest
