// SPDX-License-Identifier: Apache-2.0

#include "firn/search/vector_index.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "firn/io/local_file_io.h"
#include "firn/obs/progress.h"
#include "firn/sql/testing.h"

namespace firn::search {
namespace {

using table::NestedField;
using table::Type;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Vectors : public ::testing::Test {
 protected:
  Vectors() : folder_(testing::TempDir() + "firn-vectors-" + std::to_string(::getpid())) {}
  ~Vectors() override { std::filesystem::remove_all(folder_); }

  void SetUp() override {
    ASSERT_THAT(
        lake_.Create(
            kTable,
            {{NestedField::Required(1, "conversation_id", Type::String()),
              NestedField::Required(2, "platform", Type::String()),
              NestedField::Optional(3, "embedding_model", Type::String()),
              NestedField::Optional(4, "embedding",
                                    Type::List(NestedField::Optional(8, "element", Type::Float()))),
              NestedField::Optional(5, "content_summary", Type::String()),
              NestedField::Optional(6, "timestamp", Type::TimestampTz()),
              NestedField::Optional(7, "metadata",
                                    Type::Map(NestedField::Required(9, "key", Type::String()),
                                              NestedField::Optional(10, "value", Type::String())))},
             {}}),
        IsOk());
  }

  static std::string RowSql(const std::string& id, const std::string& vector) {
    return "SELECT '" + id +
           "' AS conversation_id, 'chatgpt' AS platform, 'small' AS "
           "embedding_model, " +
           vector + "::FLOAT[] AS embedding, 'of " + id +
           "' AS content_summary, TIMESTAMPTZ '2025-11-05 10:00:00+00' AS timestamp, "
           "MAP {'other': 'x', 'model_version': '1.2'} AS metadata";
  }

  void Append(const std::string& rows) { ASSERT_THAT(lake_.Append(kTable, rows), IsOk()); }

  Result<VectorIndex> Open() {
    return VectorIndex::Open(folder_, disk_, lake_.catalog(), lake_.files(), obs::NoProgress());
  }

  static std::vector<std::string> Nearest(const VectorIndex& index, const Vector& query,
                                          size_t count) {
    std::vector<std::string> found;
    const auto take = [&](const NearConversation& near) -> Result<bool> {
      found.push_back(near.place.conversation_id);
      return found.size() < count;
    };
    EXPECT_THAT(index.ForEachNearest(query, take), IsOk());
    return found;
  }

  size_t Files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  static constexpr const char* kTable = "gold.conversation_embeddings";
  FixedEnv env_;
  io::LocalFileIO disk_{env_};
  sql::TestLake lake_;
  std::string folder_;
};

TEST_F(Vectors, AreFoundNearestFirst) {
  Append(RowSql("a", "[1, 0]") + " UNION ALL " + RowSql("b", "[0.6, 0.8]") + " UNION ALL " +
         RowSql("c", "[-1, 0]") + " UNION ALL " + RowSql("none", "NULL"));
  const auto index = Open();
  ASSERT_THAT(index, IsOk());
  EXPECT_EQ(index->count(), 3);
  EXPECT_EQ(index->model(), "small 1.2");
  EXPECT_THAT(Nearest(*index, {1, 0}, 9), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Nearest(*index, {0, 1}, 1), ElementsAre("b"));
  const auto take = [&](const NearConversation& near) -> Result<bool> {
    EXPECT_NEAR(near.score, 0.936, 0.01);
    EXPECT_EQ(near.place.summary, "of b");
    EXPECT_EQ(near.place.platform, "chatgpt");
    EXPECT_EQ(near.place.timestamp_micros, 1'762'336'800'000'000);
    return false;
  };
  EXPECT_THAT(index->ForEachNearest({0.28F, 0.96F}, take), IsOk());
}

TEST_F(Vectors, OfOneConversationAreGivenBack) {
  Append(RowSql("a", "[0.6, 0.8]"));
  const VectorIndex index = Open().value();
  const auto vector = index.VectorOf("a");
  ASSERT_THAT(vector, IsOk());
  ASSERT_TRUE(vector->has_value());
  EXPECT_NEAR((**vector)[0], 0.6, 0.01);
  EXPECT_THAT(index.VectorOf("b"), HasValue(testing::Eq(std::nullopt)));
}

TEST_F(Vectors, AreAFileForEachDataFile) {
  Append(RowSql("a", "[1, 0]"));
  EXPECT_EQ(Open()->count(), 1);
  EXPECT_EQ(Files(), 1U);
  Append(RowSql("b", "[0, 1]"));
  EXPECT_EQ(Open()->count(), 2);
  EXPECT_EQ(Files(), 2U);
  std::ofstream(folder_ + "/a.model") << "of somebody else";
  ASSERT_THAT(lake_.Rewrite(kTable), IsOk());
  EXPECT_EQ(Open()->count(), 2);
  EXPECT_EQ(Files(), 2U);
}

TEST_F(Vectors, OfDeletedRowsAreGone) {
  Append(RowSql("a", "[1, 0]") + " UNION ALL " + RowSql("b", "[0, 1]"));
  EXPECT_EQ(Open()->count(), 2);
  ASSERT_THAT(lake_.Delete(kTable, "conversation_id = 'a'"), IsOk());
  EXPECT_THAT(Nearest(Open().value(), {1, 0}, 9), ElementsAre("b"));
}

TEST_F(Vectors, AreMadeAgainWhereDamaged) {
  Append(RowSql("a", "[1, 0]"));
  EXPECT_EQ(Open()->count(), 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    std::ofstream(entry.path(), std::ios::trunc) << "no vectors at all, and too short";
  EXPECT_EQ(Open()->count(), 1);
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(Open()->count(), 1);
}

TEST_F(Vectors, FillSeveralParts) {
  Append(
      "SELECT 'c' || i AS conversation_id, 'chatgpt' AS platform, 'small' AS embedding_model, "
      "[cos(i / 20000.0), sin(i / 20000.0)]::FLOAT[] AS embedding, NULL::VARCHAR AS "
      "content_summary, NULL::TIMESTAMPTZ AS timestamp, NULL::MAP(VARCHAR, VARCHAR) AS metadata "
      "FROM range(20000) AS r(i)");
  const VectorIndex index = Open().value();
  EXPECT_EQ(index.count(), 20'000);
  EXPECT_THAT(Nearest(index, {1, 0}, 600), SizeIs(600));
  EXPECT_THAT(index.VectorOf("c19999"), HasValue(testing::Ne(std::nullopt)));
}

TEST_F(Vectors, OfOtherDimensionsAreRefused) {
  Append(RowSql("a", "[1, 0]"));
  const auto never = [](const NearConversation&) -> Result<bool> { return false; };
  EXPECT_THAT(Open()->ForEachNearest({1, 0, 0}, never), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(Vectors, OfNoTableAreNone) {
  sql::TestLake other;
  const auto index =
      VectorIndex::Open(folder_, disk_, other.catalog(), other.files(), obs::NoProgress());
  ASSERT_THAT(index, IsOk());
  EXPECT_EQ(index->count(), 0);
  EXPECT_THAT(Nearest(*index, {1}, 1), IsEmpty());
}

}  // namespace
}  // namespace firn::search
