// SPDX-License-Identifier: Apache-2.0
//
// Exchanges are those of the OpenAI API. Diagnostic logs tell less: the service's own name a call,
// its model and how long it took, but neither words nor tokens; a gateway's hold bodies as text,
// cut at some length, or tokens and pieces of messages by number. Each is an API call, known by its
// correlation id, in a conversation for each resource and day.

#include "firn/conversations/azure_openai/normaliser.h"

#include "firn/conversations/openai_api/normaliser.h"

namespace firn::conversations::azure_openai {
namespace {

using namespace std::string_view_literals;
using openai_api::Exchange;
using openai_api::ExchangeReader;

std::string_view CategoryOf(const JsonObject& record) {
  for (const char* key : {"category", "Category", "Type"}) {
    if (const auto category = FindText(record, key)) return *category;
  }
  return "";
}

std::optional<TimeUs> TimeOf(const JsonObject& record) {
  for (const char* key : {"time", "TimeGenerated", "timestamp"}) {
    if (const auto time = FindTime(record, key)) return time;
  }
  return std::nullopt;
}

std::string CorrelationOf(const JsonObject& record) {
  for (const char* key : {"correlationId", "CorrelationId"}) {
    if (auto id = FindId(record, key)) return *id;
  }
  return "";
}

bool IsLlmLog(std::string_view category) {
  return category == "ApiManagementGatewayLlmLog" || category == "GatewayLlmLogs";
}

class AzureNormaliser : public openai_api::ExchangeNormaliser {
 public:
  using ExchangeNormaliser::ExchangeNormaliser;

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    if (!IsLogLine(record)) return ExchangeNormaliser::NativeIdOf(record);
    if (CategoryOf(record) == "GatewayLogs") {
      JsonRecordReader properties_reader;
      std::string padded;
      const auto properties = PropertiesOf(record, properties_reader, padded);
      const Exchange exchange =
          properties ? reader().ReadBodies(*properties, "requestBody", "responseBody") : Exchange();
      if (exchange.request) return ConversationOf(exchange);
    }
    std::string day;
    if (const auto time = TimeOf(record)) day = time->ToString().substr(0, 10);
    std::string_view resource = FindString(record, "resourceId").value_or("");
    if (resource.empty()) resource = FindString(record, "_ResourceId").value_or("");
    return "log:" + std::string(resource) + "/" + day;
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    if (!IsLogLine(record)) return ExchangeNormaliser::Read(record, text, rows);
    JsonRecordReader properties_reader;
    std::string padded;
    const auto properties = PropertiesOf(record, properties_reader, padded);
    const JsonObject& told = properties ? *properties : record;
    const std::string_view category = CategoryOf(record);
    if (category == "GatewayLogs") return ReadGatewayLog(record, told, text, rows);
    if (IsLlmLog(category)) return ReadLlmLog(record, told, text, rows);
    Message row = NewCall(record, text);
    row.model = Copy(FindText(told, "modelName"));
    if (!row.model) row.model = Copy(FindText(told, "modelDeploymentName"));
    rows.messages.push_back(std::move(row));
  }

 private:
  // An object, or one as text.
  static std::optional<JsonObject> PropertiesOf(const JsonObject& record, JsonRecordReader& reader,
                                                std::string& padded) {
    if (auto properties = FindObject(record, "properties")) return properties;
    const std::string_view text = FindString(record, "properties").value_or("");
    padded.assign(text);
    padded.append(kPadding, '\0');
    std::optional<JsonObject> found;
    reader.ForEach(
        std::string_view(padded).substr(0, text.size()),
        [&](const JsonObject& object, std::string_view) { found = object; },
        [](std::string_view) {});
    return found;
  }

