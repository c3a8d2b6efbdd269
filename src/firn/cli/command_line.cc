// SPDX-License-Identifier: Apache-2.0
//
// The wall around CLI11: verbs are data (verb.h), parsing is the library's, and its exceptions end
// here as exit codes.

#include "firn/cli/command_line.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

namespace firn::cli {
namespace {

// The values CLI11 fills in for one verb; kept alive until it has run.
struct Bound {
  const Verb* verb = nullptr;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;

  Arguments ToArguments() const {
    Arguments arguments;
    for (const auto& [name, value] : values) {
      if (!value.empty()) arguments.values[name] = value;
    }
    for (const auto& [name, set] : switches) {
      if (set) arguments.values[name] = {};
    }
    return arguments;
  }
};

class Parser {
 public:
  Parser(const std::vector<Verb>& verbs, Invocation& invocation)
      : app_("Firn collects records and keeps them as Apache Iceberg tables.", "firn"),
        invocation_(invocation) {
    app_.require_subcommand(0, 1);
    app_.get_formatter()->column_width(27);
    app_.footer("Run 'firn VERB --help' for the options and examples of a verb.");
    AddGlobals();
    for (const Verb& verb : verbs)
      AddVerb(app_, verb);
  }

  int Run(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(std::move(words));
    } catch (const CLI::Success& asked) {
      std::ostringstream text;
      app_.exit(asked, text, text);
      invocation_.PrintRaw(text.str());
      return 0;
    } catch (const CLI::ParseError& error) {
      invocation_.PrintError(InvalidArgument(error.what()).WithHint(hint_));
      return 2;
    }
    if (const Status applied = ApplyGlobals(); !applied.ok()) {
      invocation_.PrintError(applied.error());
      return 2;
    }
    if (version_) return Report(VersionVerb().run(invocation_, {}));
    if (chosen_ == nullptr) {
      invocation_.PrintRaw(app_.help());
      return 0;
    }
    return Report(chosen_->verb->run(invocation_, chosen_->ToArguments()));
  }

 private:
  void AddGlobals() {
    app_.add_option("--lake", invocation_.lake, "The lake's folder")->type_name("DIR");
    app_.add_option("--format", format_, FormatNames())->type_name("FORMAT");
    app_.add_flag("--json", json_, "Short for --format json");
    app_.add_flag("--quiet,-q", invocation_.quiet, "Say nothing but the result and errors");
    app_.add_flag("--verbose", invocation_.verbose, "Log what happens to standard error");
    app_.add_flag_callback(
        "--version", [this] { version_ = true; }, "Print the version");
  }

  Status ApplyGlobals() {
    if (json_) invocation_.format = Format::kJson;
    if (format_.empty()) return Ok();
    invocation_.format = FormatNamed(format_);
    if (!invocation_.format) {
      return InvalidArgument("unknown format", format_).WithHint("one of: " + FormatNames());
    }
    if (invocation_.format == Format::kParquet && invocation_.OutIsTerminal()) {
      return InvalidArgument("a Parquet file is not for a terminal")
          .WithHint("send it to a file: firn ... --format parquet > FILE");
    }
    return Ok();
  }

  void AddVerb(CLI::App& parent, const Verb& verb) {
    CLI::App* app = parent.add_subcommand(verb.name, verb.summary);
    app->fallthrough();
    if (!verb.description.empty()) app->footer(verb.description);
    auto bound = std::make_unique<Bound>();
    bound->verb = &verb;
    for (const Positional& positional : verb.positionals)
      AddPositional(*app, positional, *bound, verb.subverbs.empty());
    for (const Option& option : verb.options)
      AddOption(*app, option, *bound);
    if (!verb.subverbs.empty()) app->require_subcommand(verb.run == nullptr ? 1 : 0, 1);
    for (const Verb& subverb : verb.subverbs)
      AddVerb(*app, subverb);
    app->parse_complete_callback([this, raw = bound.get(), app] {
      if (raw->verb->run == nullptr) return;
      const auto subverbs = app->get_subcommands();
      CheckPositionals(*raw, subverbs.empty() ? nullptr : subverbs.front());
      if (subverbs.empty()) chosen_ = raw;
    });
    bound_.push_back(std::move(bound));
  }

  // A verb that has subverbs needs its positionals only where none of these is named; a word that
  // names one is one wherever it stands.
  static void CheckPositionals(const Bound& bound, const CLI::App* subverb) {
    for (const Positional& positional : bound.verb->positionals) {
      const bool is_given = !bound.values.at(positional.name).empty();
      if (subverb == nullptr && !is_given && positional.count == Positional::Count::kOne) {
        throw CLI::RequiredError(positional.name);
      }
      if (subverb == nullptr || !is_given) continue;
      throw CLI::ParseError("'" + subverb->get_name() + "' is a verb of its own here: a file of " +
                                "that name is './" + subverb->get_name() + "'",
                            CLI::ExitCodes::ExtrasError);
    }
  }

  // Names its choices in the help only where a line holds them; a verb tells longer lists itself.
  CLI::Validator OneOf(const Positional& positional) {
    constexpr size_t kLineMax = 60;
    size_t length = 0;
    for (const std::string& choice : positional.choices)
      length += choice.size() + 1;
    CLI::Validator one_of = CLI::IsMember(positional.choices);
    if (length > kLineMax) one_of.description("");
    if (positional.name != "SOURCE") return one_of;
    return CLI::Validator(  // People forget it: a path is there, but not what its files are.
        [this, one_of](std::string& word) {
          std::string refused = one_of(word);
          std::error_code error;
          if (!refused.empty() && std::filesystem::exists(word, error)) {
            hint_ = "'" + word + "' is there: 'firn up " + word + "' finds out what it holds";
          }
          return refused;
        },
        one_of.get_description());
  }

  void AddPositional(CLI::App& app, const Positional& positional, Bound& bound,
                     bool may_be_required) {
    auto* option = app.add_option(positional.name, bound.values[positional.name], positional.help);
    if (positional.count != Positional::Count::kMany) {
      option->expected(1)->allow_extra_args(false);
    }
    if (positional.count == Positional::Count::kOne && may_be_required) option->required();
    if (!positional.choices.empty()) option->check(OneOf(positional));
    option->type_name("");
  }

  static void AddOption(CLI::App& app, const Option& option, Bound& bound) {
    const std::string name = FirstName(option);
    if (option.value.empty()) {
      app.add_flag(option.name, bound.switches[name], option.help);
      return;
    }
    auto* added = app.add_option(option.name, bound.values[name], option.help);
    added->type_name(option.value)->allow_extra_args(false)->expected(1);
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
  }

  // A result that could not be written is a failure, whatever the verb says.
  int Report(Result<int> code) {
    const Status written = invocation_.Finish();
    if (code.has_value() && !written.ok()) code = written.error();
    if (code.has_value()) return *code;
    invocation_.PrintError(code.error());
    return ExitCode(code.error().kind);
  }

  CLI::App app_;
  Invocation& invocation_;
  std::string format_;
  bool json_ = false;
  bool version_ = false;
  std::string hint_ = "see 'firn --help'";
  std::vector<std::unique_ptr<Bound>> bound_;
  const Bound* chosen_ = nullptr;
};

}  // namespace

int RunCommandLine(const std::vector<Verb>& verbs, std::vector<std::string> words,
                   Invocation& invocation) {
  Parser parser(verbs, invocation);
  return parser.Run(std::move(words));
}

}  // namespace firn::cli
