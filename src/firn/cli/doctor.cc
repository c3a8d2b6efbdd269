// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

std::string SeverityText(lakehouse::Severity severity) {
  switch (severity) {
    case lakehouse::Severity::kOk:
      return "ok";
    case lakehouse::Severity::kNote:
      return "note";
    case lakehouse::Severity::kWarning:
      return "warning";
    case lakehouse::Severity::kError:
      return "error";
  }
  return "error";
}

std::string AsText(const lakehouse::DoctorReport& doctor, int width) {
  constexpr int kIndent = 9;
  std::string out;
  for (const lakehouse::Finding& finding : doctor.findings) {
    out += FitText(SeverityText(finding.severity), kIndent, false) +
           Wrapped(finding.message, width, kIndent);
    if (finding.hint.empty()) continue;
    out += std::string(kIndent, ' ') + Wrapped(finding.hint, width, kIndent);
  }
  return out;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::DoctorReport doctor, lake->Doctor(arguments.Has("--verify")));
  Report report;
  report.schema = "firn.doctor/1";
  report.columns = {{"severity", "SEVERITY", false, 0},
                    {"check", "CHECK", false, 0},
                    {"message", "MESSAGE", false, 0},
                    {"hint", "WHAT TO DO", false, 1}};
  for (const lakehouse::Finding& finding : doctor.findings) {
    report.rows.push_back({Field::Text(SeverityText(finding.severity)), Field::Text(finding.check),
                           Field::Text(finding.message), Field::Text(finding.hint)});
  }
  report.meta.Set("healthy", doctor.healthy());
  report.meta.Set("files_verified", doctor.files_verified);
  report.meta.Set("bytes_verified", doctor.bytes_verified);
  if (invocation.ChosenFormat() == Format::kTable) {
    invocation.PrintRaw(AsText(doctor, invocation.Width()));
  } else {
    FIRN_TRY(invocation.Print(report));
  }
  return doctor.healthy() ? 0 : 1;
}

}  // namespace

Verb DoctorVerb() {
  return {.name = "doctor",
          .summary = "Check the lake and what it depends on",
          .description = "  firn doctor\n  firn doctor --verify    read and check every file",
          .positionals = {},
          .options = {{"--verify", "", "Read every referenced file and compare its checksum", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
