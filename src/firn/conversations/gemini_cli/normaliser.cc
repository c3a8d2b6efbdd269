// SPDX-License-Identifier: Apache-2.0
//
// A message that comes again under the same id replaces the earlier one. "$set" changes the
// session; messages in it are what the model goes on with, not all there is. "$rewindTo" takes back
// a message and all after it: they stay, off the active path, as far as they are still remembered.
// Input includes what was read from a cache; thoughts are counted beside output, and are output to
// whoever pays.

#include "firn/conversations/gemini_cli/normaliser.h"

#include <algorithm>
#include <deque>

namespace firn::conversations::gemini_cli {
namespace {

using namespace std::string_view_literals;

constexpr size_t kRecentBytesMax = size_t{256} << 10;

size_t SizeOf(const Message& row) {
  return row.content.value_or("").size() + row.reasoning.value_or("").size();
}

std::string TextOf(const JsonObject& message) {
  std::string text(FindString(message, "content").value_or(""));
  const std::optional<JsonArray> parts = FindArray(message, "content");
  if (!parts) return text;
  for (const JsonElement& element : *parts) {
    JsonObject part;
    if (element.get(part) != simdjson::SUCCESS) continue;
    if (FindObject(part, "inlineData")) AppendBlock(text, "[image]");
    AppendBlock(text, FindString(part, "text").value_or(""));
  }
  return text;
}

std::string ThoughtsOf(const JsonObject& message) {
  std::string text;
  const std::optional<JsonArray> thoughts = FindArray(message, "thoughts");
  if (!thoughts) return text;
  for (const JsonElement& element : *thoughts) {
    JsonObject thought;
    if (element.get(thought) != simdjson::SUCCESS) continue;
    std::string one(FindString(thought, "subject").value_or(""));
    const std::string_view description = FindString(thought, "description").value_or("");
    if (!one.empty() && !description.empty()) one.append(": ");
    AppendBlock(text, one.append(description));
  }
  return text;
}

TokenUsage UsageOf(const JsonObject& message) {
  const std::optional<JsonObject> tokens = FindObject(message, "tokens");
  if (!tokens) return {};
  const std::optional<int64_t> tool = FindTokenCount(*tokens, "tool");
  std::optional<int64_t> input = FindTokenCount(*tokens, "input");
  if (input) *input += tool.value_or(0);
  std::optional<int64_t> output = FindTokenCount(*tokens, "output");
  const std::optional<int64_t> thoughts = FindTokenCount(*tokens, "thoughts");
  if (output) *output += thoughts.value_or(0);
  TokenUsage usage = SplitPrompt(input, FindTokenCount(*tokens, "cached"), std::nullopt, output);
  usage.reasoning = thoughts;
  return usage;
}

class GeminiNormaliser : public RecordNormaliser {
 public:
  // An agent's session lies in a folder that is named after the session it works for.
  GeminiNormaliser(SourceKey source, Framing framing)
      : RecordNormaliser(std::move(source), framing) {
    const std::string_view folder = FolderNameOf(key().source_file);
    if (Uuid::IsUuid(folder) && folder != key().native_id) {
      facts().parent_conversation_id = ConversationId(key().platform, folder);
    }
  }

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    return FindId(record, "sessionId");
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    ++step_;
    if (FindText(record, "sessionId")) ReadSession(record);
    if (const auto messages = FindArray(record, "messages")) return ReadMessages(*messages, rows);
    if (FindText(record, "type") && FindText(record, "id")) return ReadMessage(record, rows);
    if (const auto changed = FindObject(record, "$set")) {
      ReadSession(*changed);
      if (const auto messages = FindArray(*changed, "messages")) ReadMessages(*messages, rows);
      return Skip();
    }
    if (const auto target = FindText(record, "$rewindTo")) return TakeBack(*target, rows);
    if (FindText(record, "sessionId")) return Skip();
    AddOther("", text, FindTime(record, "timestamp"), rows);
  }

  void Save(JsonMembersOut& state) const override {
    state("step", step_);
    state("asked", asked_);
    state("last_id", last_id_);
    state("last_time", last_time_);
    Json::Array recent;
    for (const Message& row : recent_)
      recent.push_back(ToJson(row));
    state("recent", Json(std::move(recent)));
  }
  void Restore(const Json& state) override {
    JsonMembersIn members(state);
    members("step", step_);
    members("asked", asked_);
    members("last_id", last_id_);
    members("last_time", last_time_);
    const Json* recent = state.Find("recent");
    if (recent == nullptr || recent->as_array() == nullptr) return;
    for (const Json& row : *recent->as_array()) {
      recent_.push_back(MessageFromJson(row));
      recent_bytes_ += SizeOf(recent_.back());
    }
  }

 private:
  void ReadMessages(const JsonArray& messages, SilverRows& rows) {
    for (const JsonElement& element : messages) {
      JsonObject message;
      if (element.get(message) == simdjson::SUCCESS) ReadMessage(message, rows);
    }
  }

  void TakeBack(std::string_view target, SilverRows& rows) {
    Skip();
    const auto found = std::ranges::find(recent_, target, &Message::message_id);
    const auto from = found == recent_.end() ? recent_.begin() : found;
    for (auto row = from; row != recent_.end(); ++row) {
      row->is_active_path = false;
      row->revision = Revision(step_, row->sequence);
      rows.messages.push_back(std::move(*row));
    }
    recent_.erase(from, recent_.end());
    recent_bytes_ = 0;
    for (const Message& row : recent_)
      recent_bytes_ += SizeOf(row);
  }

