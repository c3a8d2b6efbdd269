// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/sqlite/stored_checksums.h"

#include <charconv>
#include <memory>

#include "firn/catalog/sqlite/database.h"

namespace firn::catalog {
namespace {

constexpr char kIntegrity[] = "PRAGMA integrity_check(1)";
constexpr char kHasChecksums[] =
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'firn_file_checksums'";
constexpr char kGetChecksums[] =
    "SELECT location, size_bytes, crc32 FROM firn_file_checksums ORDER BY location";

template <typename Int>
Status ParseNumber(const SqlText& text, Int& value) {
  const std::string digits = text.value_or("");
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc() && read.ptr == digits.data() + digits.size()) return Ok();
  return Corrupt("catalog: not a number in firn_file_checksums", digits);
}

Status CheckWhole(SqliteDatabase& database) {
  FIRN_ASSIGN(const auto rows, database.Select(kIntegrity));
  const std::string answer = rows.empty() ? "no answer" : rows[0][0].value_or("");
  return answer == "ok" ? Ok() : Status(Corrupt("catalog is damaged", answer));
}

Result<std::vector<io::FileChecksum>> ReadRows(SqliteDatabase& database) {
  std::vector<io::FileChecksum> files;
  FIRN_ASSIGN(const auto exists, database.Select(kHasChecksums));
  if (exists.empty()) return files;
  FIRN_ASSIGN(auto rows, database.Select(kGetChecksums));
  files.reserve(rows.size());
  for (SqlRow& row : rows) {
    io::FileChecksum file;
    file.location = row[0].value_or("");
    FIRN_TRY(ParseNumber(row[1], file.size_bytes));
    FIRN_TRY(ParseNumber(row[2], file.crc32));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

Result<std::vector<io::FileChecksum>> StoredChecksums(const std::string& path, Env& env) {
  FIRN_ASSIGN(const auto database, SqliteDatabase::Open(path, env));
  return database->Read([&database]() -> Result<std::vector<io::FileChecksum>> {
    FIRN_TRY(CheckWhole(*database));
    return ReadRows(*database);
  });
}

}  // namespace firn::catalog
