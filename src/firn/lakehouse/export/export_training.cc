// SPDX-License-Identifier: Apache-2.0
//
// A set grows in a hidden folder beside the one it is to be, its files durable one by one; then the
// folder gets its name, and then the catalog's one transaction records it and tags the snapshots
// that were read. What stops before that leaves no set, or one that nothing knows of.
//
// The rows are those of pinned snapshots, in the order of ids, so a set is a function of its row in
// gold.training_datasets: the conversations are listed there, and all settings.

#include "firn/lakehouse/export/export_training.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/digest.h"
#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/base/parallel.h"
#include "firn/base/uuid.h"
#include "firn/catalog/commit.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/datafile/table_writer.h"
#include "firn/ingest/ensure_table.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/lakehouse/export/training_rows.h"
#include "firn/lakehouse/questions/query.h"
#include "firn/lakehouse/timezone.h"
#include "firn/sql/engine.h"
#include "firn/table/append.h"
#include "firn/table/ref_operations.h"
#include "firn/training/dataset_table.h"
#include "firn/training/duplicates.h"
#include "firn/training/set_writer.h"
#include "firn/training/splits.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;
namespace privacy = conversations::privacy;

constexpr const char* kSources[] = {"silver.conversations", "silver.messages", "silver.tool_calls"};
constexpr std::string_view kNotRedacted = "none";
constexpr size_t kTalksBytes = size_t{8} << 20;  // Prepared at a time, about,
constexpr size_t kTalksMax = 1024;               // and so many conversations.

std::string JoinedPairs(const std::map<std::string, std::string>& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs)
    text += (text.empty() ? "" : "; ") + name + " " + value;
  return text.empty() ? "none" : text;
}

// What keeps the snapshots that a set was made from.
std::string TagOf(const training::Dataset& dataset) {
  return "training-" + dataset.dataset_id;
}

class TrainingExport {
 public:
  TrainingExport(const TrainingContext& context, const TrainingRequest& request)
      : context_(context), request_(request) {}

  Result<TrainingReport> Run() {
    if (!request_.release.empty()) return Release();
    auto report = Make();
    if (!staged_.empty()) {
      std::error_code error;
      fs::remove_all(staged_, error);
    }
    return report;
  }

 private:
  // A conversation as far as it depends on no other.
  struct Prepared {
    std::optional<training::Example> example;  // Unset: nobody was answered.
    training::Duplicates::Sketch sketch;
    training::RenderedExample rendered;
  };
  using Talks = std::vector<training::Conversation>;

  Result<TrainingReport> Make();
  Result<TrainingReport> Release();
  Status Describe();
  Status DescribeNew();
  Status DescribeAgain(const std::string& dataset_id);
  void AddFilters();
  Result<std::string> Condition() const;
  Status PinTables();
  Status Choose();
  Status PrepareFolder();
  Status WriteSet();
  Status WriteExamples(TrainingRows& rows, const training::Splits& splits,
                       training::SetWriter& writer);
  static Result<Talks> ReadTalks(TrainingRows& rows);
  Result<std::vector<Prepared>> PrepareAll(const Talks& talks,
                                           const training::Duplicates& duplicates,
                                           const training::SetWriter& writer);
  Status Prepare(const training::Conversation& talk, size_t worker,
                 const training::Duplicates& duplicates, const training::SetWriter& writer,
                 Prepared& prepared);
  bool Keep(const training::Duplicates::Sketch& sketch, training::Duplicates& duplicates);
  void Count(const training::Example& example);
  training::SetSettings SettingsOf(const training::Splits& splits) const;
  Status WriteManifest();
  Status Publish();
  Status Record();
  Result<catalog::PendingChange> RowChange(std::vector<std::string>& written);

  bool is_again() const { return !request_.again.empty(); }

  const TrainingContext& context_;
  const TrainingRequest& request_;
  training::Dataset dataset_;
  training::SetFormat format_ = training::SetFormat::kOpenAiJsonl;
  TimeUs as_of_;  // When the conversations were as they are in the set.
  std::function<Result<privacy::Redactor>()> make_redactor_;  // Empty: nothing is redacted.
  std::vector<std::optional<privacy::Redactor>> redactors_;   // One for each worker.
  std::set<std::string> platforms_;
  std::string path_, staged_;  // `staged_` is empty while nothing is there.
  TrainingReport report_;
};

