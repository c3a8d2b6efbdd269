// SPDX-License-Identifier: Apache-2.0
//
// Silver's tables are written by key, copy on write: a commit takes files out and puts others in
// that hold most of the same rows. So rows of new files are put into the index, which passes over
// those that it has, and keys that old files had and new ones have not are removed.

#include "firn/search/index_sync.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/catalog/catalog.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/typed_column.h"
#include "firn/obs/progress.h"
#include "firn/search/row_text.h"
#include "firn/table/scan.h"

namespace firn::search {
namespace {

// A table, and how its rows are documents.
struct Source {
  Document::Kind kind;
  std::string table;
  std::string key;  // The column that tells rows of a conversation apart.
  std::vector<std::string> columns;
  Result<Document> (*document)(const arrow::RecordBatch& rows, int64_t row);
};

Status SetShared(const arrow::RecordBatch& rows, int64_t row, Document& document) {
  FIRN_ASSIGN(document.conversation_id, RowText(rows, "conversation_id", row));
  FIRN_ASSIGN(document.message_id, RowText(rows, "message_id", row));
  FIRN_ASSIGN(document.platform, RowText(rows, "platform", row));
  FIRN_ASSIGN(const auto* times, datafile::TypedColumn<arrow::TimestampArray>(rows, "timestamp"));
  document.timestamp_micros = datafile::NumberAt(*times, row);
  return Ok();
}

Result<Document> MessageAt(const arrow::RecordBatch& rows, int64_t row) {
  Document document;
  document.kind = Document::Kind::kMessage;
  FIRN_TRY(SetShared(rows, row, document));
  document.key = document.message_id;
  FIRN_ASSIGN(const auto* sequences, datafile::TypedColumn<arrow::Int32Array>(rows, "sequence"));
  document.sequence = datafile::NumberAt(*sequences, row);
  FIRN_ASSIGN(document.role, RowText(rows, "role", row));
  FIRN_ASSIGN(document.project_path, RowText(rows, "project_path", row));
  FIRN_ASSIGN(const std::string content, RowText(rows, "content", row));
  FIRN_ASSIGN(const std::string reasoning, RowText(rows, "reasoning", row));
  document.text = JoinTexts(content, reasoning);
  return document;
}

Result<Document> ToolCallAt(const arrow::RecordBatch& rows, int64_t row) {
  Document document;
  document.kind = Document::Kind::kToolCall;
  FIRN_TRY(SetShared(rows, row, document));
  document.role = "tool";
  FIRN_ASSIGN(document.key, RowText(rows, "tool_call_id", row));
  FIRN_ASSIGN(document.tool_name, RowText(rows, "tool_name", row));
  FIRN_ASSIGN(const std::string parameters, RowText(rows, "parameters", row));
  FIRN_ASSIGN(const std::string result, RowText(rows, "result", row));
  document.text = JoinTexts(TextOfJson(parameters), TextOfJson(result));
  return document;
}

const std::vector<Source>& Sources() {
  static const std::vector<Source> kSources = {
      {Document::Kind::kMessage,
       "silver.messages",
       "message_id",
       {"conversation_id", "message_id", "platform", "timestamp", "sequence", "role",
        "project_path", "content", "reasoning"},
       MessageAt},
      {Document::Kind::kToolCall,
       "silver.tool_calls",
       "tool_call_id",
       {"conversation_id", "message_id", "platform", "timestamp", "tool_call_id", "tool_name",
        "parameters", "result"},
       ToolCallAt}};
  return kSources;
}

using Key = std::pair<std::string, std::string>;  // Conversation, and the source's key.
using TakeRow = std::function<Status(const arrow::RecordBatch& rows, int64_t row)>;

// Brings one table's documents up to date. Runs inside a transaction of the index.
class TableSync {
 public:
  TableSync(const Source& source, const table::TableMetadata& metadata, io::FileIO& files,
            TextIndex& index, obs::Progress& progress, SyncReport& report)
      : source_(source),
        metadata_(metadata),
        files_(files),
        index_(index),
        progress_(progress),
        report_(report) {}

  Status Run() {
    const table::Snapshot* snapshot = metadata_.current_snapshot();
    if (snapshot == nullptr) return Ok();
    const IndexedSnapshot now{TableId(), snapshot->id.value};
    FIRN_ASSIGN(const auto before, index_.SnapshotOf(source_.kind));
    if (before == now) return Ok();
    FIRN_ASSIGN(table::ScanPlan plan, PlanOf(std::nullopt, source_.columns));
    const auto from = UsableSnapshot(before, plan);
    FIRN_TRY(from ? TakeChanges(*from, snapshot->id, std::move(plan)) : TakeAll(std::move(plan)));
    return index_.SetSnapshot(source_.kind, now);
  }

 private:
  // Old tables of format version 1 have no UUID, but a folder of their own.
  std::string TableId() const {
    return metadata_.table_uuid ? metadata_.table_uuid->ToString() : metadata_.location;
  }

  Result<table::ScanPlan> PlanOf(std::optional<table::SnapshotId> snapshot,
                                 const std::vector<std::string>& columns) {
    table::ScanRequest request;
    request.snapshot = snapshot;
    request.columns = columns;
    request.file_metrics = false;
    return table::PlanScan(metadata_, request, files_);
  }

