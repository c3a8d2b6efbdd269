// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/export/training_rows.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/datafile/typed_column.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

constexpr std::string_view kConversations =
    "SELECT conversation_id, parent_conversation_id, platform, title, session_context.language AS "
    "language, epoch_us(start_timestamp) AS start_micros FROM silver.conversations SEMI JOIN ";
constexpr std::string_view kMessages =
    "SELECT conversation_id, message_id, role, kind, content, model FROM silver.messages SEMI "
    "JOIN ";
constexpr std::string_view kCalls =
    "SELECT conversation_id, message_id, tool_name, parameters, result FROM silver.tool_calls SEMI "
    "JOIN ";
constexpr std::string_view kUsing = " USING (conversation_id) ";

// Of a branch that was left, nobody learns.
constexpr std::string_view kMessageOrder =
    "WHERE is_active_path IS NOT FALSE AND kind IN ('prompt', 'task', 'command', 'response', "
    "'system') ORDER BY conversation_id, sequence, message_id";
constexpr std::string_view kCallOrder =
    "ORDER BY conversation_id, timestamp NULLS LAST, tool_call_id";

std::string Statement(std::string_view select, std::string_view order) {
  return std::string(select).append(kChosenConversations).append(kUsing).append(order);
}

}  // namespace

// A query's rows; its first column is the conversation's id, and in that order they come.
class TrainingRows::Cursor {
 public:
  static Result<std::unique_ptr<Cursor>> Open(sql::Engine& engine, const std::string& statement) {
    auto cursor = std::make_unique<Cursor>();
    FIRN_ASSIGN(cursor->stream_, engine.Query(statement));
    FIRN_TRY(cursor->Load());
    return cursor;
  }

  bool at_end() const { return batch_ == nullptr; }

  Status Advance() {
    if (++row_ < batch_->num_rows()) return Ok();
    return Load();
  }

  std::string_view id() const { return ids_->GetView(row_); }

  /// The text of a column; empty where it is null.
  Result<std::string> Text(const std::string& column) const {
    FIRN_ASSIGN(const auto* texts, datafile::TypedColumn<arrow::StringArray>(*batch_, column));
    return std::string(datafile::TextAt(*texts, row_).value_or(""));
  }
  Result<std::optional<std::string>> OptionalText(const std::string& column) const {
    FIRN_ASSIGN(const auto* texts, datafile::TypedColumn<arrow::StringArray>(*batch_, column));
    const auto text = datafile::TextAt(*texts, row_);
    return text ? std::optional(std::string(*text)) : std::nullopt;
  }
  Result<std::optional<int64_t>> Number(const std::string& column) const {
    FIRN_ASSIGN(const auto* numbers, datafile::TypedColumn<arrow::Int64Array>(*batch_, column));
    return datafile::NumberAt(*numbers, row_);
  }

  /// Passes rows of conversations before `id`; tells whether one of it is next.
  Result<bool> FindFirst(std::string_view id) {
    while (!at_end() && this->id() < id)
      FIRN_TRY(Advance());
    return !at_end() && this->id() == id;
  }

 private:
  Status Load() {
    row_ = 0;
    do {
      FIRN_ASSIGN(batch_, stream_->Next());
    } while (batch_ != nullptr && batch_->num_rows() == 0);
    if (batch_ == nullptr) return Ok();
    FIRN_ASSIGN(ids_, datafile::TypedColumn<arrow::StringArray>(*batch_, "conversation_id"));
    return Ok();
  }

  std::unique_ptr<sql::ResultStream> stream_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  const arrow::StringArray* ids_ = nullptr;
  int64_t row_ = 0;
};

TrainingRows::TrainingRows() = default;
TrainingRows::~TrainingRows() = default;
TrainingRows::TrainingRows(TrainingRows&&) noexcept = default;

Result<TrainingRows> TrainingRows::Open(sql::Engine& engine) {
  TrainingRows rows;
  FIRN_ASSIGN(rows.conversations_,
              Cursor::Open(engine, Statement(kConversations, "ORDER BY conversation_id")));
  FIRN_ASSIGN(rows.messages_, Cursor::Open(engine, Statement(kMessages, kMessageOrder)));
  FIRN_ASSIGN(rows.calls_, Cursor::Open(engine, Statement(kCalls, kCallOrder)));
  return rows;
}

namespace {

using CallsOfMessages = std::map<std::string, std::vector<training::SourceCall>, std::less<>>;

template <typename Cursor>
Result<CallsOfMessages> ReadCalls(Cursor& cursor, std::string_view id) {
  CallsOfMessages calls;
  FIRN_ASSIGN(bool more, cursor.FindFirst(id));
  for (; more; more = !cursor.at_end() && cursor.id() == id) {
    FIRN_ASSIGN(std::string message, cursor.Text("message_id"));
    training::SourceCall call;
    FIRN_ASSIGN(call.name, cursor.Text("tool_name"));
    FIRN_ASSIGN(call.parameters, cursor.Text("parameters"));
    FIRN_ASSIGN(call.result, cursor.OptionalText("result"));
    calls[std::move(message)].push_back(std::move(call));
    FIRN_TRY(cursor.Advance());
  }
  return calls;
}

template <typename Cursor>
Result<std::vector<training::SourceMessage>> ReadMessages(Cursor& cursor, std::string_view id,
                                                          CallsOfMessages calls) {
  std::vector<training::SourceMessage> messages;
  FIRN_ASSIGN(bool more, cursor.FindFirst(id));
  for (; more; more = !cursor.at_end() && cursor.id() == id) {
    training::SourceMessage message;
    FIRN_ASSIGN(const std::string message_id, cursor.Text("message_id"));
    FIRN_ASSIGN(message.role, cursor.Text("role"));
    FIRN_ASSIGN(message.kind, cursor.Text("kind"));
    FIRN_ASSIGN(message.content, cursor.Text("content"));
    FIRN_ASSIGN(message.model, cursor.Text("model"));
    if (const auto own = calls.find(message_id); own != calls.end())
      message.calls = std::move(own->second);
    messages.push_back(std::move(message));
    FIRN_TRY(cursor.Advance());
  }
  return messages;
}

}  // namespace

Result<std::optional<training::Conversation>> TrainingRows::Next() {
  if (conversations_->at_end()) return std::optional<training::Conversation>();
  training::Conversation talk;
  talk.conversation_id = conversations_->id();
  FIRN_ASSIGN(talk.parent_conversation_id, conversations_->Text("parent_conversation_id"));
  FIRN_ASSIGN(talk.platform, conversations_->Text("platform"));
  FIRN_ASSIGN(talk.title, conversations_->Text("title"));
  FIRN_ASSIGN(talk.language, conversations_->Text("language"));
  FIRN_ASSIGN(const auto start, conversations_->Number("start_micros"));
  if (start) talk.start = TimeUs{*start};
  FIRN_TRY(conversations_->Advance());
  FIRN_ASSIGN(CallsOfMessages calls, ReadCalls(*calls_, talk.conversation_id));
  FIRN_ASSIGN(talk.messages, ReadMessages(*messages_, talk.conversation_id, std::move(calls)));
  return std::optional(std::move(talk));
}

}  // namespace firn::lakehouse
