// SPDX-License-Identifier: Apache-2.0

#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 30;

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

Result<std::string> ReadText(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(path == "-" ? stdin
                                                               : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return NotFound("cannot read the file", path);
  std::string text;
  std::string piece(size_t{1} << 20, '\0');
  while (const size_t size = std::fread(piece.data(), 1, piece.size(), file.get())) {
    if (text.size() + size > kFileBytesMax) {
      return ResourceExhausted("the file is longer than 1 GiB", path)
          .WithHint("cut it into parts between lines");
    }
    text.append(piece, 0, size);
  }
  if (std::ferror(file.get()) != 0) return Io("cannot read the file", path);
  return text;
}

Result<int> PrintTexts(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  for (const std::string& path : arguments.All("FILE")) {
    FIRN_ASSIGN(std::string text, ReadText(path));
    auto changed = arguments.Has("--unseal") ? lake->Unseal(text) : lake->Redact(std::move(text));
    if (!changed) return std::move(changed).error().Within(path);
    FIRN_TRY(invocation.Put(*changed));
  }
  return 0;
}

Report AsReport(const lakehouse::RedactionReport& found,
                const std::map<std::string, std::string>& actions) {
  Report report;
  report.schema = "firn.redact/1";
  report.columns = {{"rule", "RULE", false, 0},        {"meaning", "WHAT", false, 1},
                    {"kind", "KIND", false, 0},        {"tier", "TIER", false, 2},
                    {"action", "SILVER", false, 0},    {"findings", "FOUND", true, 0},
                    {"distinct", "DISTINCT", true, 0}, {"conversations", "CONVERSATIONS", true, 1}};
  for (const lakehouse::RedactionRow& row : found.rows) {
    report.rows.push_back({Field::Text(row.rule), Field::Text(row.meaning), Field::Text(row.kind),
                           Field::Text(row.definite ? "definite" : "candidate"),
                           Field::Text(row.action), Field::Count(row.findings),
                           Field::Count(row.distinct), Field::Count(row.conversations)});
  }
  report.meta.Set("bytes", found.bytes);
  Json::Object columns;
  for (const auto& [column, action] : actions)
    columns.emplace_back(column, action);
  report.meta.Set("columns", std::move(columns));
  return report;
}

Result<int> ShowFindings(Invocation& invocation) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::RedactionReport found, lake->FindSecrets());
  const std::map<std::string, std::string> actions = lake->ColumnActions();
  FIRN_TRY(invocation.Print(AsReport(found, actions)));
  for (const auto& [column, action] : actions)
    invocation.Hint("Whole values of " + column + ": " + action + ".");
  invocation.Hint(found.rows.empty()
                      ? "Nothing was found in " + Field::Size(found.bytes).shown + " of bronze."
                      : "Silver shows what [privacy] in firn.toml says; so does bronze what comes "
                        "while before_storage is set there.");
  return 0;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  const bool dry_run = arguments.Has("--dry-run");
  if (dry_run != arguments.All("FILE").empty()) {
    return InvalidArgument(dry_run ? "--dry-run looks at the lake, not at files"
                                   : "name files, or - for the standard input")
        .WithHint("'firn redact --dry-run' shows what the lake holds");
  }
  return dry_run ? ShowFindings(invocation) : PrintTexts(invocation, arguments);
}

}  // namespace

Verb RedactVerb() {
  return {.name = "redact",
          .summary = "Find secrets and personal data; clean texts of them",
          .description =
              "With --dry-run: what bronze holds, by rule, what silver shows of it, and the\n"
              "columns of silver that have an action of their own. No secret is printed. With\n"
              "files: their text, with what [privacy] in firn.toml does not keep replaced.\n"
              "Equal secrets of a lake get equal marks.\n\n"
              "  firn redact --dry-run\n"
              "  firn redact session.log > clean.log\n"
              "  some-command | firn redact -\n"
              "  firn redact --unseal clean.log    what action \"encrypt\" sealed",
          .positionals = {{"FILE", "Texts, - is the standard input", Positional::Count::kMany, {}}},
          .options = {{"--dry-run", "", "Look through bronze and say what is there", {}},
                      {"--unseal", "", "Give back what was sealed with this lake's key", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
