// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Report AsReport(const lakehouse::TrainingReport& done) {
  Report report;
  report.schema = "firn.export.training/1";
  report.columns = {{"path", "FILE", false, 0, kWhole},
                    {"split", "PART", false, 1},
                    {"conversations", "CONVERSATIONS", true, 0},
                    {"tokens", "TOKENS", true, 0},
                    {"bytes", "SIZE", true, 1},
                    {"sha256", "SHA-256", false, 2}};
  for (const lakehouse::TrainingFile& file : done.files) {
    report.rows.push_back({Field::Text(file.path),
                           file.split.empty() ? Field::None() : Field::Text(file.split),
                           file.split.empty() ? Field::None() : Field::Count(file.conversations),
                           file.split.empty() ? Field::None() : Field::Count(file.tokens),
                           Field::Size(file.bytes), Field::Text(file.sha256)});
  }
  report.meta.Set("dataset_id", done.dataset_id);
  report.meta.Set("format", done.format);
  report.meta.Set("path", done.path);
  report.meta.Set("conversations", done.conversations);
  report.meta.Set("tokens", done.tokens);
  report.meta.Set("chosen", done.chosen);
  report.meta.Set("unanswered", done.unanswered);
  report.meta.Set("exact_duplicates", done.exact_duplicates);
  report.meta.Set("near_duplicates", done.near_duplicates);
  report.meta.Set("redactions", done.redactions);
  report.meta.Set("seconds", done.seconds);
  return report;
}

void Tell(Invocation& invocation, const lakehouse::TrainingReport& done, bool again) {
  invocation.Hint("Wrote " + Counted(done.conversations, "conversation") + " of about " +
                  Counted(done.tokens, "token") + " into " + Printable(done.path) + ".");
  if (again) return invocation.Hint("The bytes are those of the first time.");
  const int64_t duplicates = done.exact_duplicates + done.near_duplicates;
  if (done.unanswered + duplicates > 0) {
    invocation.Hint("Left out: " + Field::Count(done.unanswered).shown + " without an answer, " +
                    Counted(duplicates, "duplicate") + ".");
  }
  invocation.Hint("'firn export training --again " + done.dataset_id + "' makes it again.");
}

Report ReleasedTables(const lakehouse::TrainingReport& done) {
  Report report;
  report.schema = "firn.export.training.release/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole}, {"tag", "TAG", false, 0, kWhole}};
  for (const std::string& table : done.released)
    report.rows.push_back({Field::Text(table), Field::Text("training-" + done.dataset_id)});
  report.meta.Set("dataset_id", done.dataset_id);
  report.empty_message = "No table has the tag training-" + done.dataset_id + ".";
  return report;
}

Result<int> Release(Invocation& invocation, const Arguments& arguments) {
  lakehouse::TrainingRequest request;
  request.release = arguments.Get("--release");
  request.dry_run = arguments.Has("--dry-run");
  if (arguments.values.size() > (request.dry_run ? 2U : 1U)) {
    return InvalidArgument("--release goes with --dry-run alone");
  }
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::TrainingReport done, lake->ExportTrainingSet(request));
  FIRN_TRY(invocation.Print(ReleasedTables(done)));
  if (!request.dry_run && !done.released.empty()) {
    invocation.Hint(
        "'firn maintain' may expire what the set was made from; it cannot be made again "
        "then.");
  }
  return 0;
}

