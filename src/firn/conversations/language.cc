// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/language.h"

#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace firn::conversations {
namespace {

using Ending = std::pair<std::string_view, std::string_view>;

constexpr std::array kEndings = std::to_array<Ending>({
    {"c", "c"},
    {"cc", "cpp"},
    {"cpp", "cpp"},
    {"cs", "csharp"},
    {"css", "css"},
    {"cxx", "cpp"},
    {"dart", "dart"},
    {"ex", "elixir"},
    {"exs", "elixir"},
    {"go", "go"},
    {"h", "cpp"},
    {"hpp", "cpp"},
    {"hs", "haskell"},
    {"html", "html"},
    {"ipynb", "python"},
    {"java", "java"},
    {"jl", "julia"},
    {"js", "javascript"},
    {"jsx", "javascript"},
    {"kt", "kotlin"},
    {"lua", "lua"},
    {"m", "objective-c"},
    {"md", "markdown"},
    {"mjs", "javascript"},
    {"ml", "ocaml"},
    {"php", "php"},
    {"pl", "perl"},
    {"ps1", "powershell"},
    {"py", "python"},
    {"r", "r"},
    {"rb", "ruby"},
    {"rs", "rust"},
    {"scala", "scala"},
    {"scss", "css"},
    {"sh", "shell"},
    {"sql", "sql"},
    {"svelte", "svelte"},
    {"swift", "swift"},
    {"tf", "terraform"},
    {"ts", "typescript"},
    {"tsx", "typescript"},
    {"vue", "vue"},
    {"zig", "zig"},
});

std::string_view EndingOf(std::string_view file) {
  const size_t dot = file.find_last_of("./\\");
  if (dot == file.npos || file[dot] != '.') return {};
  return file.substr(dot + 1);
}

}  // namespace

std::optional<std::string> LanguageOf(std::span<const std::string> files) {
  std::map<std::string_view, size_t> counts;
  for (const std::string& file : files) {
    for (const auto& [ending, language] : kEndings) {
      if (ending == EndingOf(file)) ++counts[language];
    }
  }
  std::optional<std::string> best;
  size_t most = 0;
  for (const auto& [language, count] : counts) {
    if (count > most) best = std::string(language);
    if (count > most) most = count;
  }
  return best;
}

}  // namespace firn::conversations
