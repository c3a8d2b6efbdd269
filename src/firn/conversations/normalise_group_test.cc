// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/normalise_group.h"

#include <map>

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/cipher.h"
#include "firn/base/testing.h"
#include "firn/conversations/bronze.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

constexpr std::string_view kPath = "/p/0a1b2c3d-0000-4000-8000-000000000001.jsonl";

std::string History(int answers) {
  std::string text;
  for (int i = 0; i < answers; ++i) {
    const std::string n = std::to_string(i);
    text += R"({"type":"assistant","uuid":"a)" + n + R"(","message":{"id":"m)" + n +
            R"(","content":[{"type":"text","text":"caf)" + (i == 1 ? "\xff" : "\xc3\xa9") +
            R"("}],"usage":{"input_tokens":2,"output_tokens":3}}})" + "\n";
  }
  return text;
}

std::shared_ptr<arrow::RecordBatch> BronzeRows(const std::string& text, int64_t from = 0,
                                               const std::string& source = "s1") {
  SlicerOptions options;
  options.slice_bytes_max = 300;
  std::vector<Slice> slices = SliceAll(ClaudeCode(), kPath, text, options);
  std::erase_if(slices, [&](const Slice& slice) { return slice.offset < from; });
  const SliceOrigin origin{source, "host", std::string(kPath), 0, "p", TimeUs{1'000'000}};
  return SliceRows(slices, origin).value();
}

struct Outcome {
  GroupNormaliser::Outcome outcome;
  std::map<std::string, std::vector<std::shared_ptr<arrow::RecordBatch>>> written;
  int64_t RowsOf(const std::string& table) const {
    int64_t rows = 0;
    if (!written.contains(table)) return 0;
    for (const auto& batch : written.at(table))
      rows += batch->num_rows();
    return rows;
  }
};

Outcome ProcessAll(std::vector<std::shared_ptr<arrow::RecordBatch>> batches,
                   std::shared_ptr<arrow::RecordBatch> state = nullptr, bool refresh = false,
                   std::unique_ptr<privacy::Redactor> redactor = nullptr) {
  Outcome outcome{};
  SliceGroup group;
  group.state = std::move(state);
  group.refresh = refresh;
  size_t next = 0;
  group.next = [&]() -> Result<std::shared_ptr<arrow::RecordBatch>> {
    if (next == batches.size()) return std::shared_ptr<arrow::RecordBatch>();
    return batches[next++];
  };
  group.write = [&](std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) {
    outcome.written[std::string(table)].push_back(rows);
    return Ok();
  };
  GroupNormaliser normaliser = GroupNormaliser::Make(std::move(redactor)).value();
  const Result<GroupNormaliser::Outcome> result = normaliser.Process(group);
  EXPECT_THAT(result, IsOk());
  if (result) outcome.outcome = *result;
  EXPECT_THAT(normaliser.Flush(group.write), IsOk());
  return outcome;
}

TEST(GroupNormaliser, MakesSilverOfBronzeRows) {
  const Outcome made = ProcessAll({BronzeRows(History(5))});
  EXPECT_EQ(made.outcome, GroupNormaliser::Outcome::kDone);
  EXPECT_EQ(made.RowsOf("silver.messages"), 5);
  ASSERT_EQ(made.RowsOf("silver.conversation_sources"), 1);
  const auto& facts = *made.written.at("silver.conversation_sources")[0];
  EXPECT_EQ(facts.GetColumnByName("next_offset")->GetScalar(0).ValueOrDie()->ToString(),
            std::to_string(History(5).size()));
  const auto& messages = *made.written.at("silver.messages")[0];
  ASSERT_TRUE(messages.ValidateFull().ok());
  EXPECT_EQ(messages.GetColumnByName("content")->GetScalar(0).ValueOrDie()->ToString(),
            "caf\xc3\xa9");
  EXPECT_EQ(messages.GetColumnByName("content")->GetScalar(1).ValueOrDie()->ToString(),
            "caf\xef\xbf\xbd");
}

TEST(GroupNormaliser, GoesOnFromTheStateOfTheRunBefore) {
  const std::string history = History(6);
  const auto all = BronzeRows(history);
  const Outcome first = ProcessAll({all->Slice(0, 2)});
  const auto state = first.written.at("silver.conversation_sources")[0];
  const Outcome second = ProcessAll({all->Slice(2)}, state);
  const Outcome again = ProcessAll({all}, second.written.at("silver.conversation_sources")[0]);
  EXPECT_EQ(first.RowsOf("silver.messages") + second.RowsOf("silver.messages"), 6);
  EXPECT_EQ(again.RowsOf("silver.messages"), 0);
}

TEST(GroupNormaliser, KeepsTheBytesOfASliceThatIsNoText) {
  const std::string history = History(3);
  const auto batch = BronzeRows(history);
  const Result<std::vector<SliceRow>> rows = ReadSliceRows(*batch);
  ASSERT_THAT(rows, IsOk());
  std::string joined;
  for (const SliceRow& row : *rows)
    joined += row.bytes;
  EXPECT_EQ(joined, history);
}

TEST(GroupNormaliser, RefreshesAConversationThatIsWhole) {
  const auto all = BronzeRows(History(4));
  const auto state = ProcessAll({all}).written.at("silver.conversation_sources")[0];
  const Outcome refreshed = ProcessAll({all}, state, true);
  EXPECT_EQ(refreshed.outcome, GroupNormaliser::Outcome::kDone);
  EXPECT_EQ(refreshed.RowsOf("silver.messages"), 4);
}

