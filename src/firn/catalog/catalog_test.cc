// SPDX-License-Identifier: Apache-2.0
//
// What every catalog promises, run over each of them.

#include "firn/catalog/catalog.h"

#include <string>
#include <vector>

#include "firn/catalog/cut_over.h"
#include "firn/catalog/store_catalog.h"
#include "firn/catalog/testing.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class CatalogTest : public CatalogFixture {};
FIRN_FOR_EVERY_CATALOG(CatalogTest);

TEST_P(CatalogTest, ListsNamespacesAndTheirParents) {
  ASSERT_THAT(catalog_->CreateNamespace({"a", "b", "c"}), IsOk());
  EXPECT_THAT(catalog_->ListNamespaces(),
              HasValue(ElementsAre(Namespace{"a"}, Namespace{"a", "b"}, Namespace{"a", "b", "c"},
                                   Namespace{"ns"})));
  EXPECT_THAT(catalog_->NamespaceExists({"a", "b"}), HasValue(true));
  EXPECT_THAT(catalog_->NamespaceExists({"a", "x"}), HasValue(false));
}

TEST_P(CatalogTest, RefusesANamespaceTwice) {
  EXPECT_THAT(catalog_->CreateNamespace({"ns"}), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog_->CreateNamespace({"n.s"}), IsError(ErrorKind::kInvalidArgument));
}

