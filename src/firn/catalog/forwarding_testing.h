// SPDX-License-Identifier: Apache-2.0
//
// Catalogs around another catalog; include only from tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firn/catalog/catalog.h"

namespace firn::catalog {

/// Passes everything on to `inner`, which outlives it.
class ForwardingCatalog : public Catalog {
 public:
  explicit ForwardingCatalog(Catalog& inner) : inner_(inner) {}

  Status CreateNamespace(const Namespace& name, const Properties& properties) override {
    return inner_.CreateNamespace(name, properties);
  }
  Result<std::vector<Namespace>> ListNamespaces() override { return inner_.ListNamespaces(); }
  Status DropNamespace(const Namespace& name) override { return inner_.DropNamespace(name); }
  Result<bool> NamespaceExists(const Namespace& name) override {
    return inner_.NamespaceExists(name);
  }
  Result<Properties> NamespaceProperties(const Namespace& name) override {
    return inner_.NamespaceProperties(name);
  }
  Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                   const std::vector<std::string>& remove) override {
    return inner_.UpdateNamespaceProperties(name, set, remove);
  }
  Result<std::vector<TableName>> ListTables(const Namespace& name) override {
    return inner_.ListTables(name);
  }
  Result<bool> TableExists(const TableName& name) override { return inner_.TableExists(name); }
  Result<LoadedTable> LoadTable(const TableName& name) override { return inner_.LoadTable(name); }
  Result<LoadedTable> CreateTable(const TableName& name, table::NewTable table) override {
    return inner_.CreateTable(name, std::move(table));
  }
  Result<LoadedTable> RegisterTable(const TableName& name, const std::string& location) override {
    return inner_.RegisterTable(name, location);
  }
  Status DropTable(const TableName& name) override { return inner_.DropTable(name); }
  Status RenameTable(const TableName& from, const TableName& to) override {
    return inner_.RenameTable(from, to);
  }
  Result<std::vector<LoadedTable>> Commit(std::span<const TableChange> changes) override {
    return inner_.Commit(changes);
  }
  ViewCatalog& views() override { return inner_.views(); }

 protected:
  Catalog& inner() { return inner_; }

 private:
  Catalog& inner_;
};

/// Which answer is lost, counted from 1 over new tables and commits; 0 is never.
struct Forgetfulness {
  int64_t forget_at = 0;
  bool landed = false;  ///< Whether that commit was done all the same.
  int64_t commits = 0;  ///< How many there were.
};

/// A catalog whose answers get lost, as those of a server behind a broken connection: the planned
/// commit ends as `kOutcomeUnknown`.
class ForgetfulCatalog : public ForwardingCatalog {
 public:
  ForgetfulCatalog(Catalog& inner, Forgetfulness& state)
      : ForwardingCatalog(inner), state_(state) {}

  Result<LoadedTable> CreateTable(const TableName& name, table::NewTable table) override {
    return Forgetting<LoadedTable>([&] { return inner().CreateTable(name, std::move(table)); });
  }
  Result<std::vector<LoadedTable>> Commit(std::span<const TableChange> changes) override {
    return Forgetting<std::vector<LoadedTable>>([&] { return inner().Commit(changes); });
  }

 private:
  template <typename T, typename Call>
  Result<T> Forgetting(const Call& call) {
    const bool forgets = ++state_.commits == state_.forget_at;
    if (!forgets) return call();
    if (state_.landed) FIRN_TRY(call());
    return OutcomeUnknown("the answer was lost (planned)");
  }

  Forgetfulness& state_;
};

}  // namespace firn::catalog
