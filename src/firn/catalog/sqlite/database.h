// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace firn::catalog {

/// One value of a row; unset = NULL.
using SqlText = std::optional<std::string>;
using SqlRow = std::vector<SqlText>;

/// One connection to an SQLite file. Values travel as bound text, never inside the statement, so
/// that a statement is compiled once.
/// Errors of all: `kUnavailable` when it stayed locked; `kCorrupt`, `kForbidden`,
/// `kResourceExhausted` (disk full), `kAlreadyExists` (a key taken), `kIo`.
class SqliteDatabase {
 public:
  /// Opens `path`, making it readable to its owner alone where it is new.
  static Result<std::unique_ptr<SqliteDatabase>> Open(const std::string& path, Env& env);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  /// Runs a statement and returns how many rows it changed. Call inside `Write`.
  Result<int64_t> Run(std::string_view sql, const SqlRow& values = {});
  /// Runs a query. Call inside `Write` or `Read`.
  Result<std::vector<SqlRow>> Select(std::string_view sql, const SqlRow& values = {});

  /// Runs `body` in one transaction that holds the write lock from its start. Whatever `body`
  /// returns decides: ok commits, an error undoes all. Thread-safe.
  /// Errors: `kOutcomeUnknown` when the commit itself failed.
  Status Write(const std::function<Status()>& body);
  /// Runs `body` alone on this connection. Thread-safe.
  template <typename Body>
  auto Read(const Body& body) {
    const std::scoped_lock lock(mutex_);
    return body();
  }

 private:
  SqliteDatabase(sqlite3* handle, std::string path);

  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

  Status Configure(Env& env);
  Result<sqlite3_stmt*> Compiled(std::string_view sql);
  Error LastError(std::string_view what) const;

  sqlite3* handle_;
  std::string path_;
  std::map<std::string, Statement, std::less<>> statements_;  // Compiled, by their text.
  std::mutex mutex_;
};

}  // namespace firn::catalog
