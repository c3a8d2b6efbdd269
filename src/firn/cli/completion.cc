// SPDX-License-Identifier: Apache-2.0
//
// Shell completion. The shells ask `firn completion words -- WORD...`, so that the answer always
// comes from the same specification as the parser (verb.h).

#include <algorithm>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

constexpr std::string_view kBash = R"SH(_firn() {
  COMPREPLY=($(compgen -W "$(firn completion words "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _firn firn
)SH";

constexpr std::string_view kZsh = R"SH(#compdef firn
_firn() {
  local -a candidates
  candidates=(${(f)"$(firn completion words ${
  words[2, CURRENT - 1]} 2>/dev/null)"})
  compadd -a candidates
  _files
}
compdef _firn firn
)SH";

constexpr std::string_view kFish =
    R"SH(complete -c firn -a '(firn completion words (commandline -opc)[2..-1] 2>/dev/null)'
)SH";

// The verb that the words typed so far lead to; null at the top.
const Verb* Follow(const std::vector<Verb>& verbs, const std::vector<std::string>& words) {
  const std::vector<Verb>* level = &verbs;
  const Verb* found = nullptr;
  for (const std::string& word : words) {
    const auto at = std::find_if(level->begin(), level->end(),
                                 [&](const Verb& verb) { return verb.name == word; });
    if (at == level->end()) continue;
    found = &*at;
    level = &at->subverbs;
  }
  return found;
}

bool TakesTable(const Verb& verb) {
  return std::any_of(verb.positionals.begin(), verb.positionals.end(),
                     [](const Positional& positional) { return positional.name == "TABLE"; });
}

std::vector<std::string> Candidates(Invocation& invocation, const std::vector<std::string>& words) {
  const std::vector<Verb> verbs = AllVerbs();
  const Verb* verb = Follow(verbs, words);
  std::vector<std::string> candidates;
  for (const Verb& next : verb == nullptr ? verbs : verb->subverbs)
    candidates.push_back(next.name);
  if (verb == nullptr) return candidates;
  for (const Option& option : verb->options) {
    candidates.push_back(option.name.substr(0, option.name.find(',')));
  }
  for (const Positional& positional : verb->positionals) {
    candidates.insert(candidates.end(), positional.choices.begin(), positional.choices.end());
  }
  if (!TakesTable(*verb)) return candidates;
  const auto lake = invocation.OpenLake(false);
  if (!lake.has_value()) return candidates;
  const auto tables = (*lake)->Tables();
  if (!tables.has_value()) return candidates;
  for (const lakehouse::TableRow& table : *tables)
    candidates.push_back(table.name);
  return candidates;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  const std::string shell = arguments.Get("SHELL");
  if (shell == "bash") invocation.PrintRaw(kBash);
  if (shell == "zsh") invocation.PrintRaw(kZsh);
  if (shell == "fish") invocation.PrintRaw(kFish);
  if (shell == "words") {
    for (const std::string& word : Candidates(invocation, arguments.All("WORD"))) {
      invocation.PrintRaw(word + "\n");
    }
  }
  return 0;
}

}  // namespace

Verb CompletionVerb() {
  return {.name = "completion",
          .summary = "Print the completion script of a shell",
          .description =
              "  firn completion bash > /etc/bash_completion.d/firn\n"
              "  firn completion zsh > ~/.zfunc/_firn",
          .positionals = {{"SHELL",
                           "bash, zsh or fish",
                           Positional::Count::kOne,
                           {"bash", "zsh", "fish", "words"}},
                          {"WORD", "", Positional::Count::kMany, {}}},
          .options = {},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
