// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/conversations/model.h"

namespace firn::conversations::claude_code {

/// Text of one block of an answer.
struct TextBlock {
  bool is_reasoning = false;
  std::string text;
};

/// An API response whose records may not all have come yet.
struct OpenMessage {
  std::string key;  ///< `message.id`.
  Message row;      ///< Without its texts: those are in `blocks`.
  std::vector<TextBlock> blocks;
  bool changed = false;  ///< Since its row was last given out.

  size_t size_bytes() const;
};

/// A tool call whose result has not come yet.
struct PendingCall {
  ToolCall row;
  bool changed = false;
};

/// What is remembered of a conversation between runs.
struct State {
  int64_t next_offset = 0;
  int32_t next_sequence = 0;
  std::optional<TimeUs> last_input;  ///< When the model was last given something to answer.
  int32_t title_rank = 0;            ///< How good the title is; see `TitleRank`.
  bool in_line = false;  ///< The last slice ended within a line that is no whole record.
  SourceFacts facts;
  std::vector<OpenMessage> open;     ///< Oldest first.
  std::vector<PendingCall> pending;  ///< Oldest first.
};

std::string WriteState(const State& state);

/// Errors: `kUnsupported` for another version, `kCorrupt` for what is none.
Result<State> ReadState(std::string_view text);

}  // namespace firn::conversations::claude_code
