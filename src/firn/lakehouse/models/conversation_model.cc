// SPDX-License-Identifier: Apache-2.0
//
// A group is a conversation. Its slices come ordered by source file, generation and offset; how
// rows are made of them is the affair of conversations::GroupNormaliser.

#include "firn/lakehouse/models/conversation_model.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <arrow/api.h>

#include "firn/conversations/bronze.h"
#include "firn/conversations/normalise_group.h"
#include "firn/conversations/privacy/redactor.h"

namespace firn::lakehouse {
namespace {

pipeline::NativeTarget TargetOf(conversations::TableDefinition definition) {
  return {std::move(definition.name),
          std::move(definition.schema),
          std::move(definition.keys),
          {"revision desc"}};
}

class ConversationModel : public pipeline::NativeModel {
 public:
  ConversationModel(conversations::Scale scale, const conversations::privacy::Policy& privacy,
                    conversations::privacy::ColumnPolicy columns,
                    std::function<Result<std::string>()> key)
      : privacy_(privacy),
        columns_(std::move(columns)),
        key_(std::move(key)),
        version_(std::string(conversations::kNormaliserVersion) + ", " + privacy.Fingerprint() +
                 conversations::privacy::FingerprintOf(columns_)) {
    source_.table = "bronze.conversations";
    source_.group_by = "conversation_id";
    source_.order_by = {"source_id", "source_generation", "source_offset"};
    source_.size_column = "source_length";
    for (const std::string_view column : conversations::NormaliserColumns()) {
      const bool ordered = std::find(source_.order_by.begin(), source_.order_by.end(), column) !=
                           source_.order_by.end();
      if (!ordered && column != source_.group_by) source_.columns.emplace_back(column);
    }
    targets_ = {TargetOf(conversations::SilverMessages(scale)),
                TargetOf(conversations::SilverToolCalls(scale)),
                TargetOf(conversations::SilverTelemetryCalls(scale)),
                TargetOf(conversations::SilverConversationSources(scale))};
  }

  std::string_view name() const override { return "conversations"; }
  std::string_view version() const override { return version_; }
  const pipeline::NativeSource& source() const override { return source_; }
  const std::vector<pipeline::NativeTarget>& targets() const override { return targets_; }
  std::string_view state_table() const override { return "silver.conversation_sources"; }

  void Begin() override { normaliser_.reset(); }

  Result<Outcome> Process(const pipeline::NativeGroup& group, pipeline::GroupRows& rows,
                          pipeline::RowSink& sink) override {
    if (!normaliser_) {
      FIRN_ASSIGN(normaliser_, MakeNormaliser());
    }
    conversations::SliceGroup slices;
    slices.state = group.state;
    slices.refresh = group.refresh;
    slices.next = [&] { return rows.Next(); };
    slices.write = WriterTo(sink);
    FIRN_ASSIGN(const auto outcome, normaliser_->Process(slices));
    const bool kept = outcome == conversations::GroupNormaliser::Outcome::kKeepStored;
    return kept ? Outcome::kKeepStored : Outcome::kDone;
  }

  Status End(pipeline::RowSink& sink) override {
    return normaliser_ ? normaliser_->Flush(WriterTo(sink)) : Ok();
  }

 private:
  Result<conversations::GroupNormaliser> MakeNormaliser() const {
    if (privacy_.keeps_all() && columns_.empty()) {
      return conversations::GroupNormaliser::Make(nullptr);
    }
    FIRN_ASSIGN(std::string key, key_());
    std::unique_ptr<conversations::privacy::Redactor> redactor;
    if (!privacy_.keeps_all()) {
      FIRN_ASSIGN(auto made, conversations::privacy::Redactor::Make(privacy_, key));
      redactor = std::make_unique<conversations::privacy::Redactor>(std::move(made));
    }
    return conversations::GroupNormaliser::Make(std::move(redactor), {columns_, std::move(key)});
  }

  static conversations::WriteSilver WriterTo(pipeline::RowSink& sink) {
    return [&sink](std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) {
      return sink.Write(table, rows);
    };
  }

  const conversations::privacy::Policy privacy_;
  const conversations::privacy::ColumnPolicy columns_;
  const std::function<Result<std::string>()> key_;
  const std::string version_;  // Of the rules of normalising and of what is replaced.
  pipeline::NativeSource source_;
  std::vector<pipeline::NativeTarget> targets_;
  std::optional<conversations::GroupNormaliser> normaliser_;  // Made by the first group.
};

}  // namespace

std::unique_ptr<pipeline::NativeModel> MakeConversationModel(
    conversations::Scale scale, const conversations::privacy::Policy& privacy,
    conversations::privacy::ColumnPolicy columns, std::function<Result<std::string>()> key) {
  return std::make_unique<ConversationModel>(scale, privacy, std::move(columns), std::move(key));
}

}  // namespace firn::lakehouse
