// SPDX-License-Identifier: Apache-2.0
//
// Encrypted tables, but for their data files: what is on disk, who can read it, and what a table of
// Java's says.

#include "firn/table/encryption.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "firn/base/bytes.h"
#include "firn/io/key_management.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"
#include "firn/table/rewrite_manifests.h"
#include "firn/table/row_delta.h"

namespace firn::table {
namespace {

constexpr Millis kTwoYears{int64_t{731} * 24 * 60 * 60 * 1000};

io::MasterKeys KeysNamed(std::string name, std::string key) {
  return io::MasterKeys(
      [name = std::move(name), key = std::move(key)](std::string_view id) -> Result<std::string> {
        if (id == name) return key;
        return Forbidden("no such key", id);
      });
}

TEST(KeyMetadata, IsWhatJavaWrites) {
  // org.apache.iceberg.encryption.StandardKeyMetadata of 1.11.0.
  const KeyMetadata metadata{"0123456789012345", "abcdefghijklmnop", 1036};
  EXPECT_EQ(HexEncode(EncodeKeyMetadata(metadata)),
            "0120303132333435363738393031323334350220"
            "6162636465666768696a6b6c6d6e6f70029810");
  EXPECT_THAT(DecodeKeyMetadata(EncodeKeyMetadata(metadata)), HasValue(metadata));
}

TEST(KeyMetadata, GivesBackAnyKey) {
  for (const size_t size : {size_t{16}, size_t{24}, size_t{32}}) {
    KeyMetadata metadata = NewKeyMetadata(size);
    EXPECT_EQ(metadata.key.size(), size);
    EXPECT_THAT(DecodeKeyMetadata(EncodeKeyMetadata(metadata)), HasValue(metadata));
    metadata.file_length = INT64_MAX;
    EXPECT_THAT(DecodeKeyMetadata(EncodeKeyMetadata(metadata)), HasValue(metadata));
  }
}

TEST(KeyMetadata, RefusesWhatItIsNot) {
  const std::string good = EncodeKeyMetadata(NewKeyMetadata(16));
  EXPECT_THAT(DecodeKeyMetadata(""), IsError(ErrorKind::kCorrupt));
  for (size_t size = 1; size < good.size(); ++size)
    EXPECT_THAT(DecodeKeyMetadata(good.substr(0, size)), IsError(ErrorKind::kCorrupt)) << size;
  EXPECT_THAT(DecodeKeyMetadata("\2" + good.substr(1)), IsError(ErrorKind::kUnsupported));
}

class EncryptedTable : public TableInMemory {
 protected:
  EncryptedTable() {
    metadata_ = *NewTableMetadata(NewTableOf({{"encryption.key-id", "k"}}), env_);
  }

  static DataFile Encrypted(const std::string& name, int32_t day) {
    DataFile file = File(name, day);
    file.key_metadata = EncodeKeyMetadata(NewKeyMetadata(16));
    return file;
  }

  Status CommitWith(io::FileIO& files, const std::unique_ptr<Operation>& operation) {
    env_.Advance(Millis{1000});
    FIRN_ASSIGN(const CommitPlan plan, operation->Plan(metadata_, {files, env_}));
    return CommitPlanned(plan);
  }
  Status Add(const std::string& name, int32_t day) {
    return CommitWith(files_, FastAppend({Encrypted(name, day)}));
  }

  std::vector<std::string> NamesIn(io::FileIO& files) {
    const auto plan = PlanScan(metadata_, {}, files);
    if (!plan) return {std::string(KindName(plan.error().kind)), plan.error().ToString()};
    std::vector<std::string> names;
    for (const FileScanTask& task : plan->tasks)
      names.push_back(task.file.file_path.substr(15));
    std::sort(names.begin(), names.end());
    return names;
  }

  // All that storage holds of the table, the metadata file included.
  std::string AllBytes() {
    std::string bytes = WriteMetadata(metadata_);
    const auto files = io_.List("file:///t").value();
    for (const io::FileInfo& file : files)
      bytes += io_.ReadAll(file.location, 1 << 30).value();
    return bytes;
  }

  std::vector<std::string> KeysBy(std::string_view by) const {
    std::vector<std::string> ids;
    for (const Json& key : metadata_.encryption_keys) {
      if (key.GetString("encrypted-by-id").value() == by)
        ids.push_back(key.GetString("key-id").value());
    }
    return ids;
  }