  // The snapshot to go on from: of this table, still there, and no row deleted in place since.
  std::optional<table::SnapshotId> UsableSnapshot(const std::optional<IndexedSnapshot>& before,
                                                  const table::ScanPlan& plan) const {
    if (!before || before->table_uuid != TableId()) return std::nullopt;
    const table::SnapshotId id(before->snapshot_id);
    if (metadata_.FindSnapshot(id) == nullptr) return std::nullopt;
    for (const table::FileScanTask& task : plan.tasks) {
      if (!task.deletes.empty()) return std::nullopt;
    }
    return id;
  }

  Status TakeAll(table::ScanPlan plan) {
    report_.anew = true;
    std::vector<bool> seen;
    const TakeRow put = [&](const arrow::RecordBatch& rows, int64_t row) -> Status {
      FIRN_ASSIGN(const int64_t id, PutRow(rows, row));
      if (static_cast<size_t>(id) >= seen.size()) seen.resize(static_cast<size_t>(id) + 1);
      seen[static_cast<size_t>(id)] = true;
      return Ok();
    };
    FIRN_TRY(ForEachRow(std::move(plan), put));
    return index_.RemoveOthers(source_.kind, [&seen](int64_t id) {
      return static_cast<size_t>(id) < seen.size() && seen[static_cast<size_t>(id)];
    });
  }

  Status TakeChanges(table::SnapshotId from, table::SnapshotId to, table::ScanPlan plan) {
    FIRN_ASSIGN(const table::ChangePlan changes, table::PlanChanges(metadata_, from, to, files_));
    FIRN_ASSIGN(std::set<Key> gone, KeysOf(changes.removed, from));
    const TakeRow put = [&](const arrow::RecordBatch& rows, int64_t row) -> Status {
      FIRN_TRY(PutRow(rows, row));
      FIRN_ASSIGN(const Key key, KeyAt(rows, row));
      gone.erase(key);
      return Ok();
    };
    KeepOnly(changes.added, plan);
    FIRN_TRY(ForEachRow(std::move(plan), put));
    for (const auto& [conversation, key] : gone)
      FIRN_TRY(index_.Remove(source_.kind, conversation, key));
    return Ok();
  }

  // The keys of the rows that some files of a snapshot hold.
  Result<std::set<Key>> KeysOf(const std::vector<table::ManifestEntry>& entries,
                               table::SnapshotId snapshot) {
    std::set<Key> keys;
    if (entries.empty()) return keys;
    const TakeRow take = [&](const arrow::RecordBatch& rows, int64_t row) -> Status {
      FIRN_ASSIGN(Key key, KeyAt(rows, row));
      keys.insert(std::move(key));
      return Ok();
    };
    FIRN_ASSIGN(table::ScanPlan plan, PlanOf(snapshot, {"conversation_id", source_.key}));
    KeepOnly(entries, plan);
    FIRN_TRY(ForEachRow(std::move(plan), take));
    return keys;
  }

  static void KeepOnly(const std::vector<table::ManifestEntry>& entries, table::ScanPlan& plan) {
    std::set<std::string_view> paths;
    for (const table::ManifestEntry& entry : entries)
      paths.insert(entry.file.file_path);
    std::erase_if(plan.tasks, [&paths](const table::FileScanTask& task) {
      return !paths.contains(task.file.file_path);
    });
  }

  Result<Key> KeyAt(const arrow::RecordBatch& rows, int64_t row) const {
    FIRN_ASSIGN(std::string conversation, RowText(rows, "conversation_id", row));
    FIRN_ASSIGN(std::string key, RowText(rows, source_.key, row));
    return Key(std::move(conversation), std::move(key));
  }

  Result<int64_t> PutRow(const arrow::RecordBatch& rows, int64_t row) {
    FIRN_ASSIGN(const Document document, source_.document(rows, row));
    ++report_.rows_read;
    return index_.Put(document);
  }

  Status ForEachRow(table::ScanPlan plan, const TakeRow& take) {
    int64_t bytes = 0;
    for (const table::FileScanTask& task : plan.tasks)
      bytes += task.file.file_size_bytes;
    int64_t rows_left = 0;
    for (const table::FileScanTask& task : plan.tasks)
      rows_left += task.file.record_count;
    progress_.Begin("indexing " + source_.table, bytes);
    const int64_t bytes_of_row = rows_left > 0 ? bytes / rows_left : 0;
    datafile::ScanReadOptions options;
    options.batch_rows = 8 * 1024;
    FIRN_ASSIGN(const auto reader,
                datafile::ScanReader::Open(files_, metadata_, std::move(plan), options));
    while (true) {
      FIRN_ASSIGN(const auto rows, reader->Next());
      if (rows == nullptr) break;
      for (int64_t row = 0; row < rows->num_rows(); ++row)
        FIRN_TRY(take(*rows, row));
      progress_.Advance(bytes_of_row * rows->num_rows());
    }
    progress_.End();
    return Ok();
  }

  const Source& source_;
  const table::TableMetadata& metadata_;
  io::FileIO& files_;
  TextIndex& index_;
  obs::Progress& progress_;
  SyncReport& report_;
};

}  // namespace

Result<SyncReport> SyncIndex(TextIndex& index, catalog::Catalog& catalog, io::FileIO& files,
                             obs::Progress& progress) {
  SyncReport report;
  for (const Source& source : Sources()) {
    FIRN_ASSIGN(const auto name, catalog::TableName::Parse(source.table));
    const auto loaded = catalog.LoadTable(name);
    if (!loaded && loaded.error().kind == ErrorKind::kNotFound) continue;
    FIRN_TRY(loaded);
    FIRN_TRY(index.Change([&] {
      return TableSync(source, *loaded->metadata, files, index, progress, report).Run();
    }));
  }
  return report;
}

}  // namespace firn::search