  // A call of which no words are known.
  Message NewCall(const JsonObject& record, std::string_view text) {
    std::string id = CorrelationOf(record);
    if (id.empty()) id = HashId(text);
    const int64_t status = FindInt(record, "resultSignature").value_or(200);
    const bool failed = status >= 400;
    if (failed) ++facts().error_count;
    Message row = NewMessage(id, "system", failed ? "error" : "context", TimeOf(record));
    row.is_active_path = false;
    row.api_call_id = id;
    const std::optional<int64_t> millis = FindInt(record, "durationMs");
    if (millis && *millis >= 0 && *millis <= INT32_MAX)  // One below nought was seen.
      row.latency_ms = static_cast<int32_t>(*millis);
    if (failed) row.content = "status " + std::to_string(status);
    return row;
  }

  void ReadGatewayLog(const JsonObject& record, const JsonObject& properties, std::string_view text,
                      SilverRows& rows) {
    Exchange exchange = reader().ReadBodies(properties, "requestBody", "responseBody");
    exchange.time = TimeOf(record);
    exchange.status = FindInt(properties, "responseCode");
    const std::optional<int64_t> millis = FindInt(properties, "backendTime");
    if (millis && *millis >= 0 && *millis <= INT32_MAX)
      exchange.latency_ms = static_cast<int32_t>(*millis);
    const bool told = exchange.request || exchange.response || !exchange.stream.empty();
    if (told) return ReadExchange(exchange, text, rows);
    if (!exchange.truncated.empty()) return AddOther("", text, exchange.time, rows);
    rows.messages.push_back(NewCall(record, text));
  }

  // Long bodies come in pieces by SequenceNumber: words are kept piece by piece, tokens once.
  void ReadLlmLog(const JsonObject& record, const JsonObject& properties, std::string_view text,
                  SilverRows& rows) {
    Message call = NewCall(record, text);
    const std::string correlation = call.message_id;
    const int64_t piece = FindInt(properties, "SequenceNumber").value_or(0);
    call.model = Copy(FindText(properties, "ModelName"));
    if (!call.model) call.model = Copy(FindText(properties, "DeploymentName"));
    call.usage.input = FindTokenCount(properties, "PromptTokens");
    call.usage.output = FindTokenCount(properties, "CompletionTokens");
    if (piece > 0) call.message_id.append("/").append(std::to_string(piece));
    const std::optional<TimeUs> time = call.timestamp;
    rows.messages.push_back(std::move(call));
    AddPieces(properties, "RequestMessages", "user", correlation, piece, time, rows);
    AddPieces(properties, "ResponseMessages", "assistant", correlation, piece, time, rows);
  }

  void AddPieces(const JsonObject& properties, std::string_view key, std::string_view role,
                 const std::string& correlation, int64_t piece, std::optional<TimeUs> time,
                 SilverRows& rows) {
    const std::optional<JsonElement> element = FindElement(properties, key);
    if (!element) return;
    std::string_view words;
    std::string id = correlation;
    id.append("/").append(role).append("/").append(std::to_string(piece));
    Message row = NewMessage(id, role, role == "user" ? "prompt" : "response", time);
    JsonArray messages;
    if (element->get(words) == simdjson::SUCCESS) {
      row.content = std::string(words);
    } else if (element->get(messages) == simdjson::SUCCESS) {
      std::string text;
      for (const JsonElement& one : messages) {
        JsonObject message;
        if (one.get(message) == simdjson::SUCCESS) AppendBlock(text, openai_api::TextOf(message));
      }
      row.content = std::move(text);
    }
    if (row.content && !row.content->empty()) rows.messages.push_back(std::move(row));
  }
};

}  // namespace

bool IsLogLine(const JsonObject& record) {
  const std::string_view category = CategoryOf(record);
  if (IsLlmLog(category)) return true;
  const bool dated = TimeOf(record).has_value();
  if (category == "GatewayLogs") return dated && FindElement(record, "properties");
  return category == "RequestResponse" && dated && FindText(record, "operationName");
}

std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key, Framing framing) {
  return std::make_unique<AzureNormaliser>(std::move(key), framing);
}

}  // namespace firn::conversations::azure_openai
