// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_wall.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "firn/sql/duckdb_file_system.h"

namespace firn::sql {
namespace {

constexpr char kKindKey[] = "firn_kind";
constexpr char kHintKey[] = "firn_hint";

ErrorKind KindOf(duckdb::ExceptionType type) {
  using duckdb::ExceptionType;
  switch (type) {
    case ExceptionType::CATALOG:
      return ErrorKind::kNotFound;
    case ExceptionType::NOT_IMPLEMENTED:
    case ExceptionType::MISSING_EXTENSION:
    case ExceptionType::AUTOLOAD:
      return ErrorKind::kUnsupported;
    case ExceptionType::IO:
    case ExceptionType::HTTP:
      return ErrorKind::kIo;
    case ExceptionType::OUT_OF_MEMORY:
      return ErrorKind::kResourceExhausted;
    case ExceptionType::INTERRUPT:
      return ErrorKind::kCancelled;
    case ExceptionType::PERMISSION:
      return ErrorKind::kForbidden;
    case ExceptionType::INTERNAL:
    case ExceptionType::FATAL:
      return ErrorKind::kInternal;
    default:
      return ErrorKind::kInvalidArgument;
  }
}

const std::string* Find(const duckdb::ErrorData& error, const char* key) {
  const auto found = error.ExtraInfo().find(key);
  return found == error.ExtraInfo().end() ? nullptr : &found->second;
}

// DuckDB's text is a line that says what happened, then advice, then "LINE 1: ..." and a caret.
// The first and the last become the message, the first line of advice the hint.
void Arrange(const std::string& text, Error& error) {
  std::istringstream lines(text);
  std::string line, place;
  std::getline(lines, error.message);
  while (std::getline(lines, line)) {
    if (line.starts_with("LINE ")) {
      place = "\n" + line;
      if (std::getline(lines, line)) place += "\n" + line;
    } else if (error.hint.empty()) {
      error.hint = line;
    }
  }
  error.message += place;
}

// What DuckDB says of a data file of the lake is about that file, not about the query.
void BlameLakeFile(Error& error) {
  static const std::string kPrefix = LakePath("");
  bool named = false;
  for (size_t at = error.message.find(kPrefix); at != std::string::npos;
       at = error.message.find(kPrefix, at)) {
    error.message.erase(at, kPrefix.size());
    named = true;
  }
  if (named && error.kind == ErrorKind::kInvalidArgument) error.kind = ErrorKind::kCorrupt;
  // Thrift, which Parquet's metadata is written in, does not know whose bytes it decodes.
  if (error.message.find("TProtocolException") == std::string::npos) return;
  error.kind = ErrorKind::kCorrupt;
  error.message = "the metadata of a Parquet file cannot be decoded: " + error.message;
  error.hint = "'firn doctor --verify' names the damaged file";
}

}  // namespace

void ThrowInDuckDb(const Error& error) {
  const duckdb::unordered_map<duckdb::string, duckdb::string> extra = {
      {kKindKey, std::to_string(static_cast<int>(error.kind))}, {kHintKey, error.hint}};
  throw duckdb::Exception(extra, duckdb::ExceptionType::INVALID_INPUT, error.message);
}

void OrThrow(const Status& status) {
  if (!status) ThrowInDuckDb(status.error());
}

void ThrowReadOnly(std::string_view what) {
  ThrowInDuckDb(Unsupported(std::string(what) + " is not offered on lake tables: SQL reads them")
                    .WithHint("SELECT, CREATE VIEW, CREATE TEMP TABLE and COPY (SELECT ...) TO "
                              "work; firn ingest and firn run write tables"));
}

Error FromDuckDb(const duckdb::ErrorData& error) {
  Error result{KindOf(error.Type()), error.RawMessage(), {}};
  if (const std::string* kind = Find(error, kKindKey)) {
    result.kind = static_cast<ErrorKind>(std::atoi(kind->c_str()));
    if (const std::string* hint = Find(error, kHintKey)) result.hint = *hint;
    return result;
  }
  Arrange(error.RawMessage(), result);
  BlameLakeFile(result);
  return result;
}

Error FromException(const std::exception& exception, std::string_view query) {
  duckdb::ErrorData error(exception);
  error.AddErrorLocation(std::string(query));
  return FromDuckDb(error);
}

}  // namespace firn::sql
