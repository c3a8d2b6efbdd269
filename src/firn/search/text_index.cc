// SPDX-License-Identifier: Apache-2.0
//
// `document` holds what is filtered by and shown, `words` (FTS5) the texts; rows of both have the
// same number. The digest of a document tells whether it changed, so that a rewritten data file
// costs a look a row and no more.

#include "firn/search/text_index.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "firn/base/digest.h"

namespace firn::search {
namespace {

using catalog::SqlRow;
using catalog::SqlText;

constexpr std::string_view kLayout = "1";

// Letters of all languages without their accents, digits; `snake_case` is two words.
constexpr std::string_view kTables[] = {
    "CREATE TABLE layout (version TEXT NOT NULL)",
    "CREATE TABLE source (kind TEXT PRIMARY KEY, table_uuid TEXT NOT NULL, snapshot_id TEXT NOT "
    "NULL)",
    "CREATE TABLE document (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, conversation_id TEXT NOT "
    "NULL, "
    "key TEXT NOT NULL, message_id TEXT NOT NULL, sequence INTEGER, role TEXT NOT NULL, "
    "tool_name TEXT NOT NULL, platform TEXT NOT NULL, project_path TEXT NOT NULL, "
    "timestamp INTEGER, digest TEXT NOT NULL, UNIQUE (kind, conversation_id, key))",
    "CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = \"unicode61 remove_diacritics 2\")"};

std::string NameOf(Document::Kind kind) {
  return kind == Document::Kind::kMessage ? "message" : "tool_call";
}

SqlText NumberText(const std::optional<int64_t>& number) {
  return number ? SqlText(std::to_string(*number)) : std::nullopt;
}

std::optional<int64_t> NumberOf(const SqlText& text) {
  int64_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  return error == std::errc() && end == text->data() + text->size() ? std::optional(number)
                                                                    : std::nullopt;
}

Result<int64_t> IdOf(const std::vector<SqlRow>& rows) {
  const auto id = rows.empty() ? std::nullopt : NumberOf(rows[0][0]);
  if (!id) return Corrupt("a document of the search index has no number");
  return *id;
}

std::string DigestOf(const Document& document) {
  std::string all;
  for (const std::string& part :
       {document.message_id, document.role, document.tool_name, document.platform,
        document.project_path, NumberText(document.sequence).value_or(""),
        NumberText(document.timestamp_micros).value_or(""), document.text}) {
    all.append(std::to_string(part.size())).append(":").append(part);
  }
  return Md5Hex(all);
}

// The rest of the conversation says what its project is; calls of tools do not.
constexpr std::string_view kOfProject =
    " AND d.conversation_id IN (SELECT conversation_id FROM document WHERE instr(project_path, ?) "
    "> 0)";

// A call of a tool is of the message it stands in.
constexpr std::string_view kWithMessages =
    " LEFT JOIN document m ON d.kind = 'tool_call' AND m.kind = 'message' AND "
    "m.conversation_id = d.conversation_id AND m.key = d.message_id WHERE ";
constexpr std::string_view kTime = "coalesce(d.timestamp, m.timestamp)";

void Narrow(const SearchFilter& filter, std::string& sql, SqlRow& values) {
  const auto narrow = [&](std::string_view condition, SqlText value) {
    sql += condition;
    values.push_back(std::move(value));
  };
  if (!filter.platform.empty()) narrow(" AND d.platform = ?", filter.platform);
  if (!filter.role.empty()) narrow(" AND d.role = ?", filter.role);
  if (!filter.tool.empty()) narrow(" AND d.tool_name = ?", filter.tool);
  if (!filter.project.empty()) narrow(kOfProject, filter.project);
  if (filter.since_micros) {
    narrow(" AND " + std::string(kTime) + " >= CAST(? AS INTEGER)",
           NumberText(filter.since_micros));
  }
  if (filter.until_micros) {
    narrow(" AND " + std::string(kTime) + " < CAST(? AS INTEGER)", NumberText(filter.until_micros));
  }
}

std::string SearchSql(const SearchQuery& query, int64_t limit, SqlRow& values) {
  std::string sql =
      "SELECT d.conversation_id, coalesce(d.sequence, m.sequence), d.role, d.tool_name, "
      "d.platform, coalesce(nullif(d.project_path, ''), m.project_path, ''), " +
      std::string(kTime) +
      ", snippet(words, 0, char(2), char(3), '…', 24), -bm25(words), d.id, d.kind, d.key "
      "FROM words JOIN document d ON d.id = words.rowid" +
      std::string(kWithMessages) + "words MATCH ?";
  values.push_back(query.match);
  Narrow(query.filter, sql, values);
  sql += " ORDER BY bm25(words), d.conversation_id, d.key LIMIT CAST(? AS INTEGER)";
  values.push_back(std::to_string(limit));
  return sql;
}

Hit HitOf(const SqlRow& row) {
  Hit hit;
  hit.conversation_id = row[0].value_or("");
  hit.sequence = NumberOf(row[1]);
  hit.role = row[2].value_or("");
  hit.tool_name = row[3].value_or("");
  hit.platform = row[4].value_or("");
  hit.project_path = row[5].value_or("");
  hit.timestamp_micros = NumberOf(row[6]);
  hit.snippet = row[7].value_or("");
  const std::string score = row[8].value_or("0");
  std::from_chars(score.data(), score.data() + score.size(), hit.score);
  return hit;
}

// Shorter ids are places within a conversation, which others have, too.
constexpr size_t kIdBytesMin = 16;

// Gathers what was found, best first, copies of one message as one.
class FoundPlaces {
 public:
  using IsSameText = std::function<Result<bool>(const std::string& id, const std::string& other)>;