Status TrainingExport::Describe() {
  FIRN_TRY(is_again() ? DescribeAgain(request_.again) : DescribeNew());
  FIRN_ASSIGN(format_, training::ParseSetFormat(dataset_.format));
  if (dataset_.redaction == kNotRedacted) return Ok();
  privacy::Policy policy = context_.privacy;
  if (policy.Fingerprint() != dataset_.redaction) {
    return Conflict("the set was redacted by other rules than there are now", dataset_.redaction,
                    policy.Fingerprint())
        .WithHint("set [privacy] of firn.toml as it was, with the firn that made the set");
  }
  FIRN_ASSIGN(std::string key, context_.key());
  make_redactor_ = [policy = std::move(policy), key = std::move(key)] {
    return privacy::Redactor::Make(policy, key);
  };
  return Ok();
}

Status TrainingExport::DescribeNew() {
  dataset_.dataset_id = MakeUlid(context_.env);
  dataset_.created_at = context_.env.Now();
  dataset_.format = request_.format;
  dataset_.splits = request_.splits;
  dataset_.duplicates = request_.duplicates;
  dataset_.redaction = request_.redact ? context_.privacy.Fingerprint() : std::string(kNotRedacted);
  for (const char* source : kSources) {
    FIRN_ASSIGN(const auto name, catalog::TableName::Parse(source));
    const auto table = context_.catalog.LoadTable(name);
    if (!table && table.error().kind == ErrorKind::kNotFound) {
      return NotFound("the lake has no conversations").WithHint("'firn up' collects them");
    }
    if (!table) return table.error();
    const table::Snapshot* const now = table->metadata->current_snapshot();
    if (now != nullptr) dataset_.snapshots[source] = now->id.value;
  }
  AddFilters();
  return Ok();
}

Status TrainingExport::DescribeAgain(const std::string& dataset_id) {
  const std::string id = Quoted(dataset_id);
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(training::kDatasetsTable));
  FIRN_ASSIGN(const bool any, context_.catalog.TableExists(name));
  std::vector<Row> rows;
  if (any) {
    FIRN_ASSIGN(rows, QueryRows(context_.engine,
                                "SELECT format, splits, duplicates, redaction, digest, created_at, "
                                "snapshots, metadata.filters_applied FROM gold.training_datasets "
                                "WHERE dataset_id = " +
                                    id));
  }
  if (rows.empty()) {
    return NotFound("no training set has the id", dataset_id)
        .WithHint("firn sql \"SELECT dataset_id, format, created_at FROM gold.training_datasets\"");
  }
  const Row& row = rows.front();
  dataset_.dataset_id = dataset_id;
  dataset_.format = row[0].text;
  dataset_.splits = row[1].text;
  dataset_.duplicates = row[2].text;
  dataset_.redaction = row[3].text;
  dataset_.digest = row[4].text;
  dataset_.created_at = OptionalTimeOf(row[5]).value_or(TimeUs());
  FIRN_ASSIGN(const Json snapshots, Json::Parse(row[6].text));
  FIRN_ASSIGN(const Json filters, Json::Parse(row[7].text));
  if (snapshots.as_object() == nullptr || filters.as_object() == nullptr) {
    return Corrupt("gold.training_datasets does not say what the set was made from", dataset_id);
  }
  for (const auto& [table, snapshot] : *snapshots.as_object()) {
    FIRN_ASSIGN(dataset_.snapshots[table], snapshot.ToInt64());
  }
  for (const auto& [filter, value] : *filters.as_object()) {
    const std::string* const text = value.as_string();
    dataset_.filters[filter] = text != nullptr ? *text : "";
  }
  return Ok();
}

