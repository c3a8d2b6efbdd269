// SPDX-License-Identifier: Apache-2.0
//
// A log without the document it begins with tells what was pushed, but not where: requests that it
// adds are read, other operations are kept as they are.

#include "firn/conversations/github_copilot/chat_document.h"

#include <algorithm>
#include <unordered_set>

namespace firn::conversations::github_copilot {
namespace {

constexpr int64_t kDocumentBytesMax = int64_t{64} << 20;

std::string IdOf(const Json& request) {
  return request.GetString("requestId").value_or("");
}

}  // namespace

void DocumentNormaliser::Read(const JsonObject& record, std::string_view text, SilverRows& rows) {
  const std::optional<JsonArray> requests = FindArray(record, "requests");
  if (!requests) return ReadPushed(record, text, rows);
  ReadSession(record);
  int64_t index = 0;
  for (const JsonElement& element : *requests) {
    JsonObject request;
    if (element.get(request) == simdjson::SUCCESS) ReadRequest(request, index, 1, true, rows);
    ++index;
  }
}

void DocumentNormaliser::ReadPushed(const JsonObject& record, std::string_view text,
                                    SilverRows& rows) {
  const std::optional<JsonArray> path = FindArray(record, "k");
  const std::optional<JsonArray> added = FindArray(record, "v");
  std::string_view first;
  const bool pushed = FindInt(record, "kind") == 2 && path && path->size() == 1 && added &&
                      path->at(0).get(first) == simdjson::SUCCESS && first == "requests";
  if (!pushed) return AddOther("", text, std::nullopt, rows);
  for (const JsonElement& element : *added) {
    JsonObject request;
    if (element.get(request) == simdjson::SUCCESS) ReadRequest(request, pushed_++, 1, true, rows);
  }
}

void DocumentNormaliser::Save(JsonMembersOut& state) const {
  ChatReader::Save(state);
  state("pushed", pushed_);
}

void DocumentNormaliser::Restore(const Json& state) {
  ChatReader::Restore(state);
  JsonMembersIn members(state);
  members("pushed", pushed_);
}

void OperationLogNormaliser::Read(const JsonObject& record, std::string_view text,
                                  SilverRows& rows) {
  Prefer();
  ++step_;
  Result<Json> line = Json::Parse(simdjson::minify(record));
  Result<Operation> operation = line ? ReadOperation(std::move(*line)) : line.error();
  if (!operation) return AddOther("", text, std::nullopt, rows);
  const bool initial = operation->kind == Operation::Kind::kInitial;
  bytes_ = static_cast<int64_t>(text.size()) + (initial ? 0 : bytes_);
  const bool headed = initial || !document_.is_null();
  if (!headed || bytes_ > kDocumentBytesMax) return ReadPushed(record, text, rows);
  const Touched touched = TouchedBy(*operation);
  const std::vector<Json> before = touched.list ? Requests() : std::vector<Json>();
  if (!Apply(std::move(*operation), document_)) return AddOther("", text, std::nullopt, rows);
  GiveTouched(touched, before, rows);
}

void OperationLogNormaliser::ReadAlone(const JsonObject& record, std::string_view text,
                                       SilverRows& rows) {
  const std::optional<JsonObject> document = FindObject(record, "v");
  const bool whole = document && FindArray(*document, "requests");
  whole ? DocumentNormaliser::Read(*document, text, rows) : ReadPushed(record, text, rows);
}

void OperationLogNormaliser::Save(JsonMembersOut& state) const {
  DocumentNormaliser::Save(state);
  state("step", step_);
  state("document_bytes", bytes_);
  if (!document_.is_null()) state("document", document_);
}

void OperationLogNormaliser::Restore(const Json& state) {
  DocumentNormaliser::Restore(state);
  JsonMembersIn members(state);
  members("step", step_);
  members("document_bytes", bytes_);
  if (const Json* document = state.Find("document")) document_ = *document;
}

OperationLogNormaliser::Touched OperationLogNormaliser::TouchedBy(
    const Operation& operation) const {
  Touched touched;
  if (operation.kind == Operation::Kind::kInitial) return {true, true, 0, std::nullopt};
  const auto* key = std::get_if<std::string>(&operation.path[0]);
  if (key == nullptr || *key != "requests") return {true, false, 0, std::nullopt};
  touched.list = operation.path.size() <= 2;
  if (operation.kind == Operation::Kind::kPush && operation.path.size() == 1) {
    const auto cut = std::max<int64_t>(operation.length.value_or(INT64_MAX), 0);
    touched.from = std::min(Requests().size(), static_cast<size_t>(cut));
  }
  if (operation.path.size() > 2) {
    if (const auto* index = std::get_if<int64_t>(&operation.path[1])) touched.one = *index;
  }
  return touched;
}

std::vector<Json> OperationLogNormaliser::Requests() const {
  const Json* list = document_.Find("requests");
  const Json::Array* array = list != nullptr ? list->as_array() : nullptr;
  return array != nullptr ? *array : std::vector<Json>();
}

template <typename Use>
void OperationLogNormaliser::WithObject(const Json& json, Use use) {
  std::string text = json.Dump();
  const size_t length = text.size();
  text.append(kPadding, '\0');
  document_reader_.ForEach(
      std::string_view(text).substr(0, length),
      [&](const JsonObject& object, std::string_view) { use(object); }, [](std::string_view) {});
}

void OperationLogNormaliser::Give(const Json& request, size_t index, bool is_active,
                                  SilverRows& rows) {
  WithObject(request, [&](const JsonObject& object) {
    ReadRequest(object, static_cast<int64_t>(index), step_, is_active, rows);
  });
}

void OperationLogNormaliser::GiveTouched(const Touched& touched, const std::vector<Json>& before,
                                         SilverRows& rows) {
  if (touched.session) GiveSession();
  if (touched.list) {
    const std::vector<Json> requests = Requests();
    GiveTakenBack(before, requests, rows);
    for (size_t i = touched.from; i < requests.size(); ++i)
      Give(requests[i], i, true, rows);
  }
  if (!touched.one || *touched.one < 0) return;
  const Json* list = document_.Find("requests");
  const Json::Array* array = list != nullptr ? list->as_array() : nullptr;
  const auto index = static_cast<size_t>(*touched.one);
  if (array != nullptr && index < array->size()) Give((*array)[index], index, true, rows);
}

void OperationLogNormaliser::GiveTakenBack(const std::vector<Json>& before,
                                           const std::vector<Json>& after, SilverRows& rows) {
  std::unordered_set<std::string> left;
  for (const Json& request : after)
    left.insert(IdOf(request));
  for (size_t i = 0; i < before.size(); ++i) {
    if (!left.contains(IdOf(before[i]))) Give(before[i], i, false, rows);
  }
}

void OperationLogNormaliser::GiveSession() {
  Json session{Json::Object()};
  for (const char* key :
       {"creationDate", "lastMessageDate", "computedTitle", "customTitle", "repoData"}) {
    if (const Json* member = document_.Find(key)) session.Set(key, *member);
  }
  WithObject(session, [&](const JsonObject& object) { ReadSession(object); });
}

}  // namespace firn::conversations::github_copilot