  io::MasterKeys keys_ = KeysNamed("k", "0123456789abcdef");
  io::KeyedFileIO files_{io_, &keys_};
};

TEST_F(EncryptedTable, IsOfFormatVersionThreeUnlessThatIsAskedOtherwise) {
  EXPECT_EQ(metadata_.format_version, 3);
  EXPECT_THAT(
      NewTableMetadata(NewTableOf({{"encryption.key-id", "k"}, {"format-version", "2"}}), env_),
      IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(
      NewTableMetadata(
          NewTableOf({{"encryption.key-id", "k"}, {"encryption.data-key-length", "20"}}), env_),
      HasMessage("16, 24 or 32"));
}

TEST_F(EncryptedTable, IsReadWithTheMasterKey) {
  ASSERT_THAT(Add("a", 1), IsOk());
  ASSERT_THAT(Add("b", 2), IsOk());
  EXPECT_EQ(NamesIn(files_), (std::vector<std::string>{"a", "b"}));
  const auto plan = PlanScan(metadata_, {}, files_);
  EXPECT_TRUE(plan->tasks[0].file.key_metadata.has_value());
}

TEST_F(EncryptedTable, ShowsNothingOfItsFilesInStorage) {
  ASSERT_THAT(Add("a-name-to-look-for", 1), IsOk());
  const std::string bytes = AllBytes();
  EXPECT_EQ(bytes.find("a-name-to-look-for"), std::string::npos);
  EXPECT_EQ(bytes.find("manifest_path"), std::string::npos);
  EXPECT_EQ(bytes.find("Obj\1"), std::string::npos);  // No Avro file.
  EXPECT_EQ(bytes.find("0123456789abcdef"), std::string::npos);
}

TEST_F(EncryptedTable, SaysWhichKeyIsMissing) {
  ASSERT_THAT(Add("a", 1), IsOk());
  EXPECT_EQ(NamesIn(io_).front(), "forbidden");
  EXPECT_THAT(NamesIn(io_).back(), ::testing::HasSubstr("key: k"));
  EXPECT_THAT(NamesIn(io_).back(), ::testing::HasSubstr("key_file"));
  io::MasterKeys none = KeysNamed("other", std::string(16, 'x'));
  io::KeyedFileIO without(io_, &none);
  EXPECT_EQ(NamesIn(without).front(), "forbidden");
  io::MasterKeys wrong = KeysNamed("k", std::string(16, 'x'));
  io::KeyedFileIO other(io_, &wrong);
  EXPECT_EQ(NamesIn(other).front(), "corrupt");
}

TEST_F(EncryptedTable, LeavesNothingBehindWhereTheKeyIsMissing) {
  EXPECT_THAT(CommitWith(io_, FastAppend({Encrypted("a", 1)})), IsError(ErrorKind::kForbidden));
  EXPECT_TRUE(io_.List("file:///t").value().empty());
}

TEST_F(EncryptedTable, RefusesAFileThatIsNotEncrypted) {
  EXPECT_THAT(CommitWith(files_, FastAppend({File("a", 1)})), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(EncryptedTable, HasAKeyForEachManifestListAndOneForThose) {
  ASSERT_THAT(Add("a", 1), IsOk());
  ASSERT_THAT(Add("b", 1), IsOk());
  ASSERT_EQ(KeysBy("k").size(), 1u);
  const auto lists = KeysBy(KeysBy("k").front());
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_EQ(KeyIdOf(metadata_.snapshots[0]), lists[0]);
  EXPECT_EQ(KeyIdOf(metadata_.snapshots[1]), lists[1]);
}

TEST_F(EncryptedTable, TakesANewKeyForManifestListsAfterTwoYears) {
  ASSERT_THAT(Add("a", 1), IsOk());
  env_.Advance(kTwoYears);
  ASSERT_THAT(Add("b", 2), IsOk());
  ASSERT_THAT(Add("c", 3), IsOk());
  ASSERT_EQ(KeysBy("k").size(), 2u);
  EXPECT_EQ(KeysBy(KeysBy("k")[0]).size(), 1u);
  EXPECT_EQ(KeysBy(KeysBy("k")[1]).size(), 2u);
  EXPECT_EQ(NamesIn(files_).size(), 3u);
}

TEST_F(EncryptedTable, NoticesAKeyMadeToLookYounger) {
  ASSERT_THAT(Add("a", 1), IsOk());
  for (Json& key : metadata_.encryption_keys) {
    if (Json* properties = key.Find("properties")) properties->Set("KEY_TIMESTAMP", "1");
  }
  EXPECT_EQ(NamesIn(files_).front(), "corrupt");
}

TEST_F(EncryptedTable, ForgetsTheKeysOfSnapshotsThatAreGone) {
  ASSERT_THAT(Add("a", 1), IsOk());
  ASSERT_THAT(Add("b", 1), IsOk());
  const SnapshotId first = metadata_.snapshots[0].id;
  const std::string last = *KeyIdOf(metadata_.snapshots[1]);
  const std::vector<TableUpdate> updates = {RemoveSnapshots{{first}}};
  metadata_ = ApplyUpdates(metadata_, updates, env_.NowMs()).value();
  ASSERT_EQ(metadata_.encryption_keys.size(), 2u);
  EXPECT_EQ(KeysBy(KeysBy("k").front()), std::vector<std::string>{last});
  EXPECT_EQ(NamesIn(files_), (std::vector<std::string>{"a", "b"}));
}

TEST_F(EncryptedTable, KeepsHowItIsEncryptedOnceItHasSnapshots) {
  EXPECT_THAT(CommitWith(files_, UpdateProperties({{"encryption.key-id", "k2"}})), IsOk());
  EXPECT_THAT(CommitWith(files_, UpdateProperties({{"encryption.key-id", "k"}})), IsOk());
  ASSERT_THAT(Add("a", 1), IsOk());
  EXPECT_THAT(CommitWith(files_, UpdateProperties({{"encryption.key-id", "k2"}})),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CommitWith(files_, UpdateProperties({}, {"encryption.key-id"})),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CommitWith(files_, UpdateProperties({{"comment", "fine"}})), IsOk());
}

TEST_F(EncryptedTable, IsChangedByEveryKindOfOperation) {
  ASSERT_THAT(Add("a", 1), IsOk());
  ASSERT_THAT(Add("b", 2), IsOk());
  ASSERT_THAT(CommitWith(files_, RewriteManifests({})), IsOk());
  DataFile vector = Vector("v", Encrypted("a", 1));
  vector.key_metadata = EncodeKeyMetadata(NewKeyMetadata(16));
  RowDeltaChange change;
  change.added_deletes = {vector};
  change.validation.from = head();
  ASSERT_THAT(CommitWith(files_, RowDelta(change)), IsOk());
  ASSERT_THAT(CommitWith(files_, DeleteWhere(DayIs(2))), IsOk());
  EXPECT_EQ(NamesIn(files_), std::vector<std::string>{"a"});
  const auto plan = PlanScan(metadata_, {}, files_);
  ASSERT_EQ(plan->tasks[0].deletes.size(), 1u);
  EXPECT_EQ(plan->tasks[0].deletes[0].key_metadata, vector.key_metadata);
  EXPECT_EQ(AllBytes().find("Obj\1"), std::string::npos);
}

TEST_F(EncryptedTable, RefusesAManifestThatWasCutOrChanged) {
  ASSERT_THAT(Add("a", 1), IsOk());
  const auto files = io_.List("file:///t").value();
  for (const io::FileInfo& file : files) {
    const std::string bytes = io_.ReadAll(file.location, 1 << 30).value();
    io_.Replace(file.location, bytes.substr(0, bytes.size() - 1));
    EXPECT_EQ(NamesIn(files_).front(), "corrupt") << file.location;
    std::string changed = bytes;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    io_.Replace(file.location, changed);
    EXPECT_EQ(NamesIn(files_).front(), "corrupt") << file.location;
    io_.Replace(file.location, bytes);
  }
  EXPECT_EQ(NamesIn(files_).size(), 1u);
}

// testdata/java-encrypted was written by Iceberg 1.11.0 (test/interop/encryption): two appends.
TEST(EncryptedTableOfJava, IsReadWithItsMasterKey) {
  namespace fs = std::filesystem;
  io::MemoryFileIO memory;
  std::string metadata_json;
  const fs::path root = "src/firn/table/testdata/java-encrypted";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (entry.path().extension() == ".json") metadata_json = bytes;
    memory.Replace("file:/lake/java/" + fs::relative(entry.path(), root).string(),
                   std::move(bytes));
  }
  io::MasterKeys keys =
      KeysNamed("table-key", std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16));
  io::KeyedFileIO files(memory, &keys);
  const auto metadata = ParseMetadata(metadata_json);
  ASSERT_THAT(metadata, IsOk());
  ASSERT_EQ(metadata->snapshots.size(), 2u);
  for (const Snapshot& snapshot : metadata->snapshots)
    EXPECT_TRUE(KeyIdOf(snapshot).has_value());
  const auto plan = PlanScan(*metadata, {}, files);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->tasks.size(), 4u);
  EXPECT_EQ(plan->records_kept, 60);
  for (const FileScanTask& task : plan->tasks) {
    ASSERT_TRUE(task.file.key_metadata.has_value());
    const auto key = DecodeKeyMetadata(*task.file.key_metadata);
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ(key->key.size(), 16u);
    EXPECT_EQ(key->file_length, task.file.file_size_bytes);
  }
  EXPECT_THAT(PlanScan(*metadata, {}, memory), IsError(ErrorKind::kForbidden));
}

}  // namespace
}  // namespace firn::table