  explicit FoundPlaces(IsSameText is_same_text) : is_same_text_(std::move(is_same_text)) {}

  Status Add(const SqlRow& row) {
    const std::string id = row[9].value_or("");
    const std::string kind = row[10].value_or(""), key = row[11].value_or("");
    std::vector<std::string> names;
    if (key.size() >= kIdBytesMin) names.push_back(kind + " " + key);
    if (row[6]) names.push_back(kind + " at " + *row[6]);
    Hit hit = HitOf(row);
    for (const std::string& name : names) {
      const auto known = known_.find(name);
      if (known == known_.end()) continue;
      FIRN_ASSIGN(const bool is_copy, IsCopy(hit, id, known->second));
      if (!is_copy) continue;
      hits_[known->second].also_in.push_back(std::move(hit.conversation_id));
      return Ok();
    }
    for (std::string& name : names)
      known_.emplace(std::move(name), hits_.size());
    ids_.push_back(id);
    hits_.push_back(std::move(hit));
    return Ok();
  }

  size_t count() const { return hits_.size(); }

  std::vector<Hit> Take(int64_t limit) {
    hits_.resize(std::min(hits_.size(), static_cast<size_t>(limit)));
    return std::move(hits_);
  }

 private:
  // Equal texts have equal scores.
  Result<bool> IsCopy(const Hit& hit, const std::string& id, size_t at) const {
    const Hit& other = hits_[at];
    const bool may_be =
        hit.score == other.score && hit.role == other.role &&
        hit.conversation_id != other.conversation_id &&
        std::ranges::find(other.also_in, hit.conversation_id) == other.also_in.end();
    if (!may_be) return false;
    return is_same_text_(id, ids_[at]);
  }

