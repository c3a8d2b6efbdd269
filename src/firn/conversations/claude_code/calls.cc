// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/claude_code/calls.h"

#include <algorithm>
#include <array>

namespace firn::conversations::claude_code {
namespace {

using namespace std::string_view_literals;

constexpr size_t kPendingMax = 1024;
constexpr size_t kPendingBytesMax = size_t{8} << 20;
constexpr int64_t kHasResult = int64_t{1} << 40;
constexpr std::array kEditingTools = {"Edit"sv, "Write"sv, "MultiEdit"sv, "NotebookEdit"sv};

// A tool's result as JSON text; pictures are named, not copied (bronze has them).
std::string ResultText(const JsonElement& content) {
  JsonArray blocks;
  if (content.get(blocks) != simdjson::SUCCESS) return ToJsonText(content);
  std::string text = "[";
  for (const JsonElement& element : blocks) {
    if (text.size() > 1) text.push_back(',');
    JsonObject block;
    const bool image =
        element.get(block) == simdjson::SUCCESS && FindString(block, "type") == "image"sv;
    text.append(image ? std::string(R"({"type":"image"})") : ToJsonText(element));
  }
  text.push_back(']');
  return text;
}

// What the tool says it took, else the time between the records.
std::optional<int32_t> DurationOf(const std::optional<JsonObject>& details,
                                  std::optional<TimeUs> from, std::optional<TimeUs> to) {
  std::optional<int64_t> reported;
  if (details) reported = FindInt(*details, "totalDurationMs");
  if (details && !reported) reported = FindInt(*details, "durationMs");
  if (!reported || *reported < 0) return MillisBetween(from, to);
  return static_cast<int32_t>(std::min<int64_t>(*reported, INT32_MAX));
}

}  // namespace

std::optional<int32_t> MillisBetween(std::optional<TimeUs> from, std::optional<TimeUs> to) {
  if (!from || !to || *to < *from) return std::nullopt;
  return static_cast<int32_t>(std::min<int64_t>((to->value - from->value) / 1000, INT32_MAX));
}

std::optional<std::string_view> EditedFile(const JsonObject& block) {
  const std::string_view name = FindString(block, "name").value_or("");
  if (std::ranges::find(kEditingTools, name) == kEditingTools.end()) return std::nullopt;
  const std::optional<JsonObject> input = FindObject(block, "input");
  if (!input) return std::nullopt;
  const std::optional<std::string_view> file = FindText(*input, "file_path");
  return file ? file : FindText(*input, "notebook_path");
}

PendingCall* ToolCalls::Find(std::string_view id) {
  const auto found = std::ranges::find_if(
      pending_, [&](const PendingCall& call) { return call.row.tool_call_id == id; });
  return found == pending_.end() ? nullptr : &*found;
}

// A call that has its result is more than one that waits, however long its parameters.
int64_t ToolCalls::RevisionOf(const ToolCall& call) const {
  const auto length = static_cast<int64_t>(call.parameters.value_or("").size());
  const int64_t rank = std::min<int64_t>(length, kHasResult - 1);
  return conversations::RevisionOf(rank + (call.success ? kHasResult : 0), key_, 0);
}

void ToolCalls::Begin(const JsonObject& block, std::optional<TimeUs> time,
                      const std::string& message_id, SilverRows& rows) {
  const std::string id = FindId(block, "id").value_or("");
  if (id.empty()) return;
  const std::optional<JsonElement> input = FindElement(block, "input");
  std::string parameters = input ? ToJsonText(*input) : std::string("{}");
  if (PendingCall* known = Find(id)) {
    if (parameters.size() <= known->row.parameters.value_or("").size()) return;
    known->row.parameters = std::move(parameters);
    known->row.revision = RevisionOf(known->row);
    known->changed = true;
    return;
  }
  PendingCall call;
  call.row.tool_call_id = id;
  call.row.message_id = message_id;
  call.row.tool_name = Copy(FindText(block, "name"));
  call.row.timestamp = time;
  call.row.parameters = std::move(parameters);
  call.row.revision = RevisionOf(call.row);
  call.changed = true;
  pending_.push_back(std::move(call));
  DropOldest(rows);
}

bool ToolCalls::End(const JsonObject& record, const JsonObject& block, std::optional<TimeUs> time,
                    SilverRows& rows) {
  PendingCall* const waiting = Find(FindString(block, "tool_use_id").value_or(""));
  if (waiting == nullptr) return false;
  ToolCall& call = waiting->row;
  if (const auto content = FindElement(block, "content")) call.result = ResultText(*content);
  const std::optional<JsonObject> details = FindObject(record, "toolUseResult");
  const bool interrupted = details && FindBool(*details, "interrupted").value_or(false);
  call.success = !FindBool(block, "is_error").value_or(false) && !interrupted;
  call.execution_time_ms = DurationOf(details, call.timestamp, time);
  call.revision = RevisionOf(call);
  rows.tool_calls.push_back(std::move(call));
  pending_.erase(pending_.begin() + (waiting - pending_.data()));
  return true;
}

void ToolCalls::GiveOut(SilverRows& rows) {
  for (PendingCall& call : pending_) {
    if (call.changed) rows.tool_calls.push_back(call.row);
    call.changed = false;
  }
}

void ToolCalls::DropOldest(SilverRows& rows) {
  size_t bytes = 0;
  for (const PendingCall& call : pending_)
    bytes += call.row.parameters->size();
  while (pending_.size() > kPendingMax || (bytes > kPendingBytesMax && pending_.size() > 1)) {
    PendingCall& oldest = pending_.front();
    bytes -= oldest.row.parameters->size();
    if (oldest.changed) rows.tool_calls.push_back(std::move(oldest.row));
    pending_.erase(pending_.begin());
  }
}

}  // namespace firn::conversations::claude_code
