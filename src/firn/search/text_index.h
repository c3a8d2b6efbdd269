// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/catalog/sqlite/database.h"
#include "firn/search/document.h"

namespace firn::search {

/// What narrows a search. Empty members do not.
struct SearchFilter {
  std::string platform;
  std::string project;  ///< Part of the project's path.
  std::string role;
  std::string tool;
  std::optional<int64_t> since_micros;
  std::optional<int64_t> until_micros;  ///< Exclusive.
};

/// What a search for words asks for.
struct SearchQuery {
  std::string match;  ///< In FTS5's language, of `ParseMatchQuery`.
  SearchFilter filter;
  int64_t limit = 20;
};

/// A place that was found.
struct Hit {
  std::string conversation_id;
  std::optional<int64_t> sequence;
  std::string role;
  std::string tool_name;
  std::string platform;
  std::string project_path;
  std::optional<int64_t> timestamp_micros;
  std::string snippet;  ///< Words around, those that were found between `kHitBegin` and `kHitEnd`.
  double score = 0;     ///< Larger is better; comparable within one search.
  /// Other conversations that hold the same: forks of this one, or what it was forked from.
  std::vector<std::string> also_in;
};

inline constexpr char kHitBegin = '\x02';
inline constexpr char kHitEnd = '\x03';

/// Which snapshot of which table the documents of a kind were taken from.
struct IndexedSnapshot {
  std::string table_uuid;
  int64_t snapshot_id = 0;

  friend bool operator==(const IndexedSnapshot&, const IndexedSnapshot&) = default;
};

/// Documents in a file of SQLite (FTS5). Thread-safe as `catalog::SqliteDatabase` is.
class TextIndex {
 public:
  /// Opens the index at `path`, making it where there is none; one that is damaged, or of another
  /// layout, is made anew.
  static Result<TextIndex> Open(const std::string& path, Env& env);

  /// Changes the index in one transaction: what `body` does, or nothing.
  Status Change(const std::function<Status()>& body);

  // Inside `Change`:
  Result<std::optional<IndexedSnapshot>> SnapshotOf(Document::Kind kind);
  Status SetSnapshot(Document::Kind kind, const IndexedSnapshot& snapshot);
  /// Adds or replaces a document by kind, conversation and key; unchanged ones cost a look.
  /// Returns its number.
  Result<int64_t> Put(const Document& document);
  Status Remove(Document::Kind kind, const std::string& conversation_id, const std::string& key);
  /// Removes the documents of a kind whose numbers `keeps` does not hold true for.
  Status RemoveOthers(Document::Kind kind, const std::function<bool(int64_t)>& keeps);

  /// The best places, best first. What several conversations hold, in the same words and under the
  /// same id or with the same time, is one place: that of the conversation whose id is the
  /// smallest. It names the others, as far as they were looked at. Errors: `kInvalidArgument` for a
  /// match that is none.
  Result<std::vector<Hit>> Search(const SearchQuery& query);
  /// Whether a conversation has a document that a filter lets through, and then its project.
  Result<std::optional<std::string>> ProjectOf(const std::string& conversation_id,
                                               const SearchFilter& filter);
  Result<int64_t> Count();

 private:
  explicit TextIndex(std::unique_ptr<catalog::SqliteDatabase> database);

  static Result<std::optional<TextIndex>> OpenAsItIs(const std::string& path, Env& env);
  Result<bool> IsUsable();
  Status MakeTables();

  std::unique_ptr<catalog::SqliteDatabase> database_;
};

}  // namespace firn::search