  IsSameText is_same_text_;
  std::vector<Hit> hits_;
  std::vector<std::string> ids_;  // Of their documents.
  std::unordered_map<std::string, size_t> known_;
};

}  // namespace

TextIndex::TextIndex(std::unique_ptr<catalog::SqliteDatabase> database)
    : database_(std::move(database)) {}

Result<bool> TextIndex::IsUsable() {
  return database_->Read([this]() -> Result<bool> {
    const auto found = database_->Select("SELECT version FROM layout");
    if (found) return found->size() == 1 && (*found)[0][0] == kLayout;
    if (found.error().kind == ErrorKind::kInternal) return false;  // There is no such table.
    return found.error();
  });
}

Status TextIndex::MakeTables() {
  return database_->Write([this]() -> Status {
    for (const std::string_view table : kTables)
      FIRN_TRY(database_->Run(table));
    FIRN_TRY(database_->Run("INSERT INTO layout VALUES (?)", {std::string(kLayout)}));
    return Ok();
  });
}

// The index at `path`, if it can be used as it is or is new; unset where it has to be made anew.
Result<std::optional<TextIndex>> TextIndex::OpenAsItIs(const std::string& path, Env& env) {
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(path, ignored);
  auto database = catalog::SqliteDatabase::Open(path, env);
  if (!database && database.error().kind == ErrorKind::kCorrupt) return std::optional<TextIndex>();
  if (!database) return std::move(database).error();
  TextIndex index(std::move(*database));
  if (is_new) FIRN_TRY(index.MakeTables());
  const auto usable = index.IsUsable();
  if (!usable && usable.error().kind != ErrorKind::kCorrupt) return usable.error();
  return usable && *usable ? std::optional(std::move(index)) : std::optional<TextIndex>();
}

Result<TextIndex> TextIndex::Open(const std::string& path, Env& env) {
  FIRN_ASSIGN(auto index, OpenAsItIs(path, env));
  if (index) return std::move(*index);
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(path + suffix, ignored);
  FIRN_ASSIGN(index, OpenAsItIs(path, env));
  if (index) return std::move(*index);
  return Corrupt("the search index can be neither read nor made anew", path);
}

Status TextIndex::Change(const std::function<Status()>& body) {
  return database_->Write(body);
}

Result<std::optional<IndexedSnapshot>> TextIndex::SnapshotOf(Document::Kind kind) {
  FIRN_ASSIGN(const auto rows,
              database_->Select("SELECT table_uuid, snapshot_id FROM source WHERE kind = ?",
                                {NameOf(kind)}));
  if (rows.empty()) return std::optional<IndexedSnapshot>();
  return std::optional(IndexedSnapshot{rows[0][0].value_or(""), NumberOf(rows[0][1]).value_or(0)});
}

Status TextIndex::SetSnapshot(Document::Kind kind, const IndexedSnapshot& snapshot) {
  FIRN_TRY(
      database_->Run("INSERT OR REPLACE INTO source VALUES (?, ?, ?)",
                     {NameOf(kind), snapshot.table_uuid, std::to_string(snapshot.snapshot_id)}));
  return Ok();
}

Result<int64_t> TextIndex::Put(const Document& document) {
  const std::string digest = DigestOf(document);
  const SqlRow key = {NameOf(document.kind), document.conversation_id, document.key};
  FIRN_ASSIGN(const auto known,
              database_->Select("SELECT id, digest FROM document WHERE kind = ? AND "
                                "conversation_id = ? AND key = ?",
                                key));
  if (!known.empty() && known[0][1] == digest) return IdOf(known);
  if (!known.empty()) {
    FIRN_TRY(Remove(document.kind, document.conversation_id, document.key));
  }
  // Not RETURNING: that needs a savepoint, and FTS5 writes what it holds at each.
  FIRN_TRY(database_->Run(
      "INSERT INTO document (kind, conversation_id, key, message_id, sequence, role, tool_name, "
      "platform, project_path, timestamp, digest) VALUES (?, ?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, "
      "?, CAST(? AS INTEGER), ?)",
      {key[0], key[1], key[2], document.message_id, NumberText(document.sequence), document.role,
       document.tool_name, document.platform, document.project_path,
       NumberText(document.timestamp_micros), digest}));
  FIRN_ASSIGN(const auto made, database_->Select("SELECT last_insert_rowid()"));
  FIRN_ASSIGN(const int64_t id, IdOf(made));
  FIRN_TRY(database_->Run("INSERT INTO words (rowid, text) VALUES (CAST(? AS INTEGER), ?)",
                          {std::to_string(id), document.text}));
  return id;
}

Status TextIndex::Remove(Document::Kind kind, const std::string& conversation_id,
                         const std::string& key) {
  const SqlRow values = {NameOf(kind), conversation_id, key};
  FIRN_TRY(
      database_->Run("DELETE FROM words WHERE rowid = (SELECT id FROM document WHERE kind = ? AND "
                     "conversation_id = ? AND key = ?)",
                     values));
  FIRN_TRY(database_->Run("DELETE FROM document WHERE kind = ? AND conversation_id = ? AND key = ?",
                          values));
  return Ok();
}

Status TextIndex::RemoveOthers(Document::Kind kind, const std::function<bool(int64_t)>& keeps) {
  FIRN_ASSIGN(const auto rows,
              database_->Select("SELECT id FROM document WHERE kind = ?", {NameOf(kind)}));
  for (const SqlRow& row : rows) {
    const auto id = NumberOf(row[0]);
    if (!id || keeps(*id)) continue;
    FIRN_TRY(database_->Run("DELETE FROM words WHERE rowid = CAST(? AS INTEGER)", {row[0]}));
    FIRN_TRY(database_->Run("DELETE FROM document WHERE id = CAST(? AS INTEGER)", {row[0]}));
  }
  return Ok();
}

Result<std::vector<Hit>> TextIndex::Search(const SearchQuery& query) {
  const int64_t limit = std::clamp<int64_t>(query.limit, 0, INT32_MAX);
  const auto is_same_text = [this](const std::string& id,
                                   const std::string& other) -> Result<bool> {
    FIRN_ASSIGN(const auto same,
                database_->Select("SELECT 1 FROM words a JOIN words b ON a.text = b.text WHERE "
                                  "a.rowid = CAST(? AS INTEGER) AND b.rowid = CAST(? AS INTEGER)",
                                  {id, other}));
    return !same.empty();
  };
  return database_->Read([&]() -> Result<std::vector<Hit>> {
    // Some may be copies; snippets cost, so no more are looked at than may be needed.
    for (int64_t looked = limit + limit / 2 + 1;; looked *= 4) {
      SqlRow values;
      const std::string sql = SearchSql(query, looked, values);
      FIRN_ASSIGN(const auto rows, database_->Select(sql, values));
      FoundPlaces found(is_same_text);
      for (const SqlRow& row : rows)
        FIRN_TRY(found.Add(row));
      const bool all = static_cast<int64_t>(rows.size()) < looked;
      if (all || static_cast<int64_t>(found.count()) >= limit) return found.Take(limit);
    }
  });
}

Result<std::optional<std::string>> TextIndex::ProjectOf(const std::string& conversation_id,
                                                        const SearchFilter& filter) {
  std::string sql =
      "SELECT (SELECT max(project_path) FROM document WHERE kind = 'message' AND "
      "conversation_id = d.conversation_id) FROM document d" +
      std::string(kWithMessages) + "d.kind IN ('message', 'tool_call') AND d.conversation_id = ?";
  SqlRow values = {conversation_id};
  Narrow(filter, sql, values);
  sql += " LIMIT 1";
  FIRN_ASSIGN(const auto rows, database_->Read([&] { return database_->Select(sql, values); }));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional(rows[0][0].value_or(""));
}

Result<int64_t> TextIndex::Count() {
  FIRN_ASSIGN(const auto rows, database_->Read([this] {
    return database_->Select("SELECT count(*) FROM document");
  }));
  return IdOf(rows);
}

}  // namespace firn::search
