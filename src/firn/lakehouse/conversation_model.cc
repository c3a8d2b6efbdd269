// SPDX-License-Identifier: Apache-2.0
//
// A group is a conversation. Its slices come ordered by source file, generation and offset; each
// (file, generation) has a normaliser of its own, which goes on from the state that the last run
// left in silver.conversation_sources.

#include "firn/lakehouse/conversation_model.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <arrow/api.h>

#include "firn/conversations/bronze.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/silver.h"

namespace firn::lakehouse {
namespace {

using conversations::SilverBatchBuilder;
using conversations::SilverBatches;
using conversations::SliceRow;
using conversations::SourceKey;

// Raised whenever a normaliser would make other rows of the same bytes.
constexpr std::string_view kVersion = "1";
constexpr int64_t kBatchBytes = int64_t{8} << 20;

using SourceId = std::pair<std::string, int32_t>;  // Source and generation.

SourceId IdOf(const SourceKey& key) {
  return {key.source_id, key.source_generation};
}

// The states that the last run left, by source.
Result<std::map<SourceId, std::string>> ReadStates(const arrow::RecordBatch* stored) {
  std::map<SourceId, std::string> states;
  if (stored == nullptr) return states;
  const auto ids =
      std::dynamic_pointer_cast<arrow::StringArray>(stored->GetColumnByName("source_id"));
  const auto generations =
      std::dynamic_pointer_cast<arrow::Int32Array>(stored->GetColumnByName("source_generation"));
  const auto texts =
      std::dynamic_pointer_cast<arrow::StringArray>(stored->GetColumnByName("state"));
  if (!ids || !generations || !texts) {
    return Corrupt("silver.conversation_sources lacks source_id, source_generation or state")
        .WithHint("make it again: firn run --full-refresh");
  }
  for (int64_t row = 0; row < stored->num_rows(); ++row) {
    if (texts->IsNull(row)) continue;
    states[{ids->GetString(row), generations->Value(row)}] = texts->GetString(row);
  }
  return states;
}

// Feeds one conversation's slices to normalisers and hands their rows out in batches.
class Work {
 public:
  Work(std::map<SourceId, std::string> states, SilverBatchBuilder builder, pipeline::RowSink& sink)
      : states_(std::move(states)), builder_(std::move(builder)), sink_(sink) {}

  Status Add(const SliceRow& slice) {
    if (!key_ || IdOf(*key_) != IdOf(slice.source)) {
      FIRN_TRY(FinishSource());
      FIRN_TRY(BeginSource(slice.source));
    }
    conversations::SilverRows rows;
    FIRN_TRY(normaliser_->Add(slice.offset, slice.bytes, rows));
    builder_.Add(*key_, rows);
    return builder_.size_bytes() < kBatchBytes ? Ok() : Flush();
  }

  Status Finish() {
    FIRN_TRY(FinishSource());
    return Flush();
  }

 private:
  Status BeginSource(const SourceKey& key) {
    const conversations::Platform* platform = conversations::FindPlatform(key.platform);
    if (platform == nullptr) {
      return Unsupported("bronze holds conversations of a platform this firn does not know",
                         key.platform);
    }
    FIRN_ASSIGN(normaliser_, platform->MakeNormaliser(key, states_[IdOf(key)]));
    key_ = key;
    return Ok();
  }

  Status FinishSource() {
    if (!key_) return Ok();
    conversations::SilverRows rows;
    conversations::SourceFacts facts;
    const std::string state = normaliser_->Finish(rows, facts);
    builder_.Add(*key_, rows);
    builder_.Add(*key_, facts, normaliser_->next_offset(), state);
    key_.reset();
    return Ok();
  }

  Status Flush() {
    FIRN_ASSIGN(const SilverBatches batches, builder_.Finish());
    FIRN_TRY(Write("silver.messages", batches.messages));
    FIRN_TRY(Write("silver.tool_calls", batches.tool_calls));
    return Write("silver.conversation_sources", batches.conversation_sources);
  }

  Status Write(std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) {
    return rows == nullptr || rows->num_rows() == 0 ? Ok() : sink_.Write(table, rows);
  }

  std::map<SourceId, std::string> states_;
  SilverBatchBuilder builder_;
  pipeline::RowSink& sink_;
  std::optional<SourceKey> key_;
  std::unique_ptr<conversations::Normaliser> normaliser_;
};

// A conversation whose file is all its own and whose first slice is not the file's first has lost
// slices to retention: what silver has of it is more than a refresh could make.
bool LostItsBeginning(const SliceRow& first) {
  return first.offset > 0 && !first.source.native_id.empty() &&
         first.source.source_file.find(first.source.native_id) != std::string::npos;
}

pipeline::NativeTarget TargetOf(conversations::TableDefinition definition) {
  return {std::move(definition.name),
          std::move(definition.schema),
          std::move(definition.keys),
          {"revision desc"}};
}

class ConversationModel : public pipeline::NativeModel {
 public:
  explicit ConversationModel(conversations::Scale scale) {
    source_.table = "bronze.conversations";
    source_.group_by = "conversation_id";
    source_.order_by = {"source_id", "source_generation", "source_offset"};
    source_.size_column = "source_length";
    for (const std::string_view column : conversations::NormaliserColumns()) {
      source_.columns.emplace_back(column);
    }
    targets_ = {TargetOf(conversations::SilverMessages(scale)),
                TargetOf(conversations::SilverToolCalls(scale)),
                TargetOf(conversations::SilverConversationSources(scale))};
  }

  std::string_view name() const override { return "conversations"; }
  std::string_view version() const override { return kVersion; }
  const pipeline::NativeSource& source() const override { return source_; }
  const std::vector<pipeline::NativeTarget>& targets() const override { return targets_; }
  std::string_view state_table() const override { return "silver.conversation_sources"; }

  Result<Outcome> Process(const pipeline::NativeGroup& group, pipeline::GroupRows& rows,
                          pipeline::RowSink& sink) override {
    std::map<SourceId, std::string> states;
    if (!group.refresh) {
      FIRN_ASSIGN(states, ReadStates(group.state.get()));
    }
    FIRN_ASSIGN(SilverBatchBuilder builder, SilverBatchBuilder::Make());
    Work work(std::move(states), std::move(builder), sink);
    bool first = true;
    while (true) {
      FIRN_ASSIGN(const std::shared_ptr<arrow::RecordBatch> batch, rows.Next());
      if (batch == nullptr) break;
      FIRN_ASSIGN(const std::vector<SliceRow> slices, conversations::ReadSliceRows(*batch));
      for (const SliceRow& slice : slices) {
        if (std::exchange(first, false) && group.refresh && LostItsBeginning(slice)) {
          return Outcome::kKeepStored;
        }
        FIRN_TRY(work.Add(slice));
      }
    }
    FIRN_TRY(work.Finish());
    return Outcome::kDone;
  }

 private:
  pipeline::NativeSource source_;
  std::vector<pipeline::NativeTarget> targets_;
};

}  // namespace

std::unique_ptr<pipeline::NativeModel> MakeConversationModel(conversations::Scale scale) {
  return std::make_unique<ConversationModel>(scale);
}

}  // namespace firn::lakehouse
