// SPDX-License-Identifier: Apache-2.0

#include "firn/search/text_index.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "firn/base/testing.h"
#include "firn/search/match_query.h"

namespace firn::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Index : public ::testing::Test {
 protected:
  Index() : folder_(testing::TempDir() + "firn-search-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/search.db";
  }
  ~Index() override { std::filesystem::remove_all(folder_); }

  TextIndex Open() { return TextIndex::Open(path_, env_).value(); }

  static Document Message(const std::string& conversation, int64_t sequence, std::string text) {
    Document document;
    document.conversation_id = conversation;
    document.key = document.message_id = "m" + std::to_string(sequence);
    document.sequence = sequence;
    document.role = "user";
    document.platform = "claude_code";
    document.project_path = "/home/ada/engine";
    document.timestamp_micros = sequence * 1'000'000;
    document.text = std::move(text);
    return document;
  }

  static Status PutAll(TextIndex& index, const std::vector<Document>& documents) {
    return index.Change([&]() -> Status {
      for (const Document& document : documents)
        FIRN_TRY(index.Put(document));
      return Ok();
    });
  }

  // Where words are found, best first: "c/1".
  static std::vector<std::string> Find(TextIndex& index, std::string_view words,
                                       const std::function<void(SearchQuery&)>& narrow = {}) {
    SearchQuery query;
    if (narrow) narrow(query);
    query.match = ParseMatchQuery(words).value();
    const auto hits = index.Search(query);
    EXPECT_THAT(hits, IsOk());
    std::vector<std::string> places;
    for (const Hit& hit : *hits)
      places.push_back(hit.conversation_id + "/" + std::to_string(hit.sequence.value_or(-1)));
    return places;
  }

  FixedEnv env_;
  std::string folder_, path_;
};

TEST_F(Index, FindsWordsPhrasesAndBeginnings) {
  TextIndex index = Open();
  ASSERT_THAT(PutAll(index, {Message("c", 1, "Snow turns into glacier ice by pressure"),
                             Message("c", 2, "ice of a glacier, über Nacht"),
                             Message("d", 1, "recrystallisation")}),
              IsOk());
  EXPECT_THAT(Find(index, "glacier ice"), testing::UnorderedElementsAre("c/1", "c/2"));
  EXPECT_THAT(Find(index, "\"glacier ice\""), ElementsAre("c/1"));
  EXPECT_THAT(Find(index, "RECRYST*"), ElementsAre("d/1"));
  EXPECT_THAT(Find(index, "uber"), ElementsAre("c/2"));
  EXPECT_THAT(Find(index, "ice -pressure"), ElementsAre("c/2"));
  EXPECT_THAT(Find(index, "water"), IsEmpty());
}

TEST_F(Index, RanksWhatIsMoreAboutItFirst) {
  TextIndex index = Open();
  ASSERT_THAT(
      PutAll(index, {Message("c", 1, "ice and many other words that say nothing of it at all"),
                     Message("c", 2, "ice, ice"), Message("c", 3, "water")}),
      IsOk());
  EXPECT_THAT(Find(index, "ice"), ElementsAre("c/2", "c/1"));
}

TEST_F(Index, MarksWhatWasFound) {
  TextIndex index = Open();
  ASSERT_THAT(PutAll(index, {Message("c", 1, "Snow turns into ice")}), IsOk());
  SearchQuery query;
  query.match = "\"ice\"";
  const auto hits = index.Search(query);
  ASSERT_THAT(hits, IsOk());
  EXPECT_EQ(hits->at(0).snippet, std::string("Snow turns into ") + kHitBegin + "ice" + kHitEnd);
  EXPECT_GT(hits->at(0).score, 0);
}

// A place with the conversations that are named with it: "c/1 e".
std::vector<std::string> WithCopies(TextIndex& index, std::string_view words, int64_t limit = 20) {
  SearchQuery query;
  query.match = ParseMatchQuery(words).value();
  query.limit = limit;
  const auto hits = index.Search(query);
  EXPECT_THAT(hits, IsOk());
  std::vector<std::string> places;
  for (const Hit& hit : *hits) {
    places.push_back(hit.conversation_id + "/" + std::to_string(hit.sequence.value_or(-1)));
    for (const std::string& other : hit.also_in)
      places.back() += " " + other;
  }
  return places;
}

TEST_F(Index, FindsWhatForksHoldOnce) {
  TextIndex index = Open();
  const auto with = [](Document document, std::string key, int64_t micros) {
    document.key = std::move(key);
    document.timestamp_micros = micros;
    return document;
  };
  const std::string id = "0a1b2c3d-0000-4000-8000-000000000001";
  ASSERT_THAT(
      PutAll(index, {with(Message("c", 1, "ice"), id, 5), with(Message("d", 4, "ice"), id, 6),
                     with(Message("e", 2, "ice"), "m2", 5), with(Message("f", 2, "ice!"), "m2", 5),
                     with(Message("g", 2, "ice"), "m2", 9), with(Message("c", 7, "ice"), "m7", 5)}),
      IsOk());
  EXPECT_THAT(WithCopies(index, "ice"),
              testing::UnorderedElementsAre("c/1 d e", "c/7", "f/2", "g/2"));
}