TEST_P(CatalogTest, KeepsNamespaceProperties) {
  ASSERT_THAT(catalog_->CreateNamespace({"p"}, {{"owner", "me"}, {"note", "x"}}), IsOk());
  ASSERT_THAT(catalog_->UpdateNamespaceProperties({"p"}, {{"owner", "you"}}, {"note", "absent"}),
              IsOk());
  EXPECT_THAT(catalog_->NamespaceProperties({"p"}),
              HasValue(UnorderedElementsAre(Pair("owner", "you"))));
  EXPECT_THAT(catalog_->NamespaceProperties({"ns"}), HasValue(IsEmpty()));
  EXPECT_THAT(catalog_->NamespaceProperties({"q"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->UpdateNamespaceProperties({"q"}, {}, {}), IsError(ErrorKind::kNotFound));
}

TEST_P(CatalogTest, KeepsTheMarkerOfExistenceForItself) {
  EXPECT_THAT(catalog_->CreateNamespace({"p"}, {{"exists", "no"}}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(catalog_->UpdateNamespaceProperties({"ns"}, {{"exists", "no"}}, {}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(catalog_->UpdateNamespaceProperties({"ns"}, {}, {"exists"}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST_P(CatalogTest, DropsOnlyEmptyNamespaces) {
  MakeTable("t");
  ASSERT_THAT(catalog_->CreateNamespace({"a", "b"}), IsOk());
  EXPECT_THAT(catalog_->DropNamespace({"ns"}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(catalog_->DropNamespace({"a"}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(catalog_->DropNamespace({"a", "b"}), IsOk());
  EXPECT_THAT(catalog_->DropNamespace({"a", "b"}), IsError(ErrorKind::kNotFound));
}

TEST_P(CatalogTest, DoesNotTakeANeighbourForAChild) {
  ASSERT_THAT(catalog_->CreateNamespace({"n_"}), IsOk());
  ASSERT_THAT(catalog_->CreateNamespace({"n_x", "b"}), IsOk());
  EXPECT_THAT(catalog_->DropNamespace({"n_"}), IsOk());
}

TEST_P(CatalogTest, LoadsTheTableItCreated) {
  const LoadedTable made = MakeTable("t", {{"owner", "me"}});
  const auto loaded = catalog_->LoadTable({{"ns"}, "t"});
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->metadata_location, made.metadata_location);
  EXPECT_EQ(*loaded->metadata, *made.metadata);
  EXPECT_EQ(loaded->metadata->Property("owner", ""), "me");
  EXPECT_EQ(loaded->metadata->current_snapshot(), nullptr);
}

TEST_P(CatalogTest, GivesATableAFolderOfItsOwn) {
  const LoadedTable made = MakeTable("My Täble/x");
  EXPECT_THAT(made.metadata->location,
              ::testing::MatchesRegex("file:///warehouse/ns/my_t__ble_x-[0-9a-f]{8}"));
  EXPECT_THAT(made.metadata_location,
              ::testing::StartsWith(made.metadata->location + "/metadata/00000-"));
}

TEST_P(CatalogTest, CreatesNoTableTwiceOrInNoNamespace) {
  MakeTable("t");
  EXPECT_THAT(catalog_->CreateTable({{"ns"}, "t"}, TableOfIds()),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog_->CreateTable({{"other"}, "t"}, TableOfIds()), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->CreateTable({{"ns"}, "t.u"}, TableOfIds()),
              IsError(ErrorKind::kInvalidArgument));
}

TEST_P(CatalogTest, ListsTheTablesOfOneNamespace) {
  MakeTable("b");
  MakeTable("a");
  ASSERT_THAT(catalog_->CreateNamespace({"ns", "inner"}), IsOk());
  ASSERT_THAT(catalog_->CreateTable({{"ns", "inner"}, "c"}, TableOfIds()), IsOk());
  EXPECT_THAT(catalog_->ListTables({"ns"}),
              HasValue(ElementsAre(TableName{{"ns"}, "a"}, TableName{{"ns"}, "b"})));
  EXPECT_THAT(catalog_->ListTables({"other"}), IsError(ErrorKind::kNotFound));
}

TEST_P(CatalogTest, DropsATableAndKeepsItsFiles) {
  const LoadedTable made = MakeTable("t");
  ASSERT_THAT(catalog_->DropTable(made.name), IsOk());
  EXPECT_THAT(catalog_->TableExists(made.name), HasValue(false));
  EXPECT_THAT(catalog_->LoadTable(made.name), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->DropTable(made.name), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(files_.Exists(made.metadata_location), HasValue(true));
}

TEST_P(CatalogTest, BringsADroppedTableBack) {
  const LoadedTable made = MakeTable("t");
  ASSERT_THAT(catalog_->DropTable(made.name), IsOk());
  ASSERT_THAT(catalog_->RegisterTable({{"ns"}, "again"}, made.metadata_location), IsOk());
  const auto loaded = catalog_->LoadTable({{"ns"}, "again"});
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->metadata->table_uuid, made.metadata->table_uuid);
  EXPECT_THAT(catalog_->RegisterTable({{"ns"}, "again"}, made.metadata_location),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog_->RegisterTable({{"ns"}, "x"}, "file:///nowhere.metadata.json"),
              IsError(ErrorKind::kNotFound));
}

// A file that says how long it is, and must not be read for that.
class LongFile : public io::InputFile {
 public:
  int64_t size_bytes() const override { return int64_t{10} << 30; }
  Result<int64_t> ReadInto(int64_t, std::span<char>) const override {
    ADD_FAILURE() << "it is read";
    return 0;
  }
};
class LongFiles : public io::ForwardingFileIO {
 public:
  using ForwardingFileIO::ForwardingFileIO;
  Result<std::unique_ptr<io::InputFile>> Open(std::string_view) override {
    return std::make_unique<LongFile>();
  }
};

TEST_P(CatalogTest, RegistersNoFileOfTenGigabytes) {
  LongFiles files(files_);
  const auto catalog = MakeCatalog(files);
  if (GetParam() == "memory") {
    ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
  }
  EXPECT_THAT(catalog->RegisterTable({{"ns"}, "t"}, "file:///long.metadata.json"),
              IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(catalog->TableExists({{"ns"}, "t"}), HasValue(false));
}

TEST_P(CatalogTest, RegistersNothingThatIsNoTable) {
  const LoadedTable made = MakeTable("t");
  const std::string good = files_.ReadAll(made.metadata_location, 1 << 20).value();
  for (const std::string& bytes :
       {std::string(), good.substr(0, good.size() / 2), std::string(100'000, '['),
        std::string("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10) + std::string(1000, '\x55'),
        std::string("root:x:0:0:root:/:/bin/sh\n"), std::string("{\"format-version\": NaN}")}) {
    files_.Replace("file:///hostile.metadata.json", bytes);
    EXPECT_FALSE(catalog_->RegisterTable({{"ns"}, "x"}, "file:///hostile.metadata.json"));
    EXPECT_THAT(catalog_->TableExists({{"ns"}, "x"}), HasValue(false));
  }
}

TEST_P(CatalogTest, RenamesWithoutMovingAnything) {
  const LoadedTable made = MakeTable("t");
  MakeTable("taken");
  ASSERT_THAT(catalog_->CreateNamespace({"other"}), IsOk());
  EXPECT_THAT(catalog_->RenameTable(made.name, {{"ns"}, "taken"}),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog_->RenameTable(made.name, {{"nowhere"}, "t"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->RenameTable({{"ns"}, "absent"}, {{"ns"}, "u"}),
              IsError(ErrorKind::kNotFound));
  ASSERT_THAT(catalog_->RenameTable(made.name, {{"other"}, "u"}), IsOk());
  EXPECT_THAT(catalog_->LoadTable(made.name), IsError(ErrorKind::kNotFound));
  const auto loaded = catalog_->LoadTable({{"other"}, "u"});
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->metadata_location, made.metadata_location);
}

TEST_P(CatalogTest, LetsATableTakeTheNameOfAnother) {
  const LoadedTable old = MakeTable("t");
  const LoadedTable next = MakeTable("t_next");
  const LoadedTable taken = MakeTable("taken");
  const TableName kept{{"ns"}, "t_old"};
  EXPECT_THAT(ReplaceTable(*catalog_, {old, next, taken.name}), IsError(ErrorKind::kAlreadyExists));
  LoadedTable moved = old;
  moved.metadata_location = taken.metadata_location;
  EXPECT_THAT(ReplaceTable(*catalog_, {moved, next, kept}), IsError(ErrorKind::kConflict));
  EXPECT_THAT(catalog_->TableExists(kept), HasValue(false));
  EXPECT_EQ(catalog_->LoadTable(old.name)->metadata_location, old.metadata_location);

  ASSERT_THAT(ReplaceTable(*catalog_, {old, next, kept}), IsOk());
  EXPECT_EQ(catalog_->LoadTable(old.name)->metadata_location, next.metadata_location);
  EXPECT_EQ(catalog_->LoadTable(kept)->metadata_location, old.metadata_location);
  EXPECT_THAT(catalog_->TableExists(next.name), HasValue(false));
}

TEST_P(CatalogTest, SaysWhichTableHasNoMetadata) {
  const LoadedTable made = MakeTable("t");
  ASSERT_THAT(files_.Delete(made.metadata_location), IsOk());
  const auto fresh = MakeCatalog(files_);
  if (GetParam() == "memory") return;  // A new one of that kind holds no tables.
  EXPECT_THAT(fresh->LoadTable(made.name), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(fresh->LoadTable(made.name), HasMessage("ns.t"));
}

}  // namespace
}  // namespace firn::catalog
