// SPDX-License-Identifier: Apache-2.0
//
// The schema of Java's JdbcCatalog, version V1 (core/src/main/java/org/apache/iceberg/jdbc/
// JdbcUtil.java), which PyIceberg's SqlCatalog uses too. What they agree on, and we with them:
//   - the levels of a namespace are joined with dots, without escaping;
//   - a namespace exists by a property row "exists" = "true", or by what lies in it;
//   - iceberg_type is TABLE, VIEW, or NULL for a table of a V0 writer;
//   - a commit is UPDATE .. WHERE metadata_location = <the old one>; one row changed = committed.
// Beside it lies one table of our own, firn_file_checksums (stored_checksums.h).

#include "firn/catalog/sqlite/sqlite_catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "firn/catalog/sqlite/database.h"
#include "firn/catalog/store_catalog.h"
#include "firn/io/location.h"

namespace firn::catalog {
namespace {

constexpr char kCreateTables[] =
    "CREATE TABLE IF NOT EXISTS iceberg_tables ("
    "catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, "
    "table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), "
    "previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5), "
    "PRIMARY KEY (catalog_name, table_namespace, table_name))";
constexpr char kCreateNamespaces[] =
    "CREATE TABLE IF NOT EXISTS iceberg_namespace_properties ("
    "catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, "
    "property_key VARCHAR(255) NOT NULL, property_value VARCHAR(1000), "
    "PRIMARY KEY (catalog_name, namespace, property_key))";
constexpr char kHasTypeColumn[] =
    "SELECT 1 FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'";
constexpr char kHasNamespaces[] =
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'iceberg_namespace_properties'";
constexpr char kHasChecksums[] =
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'firn_file_checksums'";
constexpr char kCreateChecksums[] =
    "CREATE TABLE IF NOT EXISTS firn_file_checksums (location TEXT NOT NULL PRIMARY KEY, "
    "size_bytes INTEGER NOT NULL, crc32 INTEGER NOT NULL) WITHOUT ROWID";
constexpr char kSetChecksums[] =
    "INSERT OR REPLACE INTO firn_file_checksums (location, size_bytes, crc32) VALUES ";
constexpr char kRemoveChecksum[] = "DELETE FROM firn_file_checksums WHERE location = ?";
constexpr size_t kChecksumsPerStatement = 100;
constexpr char kAddTypeColumn[] = "ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)";

constexpr char kFindEntry[] =
    "SELECT metadata_location FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? "
    "AND table_name = ? AND COALESCE(iceberg_type, 'TABLE') = ?";
constexpr char kListEntries[] =
    "SELECT table_name FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? "
    "AND COALESCE(iceberg_type, 'TABLE') = ? ORDER BY table_name";
constexpr char kInsertEntry[] =
    "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, "
    "previous_metadata_location, iceberg_type) VALUES (?, ?, ?, ?, NULL, ?)";
constexpr char kUpdateEntry[] =
    "UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ? "
    "WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ? "
    "AND COALESCE(iceberg_type, 'TABLE') = ?";
constexpr char kDeleteEntry[] =
    "DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? "
    "AND metadata_location = ? AND COALESCE(iceberg_type, 'TABLE') = ?";
constexpr char kRenameEntry[] =
    "UPDATE iceberg_tables SET table_namespace = ?, table_name = ? WHERE catalog_name = ? "
    "AND table_namespace = ? AND table_name = ? "
    "AND COALESCE(iceberg_type, 'TABLE') = ?";

constexpr char kNamespaceTexts[] =
    "SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?1 "
    "UNION SELECT table_namespace FROM iceberg_tables WHERE catalog_name = ?1";
constexpr char kInUse[] =
    "SELECT 1 FROM iceberg_tables WHERE catalog_name = ?1 AND (table_namespace = ?2 "
    "OR substr(table_namespace, 1, length(?2) + 1) = ?2 || '.') "
    "UNION ALL SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = ?1 "
    "AND substr(namespace, 1, length(?2) + 1) = ?2 || '.' LIMIT 1";
constexpr char kGetProperties[] =
    "SELECT property_key, property_value FROM iceberg_namespace_properties "
    "WHERE catalog_name = ? AND namespace = ?";
constexpr char kSetProperty[] =
    "INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, "
    "property_value) VALUES (?, ?, ?, ?) ON CONFLICT (catalog_name, namespace, property_key) "
    "DO UPDATE SET property_value = excluded.property_value";
constexpr char kRemoveProperty[] =
    "DELETE FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ? "
    "AND property_key = ?";
constexpr char kRemoveNamespace[] =
    "DELETE FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ?";

constexpr char kExistsKey[] = "exists";
constexpr size_t kValueBytesMax = 1000;  // VARCHAR(1000) in PostgreSQL's copy of the schema.

Error NoNamespace(const Namespace& name) {
  return NotFound("namespace not found", NamespaceText(name));
}

Status CheckLength(std::string_view what, std::string_view value) {
  if (value.size() <= kValueBytesMax) return Ok();
  return InvalidArgument("longer than the 1000 bytes a catalog holds", what, value);
}

class SqliteStore : public CatalogStore {
 public:
  SqliteStore(std::unique_ptr<SqliteDatabase> database, io::ChecksumLog* checksums)
      : database_(std::move(database)), checksums_(checksums) {}

