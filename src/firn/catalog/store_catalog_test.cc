// SPDX-License-Identifier: Apache-2.0
//
// What the catalog makes of a store that cannot say whether its pointers moved.

#include "firn/catalog/store_catalog.h"

#include <functional>
#include <map>
#include <string>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/testing.h"
#include "firn/io/memory_file_io.h"

namespace firn::catalog {
namespace {

constexpr char kWarehouse[] = "file:///warehouse";

// Pointers in a map, shared by several catalogs; a rule may answer a swap in its place.
struct Pointers {
  std::map<TableName, std::string> tables;
  std::function<Status(std::span<const PointerSwap>)> rule;
  std::vector<std::string> stale;  // Answered first, the last one first.

  void Move(std::span<const PointerSwap> swaps) {
    for (const PointerSwap& swap : swaps)
      tables[swap.name] = swap.next.value();
  }
};

class StoreWithRule : public CatalogStore {
 public:
  explicit StoreWithRule(Pointers& pointers) : pointers_(pointers) {}

  Result<std::optional<std::string>> Find(const TableName& name, EntryKind) override {
    if (!pointers_.stale.empty()) {
      std::string location = pointers_.stale.back();
      pointers_.stale.pop_back();
      return std::optional(std::move(location));
    }
    const auto found = pointers_.tables.find(name);
    if (found == pointers_.tables.end()) return std::optional<std::string>();
    return std::optional(found->second);
  }
  Result<std::vector<TableName>> List(const Namespace&, EntryKind) override {
    return std::vector<TableName>();
  }
  Status Swap(std::span<const PointerSwap> swaps) override {
    if (pointers_.rule) return pointers_.rule(swaps);
    pointers_.Move(swaps);
    return Ok();
  }
  Status Rename(const TableName&, const TableName&, EntryKind) override {
    return Unsupported("rename");
  }
  Result<std::vector<Namespace>> ListNamespaces() override {
    return std::vector<Namespace>{{"ns"}};
  }
  Status CreateNamespace(const Namespace&, const Properties&) override { return Ok(); }
  Status DropNamespace(const Namespace&) override { return Ok(); }
  Result<Properties> NamespaceProperties(const Namespace&) override { return Properties(); }
  Status UpdateNamespaceProperties(const Namespace&, const Properties&,
                                   const std::vector<std::string>&) override {
    return Ok();
  }

 private:
  Pointers& pointers_;
};

class StoreCatalogTest : public ::testing::Test {
 protected:
  StoreCatalogTest() { EXPECT_THAT(catalog_.CreateTable(name_, TableOfIds()), IsOk()); }

  StoreCatalog MakeCatalog() {
    return {std::make_unique<StoreWithRule>(pointers_), kWarehouse, files_, env_};
  }

  Status Set(Catalog& catalog, const std::string& key) {
    const TableChange change = {name_, {}, {table::SetProperties{{{key, "set"}}}}};
    const auto committed = catalog.Commit({&change, 1});
    return committed ? Ok() : Status(committed.error());
  }

  size_t MetadataFiles() { return files_.List(kWarehouse).value().size(); }

  const TableName name_{{"ns"}, "t"};
  FixedEnv env_;
  io::MemoryFileIO files_;
  Pointers pointers_;
  StoreCatalog catalog_{std::make_unique<StoreWithRule>(pointers_), kWarehouse, files_, env_};
};

TEST_F(StoreCatalogTest, FindsThatItsPointerMovedAfterAll) {
  pointers_.rule = [this](auto swaps) {
    pointers_.Move(swaps);
    return OutcomeUnknown("planned");
  };
  EXPECT_THAT(Set(catalog_, "k"), IsOk());
  EXPECT_EQ(catalog_.LoadTable(name_)->metadata->Property("k", ""), "set");
}

TEST_F(StoreCatalogTest, FindsItsCommitBelowThatOfSomebodyElse) {
  StoreCatalog other = MakeCatalog();
  pointers_.rule = [&](auto swaps) {
    pointers_.Move(swaps);
    pointers_.rule = nullptr;
    EXPECT_THAT(Set(other, "theirs"), IsOk());
    return OutcomeUnknown("planned");
  };
  EXPECT_THAT(Set(catalog_, "ours"), IsOk());
  EXPECT_EQ(catalog_.LoadTable(name_)->metadata->Property("ours", ""), "set");
  EXPECT_EQ(catalog_.LoadTable(name_)->metadata->Property("theirs", ""), "set");
}

TEST_F(StoreCatalogTest, StaysUnsureAndDeletesNothingWhereThePointerDidNotMove) {
  pointers_.rule = [](auto) { return OutcomeUnknown("planned"); };
  EXPECT_THAT(Set(catalog_, "k"), IsError(ErrorKind::kOutcomeUnknown));
  EXPECT_EQ(MetadataFiles(), 2U);
}

TEST_F(StoreCatalogTest, DeletesItsMetadataFileWhenItWasRejected) {
  for (const Error& error : {Conflict("planned"), Unavailable("planned"), Io("planned")}) {
    pointers_.rule = [&error](auto) { return error; };
    EXPECT_THAT(Set(catalog_, "k"), IsError(error.kind));
    EXPECT_EQ(MetadataFiles(), 1U);
  }
}

// A commit of somebody else may trim the metadata file between our reads of pointer and file.
TEST_F(StoreCatalogTest, ReadsThePointerAgainWhenItsFileIsGone) {
  pointers_.stale = {"file:///warehouse/gone.metadata.json"};
  EXPECT_THAT(catalog_.LoadTable(name_), IsOk());
  pointers_.stale = std::vector<std::string>(10, "file:///warehouse/gone.metadata.json");
  EXPECT_THAT(catalog_.LoadTable(name_), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::catalog