void TrainingExport::AddFilters() {
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) dataset_.filters[name] = value;
  };
  add("platform", request_.platform);
  add("project", request_.project);
  add("user", request_.user);
  add("model", request_.model);
  add("since", request_.since);
  add("until", request_.until);
  add("language", request_.language);
  add("where", request_.where);
  add("min-messages", request_.messages_min > 0 ? std::to_string(request_.messages_min) : "");
  add("success", request_.successful ? "true" : "");
}

Result<std::string> TrainingExport::Condition() const {
  std::string condition = "true";
  const auto narrow = [&](const std::string& value, const std::string& before,
                          const std::string& after) {
    if (!value.empty()) condition += " AND " + before + value + after;
  };
  const auto text = [](const std::string& value) { return value.empty() ? "" : Quoted(value); };
  narrow(text(request_.platform), "c.platform = ", "");
  narrow(text(request_.project), "contains(c.session_context.project_path, ", ")");
  narrow(text(request_.user), "c.user_id = ", "");
  narrow(text(request_.model),
         "c.conversation_id IN (SELECT conversation_id FROM silver.messages WHERE model = ", ")");
  narrow(text(request_.language), "lower(c.session_context.language) = lower(", ")");
  FIRN_ASSIGN(const auto since, DayBegin(request_.since, 0, context_.zone));
  FIRN_ASSIGN(const auto until, DayBegin(request_.until, 1, context_.zone));
  narrow(since ? std::to_string(*since) : "", "epoch_us(c.start_timestamp) >= ", "");
  narrow(until ? std::to_string(*until) : "", "epoch_us(c.start_timestamp) < ", "");
  if (request_.successful) condition += " AND c.quality_metrics.success";
  narrow(request_.messages_min > 0 ? std::to_string(request_.messages_min) : "",
         "c.message_count >= ", "");
  narrow(request_.where, "(", "\n)");  // On a line of its own: a comment ends before it.
  return condition;
}

// From here on the engine reads the tables as they were, whatever is committed meanwhile.
Status TrainingExport::PinTables() {
  for (const char* source : kSources) {
    FIRN_ASSIGN(const auto name, catalog::TableName::Parse(source));
    FIRN_ASSIGN(const auto table, context_.catalog.LoadTable(name));
    std::optional<table::SnapshotId> snapshot;
    if (const auto known = dataset_.snapshots.find(source); known != dataset_.snapshots.end()) {
      snapshot = table::SnapshotId(known->second);
      const table::Snapshot* const pinned = table.metadata->FindSnapshot(*snapshot);
      if (pinned == nullptr) {
        return NotFound("a snapshot that the set was made from is gone", source, *snapshot)
            .WithHint("its tag " + TagOf(dataset_) + " was dropped");
      }
      if (std::string_view(source) == kSources[0]) as_of_ = TimeUs{pinned->timestamp.value * 1000};
    }
    context_.engine.PinTable(name, table.metadata, snapshot);
  }
  return Ok();
}

Status TrainingExport::Choose() {
  std::string choice =
      "SELECT unnest(conversation_ids) AS conversation_id FROM "
      "gold.training_datasets WHERE dataset_id = " +
      Quoted(request_.again);
  if (!is_again()) {
    FIRN_ASSIGN(const std::string condition, Condition());
    choice = "SELECT c.conversation_id FROM silver.conversations AS c WHERE " + condition;
  }
  FIRN_ASSIGN(const auto stream, context_.engine.Query(choice));
  FIRN_ASSIGN(auto batches, sql::ReadAll(*stream));
  for (const auto& batch : batches)
    report_.chosen += batch->num_rows();
  return context_.engine.RegisterBatches(kChosenConversations, stream->schema(),
                                         std::move(batches));
}

Status TrainingExport::PrepareFolder() {
  std::error_code error;
  const std::string asked =
      request_.path.empty() ? "training-" + dataset_.dataset_id : request_.path;
  path_ = fs::absolute(asked, error).lexically_normal().string();
  while (path_.size() > 1 && path_.ends_with('/'))
    path_.pop_back();
  const bool is_empty = fs::is_directory(path_, error) && fs::is_empty(path_, error);
  if (fs::exists(path_, error) && !is_empty) {
    return AlreadyExists("there is something already", path_)
        .WithHint("name a new folder; an export replaces nothing");
  }
  const fs::path place(path_);
  staged_ = place.parent_path() /
            ("." + place.filename().string() + "." + MakeUlid(context_.env) + ".tmp");
  return Ok();
}

