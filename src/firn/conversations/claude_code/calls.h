// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firn/conversations/claude_code/state.h"
#include "firn/conversations/json_record.h"
#include "firn/conversations/normaliser.h"

namespace firn::conversations::claude_code {

/// The tool calls of one conversation: from the block that makes one to the block with its result.
/// A call waits while it is among the newest and these hold little enough; one that waits no more
/// stays without a result.
class ToolCalls {
 public:
  /// `key` and the calls of a state that wait outlive the object.
  ToolCalls(const SourceKey& key, std::vector<PendingCall>& pending)
      : key_(key), pending_(pending) {}

  /// Reads a block of type tool_use. Of two with one id the one with more parameters counts.
  void Begin(const JsonObject& block, std::optional<TimeUs> time, const std::string& message_id,
             SilverRows& rows);

  /// Reads a block of type tool_result of `record`; false if no call waits for it.
  bool End(const JsonObject& record, const JsonObject& block, std::optional<TimeUs> time,
           SilverRows& rows);

  /// Gives out the calls that changed and go on waiting.
  void GiveOut(SilverRows& rows);

 private:
  PendingCall* Find(std::string_view id);
  int64_t RevisionOf(const ToolCall& call) const;
  void DropOldest(SilverRows& rows);

  const SourceKey& key_;
  std::vector<PendingCall>& pending_;
};

/// The file that a tool_use block edits, if it does.
std::optional<std::string_view> EditedFile(const JsonObject& block);

/// Milliseconds from one instant to a later one.
std::optional<int32_t> MillisBetween(std::optional<TimeUs> from, std::optional<TimeUs> to);

}  // namespace firn::conversations::claude_code
