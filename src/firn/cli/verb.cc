// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/verb.h"

#include <charconv>

namespace firn::cli {

std::string FirstName(const Option& option) {
  return option.name.substr(0, option.name.find(','));
}

bool Arguments::Has(std::string_view name) const {
  return values.contains(std::string(name));
}

std::string Arguments::Get(std::string_view name, std::string_view otherwise) const {
  const auto found = values.find(std::string(name));
  if (found == values.end() || found->second.empty()) return std::string(otherwise);
  return found->second.back();
}

std::vector<std::string> Arguments::All(std::string_view name) const {
  const auto found = values.find(std::string(name));
  return found == values.end() ? std::vector<std::string>() : found->second;
}

Result<std::optional<int64_t>> Arguments::Number(std::string_view name) const {
  const std::string text = Get(name);
  if (text.empty()) return std::optional<int64_t>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument(std::string(name) + " is no whole number", text);
  }
  return std::optional(number);
}

std::vector<Verb> AllVerbs() {
  return {UpVerb(),     IngestVerb(), PlanVerb(),     RunVerb(),       UsageVerb(),
          ShowVerb(),   SearchVerb(), EmbedVerb(),    SqlVerb(),       ExportVerb(),
          TableVerb(),  SchemaVerb(), ScheduleVerb(), MaintainVerb(),  RedactVerb(),
          ForgetVerb(), DoctorVerb(), VersionVerb(),  CompletionVerb()};
}

}  // namespace firn::cli
