// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/claude_code/answers.h"

#include <algorithm>
#include <cmath>

#include "firn/conversations/claude_code/record.h"

namespace firn::conversations::claude_code {
namespace {

// In real files the records of an answer are never more than one other answer apart. What is open
// is kept from run to run, so its texts are stored twice: few must do.
constexpr size_t kOpenMax = 8;
constexpr size_t kOpenBytesMax = size_t{4} << 20;
constexpr int64_t kRecordsPerToken = int64_t{1} << 15;  // Records weigh less than one token.
constexpr int64_t kTokensMax = int64_t{1} << 25;

void GiveOutOne(OpenMessage& answer, SilverRows& rows) {
  if (!answer.changed) return;
  answer.changed = false;
  Message& row = rows.messages.emplace_back(answer.row);
  for (const TextBlock& block : answer.blocks) {
    std::optional<std::string>& text = block.is_reasoning ? row.reasoning : row.content;
    if (!text) {
      text = block.text;
    } else {
      text->append("\n\n").append(block.text);
    }
  }
}

}  // namespace

OpenMessage* Answers::Find(std::string_view id) {
  const auto found =
      std::ranges::find_if(open_, [&](const OpenMessage& answer) { return answer.key == id; });
  return id.empty() || found == open_.end() ? nullptr : &*found;
}

void Answers::Add(OpenMessage answer, SilverRows& rows) {
  if (answer.key.empty()) return GiveOutOne(answer, rows);
  open_.push_back(std::move(answer));
  CloseOldest(rows);
}

void Answers::GiveOut(SilverRows& rows) {
  for (OpenMessage& answer : open_)
    GiveOutOne(answer, rows);
}

void Answers::CloseOldest(SilverRows& rows) {
  size_t bytes = 0;
  for (const OpenMessage& answer : open_)
    bytes += answer.size_bytes();
  while (open_.size() > kOpenMax || (bytes > kOpenBytesMax && open_.size() > 1)) {
    bytes -= open_.front().size_bytes();
    GiveOutOne(open_.front(), rows);
    open_.erase(open_.begin());
  }
}

void Answers::AddBlock(OpenMessage& answer, TextBlock block) {
  if (block.text.empty()) return;
  for (TextBlock& earlier : answer.blocks) {
    if (earlier.is_reasoning != block.is_reasoning) continue;
    if (block.text.starts_with(earlier.text)) {
      earlier.text = std::move(block.text);
      return;
    }
  }
  answer.blocks.push_back(std::move(block));
}

void Answers::TakeUsage(const JsonObject& record, const JsonObject& message, Message& row) const {
  const TokenUsage usage = UsageOf(message);
  if (!usage.known()) return;
  const bool better = !row.usage.known() || usage.output.value_or(0) > row.usage.output.value_or(0);
  if (!better) return;
  row.usage = usage;
  if (const auto cost = FindNumber(record, "costUSD"); cost && std::abs(*cost) < 1e9) {
    row.reported_cost_nanos = std::llround(*cost * 1e9);
  }
  if (!row.api_call_id) row.api_call_id = CallId(record, message);
  if (auto request = FindId(record, "requestId")) row.request_id = std::move(request);
}

void Answers::Revise(Message& row) const {
  const int64_t tokens = std::clamp<int64_t>(row.usage.output.value_or(0), 0, kTokensMax);
  const int64_t records = std::min<int64_t>(row.records, kRecordsPerToken - 1);
  row.revision = RevisionOf(tokens * kRecordsPerToken + records, key_, row.sequence);
}

// Records without any id cannot be told from copies of each other: they count as one call.
std::string Answers::CallId(const JsonObject& record, const JsonObject& message) const {
  if (auto id = FindId(message, "id")) return *id;
  if (auto uuid = FindId(record, "uuid")) return *uuid;
  return key_.conversation_id + "/unidentified";
}

}  // namespace firn::conversations::claude_code
