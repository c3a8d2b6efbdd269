// SPDX-License-Identifier: Apache-2.0
//
// Settings: WAL lets readers go on while one commits; synchronous=FULL syncs the log on every
// commit (with NORMAL a power cut may lose the last ones); BEGIN IMMEDIATE takes the write lock at
// once, so that no transaction fails half-way for having read first.

#include "firn/catalog/sqlite/database.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/io/local_file.h"

namespace firn::catalog {
namespace {

constexpr int kBusyTimeoutMs = 30'000;
constexpr int kOpenTries = 200;
constexpr Millis kOpenWait{25};
constexpr mode_t kFileMode = 0600;
constexpr size_t kStatementsMax = 64;

// Makes a statement ready for its next use, whatever becomes of this one.
struct ResetStatement {
  void operator()(sqlite3_stmt* statement) const {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

ErrorKind KindOf(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorKind::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return ErrorKind::kForbidden;
    case SQLITE_CONSTRAINT:
      return ErrorKind::kAlreadyExists;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return ErrorKind::kIo;
    default:
      return ErrorKind::kInternal;
  }
}

// SQLite would make the file with the umask's mode; its log and index take over the file's.
Status MakePrivate(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (descriptor < 0) {
    return errno == EEXIST ? Ok() : Status(io::SystemError(errno, "cannot create", path));
  }
  const bool made = ::fchmod(descriptor, kFileMode) == 0;
  const int failed = errno;
  ::close(descriptor);
  if (!made) return io::SystemError(failed, "cannot create", path);
  const size_t slash = path.rfind('/');
  return io::SyncLocalFolder(slash == std::string::npos ? "." : path.substr(0, slash));
}

int Bind(sqlite3_stmt* statement, const SqlRow& values) {
  int index = 0;
  for (const SqlText& value : values) {
    ++index;
    const int code = value ? sqlite3_bind_text64(statement, index, value->data(), value->size(),
                                                 SQLITE_STATIC, SQLITE_UTF8)
                           : sqlite3_bind_null(statement, index);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

SqlRow RowOf(sqlite3_stmt* statement) {
  SqlRow row(static_cast<size_t>(sqlite3_column_count(statement)));
  for (int i = 0; i < static_cast<int>(row.size()); ++i) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
    if (text == nullptr) continue;
    row[static_cast<size_t>(i)] =
        std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, i)));
  }
  return row;
}

}  // namespace

SqliteDatabase::SqliteDatabase(sqlite3* handle, std::string path)
    : handle_(handle), path_(std::move(path)) {}

SqliteDatabase::~SqliteDatabase() {
  statements_.clear();
  sqlite3_close_v2(handle_);
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path, Env& env) {
  FIRN_TRY(MakePrivate(path));
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(handle, path));
  if (code != SQLITE_OK) return database->LastError("cannot open");
  FIRN_TRY(database->Configure(env));
  return database;
}

// Changing to WAL needs the file for itself for a moment, and SQLite does not wait for that.
Status SqliteDatabase::Configure(Env& env) {
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  for (int tries_left = kOpenTries;; --tries_left) {
    const auto changed = Select("PRAGMA journal_mode=WAL");
    if (changed) break;
    if (changed.error().kind != ErrorKind::kUnavailable || tries_left == 1) return changed.error();
    env.Sleep(kOpenWait);
  }
  FIRN_TRY(Run("PRAGMA synchronous=FULL"));
  return Ok();
}

Result<int64_t> SqliteDatabase::Run(std::string_view sql, const SqlRow& values) {
  FIRN_TRY(Select(sql, values));
  return sqlite3_changes64(handle_);
}

void SqliteDatabase::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

// A statement that is compiled already is not running: its last use ended before its rows were
// returned.
Result<sqlite3_stmt*> SqliteDatabase::Compiled(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second.get();
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  Statement statement(raw);
  if (code != SQLITE_OK) return LastError(sql);
  if (statements_.size() == kStatementsMax) statements_.clear();
  return statements_.emplace(sql, std::move(statement)).first->second.get();
}

Result<std::vector<SqlRow>> SqliteDatabase::Select(std::string_view sql, const SqlRow& values) {
  FIRN_ASSIGN(sqlite3_stmt* const compiled, Compiled(sql));
  const std::unique_ptr<sqlite3_stmt, ResetStatement> statement(compiled);
  if (Bind(statement.get(), values) != SQLITE_OK) return LastError(sql);
  std::vector<SqlRow> rows;
  for (;;) {
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return LastError(sql);
    rows.push_back(RowOf(statement.get()));
  }
}

Status SqliteDatabase::Write(const std::function<Status()>& body) {
  const std::scoped_lock lock(mutex_);
  FIRN_TRY(Run("BEGIN IMMEDIATE"));
  Status done = body();
  if (done) {
    const auto committed = Run("COMMIT");
    if (committed) return Ok();
    done = committed.error();
    if (done.error().kind != ErrorKind::kUnavailable) {
      // The log may hold the whole commit although its sync failed.
      Error unknown = done.error();
      unknown.kind = ErrorKind::kOutcomeUnknown;
      done = std::move(unknown);
    }
  }
  if (sqlite3_get_autocommit(handle_) == 0) {
    Run("ROLLBACK").Ignore("the next transaction undoes what is left of this one");
  }
  return done;
}

Error SqliteDatabase::LastError(std::string_view what) const {
  const ErrorKind kind = KindOf(sqlite3_extended_errcode(handle_));
  Error error{kind, std::string("catalog: ").append(sqlite3_errmsg(handle_)), {}};
  error.message.append(": ").append(path_).append(": ").append(what);
  if (kind == ErrorKind::kUnavailable) error.hint = "another process holds the catalog; try again";
  if (kind == ErrorKind::kResourceExhausted) error.hint = "free some disk space";
  return error;
}

std::string SqliteVersion() {
  return sqlite3_libversion();
}

}  // namespace firn::catalog