  // Keeps a row for as long as it may be taken back.
  void Remember(const Message& row) {
    const auto known = std::ranges::find(recent_, row.message_id, &Message::message_id);
    if (known != recent_.end()) {
      recent_bytes_ -= SizeOf(*known);
      *known = row;
    } else {
      recent_.push_back(row);
    }
    recent_bytes_ += SizeOf(row);
    while (recent_bytes_ > kRecentBytesMax) {
      recent_bytes_ -= SizeOf(recent_.front());
      recent_.pop_front();
    }
  }

  int32_t SequenceOf(const std::string& id) {
    const auto known = std::ranges::find(recent_, id, &Message::message_id);
    return known != recent_.end() ? known->sequence : -1;
  }

  void ReadSession(const JsonObject& session) {
    if (const auto folders = FindArray(session, "directories")) {
      std::string_view folder;
      const bool named = folders->at(0).get(folder) == simdjson::SUCCESS;
      if (named && !facts().project_path) facts().project_path = std::string(folder);
    }
    NoteTime(FindTime(session, "startTime"));
    NoteTime(FindTime(session, "lastUpdated"));
    for (const char* key : {"summary", "title"})
      OfferTitle(kGivenTitle, FindString(session, key).value_or(""));
  }

  void ReadMessage(const JsonObject& message, SilverRows& rows) {
    const std::string_view type = FindString(message, "type").value_or("");
    const std::string id = FindId(message, "id").value_or(HashId(simdjson::minify(message)));
    const std::optional<TimeUs> time = FindTime(message, "timestamp");
    if (id != last_id_) asked_ = last_time_;
    last_id_ = id;
    last_time_ = time;
    const bool answers = type == "gemini" || type == "model";
    const bool spoken = type == "user" || answers;
    const bool known = spoken || type == "info" || type == "warning" || type == "error";
    if (!known) return AddOther(id, simdjson::minify(message), time, rows);
    const std::string_view role = type == "user" ? "user" : spoken ? "assistant" : "system";
    const std::string_view kind = type == "user"    ? "prompt"
                                  : type == "error" ? "error"
                                  : spoken          ? "response"
                                                    : "notice";
    const int32_t sequence = SequenceOf(id);
    Message row = sequence >= 0 ? MessageAt(sequence, step_, id, role, kind, time)
                                : NewMessage(id, role, kind, time);
    row.revision = Revision(step_, row.sequence);
    std::string words = TextOf(message);
    if (type == "user") OfferTitle(kPromptTitle, words);
    if (type == "error") ++facts().error_count;
    if (!words.empty()) row.content = std::move(words);
    if (answers) {
      if (std::string thoughts = ThoughtsOf(message); !thoughts.empty())
        row.reasoning = std::move(thoughts);
      row.model = Copy(FindText(message, "model"));
      row.usage = UsageOf(message);
      row.latency_ms = ElapsedMillis(asked_, time);
      row.api_call_id = CallId(id);
      ReadCalls(message, id, rows);
    }
    Remember(row);
    rows.messages.push_back(std::move(row));
  }

  void ReadCalls(const JsonObject& message, const std::string& id, SilverRows& rows) {
    const std::optional<JsonArray> calls = FindArray(message, "toolCalls");
    if (!calls) return;
    int64_t index = 0;
    for (const JsonElement& element : *calls) {
      JsonObject one;
      const std::string place = id + "/" + std::to_string(index++);
      if (element.get(one) != simdjson::SUCCESS) continue;
      ToolCall call;
      call.tool_call_id = FindId(one, "id").value_or(place);
      call.message_id = id;
      call.tool_name = Copy(FindText(one, "name"));
      if (const auto given = FindElement(one, "args")) call.parameters = ToJsonText(*given);
      call.result = ResultOf(one);
      call.timestamp = FindTime(one, "timestamp");
      const std::string_view status = FindString(one, "status").value_or("");
      if (status == "success") call.success = true;
      if (status == "error" || status == "cancelled") call.success = false;
      call.revision = Revision(step_, 0);
      if (call.success == false) ++facts().error_count;
      const std::optional<JsonObject> given = FindObject(one, "args");
      const bool edits = call.tool_name == "write_file" || call.tool_name == "replace";
      if (edits && given && call.success == true)
        NoteFile(FindString(*given, "file_path").value_or(""));
      rows.tool_calls.push_back(std::move(call));
    }
  }

  static std::optional<std::string> ResultOf(const JsonObject& call) {
    const std::optional<JsonArray> parts = FindArray(call, "result");
    if (!parts) return std::nullopt;
    std::string text;
    for (const JsonElement& element : *parts) {
      JsonObject part;
      if (element.get(part) != simdjson::SUCCESS) continue;
      const std::optional<JsonObject> answer = FindObject(part, "functionResponse");
      const std::optional<JsonObject> said =
          answer ? FindObject(*answer, "response") : std::nullopt;
      if (!said) continue;
      AppendBlock(text, FindString(*said, "output").value_or(""));
      AppendBlock(text, FindString(*said, "error").value_or(""));
    }
    return ToJsonText(text);
  }

  int64_t step_ = 0;
  std::optional<TimeUs> asked_;  // When the message before this one came.
  std::string last_id_;
  std::optional<TimeUs> last_time_;
  std::deque<Message> recent_;
  size_t recent_bytes_ = 0;
};

}  // namespace

std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key, Framing framing) {
  return std::make_unique<GeminiNormaliser>(std::move(key), framing);
}

}  // namespace firn::conversations::gemini_cli