bool TrainingExport::Keep(const training::Duplicates::Sketch& sketch,
                          training::Duplicates& duplicates) {
  const training::Likeness like = duplicates.Add(sketch);
  report_.exact_duplicates += like == training::Likeness::kExact;
  report_.near_duplicates += like == training::Likeness::kNear;
  return like == training::Likeness::kNone;
}

void TrainingExport::Count(const training::Example& example) {
  dataset_.conversation_ids.push_back(example.conversation_id);
  dataset_.total_tokens += example.tokens;
  platforms_.insert(example.platform);
  if (!example.start) return;
  dataset_.start = std::min(dataset_.start.value_or(*example.start), *example.start);
  dataset_.end = std::max(dataset_.end.value_or(*example.start), *example.start);
}

// Some megabytes of conversations; none at the end.
Result<TrainingExport::Talks> TrainingExport::ReadTalks(TrainingRows& rows) {
  Talks talks;
  size_t bytes = 0;
  while (bytes < kTalksBytes && talks.size() < kTalksMax) {
    FIRN_ASSIGN(auto talk, rows.Next());
    if (!talk) break;
    for (const training::SourceMessage& message : talk->messages) {
      bytes += message.content.size();
      for (const training::SourceCall& call : message.calls)
        bytes += call.parameters.size() + call.result.value_or("").size();
    }
    talks.push_back(*std::move(talk));
  }
  return talks;
}

Status TrainingExport::Prepare(const training::Conversation& talk, size_t worker,
                               const training::Duplicates& duplicates,
                               const training::SetWriter& writer, Prepared& prepared) {
  prepared.example = training::MakeExample(talk);
  if (!prepared.example) return Ok();
  if (make_redactor_) {
    auto& redactor = redactors_[worker];
    if (!redactor) {
      FIRN_ASSIGN(redactor, make_redactor_());
    }
    FIRN_TRY(training::Redact(*redactor, *prepared.example));
  }
  prepared.sketch = duplicates.SketchOf(*prepared.example);
  FIRN_ASSIGN(prepared.rendered, writer.Render(*prepared.example));
  return Ok();
}

Result<std::vector<TrainingExport::Prepared>> TrainingExport::PrepareAll(
    const Talks& talks, const training::Duplicates& duplicates, const training::SetWriter& writer) {
  std::vector<Prepared> prepared(talks.size());
  std::atomic<size_t> next = 0;
  const auto work = [&](size_t worker) -> Status {
    for (size_t at = next++; at < talks.size(); at = next++)
      FIRN_TRY(Prepare(talks[at], worker, duplicates, writer, prepared[at]));
    return Ok();
  };
  FIRN_TRY(ParallelFor(redactors_.size(), redactors_.size(), work));
  return prepared;
}

// All processors prepare conversations, while one reads the next; what was prepared is compared and
// written in the order of ids, so the set does not depend on how many there are.
Status TrainingExport::WriteExamples(TrainingRows& rows, const training::Splits& splits,
                                     training::SetWriter& writer) {
  FIRN_ASSIGN(training::Likeness likeness, training::ParseLikeness(dataset_.duplicates));
  if (is_again()) likeness = training::Likeness::kNone;  // Those that were kept are listed.
  training::Duplicates duplicates(likeness);
  redactors_.resize(std::max<size_t>(std::thread::hardware_concurrency(), 1));
  FIRN_ASSIGN(Talks talks, ReadTalks(rows));
  while (!talks.empty()) {
    auto reading = std::async(std::launch::async, [&] { return ReadTalks(rows); });
    FIRN_ASSIGN(const std::vector<Prepared> all, PrepareAll(talks, duplicates, writer));
    for (const Prepared& one : all) {
      report_.unanswered += one.example ? 0 : 1;
      if (!one.example || !Keep(one.sketch, duplicates)) continue;
      FIRN_TRY(writer.Write(splits.IndexOf(one.example->group_id), *one.example, one.rendered));
      Count(*one.example);
    }
    FIRN_ASSIGN(talks, reading.get());
  }
  return Ok();
}

