// SPDX-License-Identifier: Apache-2.0
//
// A catalog whose answers get lost, as those of a server behind a broken connection; for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firn/catalog/catalog.h"

namespace firn::catalog {

/// Which answer is lost, counted from 1 over new tables and commits; 0 is never.
struct Forgetfulness {
  int64_t forget_at = 0;
  bool landed = false;  ///< Whether that commit was done all the same.
  int64_t commits = 0;  ///< How many there were.
};

/// Passes everything on; the planned commit ends as `kOutcomeUnknown`.
class ForgetfulCatalog : public Catalog {
 public:
  ForgetfulCatalog(std::unique_ptr<Catalog> inner, std::shared_ptr<Forgetfulness> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}

  Status CreateNamespace(const Namespace& name, const Properties& properties) override {
    return inner_->CreateNamespace(name, properties);
  }
  Result<std::vector<Namespace>> ListNamespaces() override { return inner_->ListNamespaces(); }
  Status DropNamespace(const Namespace& name) override { return inner_->DropNamespace(name); }
  Result<bool> NamespaceExists(const Namespace& name) override {
    return inner_->NamespaceExists(name);
  }
  Result<Properties> NamespaceProperties(const Namespace& name) override {
    return inner_->NamespaceProperties(name);
  }
  Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                   const std::vector<std::string>& remove) override {
    return inner_->UpdateNamespaceProperties(name, set, remove);
  }
  Result<std::vector<TableName>> ListTables(const Namespace& name) override {
    return inner_->ListTables(name);
  }
  Result<bool> TableExists(const TableName& name) override { return inner_->TableExists(name); }
  Result<LoadedTable> LoadTable(const TableName& name) override { return inner_->LoadTable(name); }
  Result<LoadedTable> RegisterTable(const TableName& name, const std::string& location) override {
    return inner_->RegisterTable(name, location);
  }
  Status DropTable(const TableName& name) override { return inner_->DropTable(name); }
  ViewCatalog& views() override { return inner_->views(); }
  Status RenameTable(const TableName& from, const TableName& to) override {
    return inner_->RenameTable(from, to);
  }

  Result<LoadedTable> CreateTable(const TableName& name, table::NewTable table) override {
    return Forgetting<LoadedTable>([&] { return inner_->CreateTable(name, std::move(table)); });
  }
  Result<std::vector<LoadedTable>> Commit(std::span<const TableChange> changes) override {
    return Forgetting<std::vector<LoadedTable>>([&] { return inner_->Commit(changes); });
  }

 private:
  template <typename T, typename Call>
  Result<T> Forgetting(const Call& call) {
    const bool forgets = ++state_->commits == state_->forget_at;
    if (!forgets) return call();
    if (state_->landed) FIRN_TRY(call());
    return OutcomeUnknown("the answer was lost (planned)");
  }

  std::unique_ptr<Catalog> inner_;
  std::shared_ptr<Forgetfulness> state_;
};

}  // namespace firn::catalog
