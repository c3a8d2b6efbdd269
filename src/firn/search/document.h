// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firn::search {

/// What can be found: a message, or a call of a tool with its result.
struct Document {
  enum class Kind : uint8_t { kMessage, kToolCall };

  Kind kind = Kind::kMessage;
  std::string conversation_id;
  std::string key;  ///< The message's id, or the call's.
  std::string message_id;
  std::optional<int64_t> sequence;  ///< Of the message; a call takes its message's.
  std::string role;
  std::string tool_name;
  std::string platform;
  std::string project_path;
  std::optional<int64_t> timestamp_micros;
  std::string text;
};

/// The texts of a JSON value, keys left out, on lines of their own; what is no JSON is a text
/// itself.
std::string TextOfJson(std::string_view json);

/// The beginning of a text, at most `size` bytes, cut between characters.
std::string_view CutBetweenCharacters(std::string_view text, size_t size);

/// Joins texts, the first `kDocumentBytesMax` bytes of them, cut between characters.
std::string JoinTexts(std::string_view first, std::string_view second);

inline constexpr size_t kDocumentBytesMax = size_t{1} << 20;

}  // namespace firn::search