training::SetSettings TrainingExport::SettingsOf(const training::Splits& splits) const {
  std::map<std::string, std::string> snapshots;
  for (const auto& [table, snapshot] : dataset_.snapshots)
    snapshots[table] = std::to_string(snapshot);
  return {dataset_.dataset_id,
          dataset_.created_at,
          as_of_,
          splits.names(),
          {{"set", dataset_.dataset_id},
           {"made", dataset_.created_at.ToString()},
           {"filters", JoinedPairs(dataset_.filters)},
           {"duplicates left out", dataset_.duplicates},
           {"parts", dataset_.splits},
           {"redaction", dataset_.redaction},
           {"snapshots", JoinedPairs(snapshots)}}};
}

Status TrainingExport::WriteSet() {
  FIRN_ASSIGN(const training::Splits splits, training::Splits::Parse(dataset_.splits));
  FIRN_ASSIGN(TrainingRows rows, TrainingRows::Open(context_.engine));
  FIRN_TRY(PrepareFolder());
  const auto writer =
      training::OpenSet(format_, context_.disk, io::FileLocation(staged_), SettingsOf(splits));
  FIRN_TRY(WriteExamples(rows, splits, *writer));
  const auto count = static_cast<int64_t>(dataset_.conversation_ids.size());
  if (!is_again() && count < request_.conversations_min) {
    return InvalidArgument(
               "too few conversations for a training set",
               std::to_string(count) + " of " + std::to_string(request_.conversations_min))
        .WithHint("the filters take " + std::to_string(report_.chosen) +
                  ", without an answer: " + std::to_string(report_.unanswered) + ", duplicates: " +
                  std::to_string(report_.exact_duplicates + report_.near_duplicates) +
                  "; --min-conversations sets the least number");
  }
  FIRN_ASSIGN(const std::vector<training::SetFile> files, writer->Close());
  for (const training::SetFile& file : files) {
    report_.files.push_back(
        {file.path, file.split, file.rows, file.tokens, file.bytes, file.sha256});
  }
  return WriteManifest();
}

Status TrainingExport::WriteManifest() {
  Json::Array files;
  for (const TrainingFile& file : report_.files) {
    Json entry{Json::Object()};
    entry.Set("path", file.path);
    entry.Set("split", file.split.empty() ? Json() : Json(file.split));
    entry.Set("conversations", file.conversations);
    entry.Set("tokens", file.tokens);
    entry.Set("bytes", file.bytes);
    entry.Set("sha256", file.sha256);
    files.push_back(std::move(entry));
  }
  Json manifest{Json::Object()};
  manifest.Set("schema", "firn.export.training/1");
  manifest.Set("dataset_id", dataset_.dataset_id);
  manifest.Set("format", dataset_.format);
  manifest.Set("conversations", static_cast<int64_t>(dataset_.conversation_ids.size()));
  manifest.Set("tokens", dataset_.total_tokens);
  manifest.Set("files", std::move(files));
  const std::string text = manifest.Dump(2) + "\n";
  const std::string digest = Sha256Hex(text);
  if (is_again() && digest != dataset_.digest) {
    return Conflict("the set has other bytes than when it was made", dataset_.dataset_id)
        .WithHint("with the firn that made it, and the lake's privacy.key, it has the same");
  }
  dataset_.digest = digest;
  FIRN_TRY(context_.disk.WriteAll(io::FileLocation(staged_ + "/manifest.json"), text));
  return context_.disk.SyncFolder(io::FileLocation(staged_));
}

// An empty folder gives way; a folder that somebody filled meanwhile does not.
Status TrainingExport::Publish() {
  std::error_code error;
  fs::rename(staged_, path_, error);
  if (error) return Io("cannot name the folder", path_, error.message());
  staged_.clear();
  return context_.disk.SyncFolder(io::FileLocation(fs::path(path_).parent_path().string()));
}

