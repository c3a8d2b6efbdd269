// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"
#include "firn/lakehouse/rows.h"

namespace firn {
class Env;
}
namespace firn::obs {
class Logger;
class Progress;
}  // namespace firn::obs

namespace firn::lakehouse {

struct AddFilesReport;
struct AddFilesRequest;
struct AdviceReport;
struct AlterRequest;
struct ColumnSizeReport;
struct DropReport;
struct DropRequest;
struct ForgetReport;
struct ForgetRequest;
struct MigrationReport;
struct MigrationRequest;
struct MoveReport;
struct RefRequest;
struct RefRow;

/// Where a lake is and what it stands in.
struct LakeOptions {
  std::string path;                                ///< The lake's folder.
  std::map<std::string, std::string> environment;  ///< HOME, CLAUDE_CONFIG_DIR, TZ, USER, ...
  bool create = true;                              ///< Make the lake if there is none.
  Env* env = nullptr;                              ///< Must outlive the lakehouse.
  obs::Logger* log = nullptr;                      ///< Null: silent.
  obs::Progress* progress = nullptr;               ///< Null: none shown.
};

/// How CSV and JSON files are to be read, as a person says it; what is empty is found out.
struct TextReading {
  std::string delimiter;                 ///< One byte; "\\t" or "tab" for that.
  std::string quote = "\"";              ///< One byte, or "" where nothing is quoted.
  std::string escape;                    ///< One byte.
  std::optional<bool> header;            ///< Whether the first record names the columns.
  std::optional<std::string> null_text;  ///< An unquoted field that reads so is null.
  std::string records;                   ///< "$.data.items": where a JSON document has its records.
  bool flatten = false;  ///< With `create`: "address": {"city": .. } is address_city.

  friend bool operator==(const TextReading&, const TextReading&) = default;
};

struct IngestRequest {
  std::string source;              ///< "claude_code", "chatgpt", "csv", ...; empty: recognise.
  std::vector<std::string> paths;  ///< Empty: the usual places; "-": what `input` gives.
  int input = -1;                  ///< The descriptor of standard input.
  std::string into;                ///< "namespace.table" for csv, json, jsonl, parquet.
  bool create = false;             ///< Infer a schema and make the table.
  bool append_rewritten = false;   ///< Take a rewritten file's rows as those of a new file.
  bool dry_run = false;
  TextReading text;

  // Of query_perf alone.
  std::string date;         ///< "YYYY-MM-DD": the reports of that day; empty: the latest.
  bool historical = false;  ///< All reports.
  std::string codec;        ///< "zstd", "snappy", ...; empty: the table's.
  std::string files;        ///< A folder: plain Parquet files there, no lake.
};

struct RunRequest {
  std::vector<std::string> models;  ///< Empty: all.
  bool full_refresh = false;
  bool dry_run = false;
};

/// A lake and everything one can do with it: the one place where the command line, the server and
/// embedding programs meet the engine. Not thread-safe; several processes may open one lake.
///
/// Errors of every member: `kNotFound` for names that do not exist, `kConflict` after retries,
/// `kCorrupt` naming the file that breaks its format, `kIo` as the system reports it.
class Lakehouse {
 public:
  /// Opens the lake, making it where `options.create` says so.
  /// Errors: `kUnsupported` for a lake of a newer format; `kInvalidArgument` for a bad `firn.toml`.
  static Result<std::unique_ptr<Lakehouse>> Open(LakeOptions options);
  ~Lakehouse();

  const std::string& path() const;

  /// Exports reports into plain Parquet files (`request.files`). Makes no lake; where there is one,
  /// its configuration counts.
  static Result<IngestReport> ExportFiles(const LakeOptions& options, const IngestRequest& request);

  /// Reads what is new in the request's paths into bronze or into a table of the user's own.
  Result<IngestReport> Ingest(const IngestRequest& request);

  /// Brings the tables of all models up to their inputs, or says what it would do.
  Result<RunReport> Run(const RunRequest& request);

  /// Brings the embeddings of conversations up to silver, see `EmbedConversations`.
  Result<EmbedReport> Embed(const EmbedRequest& request);

  Result<UsageReport> Usage(const UsageRequest& request);
  /// Lists what `Usage` left out on `day` ("YYYY-MM-DD" in the request's time zone).
  Result<UsageExplanation> ExplainUsage(const UsageRequest& request, std::string_view day);

  /// Finds a conversation by its id, its platform's own id, or an unambiguous beginning of either.
  Result<ShownConversation> Show(std::string_view conversation);

