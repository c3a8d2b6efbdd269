// SPDX-License-Identifier: Apache-2.0
//
// The promises of every FileIO, over a store in memory and, where FIRN_STORE names a bucket (such
// as "s3://warehouse"), over the server that FIRN_STORE_PROPERTIES say ("s3.endpoint=http://...",
// divided by spaces); FIRN_STORE_STRANGER holds properties that make a stranger of whoever has
// them. test/interop/store_lake.py starts such servers.

#include "firn/io/arrow_fs/arrow_file_io.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "firn/base/testing.h"
#include "firn/io/arrow_fs/testing.h"
#include "firn/io/file_io_testing.h"
#include "firn/io/memory_file_io.h"

namespace firn::io {
namespace {

std::string Variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "";
}

FileIoKind InMemory() {
  return {"store_in_memory",
          [](Env&) { return std::make_unique<ArrowFileIO>(std::make_shared<MockStore>()); },
          [] { return std::string("s3://bucket/folder"); }};
}

// "key=value key=value"
StoreProperties PropertiesIn(const char* name) {
  StoreProperties properties;
  std::istringstream words(Variable(name));
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    properties[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return properties;
}

std::string ServerFolder() {
  const auto env = MakeSystemEnv();
  return Variable("FIRN_STORE") + "/test-" + std::to_string(env->Random64());
}

// Owns the local one it needs.
class ServerFileIO : public ObjectStoreFileIO {
 public:
  ServerFileIO() : ObjectStoreFileIO(local_, PropertiesIn("FIRN_STORE_PROPERTIES")) {}

 private:
  MemoryFileIO local_;
};

FileIoKind OnServer() {
  return {"store_server", [](Env&) { return std::make_unique<ServerFileIO>(); }, ServerFolder};
}

std::vector<FileIoKind> Kinds() {
  if (Variable("FIRN_STORE").empty()) return {InMemory()};
  return {InMemory(), OnServer()};
}

INSTANTIATE_TEST_SUITE_P(All, FileIoTest, ::testing::ValuesIn(Kinds()), NameOfKind);

class StoreInMemory : public ::testing::Test {
 protected:
  std::shared_ptr<MockStore> store_ = std::make_shared<MockStore>();
  ArrowFileIO io_{store_};
};

TEST_F(StoreInMemory, TakesOnePutForASmallFile) {
  ASSERT_THAT(io_.WriteAll("s3://bucket/t/a", std::string(1000, 'x')), IsOk());
  const StoreCalls calls = io_.calls();
  EXPECT_EQ(calls.puts, 1);
  EXPECT_EQ(calls.gets, 0);
  EXPECT_EQ(calls.bytes_written, 1000);
}

TEST_F(StoreInMemory, UploadsALongFileAsItGrows) {
  const auto file = io_.Create("s3://bucket/t/a");
  ASSERT_THAT(file, IsOk());
  const std::string part(3 << 20, 'x');
  for (int written = 0; written < 5; ++written)
    ASSERT_THAT((*file)->Write(part), IsOk());
  ASSERT_THAT((*file)->Close(), IsOk());
  EXPECT_THAT(io_.Open("s3://bucket/t/a").value()->size_bytes(), 5 * (3 << 20));
  EXPECT_EQ(io_.calls().puts, 1);
}

TEST_F(StoreInMemory, ReadsAFooterWithoutTheFile) {
  ASSERT_THAT(io_.WriteAll("s3://bucket/t/a", std::string(5 << 20, 'x') + "PAR1"), IsOk());
  const auto file = io_.Open("s3://bucket/t/a");
  ASSERT_THAT(file, IsOk());
  const int64_t size = (*file)->size_bytes();
  EXPECT_THAT((*file)->Read(size - 4, 4), HasValue(std::string("PAR1")));
  EXPECT_THAT((*file)->Read(size - 2000, 100), HasValue(std::string(100, 'x')));
  EXPECT_EQ(io_.calls().gets, 1);
  EXPECT_EQ(io_.calls().bytes_read, ArrowFileIO::kTailBytes);
  EXPECT_THAT((*file)->Read(100, 10), HasValue(std::string(10, 'x')));
  EXPECT_EQ(io_.calls().bytes_read, ArrowFileIO::kTailBytes + 10);
}

TEST_F(StoreInMemory, ListsInTheSpellingAskedFor) {
  ASSERT_THAT(io_.WriteAll("s3a://bucket/t/d=a%2Fb/x", "1"), IsOk());
  EXPECT_THAT(io_.List("s3a://bucket/t/"), HasValue(::testing::ElementsAre(::testing::Field(
                                               &FileInfo::location, "s3a://bucket/t/d=a%2Fb/x"))));
  EXPECT_GT(io_.List("s3://bucket/t")->front().modified, TimeMs{1'600'000'000'000});
}

TEST_F(StoreInMemory, FindsThatAPutWithoutAnAnswerArrived) {
  store_->put_error =
      arrow::Status::IOError("When ... AWS Error NETWORK_CONNECTION during PutObject");
  store_->put_arrives = true;
  store_->arriving = "rows";
  EXPECT_THAT(io_.WriteAll("s3://bucket/t/a", "rows"), IsOk());
  EXPECT_THAT(io_.ReadAll("s3://bucket/t/a", 100), HasValue(std::string("rows")));
}

TEST_F(StoreInMemory, ReportsAPutThatDidNotArrive) {
  store_->put_error = arrow::Status::IOError("When ... curlCode: 28, Timeout was reached");
  EXPECT_THAT(io_.WriteAll("s3://bucket/t/a", "rows"), IsError(ErrorKind::kTimeout));
  store_->put_error = arrow::Status::OK();
  EXPECT_THAT(io_.Exists("s3://bucket/t/a"), HasValue(false));
}

TEST_F(StoreInMemory, KeepsWhatWasPublishedInEveryStore) {
  for (const char* type : {"s3", "gcs", "abfs"}) {
    store_->type = type;
    ASSERT_THAT(io_.WriteAll(std::string("s3://bucket/") + type, "rows"), IsOk());
    EXPECT_THAT(io_.ReadAll(std::string("s3://bucket/") + type, 100),
                HasValue(std::string("rows")));
  }
  EXPECT_EQ(io_.calls().deletes, 0);
}

TEST_F(StoreInMemory, NeverDeletesABucket) {
  EXPECT_THAT(io_.Delete("s3://bucket"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(io_.Delete("s3://bucket/"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(io_.Create("s3://bucket/"), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(StoreInMemory, TakesAFolderForNoFile) {
  ASSERT_THAT(io_.WriteAll("s3://bucket/t/a", "1"), IsOk());
  EXPECT_THAT(io_.Exists("s3://bucket/t"), HasValue(false));
  EXPECT_THAT(io_.Open("s3://bucket/t").has_value(), false);
}

// ---- A real server

class OnStoreServer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Variable("FIRN_STORE").empty()) GTEST_SKIP() << "FIRN_STORE names no bucket of a server";
    folder_ = ServerFolder();
  }

  std::string At(const std::string& name) const { return JoinLocation(folder_, name); }

  std::string folder_;
  ServerFileIO io_;
};

// Bytes of this process that were ever resident since the last call.
int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  int64_t peak_kb = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) peak_kb = std::atoll(line.c_str() + 6);
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  return peak_kb << 10;
}

TEST_F(OnStoreServer, UploadsALongFileWithinBoundedMemory) {
  const std::string piece(1 << 20, 'x');
  ASSERT_THAT(io_.WriteAll(At("first"), piece), IsOk());  // The SDK is there from here on.
  PeakBytes();
  const int64_t before = PeakBytes();
  const auto file = io_.Create(At("long"));
  ASSERT_THAT(file, IsOk());
  for (int written = 0; written < 160; ++written)
    ASSERT_THAT((*file)->Write(piece), IsOk());
  ASSERT_THAT((*file)->Close(), IsOk());
  const int64_t grown = PeakBytes() - before;
  RecordProperty("peak_mib", static_cast<int>(grown >> 20));
  EXPECT_LT(grown, int64_t{100} << 20);
  EXPECT_EQ(io_.Open(At("long")).value()->size_bytes(), 160 << 20);
}

TEST_F(OnStoreServer, CountsWhatOperationsCost) {
  ASSERT_THAT(io_.WriteAll(At("a"), std::string(20 << 20, 'x')), IsOk());
  ASSERT_THAT(io_.WriteAll(At("b"), "small"), IsOk());
  const StoreCalls written = io_.calls();
  EXPECT_EQ(written.puts, 2);
  const auto file = io_.Open(At("a"));
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Read((*file)->size_bytes() - 8, 8), IsOk());
  ASSERT_THAT((*file)->Read((*file)->size_bytes() - 30'000, 20'000), IsOk());
  const StoreCalls footer = io_.calls();
  EXPECT_EQ(footer.heads - written.heads, 1);
  EXPECT_EQ(footer.gets - written.gets, 1);
  EXPECT_EQ(footer.bytes_read - written.bytes_read, ArrowFileIO::kTailBytes);
}

TEST_F(OnStoreServer, SaysWhoMayNot) {
  const StoreProperties properties = PropertiesIn("FIRN_STORE_STRANGER");
  if (properties.empty()) GTEST_SKIP() << "this server lets everybody in";
  MemoryFileIO local;
  ObjectStoreFileIO stranger(local, properties);
  const auto found = stranger.List(folder_);
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().kind,
              ::testing::AnyOf(ErrorKind::kForbidden, ErrorKind::kUnauthenticated))
      << found.error().message;
}

TEST_F(OnStoreServer, FindsNoBucket) {
  std::string absent = Variable("FIRN_STORE");
  absent.insert(absent.find("://") + 3, "no-such-");
  EXPECT_THAT(io_.Open(absent + "/a"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(io_.Exists(absent + "/a"), HasValue(false));
  EXPECT_THAT(io_.WriteAll(absent + "/a", "x"), IsError(ErrorKind::kNotFound));
}

TEST_F(OnStoreServer, TakesNamesWithEverythingInThem) {
  for (const char* name : {"d=a%2Fb/x y+z#1?v=2&w.parquet", "ünï/\xF0\x9F\xA7\x8A", "a'b\"c"}) {
    ASSERT_THAT(io_.WriteAll(At(name), name), IsOk()) << name;
    EXPECT_THAT(io_.ReadAll(At(name), 1000), HasValue(std::string(name)));
    ASSERT_THAT(io_.Delete(At(name)), IsOk()) << name;
  }
}

}  // namespace
}  // namespace firn::io
