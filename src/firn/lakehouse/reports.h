// SPDX-License-Identifier: Apache-2.0
//
// What the verbs answer: plain values that the command line, the server and tests show in their own
// way.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/error.h"
#include "firn/base/time.h"

namespace firn::lakehouse {

/// A file that gave nothing, and why.
struct FileTrouble {
  std::string path;  ///< Printable: control characters and ill-formed UTF-8 escaped.
  std::string reason;
  bool failed = false;  ///< It should have been readable; else it is of no kind we know.
};

/// What became of one report of the query_perf package.
struct ReportFile {
  std::string table;
  std::string source;  ///< "query_perf_daily_20251028.csv"
  std::string file;    ///< "query_perf_20251028.parquet"
  std::string action;  ///< "created", "replaced", "unchanged", "failed".
  int64_t rows = 0;
  int64_t rejected = 0;
  int64_t source_bytes = 0;
  int64_t bytes = 0;  ///< Of its rows, compressed.
  double seconds = 0;
};

/// What an ingest did, or would do.
struct IngestReport {
  bool dry_run = false;
  std::string source;  ///< "claude_code", "csv", ...; empty: recognised by content.
  std::string table;   ///< Where the rows went.
  int64_t files_found = 0;
  int64_t files_new = 0;
  int64_t files_grown = 0;
  int64_t files_rewritten = 0;
  int64_t files_unchanged = 0;
  int64_t files_unfinished = 0;  ///< They end in a record that is still being written.
  int64_t bytes = 0;             ///< Of source files, taken over this time.
  int64_t rows = 0;
  int64_t rejected = 0;
  std::vector<FileTrouble> troubles;
  std::vector<std::string> reject_samples;  ///< The first few, "file:line: what is wrong".
  std::vector<ReportFile> reports;          ///< Of query_perf: those looked at, in order.
  std::vector<std::string> missing;         ///< Of query_perf: what was not found.
  std::vector<std::string> warnings;
  std::string created_schema;  ///< The inferred schema, where a table was made.
  double seconds = 0;

  bool any_failed() const {
    for (const FileTrouble& trouble : troubles) {
      if (trouble.failed) return true;
    }
    return false;
  }
};

/// What one model did, or would do.
struct ModelReport {
  std::string model;
  std::string outcome;  ///< "ran", "unchanged", "would run", "failed".
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t files_rewritten = 0;
  double seconds = 0;
  std::string message;
};

struct CheckReport {
  std::string model;
  std::string check;
  std::string on_violation;
  int64_t violations = 0;
  std::string query;  ///< Shows the violations, after a run that they stopped.
};

struct RunReport {
  bool dry_run = false;
  std::string run_id;
  std::vector<ModelReport> models;
  std::vector<CheckReport> checks;  ///< Those with violations.
  bool committed = false;
  std::vector<std::string> left_on_branch;  ///< Tables, of a run that a check stopped.
  std::string branch;                       ///< On which they show what was not published.
  double seconds = 0;
};

enum class UsagePeriod {
  kDaily,
  kWeekly,
  kMonthly,
  kSession,
  kModel,
  kProject,
  kBlocks,
  kHourOfWeek,  ///< Keys "1 00" (Monday, from midnight to one) to "7 23".
};

struct UsageRequest {
  UsagePeriod period = UsagePeriod::kDaily;
  std::string since;      ///< "YYYY-MM-DD" in `timezone`; empty for no bound.
  std::string until;      ///< Inclusive.
  std::string platform;   ///< Empty for all.
  std::string timezone;   ///< IANA name; empty for the configured or local one.
  bool by_model = false;  ///< A row for each model of a group; `UsageRow::models` is that one.
};

/// What one may spend in a day, a week or a month: of everything, or of one platform or project.
struct Budget {
  UsagePeriod period = UsagePeriod::kDaily;  ///< kDaily, kWeekly or kMonthly.
  std::string platform;                      ///< Empty for all.
  std::string project;                       ///< Empty for all.
  int64_t nano_usd = 0;

