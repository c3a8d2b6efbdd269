// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/time.h"

namespace firn::conversations {

/// The id a conversation has in every table: the platform's own where that is a UUID (lower case),
/// else the version 5 UUID of "<platform>/<native_id>" in the URL name space.
std::string ConversationId(std::string_view platform, std::string_view native_id);

/// The first line of a text that is not blank, cut to the length of a title; "" for none.
std::string TitleFrom(std::string_view text);

/// One plain-text message inside a slice, in the roles of the OpenAI API.
struct SliceMessage {
  std::string role;  ///< system, user or assistant.
  std::string content;
  std::optional<TimeUs> timestamp;
  std::optional<std::string> model;
  std::optional<int32_t> tokens;  ///< Output tokens of the record the text stands in.
  std::optional<int32_t> latency_ms;
};

/// The bytes of a source that a slice stands for. What bronze has of them may be shorter or longer:
/// it can be cleaned before it is stored.
struct SlicePlace {
  int64_t offset = 0;
  int64_t length = 0;

  int64_t end() const { return offset + length; }
};

/// A run of whole records that one source file holds of one conversation: a row of
/// `bronze.conversations` without its audit columns.
struct Slice {
  std::string platform;
  std::string native_id;
  std::string conversation_id;
  TimeUs timestamp;  ///< The first in the slice, else the last before it, else the file's time.
  std::vector<SliceMessage> messages;
  std::optional<std::string> project_path;
  std::optional<std::string> git_repo;
  std::optional<std::string> environment;
  std::string bytes;        ///< The file's bytes from `offset` on, or what is stored instead.
  bool valid_utf8 = true;   ///< Decides between `raw_payload` and `raw_bytes`.
  std::string record_hash;  ///< MD5 of `bytes`.
  int64_t offset = 0;
  int64_t length = 0;                    ///< Bytes of the file.
  std::optional<std::string> redaction;  ///< By which rules `bytes` were cleaned; unset: not.
  bool is_piece = false;                 ///< Of a record that is too long to be read.
  int64_t records = 0;                   ///< JSON records understood.
  int64_t unreadable = 0;  ///< Stretches of bytes that are no record: kept, counted, skipped.
  std::optional<int64_t> long_record;  ///< Where one begins that is too long to be read.

  SlicePlace place() const { return {offset, length}; }
};

/// Tokens of one API response as its platform reports them; null is "not said".
struct TokenUsage {
  std::optional<int64_t> input;  ///< Not from a cache.
  std::optional<int64_t> cache_read;
  std::optional<int64_t> cache_write_5m;
  std::optional<int64_t> cache_write_1h;
  std::optional<int64_t> output;
  std::optional<int64_t> reasoning;  ///< Part of `output`.

  bool known() const { return input || cache_read || cache_write_5m || cache_write_1h || output; }
  std::optional<int64_t> prompt() const;  ///< Input, cache reads and cache writes.
  std::optional<int64_t> completion() const { return output; }
  std::optional<int64_t> total() const;
  friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};

/// A row of `silver.messages`; its key is (conversation_id, message_id).
struct Message {
  std::string message_id;
  int32_t sequence = 0;  ///< Position in its conversation, from 0, in the order of the source.
  std::string role;      ///< user, assistant, system or tool.
  std::string kind;      ///< See `kMessageKinds` in silver.h.
  std::optional<std::string> content;
  std::optional<std::string> reasoning;
  std::optional<TimeUs> timestamp;
  std::optional<std::string> model;
  std::optional<int32_t> latency_ms;
  std::optional<std::string> parent_message_id;
  std::optional<std::string> api_call_id;
  std::optional<std::string> request_id;  ///< Of the call, as its server names it.
  TokenUsage usage;
  std::optional<int64_t> reported_cost_nanos;  ///< US dollars times 10^9.
  std::optional<std::string> session_id;
  std::optional<std::string> project_path;
  int32_t records = 1;  ///< How many source records this row stands for.
  bool is_active_path = true;
  std::optional<std::string> raw;
  int64_t revision = 0;  ///< Of two rows with one key, the larger stays; see silver.h.
  friend bool operator==(const Message&, const Message&) = default;
};

/// A row of `silver.tool_calls`; its key is (conversation_id, tool_call_id).
struct ToolCall {
  std::string tool_call_id;
  std::string message_id;
  std::optional<std::string> tool_name;
  std::optional<std::string> parameters;  ///< JSON text.
  std::optional<std::string> result;      ///< JSON text.
  std::optional<TimeUs> timestamp;
  std::optional<int32_t> execution_time_ms;
  std::optional<bool> success;
  int64_t revision = 0;
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

/// What telemetry tells of an API call: a row of `silver.telemetry_calls`; its key is
/// (conversation_id, telemetry_call_id).
struct TelemetryCall {
  std::string telemetry_call_id;
  std::string platform;  ///< Whose call it is, not whose telemetry.
  std::optional<std::string> session_id;
  std::optional<std::string> request_id;
  std::optional<TimeUs> timestamp;  ///< When it was answered.
  std::optional<std::string> model;
  TokenUsage usage;
  std::optional<int32_t> duration_ms;
  std::optional<int64_t> reported_cost_nanos;
  std::optional<std::string> account_id, organization_id, terminal, tool_version;
  int64_t revision = 0;
  friend bool operator==(const TelemetryCall&, const TelemetryCall&) = default;
};

/// A key of records that no rule knows, see key_drift.h.
struct NewKey {
  std::string version;  ///< What the record says of the tool's version, or "".
  std::string type;     ///< What it calls itself, or "".
  std::string key;      ///< "message.usage.speed"
  int64_t records = 0;
  friend bool operator==(const NewKey&, const NewKey&) = default;
};

/// What is known of a conversation from one source file: a row of `silver.conversation_sources`.
struct SourceFacts {
  std::optional<std::string> platform;  ///< Whose conversation it is, where another's file tells.
  std::optional<std::string> session_id;
  std::optional<std::string> parent_conversation_id;
  std::optional<std::string> title;
  std::optional<std::string> project_path;
  std::optional<std::string> git_repo;
  std::optional<std::string> git_branch;
  std::optional<std::string> language;
  std::vector<std::string> files_modified;  ///< In the order of their first change.
  int64_t error_count = 0;
  std::optional<TimeUs> first_timestamp;
  std::optional<TimeUs> last_timestamp;
  int64_t first_offset = 0;              ///< Of the first slice.
  std::optional<TimeUs> first_ingested;  ///< When the lake got its first slice,
  std::optional<TimeUs> last_ingested;   ///< and its last.
  int64_t records = 0;                   ///< Records read.
  int64_t records_skipped = 0;           ///< Book-keeping of the tool, known to hold no message.
  int64_t records_other = 0;             ///< Of a type no rule knows; kept as rows of kind "other".
  int64_t records_unreadable = 0;        ///< Not JSON objects; kept as rows of kind "unreadable".
  std::vector<NewKey> new_keys;          ///< Of records read; some at most.
  friend bool operator==(const SourceFacts&, const SourceFacts&) = default;
};

}  // namespace firn::conversations