// Each answer in two records, so that a run that ends between them has one in its state.
std::string HistoryWithSecrets(int answers) {
  std::string text;
  for (int i = 0; i < 2 * answers; ++i) {
    const std::string n = std::to_string(i);
    text += R"({"type":"assistant","uuid":"a)" + n + R"(","message":{"id":"m)" +
            std::to_string(i / 2) + R"(","content":[{"type":"text","text":"part )" + n +
            R"(:\n\"ada)" + n + R"(@analytical.io\""}],"usage":{"input_tokens":2}}})" + "\n";
  }
  return text;
}

std::unique_ptr<privacy::Redactor> Masking() {
  return std::make_unique<privacy::Redactor>(
      privacy::Redactor::Make(privacy::MaskingPolicy(), std::string(kCipherKeyBytes, 'k')).value());
}

// Of each message the content of its last revision.
std::map<std::string, std::string> Contents(const std::vector<Outcome>& runs) {
  std::map<std::string, std::pair<int64_t, std::string>> last;
  for (const Outcome& run : runs) {
    if (!run.written.contains("silver.messages")) continue;
    for (const auto& batch : run.written.at("silver.messages")) {
      const auto text = [&](const char* name, int64_t row) {
        return batch->GetColumnByName(name)->GetScalar(row).ValueOrDie()->ToString();
      };
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        const int64_t revision = std::stoll(text("revision", row));
        auto& kept = last[text("message_id", row)];
        if (revision >= kept.first) kept = {revision, text("content", row)};
      }
    }
  }
  std::map<std::string, std::string> contents;
  for (const auto& [id, row] : last)
    contents[id] = row.second;
  return contents;
}

TEST(GroupNormaliser, MarksSecretsAlikeHoweverRunsAreSplit) {
  const auto all = BronzeRows(HistoryWithSecrets(4));
  const auto whole = Contents({ProcessAll({all}, nullptr, false, Masking())});
  ASSERT_EQ(whole.size(), 4U);
  for (const auto& [id, content] : whole) {
    EXPECT_THAT(content, testing::HasSubstr("[REDACTED:email:"));
    EXPECT_THAT(content, testing::Not(testing::HasSubstr("analytical")));
  }
  for (int64_t cut = 1; cut < all->num_rows(); ++cut) {
    const Outcome first = ProcessAll({all->Slice(0, cut)}, nullptr, false, Masking());
    const auto state = first.written.at("silver.conversation_sources")[0];
    EXPECT_EQ(state->ToString().find("analytical"), std::string::npos);
    const Outcome second = ProcessAll({all->Slice(cut)}, state, false, Masking());
    EXPECT_EQ(Contents({first, second}), whole) << cut;
  }
}

// The new keys that a run wrote, as Arrow prints them.
std::string NewKeysOf(const Outcome& run) {
  return run.written.at("silver.conversation_sources")[0]->GetColumnByName("new_keys")->ToString();
}

TEST(GroupNormaliser, CountsNewKeysOverRuns) {
  const std::string record =
      R"({"type":"user","version":"9","zest":1,"message":{"role":"user","content":")" +
      std::string(250, 'w') + "\"}}\n";
  const auto all = BronzeRows(record + record + record);
  ASSERT_EQ(all->num_rows(), 3);
  const Outcome whole = ProcessAll({all});
  EXPECT_THAT(NewKeysOf(whole),
              testing::AllOf(testing::HasSubstr("\"zest\""), testing::HasSubstr("\"9\""),
                             testing::HasSubstr(" 3\n")));
  const Outcome first = ProcessAll({all->Slice(0, 1)});
  const auto state = first.written.at("silver.conversation_sources")[0];
  EXPECT_EQ(NewKeysOf(ProcessAll({all->Slice(1)}, state)), NewKeysOf(whole));
  EXPECT_THAT(NewKeysOf(ProcessAll({BronzeRows(History(2))})), testing::HasSubstr("null"));
}

TEST(GroupNormaliser, MarksSecretsInNewKeys) {
  const auto all = BronzeRows(R"({"type":"ada@analytical.io","bob@analytical.io":1})"
                              "\n");
  const Outcome made = ProcessAll({all}, nullptr, false, Masking());
  EXPECT_THAT(NewKeysOf(made), testing::HasSubstr("[REDACTED:email:"));
  EXPECT_THAT(NewKeysOf(made), testing::Not(testing::HasSubstr("analytical")));
}

TEST(GroupNormaliser, KeepsWhatSilverHasOnceSlicesExpired) {
  const std::string history = History(8);
  const auto state = ProcessAll({BronzeRows(history)}).written.at("silver.conversation_sources")[0];
  const Outcome refreshed = ProcessAll({BronzeRows(history, 400)}, state, true);
  EXPECT_EQ(refreshed.outcome, GroupNormaliser::Outcome::kKeepStored);
  EXPECT_TRUE(refreshed.written.empty());
  const Outcome other = ProcessAll({BronzeRows(history, 0, "s2")}, state, true);
  EXPECT_EQ(other.outcome, GroupNormaliser::Outcome::kKeepStored);
}

}  // namespace
}  // namespace firn::conversations
