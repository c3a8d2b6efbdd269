// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/reference.h"

#include "firn/lakehouse/config.h"

namespace firn::cli {
namespace {

constexpr std::string_view kGenerated =
    "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    "<!-- Made from the code: FIRN_UPDATE_GOLDEN=1 build/debug/cli_test -->\n";

std::string Synopsis(const std::string& path, const Verb& verb) {
  std::string line = "firn " + path;
  if (!verb.subverbs.empty() && verb.run == nullptr) {
    line += " ";
    for (size_t at = 0; at < verb.subverbs.size(); ++at) {
      line += (at > 0 ? "|" : "") + verb.subverbs[at].name;
    }
  }
  for (const Positional& positional : verb.positionals) {
    const bool must = positional.count == Positional::Count::kOne;
    line += must ? " " + positional.name : " [" + positional.name + "]";
    if (positional.count == Positional::Count::kMany) line += "...";
  }
  for (const Option& option : verb.options) {
    line += " [" + FirstName(option);
    line += (option.value.empty() ? "" : " " + option.value) + "]";
  }
  return line;
}

std::string Choices(const std::vector<std::string>& choices) {
  if (choices.empty()) return "";
  std::string text = ": ";
  for (size_t at = 0; at < choices.size(); ++at)
    text += (at > 0 ? ", `" : "`") + choices[at] + "`";
  return text;
}

std::string VerbText(const std::string& prefix, const Verb& verb) {
  const std::string path = prefix + verb.name;
  std::string text =
      "## " + path + "\n\n" + verb.summary + ".\n\n    " + Synopsis(path, verb) + "\n\n";
  for (const Positional& positional : verb.positionals) {
    text += "- `" + positional.name + "` " + positional.help + Choices(positional.choices) + "\n";
  }
  for (const Option& option : verb.options) {
    text += "- `" + option.name + (option.value.empty() ? "" : " " + option.value) + "` " +
            option.help + Choices(option.choices) + "\n";
  }
  if (!verb.positionals.empty() || !verb.options.empty()) text += "\n";
  if (!verb.description.empty()) text += "```\n" + verb.description + "\n```\n\n";
  for (const Verb& subverb : verb.subverbs)
    text += VerbText(path + " ", subverb);
  return text;
}

}  // namespace

std::string CommandLineReference(const std::vector<Verb>& verbs) {
  std::string text =
      std::string(kGenerated) +
      "# Command line\n\n"
      "    firn [--lake DIR] [--format FORMAT] [--json] [--quiet] [--verbose] VERB ...\n\n"
      "- `--lake DIR` the lake's folder; else `$FIRN_LAKE`, else `$XDG_DATA_HOME/firn`, "
      "else `~/.local/share/firn`\n"
      "- `--format FORMAT` `table` (on a terminal), `jsonl` (elsewhere), `json`, `csv`, "
      "`markdown`, `parquet`; `--json` is short for `--format json`\n"
      "- `--quiet` nothing but the result and errors; `--verbose` logs to standard error\n\n"
      "Standard output is the result and nothing else. Exit codes: 0 done, 1 failed, 2 wrong "
      "usage or configuration, 3 a quality gate failed, 4 commit conflict, 5 not allowed, "
      "130 interrupted.\n\n";
  for (const Verb& verb : verbs)
    text += VerbText("", verb);
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

std::string ConfigurationReference() {
  std::string text = std::string(kGenerated) +
                     "# Configuration: firn.toml\n\n"
                     "Lies in the lake's folder. A key that is not listed here is an error.\n\n"
                     "| key | meaning | example |\n|---|---|---|\n";
  for (const lakehouse::ConfigKey& key : lakehouse::ConfigKeys()) {
    text += "| `[" + std::string(key.section) + "] " + std::string(key.name) + "` | " +
            std::string(key.meaning) + " | `" + std::string(key.example) + "` |\n";
  }
  return text;
}

}  // namespace firn::cli