Result<lakehouse::TrainingRequest> RequestOf(const Arguments& arguments) {
  lakehouse::TrainingRequest request;
  request.path = arguments.Get("PATH");
  request.again = arguments.Get("--again");
  if (!request.again.empty()) {
    if (arguments.values.size() > (request.path.empty() ? 1U : 2U)) {
      return InvalidArgument("--again takes all from the set it names", request.again)
          .WithHint("leave out the other options");
    }
    return request;
  }
  request.format = arguments.Get("--format");
  if (request.format.empty()) {
    return InvalidArgument("no format named")
        .WithHint("--format openai_jsonl, huggingface or common_crawl");
  }
  request.platform = arguments.Get("--platform");
  request.project = arguments.Get("--project");
  request.user = arguments.Get("--user");
  request.model = arguments.Get("--model");
  request.since = arguments.Get("--since");
  request.until = arguments.Get("--until");
  request.language = arguments.Get("--language");
  request.where = arguments.Get("--where");
  request.successful = arguments.Has("--success");
  request.redact = !arguments.Has("--no-redact");
  request.duplicates = arguments.Get("--duplicates", request.duplicates);
  request.splits = arguments.Get("--split", request.splits);
  FIRN_ASSIGN(const auto messages, arguments.Number("--min-messages"));
  request.messages_min = messages.value_or(request.messages_min);
  FIRN_ASSIGN(const auto conversations, arguments.Number("--min-conversations"));
  request.conversations_min = conversations.value_or(request.conversations_min);
  return request;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  if (arguments.Has("--release")) return Release(invocation, arguments);
  if (arguments.Has("--dry-run")) return InvalidArgument("--dry-run goes with --release");
  FIRN_ASSIGN(const lakehouse::TrainingRequest request, RequestOf(arguments));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::TrainingReport done, lake->ExportTrainingSet(request));
  FIRN_TRY(invocation.Print(AsReport(done)));
  Tell(invocation, done, !request.again.empty());
  return 0;
}

}  // namespace

Verb ExportTrainingVerb() {
  return {
      .name = "training",
      .summary = "Write conversations as a training set",
      .description =
          "PATH is a folder that is made, whole or not at all; without, training-ID here.\n"
          "Conversations in which nobody was answered, and those that say what another\n"
          "says, are left out. Each part takes its share by a hash of conversations' ids.\n"
          "Secrets and personal data are masked, as [privacy] of firn.toml says or more.\n"
          "gold.training_datasets lists all sets; tags keep what they were made from.\n\n"
          "  firn export training set --format openai_jsonl --platform claude_code\n"
          "  firn export training set --format huggingface --split train=0.8,test=0.2\n"
          "  firn export training set --format common_crawl --where \"title LIKE '%ice%'\"\n"
          "  firn export training copy --again 01KAXW7Z2J8E5T1N9V4M6Q3R0B\n"
          "  firn export training --release 01KAXW7Z2J8E5T1N9V4M6Q3R0B",
      .positionals = {{"PATH", "A folder to make", Positional::Count::kOptional, {}}},
      .options =
          {{"--format", "FORMAT", "Of the files", {"openai_jsonl", "huggingface", "common_crawl"}},
           {"--platform", "NAME", "Only this platform", {}},
           {"--project", "TEXT", "Only projects whose path holds this", {}},
           {"--user", "ID", "Only this user", {}},
           {"--model", "NAME", "Only where this model answered", {}},
           {"--since", "DATE", "Begun from this day on (YYYY-MM-DD)", {}},
           {"--until", "DATE", "Begun up to and including this day", {}},
           {"--min-messages", "COUNT", "Of at least so many messages", {}},
           {"--success", "", "Only those that ended well", {}},
           {"--language", "NAME", "Only of projects in this language", {}},
           {"--where", "SQL", "A condition on silver.conversations", {}},
           {"--duplicates", "LIKENESS", "Leave out: near without", {"near", "exact", "none"}},
           {"--split", "SHARES", "train=0.9,validation=0.05,test=0.05 without", {}},
           {"--min-conversations", "COUNT", "Fail with fewer; 10 without", {}},
           {"--no-redact", "", "Mask nothing more; for sets that stay with you", {}},
           {"--again", "ID", "Make this set again, byte for byte", {}},
           {"--release", "ID", "Drop the tags that keep what this set was made from", {}},
           {"--dry-run", "", "With --release: say which, and change nothing", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
