// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/verb.h"

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

std::vector<Verb> AllVerbs() {
  return {UpVerb(),     IngestVerb(), PlanVerb(),     RunVerb(),
          UsageVerb(),  ShowVerb(),   SearchVerb(),   SqlVerb(),
          ExportVerb(), TableVerb(),  ScheduleVerb(), MaintainVerb(),
          RedactVerb(), DoctorVerb(), VersionVerb(),  CompletionVerb()};
}

}  // namespace firn::cli
