// SPDX-License-Identifier: Apache-2.0
//
// Shell completion. The shells ask `firn completion words -- WORD...` with the words before the one
// that is being typed, so that the answer always comes from the same specification as the parser
// (verb.h).

#include <algorithm>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

// clang-format off
constexpr std::string_view kBash = R"SH(_firn() {
  local candidates
  candidates=$(firn completion words -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _firn firn
)SH";

constexpr std::string_view kZsh = R"SH(#compdef firn
_firn() {
  local -a candidates
  candidates=("${(@f)$(firn completion words -- "${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -a candidates
  _files
}
if [[ "${funcstack[1]}" == _firn ]]; then _firn "$@"; else compdef _firn firn; fi
)SH";

constexpr std::string_view kFish =
    R"SH(complete -c firn -a '(firn completion words -- (commandline -opc)[2..-1] 2>/dev/null)'
)SH";
// clang-format on

// What can be said before any verb.
const std::vector<Option>& Globals() {
  static const std::vector<Option> globals = {
      {"--lake", "DIR", "", {}}, {"--format", "FORMAT", "", FormatNameList()},
      {"--json", "", "", {}},    {"--quiet", "", "", {}},
      {"--verbose", "", "", {}}, {"--help", "", "", {}}};
  return globals;
}

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

// The option whose value comes next, if one was just typed.
const Option* Awaiting(const Verb* verb, const std::vector<std::string>& words) {
  if (words.empty()) return nullptr;
  for (const auto* options : {&Globals(), verb == nullptr ? &Globals() : &verb->options}) {
    for (const Option& option : *options) {
      if (!option.value.empty() && FirstName(option) == words.back()) return &option;
    }
  }
  return nullptr;
}

void AddNames(const std::vector<Option>& options, std::vector<std::string>& candidates) {
  for (const Option& option : options)
    candidates.push_back(FirstName(option));
}

bool TakesTable(const Verb& verb) {
  return std::any_of(verb.positionals.begin(), verb.positionals.end(),
                     [](const Positional& positional) { return positional.name == "TABLE"; });
}

std::vector<std::string> Candidates(Invocation& invocation, const std::vector<std::string>& words) {
  const std::vector<Verb> verbs = AllVerbs();
  const Verb* verb = Follow(verbs, words);
  if (const Option* option = Awaiting(verb, words); option != nullptr) return option->choices;
  std::vector<std::string> candidates;
  for (const Verb& next : verb == nullptr ? verbs : verb->subverbs)
    candidates.push_back(next.name);
  if (verb != nullptr) AddNames(verb->options, candidates);
  AddNames(Globals(), candidates);
  if (verb == nullptr) return candidates;
  for (const Positional& positional : verb->positionals) {
    candidates.insert(candidates.end(), positional.choices.begin(), positional.choices.end());
  }
  if (!TakesTable(*verb)) return candidates;
  const auto lake = invocation.OpenLake(false);
  if (!lake.has_value()) return candidates;
  const auto tables = (*lake)->Tables();
  if (!tables.has_value()) return candidates;
  for (const lakehouse::TableRow& table : *tables) {
    if (!table.is_view) candidates.push_back(table.name);
  }
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
              "  firn completion bash > ~/.local/share/bash-completion/completions/firn\n"
              "  firn completion zsh > ~/.zfunc/_firn\n"
              "  firn completion fish > ~/.config/fish/completions/firn.fish",
          .positionals = {{"SHELL",
                           "bash, zsh or fish",
                           Positional::Count::kOne,
                           {"bash", "zsh", "fish", "words"}},
                          {"WORD", "The words typed so far", Positional::Count::kMany, {}}},
          .options = {},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