  // Looks first, so that opening a catalog that is in use takes no lock.
  Status MakeSchema() {
    FIRN_ASSIGN(const auto typed, Query(kHasTypeColumn, {}));
    FIRN_ASSIGN(const auto namespaces, Query(kHasNamespaces, {}));
    FIRN_ASSIGN(const auto checksums, Query(kHasChecksums, {}));
    if (!typed.empty() && !namespaces.empty() && !checksums.empty()) return Ok();
    return database_->Write([this]() -> Status {
      FIRN_TRY(database_->Run(kCreateTables));
      FIRN_TRY(database_->Run(kCreateNamespaces));
      FIRN_TRY(database_->Run(kCreateChecksums));
      FIRN_ASSIGN(const auto has_type, database_->Select(kHasTypeColumn));
      if (has_type.empty()) FIRN_TRY(database_->Run(kAddTypeColumn));
      return Ok();
    });
  }

  Result<std::optional<std::string>> Find(const TableName& name, EntryKind kind) override {
    FIRN_ASSIGN(auto rows, Query(kFindEntry, With(Key(name), TypeOf(kind))));
    if (rows.empty()) return std::optional<std::string>();
    if (!rows[0][0]) {
      return Corrupt(std::string(ToString(kind)) + " has no metadata location", name);
    }
    return std::move(rows[0][0]);
  }

  Result<std::vector<TableName>> List(const Namespace& name, EntryKind kind) override {
    FIRN_ASSIGN(auto rows, Query(kListEntries, With(Key(name), TypeOf(kind))));
    std::vector<TableName> names;
    for (SqlRow& row : rows)
      names.push_back({name, row[0].value_or("")});
    return names;
  }

  Status Swap(std::span<const PointerSwap> swaps) override {
    for (const PointerSwap& swap : swaps) {
      if (swap.next) FIRN_TRY(CheckLength("metadata location", *swap.next));
    }
    io::ChecksumLog::Changes checksums;
    Status swapped = database_->Write([this, swaps, &checksums]() -> Status {
      for (const PointerSwap& swap : swaps)
        FIRN_TRY(SwapOne(swap));
      if (checksums_ == nullptr) return Ok();
      checksums = checksums_->Take();
      return Store(checksums);
    });
    // Storing them twice does no harm, should the commit have landed after all.
    if (!swapped && checksums_ != nullptr) checksums_->GiveBack(std::move(checksums));
    return swapped;
  }

  Status Rename(const TableName& from, const TableName& to, EntryKind kind) override {
    return database_->Write([this, &from, &to, kind]() -> Status {
      FIRN_TRY(CheckNamespaceExists(to.levels));
      const auto renamed =
          database_->Run(kRenameEntry, {NamespaceText(to.levels), to.name, kCatalogName,
                                        NamespaceText(from.levels), from.name, TypeOf(kind)});
      if (!renamed) return TakenName(renamed.error(), to);
      if (*renamed == 1) return Ok();
      return NotFound(std::string(ToString(kind)) + " not found", from);
    });
  }

  Result<std::vector<Namespace>> ListNamespaces() override {
    return database_->Read([this] { return Namespaces(); });
  }

  Status CreateNamespace(const Namespace& name, const Properties& properties) override {
    return database_->Write([this, &name, &properties]() -> Status {
      FIRN_ASSIGN(const bool exists, Exists(name));
      if (exists) return AlreadyExists("namespace exists", NamespaceText(name));
      FIRN_TRY(SetProperty(name, kExistsKey, "true"));
      for (const auto& [key, value] : properties)
        FIRN_TRY(SetProperty(name, key, value));
      return Ok();
    });
  }

  Status DropNamespace(const Namespace& name) override {
    return database_->Write([this, &name]() -> Status {
      FIRN_TRY(CheckNamespaceExists(name));
      FIRN_ASSIGN(const auto used, database_->Select(kInUse, Key(name)));
      if (!used.empty()) return InvalidArgument("namespace is not empty", NamespaceText(name));
      FIRN_TRY(database_->Run(kRemoveNamespace, Key(name)));
      return Ok();
    });
  }

  Result<Properties> NamespaceProperties(const Namespace& name) override {
    return database_->Read([this, &name]() -> Result<Properties> {
      FIRN_TRY(CheckNamespaceExists(name));
      FIRN_ASSIGN(auto rows, database_->Select(kGetProperties, Key(name)));
      Properties properties;
      for (SqlRow& row : rows)
        properties[row[0].value_or("")] = row[1].value_or("");
      properties.erase(kExistsKey);
      return properties;
    });
  }

  Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                   const std::vector<std::string>& remove) override {
    return database_->Write([this, &name, &set, &remove]() -> Status {
      FIRN_TRY(CheckNamespaceExists(name));
      FIRN_TRY(SetProperty(name, kExistsKey, "true"));
      for (const std::string& key : remove) {
        FIRN_TRY(database_->Run(kRemoveProperty, {kCatalogName, NamespaceText(name), key}));
      }
      for (const auto& [key, value] : set)
        FIRN_TRY(SetProperty(name, key, value));
      return Ok();
    });
  }