  /// Finds words in all conversations, or what is about the same; first brings the index up to what
  /// is new, and the embeddings too where no server makes them.
  /// Errors: `kInvalidArgument` for words that say nothing, and for dates that are none.
  Result<SearchReport> Search(const SearchRequest& request);

  /// Looks for secrets and personal data in all of bronze and says what silver shows of them.
  Result<RedactionReport> FindSecrets();
  /// Columns of silver that `[privacy.columns]` decides on, and what becomes of their values.
  std::map<std::string, std::string> ColumnActions() const;
  /// Replaces in a text what `[privacy]` does not keep.
  Result<std::string> Redact(std::string text);
  /// Gives back what was sealed in a text. Errors: `kCorrupt` where it was another lake.
  Result<std::string> Unseal(std::string_view text);

  /// Takes a person or a conversation out of all tables and their history, see `Forget`.
  Result<ForgetReport> Forget(const ForgetRequest& request);

  /// Runs one SQL statement. Errors: `kInvalidArgument` with the engine's message.
  Result<std::unique_ptr<RowStream>> Query(std::string_view sql);

  /// Writes a table or the rows of a query into files for other programs, see `ExportRows`.
  Result<ExportReport> Export(const ExportRequest& request);
  /// Writes a training set and records it, see `ExportTraining`.
  Result<TrainingReport> ExportTrainingSet(const TrainingRequest& request);

  /// Commands that run every day, see `Scheduler`.
  Result<Schedule> AddSchedule(const Schedule& schedule);
  Result<std::vector<Schedule>> Schedules();
  Result<Schedule> RemoveSchedule(const std::string& name);
  Result<int> RunSchedule(const std::string& name);

  /// The schemas of tables, see `Schemas`.
  Result<std::vector<SchemaRow>> ListSchemas();
  Result<std::string> ShowSchema(std::string_view name);
  Result<std::vector<SchemaFault>> CheckSchemas();
  Result<SchemaDifference> DiffSchemas(std::string_view before, std::string_view after);
  Result<SchemaDifference> BumpSchema(std::string_view table, bool dry_run);
  /// Gives a table a schema that breaks it; see `MigrateTable`.
  Result<MigrationReport> MigrateSchema(const MigrationRequest& request);
  /// Takes that back before the cut-over; see `AbandonMigration`.
  Result<std::string> AbandonSchema(std::string_view table);

  Result<std::vector<TableRow>> Tables();
  Result<TableDetails> Table(std::string_view name);
  Result<std::vector<SnapshotRow>> Snapshots(std::string_view name);
  Result<std::vector<FileRow>> Files(std::string_view name);
  /// What each column takes, see `ColumnSizesOf`.
  Result<ColumnSizeReport> ColumnSizes(std::string_view name);
  /// What would make the table smaller or faster, see `AdviseTable`.
  Result<AdviceReport> Advise(std::string_view name);
  /// Changes how a table is written. Errors: `kInvalidArgument` for a property that no writer could
  /// use, or an order that cannot be kept.
  Status Alter(const AlterRequest& request);

  /// Branches and tags, see `table_refs.h`.
  Result<std::vector<RefRow>> Refs(std::string_view table, bool branches);
  Result<RefRow> MakeRef(const RefRequest& request);
  Status DropRef(std::string_view table, const std::string& name, bool is_branch);
  Status RenameRef(std::string_view table, const std::string& name, const std::string& new_name,
                   bool is_branch);
  Result<MoveReport> FastForward(std::string_view table, const std::string& branch,
                                 const std::string& to);
  Result<MoveReport> RollBack(std::string_view table, std::string_view version,
                              const std::string& branch);
  Result<MoveReport> CherryPick(std::string_view table, std::string_view version,
                                const std::string& branch);

  /// Tables that go, get another name or come, see `table_names.h`.
  Result<DropReport> DropTable(const DropRequest& request);
  Status RenameTable(std::string_view from, std::string_view to);
  Result<TableDetails> RegisterTable(std::string_view name, std::string_view metadata_file);
  /// Adds Parquet files to a table where they lie, see `add_files.h`.
  Result<AddFilesReport> AddFiles(const AddFilesRequest& request);

  /// Expires snapshots and deletes the files nothing needs any more.
  Result<MaintainReport> Maintain(const MaintainRequest& request);

  /// Looks at the lake and its surroundings; `verify` reads every referenced file.
  Result<DoctorReport> Doctor(bool verify);

 private:
  struct Parts;
  explicit Lakehouse(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// The release this binary is of, and the libraries it stands on.
struct VersionInfo {
  std::string firn;
  std::string arrow;
  std::string duckdb;
  std::string sqlite;
  int lake_format = 1;
};
VersionInfo Version();

}  // namespace firn::lakehouse