Result<catalog::PendingChange> TrainingExport::RowChange(std::vector<std::string>& written) {
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(training::kDatasetsTable));
  FIRN_ASSIGN(const auto table,
              ingest::EnsureTable(context_.catalog, name, training::DatasetsBlueprint()));
  FIRN_ASSIGN(auto options,
              datafile::WriterOptionsFrom(table.metadata->properties, context_.writing));
  FIRN_ASSIGN(const auto writer,
              datafile::TableWriter::Open(*table.metadata, name.name, context_.files, context_.env,
                                          std::move(options)));
  FIRN_ASSIGN(const auto row, training::DatasetRow(dataset_));
  FIRN_TRY(writer->Write(row));
  FIRN_ASSIGN(std::vector<table::DataFile> files, writer->Close());
  for (const table::DataFile& file : files)
    written.push_back(file.file_path);
  return catalog::PendingChange{name, table::MergeAppend(std::move(files))};
}

Status TrainingExport::Record() {
  std::vector<std::string> written;
  FIRN_ASSIGN(catalog::PendingChange row, RowChange(written));
  std::vector<catalog::PendingChange> changes = {std::move(row)};
  for (const auto& [source, snapshot] : dataset_.snapshots) {
    table::Ref tag;
    tag.snapshot_id = table::SnapshotId(snapshot);
    tag.type = table::RefType::kTag;
    FIRN_ASSIGN(auto name, catalog::TableName::Parse(source));
    changes.push_back({std::move(name), table::CreateRef(TagOf(dataset_), tag)});
  }
  const auto committed =
      catalog::CommitOperations(context_.catalog, context_.files, context_.env, changes);
  if (committed) return Ok();
  if (committed.error().kind == ErrorKind::kOutcomeUnknown) return committed.error();
  for (const std::string& file : written)
    context_.files.Delete(file).Ignore("an orphan is found by maintenance");
  std::error_code error;
  fs::remove_all(path_, error);
  return committed.error();
}

Result<TrainingReport> TrainingExport::Make() {
  const int64_t began = context_.env.MonotonicMicros();
  FIRN_TRY(Describe());
  FIRN_TRY(PinTables());
  FIRN_TRY(Choose());
  FIRN_TRY(WriteSet());
  FIRN_TRY(Publish());
  if (platforms_.size() == 1) dataset_.platform = *platforms_.begin();
  dataset_.file_path = path_;
  if (!is_again()) FIRN_TRY(Record());
  report_.dataset_id = dataset_.dataset_id;
  report_.format = dataset_.format;
  report_.path = path_;
  report_.conversations = static_cast<int64_t>(dataset_.conversation_ids.size());
  report_.tokens = dataset_.total_tokens;
  for (const auto& redactor : redactors_) {
    if (!redactor) continue;
    for (const auto& [rule, count] : redactor->counts())
      report_.redactions += count;
  }
  report_.seconds = static_cast<double>(context_.env.MonotonicMicros() - began) / 1e6;
  return std::move(report_);
}

// The row stays: it says what the set was; its snapshots may expire from here on.
Result<TrainingReport> TrainingExport::Release() {
  FIRN_TRY(DescribeAgain(request_.release));
  const std::string tag = TagOf(dataset_);
  std::vector<catalog::PendingChange> changes;
  for (const auto& [source, snapshot] : dataset_.snapshots) {
    FIRN_ASSIGN(auto name, catalog::TableName::Parse(source));
    const auto table = context_.catalog.LoadTable(name);
    if (!table && table.error().kind == ErrorKind::kNotFound) continue;
    if (!table) return table.error();
    if (!table->metadata->refs.contains(tag)) continue;
    report_.released.push_back(source);
    changes.push_back({std::move(name), table::RemoveRef(tag, true)});
  }
  report_.dataset_id = dataset_.dataset_id;
  report_.format = dataset_.format;
  if (!request_.dry_run && !changes.empty()) {
    FIRN_TRY(catalog::CommitOperations(context_.catalog, context_.files, context_.env, changes));
  }
  return std::move(report_);
}

}  // namespace

Result<TrainingReport> ExportTraining(const TrainingContext& context,
                                      const TrainingRequest& request) {
  TrainingExport work(context, request);
  return work.Run();
}

}  // namespace firn::lakehouse