  friend bool operator==(const Budget&, const Budget&) = default;
};

/// A budget in the period that is now.
struct BudgetState {
  Budget budget;
  std::string since;  ///< The first day of the period.
  int64_t spent_nano_usd = 0;
};

/// Five hours of use, from the begin of the hour of its first call on, or the time between two of
/// them in which there was none.
struct UsageBlock {
  enum class State { kDone, kActive, kGap };
  State state = State::kDone;
  TimeUs begin, end;   ///< A gap begins five hours after the call before it.
  TimeUs first, last;  ///< Calls in it; of a gap, those around it.
};

/// How fast the active block goes, and where it ends if it goes on so.
struct BurnRate {
  int64_t minutes_left = 0;
  int64_t tokens_per_minute = 0;
  int64_t nano_usd_per_hour = 0;
  int64_t projected_tokens = 0;
  int64_t projected_nano_usd = 0;
};

/// Calls whose cost is known twice: as the platform reported it, and by the price list.
struct CostCheck {
  int64_t calls = 0;
  int64_t reported_nano_usd = 0;
  int64_t computed_nano_usd = 0;
};

/// Tokens and money of one group. Cost is in billionths of a dollar, so sums are exact.
struct UsageRow {
  std::string key;    ///< Day, week, month, session id, model, project, or when a block begins.
  std::string label;  ///< Title of a session, else empty.
  std::vector<std::string> models;
  int64_t calls = 0;
  int64_t measured_calls = 0;         ///< Of them, those that say how many tokens they took.
  int64_t partly_measured_calls = 0;  ///< Of these, those that tell input or output alone.
  int64_t priced_calls = 0;           ///< Calls whose cost is known.
  /// Sums of what calls say; unset where none of them says it.
  std::optional<int64_t> input_tokens, output_tokens;
  std::optional<int64_t> cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens;
  int64_t total_tokens = 0;
  int64_t cost_nano_usd = 0;
  int64_t unpriced_calls = 0;  ///< Calls whose model has no price: their cost is not in the sum.
  int64_t copies = 0;          ///< Records left out because they repeat a call.
  std::optional<UsageBlock> block;  ///< Of `kBlocks`, but for calls without a time.
};

/// How the model of calls that name none is called among `UsageReport::unpriced_models`.
inline constexpr std::string_view kNoModel = "(none)";

struct UsageReport {
  UsageRequest request;
  std::vector<UsageRow> rows;
  UsageRow totals;
  std::vector<std::string> unpriced_models;
  std::string price_version;
  CostCheck cost_check;
  std::optional<BurnRate> burn_rate;  ///< Of the last block, where it is active.
  std::vector<BudgetState> budgets;   ///< All there are, whatever was asked.
};

/// One repetition that was not counted, and why.
struct DroppedCopy {
  std::string api_call_id;
  std::string conversation_id;
  std::string owner_conversation_id;
  std::string model;
  TimeUs timestamp;
  int64_t records = 0;
  int64_t output_tokens = 0;
  std::string reason;
};

struct UsageExplanation {
  std::string day;
  std::vector<DroppedCopy> dropped;
  int64_t calls = 0;
  int64_t records = 0;
};

struct EmbedRequest {
  bool full_refresh = false;  ///< Fit and make everything anew.
  bool dry_run = false;
};

/// What keeping embeddings did, or would do.
struct EmbedReport {
  RunReport run;
  std::string model;          ///< "firn-lsa", or that of a server.
  std::string version;        ///< Empty in a dry run that would fit one.
  bool fitted = false;        ///< A model was fitted on the lake.
  int64_t conversations = 0;  ///< In the lake.
};

/// By what conversations are ranked.
enum class RankBy { kWords, kMeaning, kBoth };

struct SearchRequest {
  std::string words;  ///< As people type them, see `search::ParseMatchQuery`.
  RankBy rank_by = RankBy::kWords;
  std::string similar;   ///< A conversation: find those like it. Then there are no words.
  std::string platform;  ///< Empty for all, as all that follow.
  std::string project;   ///< A part of its path.
  std::string role;
  std::string tool;
  std::string since;  ///< "YYYY-MM-DD" in the lake's time zone.
  std::string until;  ///< Inclusive.
  int64_t limit = 20;
};

/// What was found in a snippet stands between these.
inline constexpr char kHitBegin = '\x02';
inline constexpr char kHitEnd = '\x03';

/// A message or a call of a tool that was found; or a whole conversation, for what it is about.
struct SearchHit {
  std::string conversation_id;
  std::optional<int64_t> sequence;
  std::string role;
  std::string tool_name;
  std::string platform;
  std::string project_path;
  std::optional<TimeUs> timestamp;
  std::string snippet;
  double score = 0;
  std::vector<std::string> also_in;  ///< Conversations that hold the same message: forks.
};

struct SearchReport {
  std::vector<SearchHit> hits;       ///< Best first.
  std::optional<int64_t> documents;  ///< In the index; counted where nothing was found.
  int64_t rows_indexed = 0;          ///< Read before, because they were new.
  std::string model;                 ///< Of the embeddings; empty for a search for words alone.
};

struct ShownToolCall {
  std::string name;
  std::string parameters;
  std::string result;
  std::optional<bool> success;
};

struct ShownMessage {
  std::string message_id;
  int64_t sequence = 0;
  std::string role;
  std::string kind;
  std::string content;
  std::string model;
  std::optional<TimeUs> timestamp;
  std::optional<int64_t> total_tokens;
  std::vector<ShownToolCall> tool_calls;
};

struct ShownConversation {
  std::string conversation_id;
  std::string native_id;
  std::string platform;
  std::string title;
  std::string project_path;
  std::string git_branch;
  std::optional<TimeUs> start;
  std::optional<TimeUs> end;
  std::vector<ShownMessage> messages;
};

struct TableRow {
  std::string name;
  bool is_view = false;  ///< Then only the name is known, and when it was updated.
  int64_t rows = 0;
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t snapshots = 0;
  TimeMs updated;
  std::optional<Error> problem;  ///< Why it cannot be opened; then only the name is known.
};

struct NamedValue {
  std::string name;
  std::string value;
};

struct ColumnRow {
  int32_t id = 0;
  std::string name;
  std::string type;
  bool required = false;
  std::string doc;
};

struct TableDetails {
  TableRow summary;
  std::string uuid;
  std::string location;
  std::string metadata_location;
  int32_t format_version = 2;
  std::string partitioning;
  std::string sort_order;
  std::vector<ColumnRow> columns;
  std::vector<NamedValue> properties;
};

struct SnapshotRow {
  int64_t snapshot_id = 0;
  int64_t parent_id = 0;  ///< 0 where there is none.
  int64_t sequence_number = 0;
  TimeMs committed_at;
  std::string operation;
  std::vector<std::string> refs;
  std::vector<NamedValue> summary;
  bool is_current_ancestor = true;
};

struct FileRow {
  std::string path;
  std::string partition;
  int64_t rows = 0;  ///< Of a delete file: rows deleted, or keys.
  int64_t bytes = 0;
  std::string content;  ///< "data", "position deletes", "deletion vector", "equality deletes".
};

struct MaintainRequest {
  std::vector<std::string> tables;           ///< "namespace.table"; empty: all.
  std::optional<TimeMs> expire_older_than;   ///< Unset: as the table's properties say.
  std::optional<int64_t> retain_last;        ///< Likewise.
  std::optional<TimeMs> orphans_older_than;  ///< Unset: three days ago.
  bool rewrite_data_files = false;           ///< Before that.
  bool compute_statistics = false;           ///< After that rewrite.
  bool dry_run = false;
};

/// What maintenance did to one table, or would do.
struct MaintainRow {
  std::string table;
  int64_t snapshots = 0;          ///< Expired.
  std::vector<std::string> refs;  ///< Branches and tags dropped for their age.
  int64_t files = 0;              ///< That only those snapshots used.
  int64_t bytes = 0;
  int64_t orphan_files = 0;  ///< That nothing referred to.
  int64_t orphan_bytes = 0;
  int64_t data_files_rewritten = 0;  ///< Too small, too large or too much deleted.
  int64_t data_files_added = 0;      ///< In their place. Unknown in a dry run: 0.
  int64_t statistics_files = 0;      ///< Made for the current snapshot.
  std::string note;                  ///< Why less was done than asked; empty: nothing to say.
  bool failed = false;
};

struct MaintainReport {
  bool dry_run = false;
  std::vector<MaintainRow> tables;
  bool any_failed() const {
    for (const MaintainRow& row : tables) {
      if (row.failed) return true;
    }
    return false;
  }
};

struct ExportRequest {
  std::string what;    ///< A table's name, or a query.
  std::string path;    ///< Of a folder to make, or of one file where it ends in a format's name.
  std::string format;  ///< "parquet", "csv", "jsonl", "arrow"; empty: by `path`.
  std::vector<std::string> partition_by;  ///< Columns; a folder per value of each.
  std::string codec;                      ///< Of Parquet; empty: zstd.
};

struct ExportedFile {
  std::string path;       ///< Below that of the export.
  std::string partition;  ///< "customer=ada"; empty without partitions.
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string sha256;
};

struct ExportReport {
  std::string query;
  std::string format;
  std::string path;
  std::string manifest;  ///< The file that lists the others.
  int64_t rows = 0;      ///< As counted in the files.
  int64_t bytes = 0;
  std::vector<ExportedFile> files;
  double seconds = 0;
};

/// Which conversations become a training set, and how.
struct TrainingRequest {
  std::string path;      ///< The folder to make; empty: "training-<id of the set>" here.
  std::string format;    ///< "openai_jsonl", "huggingface" or "common_crawl".
  std::string platform;  ///< Empty for all, as all filters.
  std::string project;   ///< A part of its path.
  std::string user;
  std::string model;  ///< That answered in it.
  std::string since;  ///< "YYYY-MM-DD" in the lake's time zone.
  std::string until;  ///< Inclusive.
  std::string language;
  std::string where;  ///< An SQL condition on `silver.conversations`.
  int64_t messages_min = 0;
  bool successful = false;  ///< Only those that ended well.
  int64_t conversations_min = 10;
  std::string duplicates = "near";  ///< Those left out: "near", "exact", "none".
  std::string splits = "train=0.9,validation=0.05,test=0.05";
  bool redact = true;
  std::string again;     ///< The id of a set; then all others but `path` are its.
  std::string release;   ///< The id of a set whose tags are to go; then all others are left out,
  bool dry_run = false;  ///< but for this: say which would go.
};

/// A file of a training set.
struct TrainingFile {
  std::string path;   ///< Below that of the set.
  std::string split;  ///< Empty for what describes the set.
  int64_t conversations = 0;
  int64_t tokens = 0;
  int64_t bytes = 0;
  std::string sha256;
};

/// What a training set holds, and what was left out.
struct TrainingReport {
  std::string dataset_id;
  std::string format;
  std::string path;
  std::vector<TrainingFile> files;
  int64_t chosen = 0;            ///< By the filters.
  int64_t unanswered = 0;        ///< Of them, those in which no assistant answered anybody,
  int64_t exact_duplicates = 0;  ///< those that say what another says,
  int64_t near_duplicates = 0;   ///< and those that nearly do.
  int64_t conversations = 0;     ///< In the set.
  int64_t tokens = 0;
  int64_t redactions = 0;  ///< Beside those of silver.
  double seconds = 0;
  std::vector<std::string> released;  ///< Tables whose tag went, or would go.
};

/// What one rule found in bronze.
struct RedactionRow {
  std::string rule;
  std::string meaning;
  std::string kind;
  bool definite = true;
  std::string action;  ///< Of the configuration: what silver and exports show.
  int64_t findings = 0;
  int64_t distinct = 0;
  int64_t conversations = 0;
};

struct RedactionReport {
  std::vector<RedactionRow> rows;  ///< Only rules that found something, in the order of rules.
  int64_t bytes = 0;               ///< Looked at.
};

/// A command of `firn` that runs every day.
struct Schedule {
  std::string name;
  std::string at;                    ///< "02:30" by the clock of the machine.
  std::vector<std::string> command;  ///< Words after `firn`.
  std::string system;                ///< "systemd", "launchd", "cron"; empty: what there is.
  int64_t timeout_seconds = 3600;
  std::string webhook;          ///< A URL that is told of runs that failed; may be secret.
  bool webhook_always = false;  ///< It is told of all runs.
  std::string last_run;         ///< When it last began; empty: never.
  int64_t last_exit_code = 0;
};

/// The schema of a table.
struct SchemaRow {
  std::string table;
  std::string version;   ///< The newest,
  int64_t versions = 0;  ///< of so many.
  bool is_shipped = false;
  std::string state;  ///< "agrees", "no table", "adds a, b", "differs: ..."
};

/// Something wrong with a schema file, or with the table it speaks of.
struct SchemaFault {
  std::string path;
  std::string message;
};

struct SchemaChangeRow {
  std::string path;  ///< "tokens.prompt"; empty: the schema itself.
  std::string what;
  std::string level;  ///< "patch", "minor", "major"
};

/// What changes from one schema to another.
struct SchemaDifference {
  std::string before, after;  ///< "silver.messages@1.0.0"
  std::vector<SchemaChangeRow> changes;
  std::string level;  ///< Of all: "none", "patch", "minor" or "major".
  std::string path;   ///< Of the file that was (would be) written; empty: none.
};

enum class Severity { kOk, kNote, kWarning, kError };

struct Finding {
  Severity severity = Severity::kOk;
  std::string check;
  std::string message;
  std::string hint;
};

struct DoctorReport {
  std::vector<Finding> findings;
  int64_t files_verified = 0;
  int64_t bytes_verified = 0;
  bool healthy() const {
    for (const Finding& finding : findings) {
      if (finding.severity == Severity::kError) return false;
    }
    return true;
  }
};

}  // namespace firn::lakehouse
