// SPDX-License-Identifier: Apache-2.0
//
// First it is written down what is to be forgotten; from then on every step asks only that, so it
// does not matter which of them an earlier call came to. Rows leave silver before bronze, which
// says what belongs to whom; the models do the rest, since they follow rows that go.

#include "firn/lakehouse/privacy/forget.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/ingest_lock.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/lakehouse/privacy/forget_search.h"
#include "firn/lakehouse/privacy/forgotten.h"
#include "firn/lakehouse/questions/lake_columns.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/maintain/erase_rows.h"
#include "firn/table/rewrite_manifests.h"

namespace firn::lakehouse {
namespace {

constexpr char kConversationId[] = "conversation_id";
constexpr char kConversationIds[] = "conversation_ids";
constexpr char kBronze[] = "bronze.conversations";
constexpr char kSources[] = "silver.conversation_sources";
constexpr const char* kNormalised[] = {"silver.messages", "silver.tool_calls",
                                       "silver.telemetry_calls", kSources};
constexpr Millis kLockWaitMax{30'000};

// What a lake says of one conversation.
struct Conversation {
  std::set<std::string> native_ids, users, parents;
};
using Conversations = std::map<std::string, Conversation, std::less<>>;

void Insert(const arrow::StringArray& column, int64_t row, std::set<std::string>& texts) {
  if (const auto text = TextAt(column, row)) texts.emplace(*text);
}

Status ReadConversations(const ForgetContext& context, const std::string& table, bool has_parents,
                         Conversations& all) {
  ColumnScan scan{table, {kConversationId, "user_id", "native_id"}, {}};
  if (has_parents) scan.columns.emplace_back("parent_conversation_id");
  return ForEachBatch(
      context.lake.catalog, context.lake.files, scan,
      [&](const arrow::RecordBatch& rows) -> Status {
        FIRN_ASSIGN(const auto* ids, TypedColumn<arrow::StringArray>(rows, kConversationId));
        FIRN_ASSIGN(const auto* users, TypedColumn<arrow::StringArray>(rows, "user_id"));
        FIRN_ASSIGN(const auto* natives, TypedColumn<arrow::StringArray>(rows, "native_id"));
        const arrow::StringArray* parents = nullptr;
        if (has_parents) {
          FIRN_ASSIGN(parents, TypedColumn<arrow::StringArray>(rows, "parent_conversation_id"));
        }
        for (int64_t row = 0; row < rows.num_rows(); ++row) {
          Conversation& known = all[ids->GetString(row)];
          Insert(*users, row, known.users);
          Insert(*natives, row, known.native_ids);
          if (parents != nullptr) Insert(*parents, row, known.parents);
        }
        return Ok();
      });
}

std::set<std::string> Where(
    const Conversations& all,
    const std::function<bool(const std::string&, const Conversation&)>& is) {
  std::set<std::string> ids;
  for (const auto& [id, known] : all) {
    if (is(id, known)) ids.insert(id);
  }
  return ids;
}

// Those that were started by others of `ids`, and by those in turn.
void AddDescendants(const Conversations& all, std::set<std::string>& ids) {
  for (size_t before = 0; before != ids.size();) {
    before = ids.size();
    ids.merge(Where(all, [&](const std::string&, const Conversation& known) {
      return std::ranges::any_of(known.parents,
                                 [&](const std::string& parent) { return ids.contains(parent); });
    }));
  }
}

Result<std::set<std::string>> FindConversation(const Conversations& all, const std::string& who) {
  auto exact = Where(all, [&](const std::string& id, const Conversation& known) {
    return id == who || known.native_ids.contains(who);
  });
  if (!exact.empty()) return exact;
  auto begun = Where(all, [&](const std::string& id, const Conversation& known) {
    return id.starts_with(who) || std::ranges::any_of(known.native_ids, [&](const auto& native) {
             return native.starts_with(who);
           });
  });
  if (begun.size() > 1) {
    return InvalidArgument("several conversations begin with", who)
        .WithHint("one of: " + *begun.begin() + ", " + *std::next(begun.begin()));
  }
  return begun;
}

// Where forgotten slices lay: by source file, and within it where each begins and ends.
using Ranges = std::map<std::string, std::vector<std::pair<int64_t, int64_t>>, std::less<>>;

class Forgetting {
 public:
  Forgetting(const ForgetContext& context, const ForgetRequest& request)
      : context_(context), lake_(context.lake), request_(request) {}

  Result<ForgetReport> Go() {
    FIRN_ASSIGN(forgotten_, Forgotten::Load(context_.folder, context_.disk, lake_.env));
    FIRN_TRY(Resolve());
    FIRN_TRY(ReadSlices());
    report_.dry_run = request_.dry_run;
    if (request_.dry_run) {
      FIRN_TRY(EraseAll());
      FIRN_TRY(CountHistory());
      return report_;
    }
    FIRN_TRY(WriteDown());
    const ingest::IngestLock lock(context_.folder.LockPath(), lake_.env, kLockWaitMax);
    FIRN_TRY(EraseAtTheRoots());
    FIRN_TRY(context_.run_models());
    FIRN_TRY(EraseAll());
    FIRN_TRY(DropHistory());
    FIRN_TRY(DropIndexes());
    FIRN_TRY(Search());
    return report_;
  }

 private:
  Status Resolve() {
    Conversations all;
    FIRN_TRY(ReadConversations(context_, kBronze, false, all));
    FIRN_TRY(ReadConversations(context_, kSources, true, all));
    ids_ = Where(all, [&](const std::string&, const Conversation& known) {
      return known.users.contains(request_.who);
    });
    report_.is_user = !ids_.empty();
    if (!report_.is_user) {
      FIRN_ASSIGN(ids_, FindConversation(all, request_.who));
    }
    AddDescendants(all, ids_);
    report_.conversations = static_cast<int64_t>(ids_.size());
    const bool known_before = forgotten_.Has(Forgotten::Kind::kUser, request_.who) ||
                              forgotten_.Has(Forgotten::Kind::kConversation, request_.who);
    if (!ids_.empty() || known_before) return Ok();
    return NotFound("neither a user nor a conversation of this lake", request_.who)
        .WithHint("'firn usage session' lists conversations");
  }

  bool IsForgotten(std::string_view id) {
    if (ids_.contains(std::string(id))) return true;
    if (request_.dry_run) return false;
    const auto [known, is_new] = answers_.try_emplace(std::string(id), false);
    if (is_new) known->second = forgotten_.Has(Forgotten::Kind::kConversation, id);
    return known->second;
  }

  // Which sources hold slices to forget, which hold others, and where.
  Status ReadSlices() {
    const ColumnScan scan{
        kBronze,
        {kConversationId, "source_id", "source_file", "source_offset", "source_length"},
        {}};
    return ForEachBatch(
        lake_.catalog, lake_.files, scan, [&](const arrow::RecordBatch& rows) -> Status {
          FIRN_ASSIGN(const auto* ids, TypedColumn<arrow::StringArray>(rows, kConversationId));
          FIRN_ASSIGN(const auto* sources, TypedColumn<arrow::StringArray>(rows, "source_id"));
          FIRN_ASSIGN(const auto* paths, TypedColumn<arrow::StringArray>(rows, "source_file"));
          FIRN_ASSIGN(const auto* offsets, TypedColumn<arrow::Int64Array>(rows, "source_offset"));
          FIRN_ASSIGN(const auto* lengths, TypedColumn<arrow::Int64Array>(rows, "source_length"));
          for (int64_t row = 0; row < rows.num_rows(); ++row) {
            const bool goes = IsForgotten(ids->GetView(row));
            (goes ? sources_ : other_sources_).insert(sources->GetString(row));
            const int64_t begin = offsets->Value(row);
            if (goes)
              ranges_[paths->GetString(row)].emplace_back(begin, begin + lengths->Value(row));
          }
          return Ok();
        });
  }

  Status WriteDown() {
    using Kind = Forgotten::Kind;
    const auto add = [&](Kind kind, const std::set<std::string>& ids) {
      return forgotten_.Add(context_.folder, context_.disk, lake_.env, kind, ids);
    };
    FIRN_TRY(add(Kind::kSource, sources_));
    if (report_.is_user) FIRN_TRY(add(Kind::kUser, {request_.who}));
    return add(Kind::kConversation, ids_);
  }

  Status Erase(const catalog::TableName& name, const maintain::Erasure& erasure) {
    FIRN_ASSIGN(const maintain::ErasureOutcome done,
                maintain::EraseRows(lake_, name, erasure, request_.dry_run));
    if (done.files == 0) return Ok();
    ForgetRow& row = RowOf(name.ToString());
    row.rows += done.rows;
    row.files += done.files;
    row.bytes += done.bytes;
    return Ok();
  }

  ForgetRow& RowOf(const std::string& table) {
    const auto found = std::ranges::find(report_.tables, table, &ForgetRow::table);
    if (found != report_.tables.end()) return *found;
    ForgetRow row;
    row.table = table;
    report_.tables.push_back(std::move(row));
    return report_.tables.back();
  }

  // The rows whose text in `column` is one that goes.
  static maintain::Erasure ByText(std::string column, std::function<bool(std::string_view)> goes) {
    maintain::Erasure erasure;
    erasure.columns = {column};
    erasure.choose = [column, goes = std::move(goes)](
                         const arrow::RecordBatch& rows) -> Result<std::vector<int64_t>> {
      FIRN_ASSIGN(const auto* texts, TypedColumn<arrow::StringArray>(rows, column));
      std::vector<int64_t> gone;
      for (int64_t row = 0; row < rows.num_rows(); ++row) {
        const auto text = TextAt(*texts, row);
        if (text && goes(*text)) gone.push_back(row);
      }
      return gone;
    };
    return erasure;
  }

  // Rows that name several conversations, one that goes among them.
  maintain::Erasure ByConversations() {
    maintain::Erasure erasure;
    erasure.columns = {kConversationIds};
    erasure.choose = [this](const arrow::RecordBatch& rows) -> Result<std::vector<int64_t>> {
      FIRN_ASSIGN(const auto* lists, TypedColumn<arrow::ListArray>(rows, kConversationIds));
      std::vector<int64_t> gone;
      for (int64_t row = 0; row < rows.num_rows(); ++row) {
        if (lists->IsNull(row)) continue;
        const auto members = std::static_pointer_cast<arrow::StringArray>(lists->value_slice(row));
        const bool goes = std::any_of(members->begin(), members->end(),
                                      [this](const auto& id) { return id && IsForgotten(*id); });
        if (goes) gone.push_back(row);
      }
      return gone;
    };
    return erasure;
  }

  maintain::Erasure ByConversation() {
    return ByText(kConversationId, [this](std::string_view id) { return IsForgotten(id); });
  }

  // Sources of which nothing stays: whoever reads the file again finds only what is forgotten.
  maintain::Erasure BySource() {
    return ByText("source_id", [this](std::string_view id) {
      if (other_sources_.contains(std::string(id))) return false;
      if (sources_.contains(std::string(id))) return true;
      return !request_.dry_run && forgotten_.Has(Forgotten::Kind::kSource, id);
    });
  }

  maintain::Erasure ByPlace() {
    maintain::Erasure erasure;
    erasure.columns = {"source_file", "source_offset"};
    erasure.choose = [this](const arrow::RecordBatch& rows) -> Result<std::vector<int64_t>> {
      FIRN_ASSIGN(const auto* paths, TypedColumn<arrow::StringArray>(rows, "source_file"));
      FIRN_ASSIGN(const auto* offsets, TypedColumn<arrow::Int64Array>(rows, "source_offset"));
      std::vector<int64_t> gone;
      for (int64_t row = 0; row < rows.num_rows(); ++row) {
        const auto found = ranges_.find(paths->GetView(row));
        const int64_t offset = offsets->Value(row);
        const auto holds = [&](const auto& range) {
          return range.first <= offset && offset < range.second;
        };
        if (found != ranges_.end() && std::ranges::any_of(found->second, holds)) {
          gone.push_back(row);
        }
      }
      return gone;
    };
    return erasure;
  }

  Status EraseIfThere(const catalog::TableName& name, const maintain::Erasure& erasure) {
    FIRN_ASSIGN(const bool exists, lake_.catalog.TableExists(name));
    return exists ? Erase(name, erasure) : Ok();
  }

  // What no model makes of other tables; bronze last, as it says what belongs to whom.
  Status EraseAtTheRoots() {
    for (const char* table : kNormalised) {
      FIRN_ASSIGN(const auto name, catalog::TableName::Parse(table));
      FIRN_TRY(EraseIfThere(name, ByConversation()));
    }
    FIRN_ASSIGN(const auto bronze, catalog::TableName::Parse(kBronze));
    FIRN_TRY(EraseIfThere(ingest::RejectedTableName(bronze), ByPlace()));
    FIRN_TRY(EraseIfThere(ingest::PositionsTableName(), BySource()));
    return EraseIfThere(bronze, ByConversation());
  }

  // What is left anywhere: tables that are no model's.
  Status EraseAll() {
    FIRN_ASSIGN(const auto bronze, catalog::TableName::Parse(kBronze));
    if (request_.dry_run) {
      FIRN_TRY(EraseIfThere(ingest::RejectedTableName(bronze), ByPlace()));
      FIRN_TRY(EraseIfThere(ingest::PositionsTableName(), BySource()));
    }
    FIRN_ASSIGN(const auto names, AllTableNames(lake_.catalog));
    for (const catalog::TableName& name : names) {
      FIRN_ASSIGN(const auto table, lake_.catalog.LoadTable(name));
      if (HasText(*table.metadata, kConversationId)) FIRN_TRY(Erase(name, ByConversation()));
      if (HasTexts(*table.metadata, kConversationIds)) FIRN_TRY(Erase(name, ByConversations()));
    }
    return Ok();
  }

  static bool HasText(const table::TableMetadata& metadata, std::string_view column) {
    const table::NestedField* found = metadata.schema().FindByName(column);
    return found != nullptr && found->type.id() == table::TypeId::kString;
  }

  static bool HasTexts(const table::TableMetadata& metadata, std::string_view column) {
    const table::NestedField* found = metadata.schema().FindByName(column);
    return found != nullptr && found->type.id() == table::TypeId::kList &&
           found->type.element().type.id() == table::TypeId::kString;
  }

  // Tables whose history may tell of somebody.
  Result<std::vector<catalog::TableName>> Telling() {
    FIRN_ASSIGN(const auto bronze, catalog::TableName::Parse(kBronze));
    FIRN_ASSIGN(const auto names, AllTableNames(lake_.catalog));
    std::vector<catalog::TableName> telling;
    for (const catalog::TableName& name : names) {
      FIRN_ASSIGN(const auto table, lake_.catalog.LoadTable(name));
      const table::TableMetadata& metadata = *table.metadata;
      const bool tells = HasText(metadata, kConversationId) || HasText(metadata, "user_id") ||
                         HasTexts(metadata, kConversationIds) ||
                         name == ingest::PositionsTableName() ||
                         name == ingest::RejectedTableName(bronze);
      if (tells && metadata.current_snapshot_id) telling.push_back(name);
    }
    return telling;
  }

  Status CountHistory() {
    FIRN_ASSIGN(const auto names, Telling());
    for (const catalog::TableName& name : names) {
      FIRN_ASSIGN(const auto table, lake_.catalog.LoadTable(name));
      const auto snapshots = static_cast<int64_t>(table.metadata->snapshots.size()) - 1;
      if (snapshots > 0) RowOf(name.ToString()).snapshots = snapshots;
    }
    return Ok();
  }

  // Manifests still tell bounds of files that left, so they are written again; the models then take
  // note of the snapshots that makes, so that none before them is needed.
  Status DropHistory() {
    FIRN_ASSIGN(const auto names, Telling());
    for (const catalog::TableName& name : names) {
      FIRN_TRY(catalog::CommitOperation(lake_.catalog, lake_.files, lake_.env, name,
                                        table::RewriteManifests()));
    }
    FIRN_TRY(context_.run_models());
    maintain::ExpiryRequest all;
    all.only_current = true;
    for (const catalog::TableName& name : names) {
      FIRN_ASSIGN(const auto expired, maintain::ExpireTable(lake_, name, all, false));
      const auto snapshots = static_cast<int64_t>(expired.expired.snapshots.size());
      if (snapshots > 0) RowOf(name.ToString()).snapshots += snapshots;
    }
    return Ok();
  }

  // All are made anew from the tables when they are needed.
  Status DropIndexes() {
    std::vector<std::string> locations;
    for (const std::string& path :
         {context_.folder.SearchIndexPath(), context_.folder.PositionCachePath()}) {
      for (const char* part : {"", "-wal", "-shm", "-journal"})
        locations.push_back(io::FileLocation(path + part));
    }
    FIRN_ASSIGN(const auto vectors,
                context_.disk.List(io::FileLocation(context_.folder.VectorIndexPath() + "/")));
    for (const io::FileInfo& file : vectors)
      locations.push_back(file.location);
    for (const std::string& location : locations) {
      const Status deleted = context_.disk.Delete(location);
      if (!deleted.ok() && deleted.error().kind != ErrorKind::kNotFound) return deleted;
    }
    return Ok();
  }

  Status Search() {
    ForgetSearch search(context_, ids_, [this](std::string_view id) { return IsForgotten(id); });
    FIRN_ASSIGN(const auto names, Telling());
    for (const catalog::TableName& name : names)
      FIRN_TRY(search.LookInto(name));
    FIRN_TRY(search.LookBeside());
    report_.files_searched = search.files();
    report_.left = search.left();
    return Ok();
  }

  const ForgetContext& context_;
  const maintain::MaintainContext& lake_;
  const ForgetRequest& request_;
  Forgotten forgotten_;
  ForgetReport report_;
  std::set<std::string> ids_;                         // Conversations found this time.
  std::map<std::string, bool, std::less<>> answers_;  // Of `forgotten_`.
  std::set<std::string> sources_, other_sources_;     // With slices that go, and that stay.
  Ranges ranges_;
};

}  // namespace

Result<ForgetReport> Forget(const ForgetContext& context, const ForgetRequest& request) {
  if (request.who.empty()) return InvalidArgument("nobody is named");
  return Forgetting(context, request).Go();
}

}  // namespace firn::lakehouse