TEST_F(Index, FindsAsManyPlacesAsAreAskedForHoweverManyCopiesThereAre) {
  TextIndex index = Open();
  std::vector<Document> documents;
  for (int i = 0; i < 40; ++i)
    documents.push_back(Message("c" + std::to_string(100 + i), 1, "ice"));
  documents.push_back(Message("d", 2, "ice and water"));
  documents.push_back(Message("e", 3, "ice and water, too"));
  ASSERT_THAT(PutAll(index, documents), IsOk());
  const auto found = WithCopies(index, "ice", 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0], testing::StartsWith("c100/1 c101 c102"));
  EXPECT_EQ(found[1], "d/2");
}

TEST_F(Index, NarrowsByWhatDocumentsAre) {
  TextIndex index = Open();
  Document call = Message("c", 9, "ice");
  call.kind = Document::Kind::kToolCall;
  call.key = "t1";
  call.message_id = "m1";
  call.sequence.reset();
  call.project_path.clear();
  call.timestamp_micros.reset();
  call.role = "tool";
  call.tool_name = "Bash";
  Document other = Message("d", 1, "ice");
  other.platform = "chatgpt";
  other.project_path = "/home/ada/loom";
  ASSERT_THAT(PutAll(index, {Message("c", 1, "snow"), call, other}), IsOk());
  EXPECT_THAT(Find(index, "ice", [](SearchQuery& query) { query.filter.platform = "chatgpt"; }),
              ElementsAre("d/1"));
  EXPECT_THAT(Find(index, "ice", [](SearchQuery& query) { query.filter.role = "tool"; }),
              ElementsAre("c/1"));
  EXPECT_THAT(Find(index, "ice", [](SearchQuery& query) { query.filter.tool = "Bash"; }),
              ElementsAre("c/1"));
  EXPECT_THAT(Find(index, "ice", [](SearchQuery& query) { query.filter.project = "engine"; }),
              ElementsAre("c/1"));
  EXPECT_THAT(Find(index, "ice",
                   [](SearchQuery& query) {
                     query.filter.since_micros = 0;
                     query.filter.until_micros = 1'000'000;
                   }),
              IsEmpty());
  EXPECT_THAT(Find(index, "ice", [](SearchQuery& query) { query.filter.since_micros = 1'000'000; }),
              testing::UnorderedElementsAre("c/1", "d/1"));
  EXPECT_EQ(Find(index, "ice", [](SearchQuery& query) { query.limit = 1; }).size(), 1U);
}

TEST_F(Index, ReplacesAndRemoves) {
  TextIndex index = Open();
  ASSERT_THAT(PutAll(index, {Message("c", 1, "snow"), Message("c", 2, "ice")}), IsOk());
  ASSERT_THAT(PutAll(index, {Message("c", 1, "water")}), IsOk());
  EXPECT_THAT(Find(index, "snow"), IsEmpty());
  EXPECT_THAT(Find(index, "water"), ElementsAre("c/1"));
  ASSERT_THAT(index.Change([&] { return index.Remove(Document::Kind::kMessage, "c", "m1"); }),
              IsOk());
  EXPECT_THAT(Find(index, "water"), IsEmpty());
  ASSERT_THAT(index.Change([&] {
    return index.RemoveOthers(Document::Kind::kMessage, [](int64_t) { return false; });
  }),
              IsOk());
  EXPECT_THAT(index.Count(), HasValue(0));
}

TEST_F(Index, KeepsNothingOfAChangeThatFails) {
  TextIndex index = Open();
  EXPECT_THAT(index.Change([&]() -> Status {
    FIRN_TRY(index.Put(Message("c", 1, "snow")));
    return Io("the disk is gone");
  }),
              IsError(ErrorKind::kIo));
  EXPECT_THAT(Find(index, "snow"), IsEmpty());
}

TEST_F(Index, IsForItsOwnerAlone) {
  Open();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Index, IsMadeAnewWhereItIsDamagedOrOfAnotherLayout) {
  std::ofstream(path_) << "this is no database, and long enough to be looked at as one. "
                       << std::string(4096, 'x');
  {
    TextIndex index = Open();
    ASSERT_THAT(PutAll(index, {Message("c", 1, "snow")}), IsOk());
  }
  {
    TextIndex index = Open();
    EXPECT_THAT(Find(index, "snow"), ElementsAre("c/1"));
  }
  {
    const auto database = catalog::SqliteDatabase::Open(path_, env_).value();
    ASSERT_THAT(database->Write([&]() -> Status {
      FIRN_TRY(database->Run("UPDATE layout SET version = 'of another time'"));
      return Ok();
    }),
                IsOk());
  }
  TextIndex index = Open();
  EXPECT_THAT(index.Count(), HasValue(0));
}

}  // namespace
}  // namespace firn::search
