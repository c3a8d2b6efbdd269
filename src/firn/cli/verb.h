// SPDX-License-Identifier: Apache-2.0
//
// The command line as data: one specification drives parsing, help, completion and the reference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::cli {

class Invocation;

struct Option {
  std::string name;   ///< "--since", or with a short one "--file,-f".
  std::string value;  ///< What it takes: "DATE"; empty for a switch.
  std::string help;
  std::vector<std::string> choices;  ///< Values it may have; empty: any.
};

struct Positional {
  enum class Count { kOne, kOptional, kMany };
  std::string name;  ///< "PATH"
  std::string help;
  Count count = Count::kOptional;
  std::vector<std::string> choices;
};

/// The name an option goes by: "--file" of "--file,-f".
std::string FirstName(const Option& option);

/// What was typed after a verb, by the (first) name of the option or positional.
class Arguments {
 public:
  std::map<std::string, std::vector<std::string>> values;

  bool Has(std::string_view name) const;
  std::string Get(std::string_view name, std::string_view otherwise = "") const;
  std::vector<std::string> All(std::string_view name) const;
  /// The whole number an option was given; unset where it was not. Errors: `kInvalidArgument`.
  Result<std::optional<int64_t>> Number(std::string_view name) const;
};

/// A verb: `firn usage daily --since 2025-11-01`. Runs and gives the exit code, or fails.
struct Verb {
  std::string name;
  std::string summary;      ///< One line, in the list of verbs.
  std::string description;  ///< Paragraphs and examples, in the help of the verb.
  std::vector<Positional> positionals;
  std::vector<Option> options;
  std::vector<Verb> subverbs;
  Result<int> (*run)(Invocation&, const Arguments&) = nullptr;
};

/// Everything `firn` can be told to do, in the order of help.
std::vector<Verb> AllVerbs();

Verb UpVerb();
Verb IngestVerb();
Verb PlanVerb();
Verb RunVerb();
Verb EmbedVerb();
Verb UsageVerb();
Verb ShowVerb();
Verb SearchVerb();
Verb SqlVerb();
Verb TableVerb();
Verb SchemaVerb();
Verb ExportVerb();
Verb ExportTrainingVerb();
Verb ScheduleVerb();
Verb RedactVerb();
Verb ForgetVerb();
Verb MaintainVerb();
Verb DoctorVerb();
Verb VersionVerb();
Verb CompletionVerb();

}  // namespace firn::cli