 private:
  static SqlRow Key(const Namespace& name) { return {kCatalogName, NamespaceText(name)}; }
  static SqlRow Key(const TableName& name) {
    return {kCatalogName, NamespaceText(name.levels), name.name};
  }

  static SqlRow With(SqlRow row, std::string value) {
    row.push_back(std::move(value));
    return row;
  }
  static std::string TypeOf(EntryKind kind) { return kind == EntryKind::kTable ? "TABLE" : "VIEW"; }

  static Error TakenName(const Error& error, const TableName& name) {
    if (error.kind != ErrorKind::kAlreadyExists) return error;
    return AlreadyExists("table or view exists", name);
  }

  Result<std::vector<SqlRow>> Query(std::string_view sql, const SqlRow& values) {
    return database_->Read([&] { return database_->Select(sql, values); });
  }

  Status SwapOne(const PointerSwap& swap) {
    const std::string levels = NamespaceText(swap.name.levels);
    if (!swap.expected) return Insert(swap);
    Result<int64_t> changed = 0;
    if (swap.next) {
      changed = database_->Run(kUpdateEntry, {swap.next, swap.expected, kCatalogName, levels,
                                              swap.name.name, swap.expected, TypeOf(swap.kind)});
    } else {
      changed = database_->Run(
          kDeleteEntry, {kCatalogName, levels, swap.name.name, swap.expected, TypeOf(swap.kind)});
    }
    FIRN_ASSIGN(const int64_t rows, std::move(changed));
    if (rows == 1) return Ok();
    return Conflict(std::string(ToString(swap.kind)) + " was changed by somebody else", swap.name);
  }

  Status Insert(const PointerSwap& swap) {
    FIRN_TRY(CheckNamespaceExists(swap.name.levels));
    SqlRow values = Key(swap.name);
    values.push_back(swap.next);
    values.push_back(TypeOf(swap.kind));
    const auto inserted = database_->Run(kInsertEntry, values);
    return inserted ? Ok() : Status(TakenName(inserted.error(), swap.name));
  }

  Status Store(const io::ChecksumLog::Changes& checksums) {
    for (const std::string& location : checksums.deleted) {
      FIRN_TRY(database_->Run(kRemoveChecksum, {location}));
    }
    std::span<const io::FileChecksum> left = checksums.written;
    while (!left.empty()) {
      const size_t count = std::min(left.size(), kChecksumsPerStatement);
      FIRN_TRY(StoreSome(left.first(count)));
      left = left.subspan(count);
    }
    return Ok();
  }

  Status StoreSome(std::span<const io::FileChecksum> files) {
    std::string sql = kSetChecksums;
    SqlRow values;
    for (const io::FileChecksum& file : files) {
      sql += values.empty() ? "(?, ?, ?)" : ", (?, ?, ?)";
      values.push_back(file.location);
      values.push_back(std::to_string(file.size_bytes));
      values.push_back(std::to_string(file.crc32));
    }
    FIRN_TRY(database_->Run(sql, values));
    return Ok();
  }

  Status SetProperty(const Namespace& name, const std::string& key, const std::string& value) {
    FIRN_TRY(CheckLength("value of a namespace property", value));
    FIRN_TRY(database_->Run(kSetProperty, {kCatalogName, NamespaceText(name), key, value}));
    return Ok();
  }

  // Every namespace, and every one that another or a table lies in.
  Result<std::vector<Namespace>> Namespaces() {
    FIRN_ASSIGN(const auto rows, database_->Select(kNamespaceTexts, {kCatalogName}));
    std::set<Namespace> names;
    for (const SqlRow& row : rows) {
      auto name = ParseNamespace(row[0].value_or(""));
      if (!name) continue;  // A foreign writer's name that we could not address.
      for (; !name->empty(); name->pop_back())
        names.insert(*name);
    }
    return std::vector<Namespace>(names.begin(), names.end());
  }

  Result<bool> Exists(const Namespace& name) {
    FIRN_ASSIGN(const auto all, Namespaces());
    return std::binary_search(all.begin(), all.end(), name);
  }

  Status CheckNamespaceExists(const Namespace& name) {
    FIRN_ASSIGN(const bool exists, Exists(name));
    return exists ? Ok() : Status(NoNamespace(name));
  }

  std::unique_ptr<SqliteDatabase> database_;
  io::ChecksumLog* checksums_;  // May be null.
};

}  // namespace

Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::string& path, std::string warehouse,
                                                   io::FileIO& files, Env& env,
                                                   io::ChecksumLog* checksums) {
  FIRN_ASSIGN(auto database, SqliteDatabase::Open(path, env));
  auto store = std::make_unique<SqliteStore>(std::move(database), checksums);
  FIRN_TRY(store->MakeSchema());
  return std::make_unique<StoreCatalog>(std::move(store), std::move(warehouse), files, env);
}

}  // namespace firn::catalog
