// SPDX-License-Identifier: Apache-2.0
//
// Calls of tools are in the answer's parts as people see them (`toolInvocationSerialized`), and in
// `result.metadata.toolCallRounds` as the model made them, there with arguments and results, but
// under other ids. The parts come first, while the answer still grows, so they decide which calls
// there are; the rounds complete them, by id or, where both have as many, in their order. Without
// any such part the rounds are the calls.

#include "firn/conversations/github_copilot/chat_session.h"

#include <algorithm>
#include <array>
#include <vector>

namespace firn::conversations::github_copilot {
namespace {

using namespace std::string_view_literals;

constexpr int32_t kRowsOfRequest = 4;
constexpr size_t kCountedMax = 10'000;

// Parts of an answer in which nothing is said.
constexpr std::array kSilentParts = {"prepareToolInvocation"sv,
                                     "textEditGroup"sv,
                                     "notebookEditGroup"sv,
                                     "codeblockUri"sv,
                                     "undoStop"sv,
                                     "progressTaskSerialized"sv,
                                     "progressTask"sv,
                                     "progressMessage"sv,
                                     "confirmation"sv,
                                     "elicitation"sv,
                                     "elicitationSerialized"sv,
                                     "mcpServersStarting"sv,
                                     "command"sv,
                                     "reference"sv,
                                     "treeData"sv,
                                     "extensions"sv,
                                     "pullRequest"sv,
                                     "multiDiffData"sv,
                                     "workspaceEdit"sv,
                                     "hook"sv,
                                     "clearToPreviousToolInvocation"sv};

// A URI, or the parts of one.
std::string PathIn(const JsonElement& uri) {
  std::string_view text;
  JsonObject parts;
  if (uri.get(text) == simdjson::SUCCESS) return PathOfUri(text);
  if (uri.get(parts) != simdjson::SUCCESS) return {};
  std::optional<std::string_view> path = FindText(parts, "fsPath");
  if (!path) path = FindText(parts, "path");
  return std::string(path.value_or(""));
}

// Text, or an object whose `value` is the text.
std::string_view WordsIn(const JsonObject& object, std::string_view key) {
  if (const auto text = FindString(object, key)) return *text;
  const std::optional<JsonObject> inner = FindObject(object, key);
  return inner ? FindString(*inner, "value").value_or("") : "";
}

// What a tool gave back: text, or parts of it.
void AppendResult(const JsonElement& element, std::string& text, int depth) {
  std::string_view whole;
  JsonArray array;
  JsonObject object;
  if (depth == 0) return;
  if (element.get(whole) == simdjson::SUCCESS) return AppendBlock(text, whole);
  if (element.get(array) == simdjson::SUCCESS) {
    for (const JsonElement& one : array)
      AppendResult(one, text, depth - 1);
  } else if (element.get(object) == simdjson::SUCCESS) {
    for (const char* key : {"content", "value"}) {
      if (const auto inner = FindElement(object, key)) return AppendResult(*inner, text, depth - 1);
    }
  }
}

std::string ResultText(const JsonElement& element) {
  JsonObject object;
  // The tree of a prompt element is kept as it is: its text is scattered over it.
  const bool tree = element.get(object) == simdjson::SUCCESS && FindElement(object, "node");
  if (tree) return ToJsonText(element);
  std::string text;
  AppendResult(element, text, 6);
  return text.empty() ? ToJsonText(element) : ToJsonText(text);
}

struct Round {
  std::string id;
  std::optional<std::string> name;
  std::string parameters;
  std::optional<std::string> result;
};

std::vector<Round> RoundsOf(const JsonObject& metadata, std::string& thoughts) {
  std::vector<Round> rounds;
  const std::optional<JsonArray> list = FindArray(metadata, "toolCallRounds");
  const std::optional<JsonObject> results = FindObject(metadata, "toolCallResults");
  if (!list) return rounds;
  for (const JsonElement& element : *list) {
    JsonObject round;
    if (element.get(round) != simdjson::SUCCESS) continue;
    if (const auto thinking = FindObject(round, "thinking"))
      AppendBlock(thoughts, FindString(*thinking, "text").value_or(""));
    const std::optional<JsonArray> calls = FindArray(round, "toolCalls");
    if (!calls) continue;
    for (const JsonElement& inner : *calls) {
      JsonObject call;
      if (inner.get(call) != simdjson::SUCCESS) continue;
      Round& one = rounds.emplace_back();
      one.id = FindId(call, "id").value_or("");
      one.name = Copy(FindText(call, "name"));
      one.parameters = ParametersOf(FindString(call, "arguments").value_or(""));
      if (!results) continue;
      if (const auto result = FindElement(*results, one.id)) one.result = ResultText(*result);
    }
  }
  return rounds;
}

}  // namespace

struct ChatReader::Place {
  std::string id;
  int32_t sequence = 0;
  int64_t step = 1;
  bool is_active = true;
  std::optional<TimeUs> asked;
  std::optional<TimeUs> answered;
};

// The parts of an answer.
class ChatReader::Parts {
 public:
  std::string text;
  std::string thoughts;
  std::vector<ToolCall> calls;
  std::vector<JsonElement> unknown;
  std::vector<std::string> files;
  std::string project;

  explicit Parts(const JsonObject& request) {
    const std::optional<JsonArray> response = FindArray(request, "response");
    if (!response) return;
    for (const JsonElement& element : *response) {
      JsonObject part;
      std::string_view plain;
      if (element.get(plain) == simdjson::SUCCESS) AddText(plain);
      if (element.get(part) == simdjson::SUCCESS) Read(part, element);
    }
  }

 private:
  void Read(const JsonObject& part, const JsonElement& element) {
    const std::string_view kind = FindString(part, "kind").value_or("");
    if (kind.empty() || kind == "markdownContent" || kind == "markdownVuln" || kind == "warning") {
      if (const auto base = FindElement(part, "baseUri"); base && project.empty())
        project = PathIn(*base);
      const char* key = kind.empty() ? "value" : "content";
      return AddText(WordsIn(part, key));
    }
    if (kind == "thinking") return AppendThought(part);
    if (kind == "inlineReference") return AddReference(part);
    broken_ = true;
    if (kind == "toolInvocationSerialized" || kind == "toolInvocation") return AddCall(part);
    if (kind == "textEditGroup" || kind == "notebookEditGroup") {
      if (const auto uri = FindElement(part, "uri")) files.push_back(PathIn(*uri));
    }
    if (std::ranges::find(kSilentParts, kind) == kSilentParts.end()) unknown.push_back(element);
  }

  // Text goes on where it stopped, unless something stood between.
  void AddText(std::string_view words) {
    if (words.empty()) return;
    if (broken_ && !text.empty()) text.append("\n\n");
    broken_ = false;
    text.append(words);
  }

  void AppendThought(const JsonObject& part) {
    if (const auto value = FindElement(part, "value")) AppendResult(*value, thoughts, 3);
  }

  void AddReference(const JsonObject& part) {
    std::string name(FindString(part, "name").value_or(""));
    if (const auto target = FindElement(part, "inlineReference"); target && name.empty()) {
      JsonObject symbol;
      if (target->get(symbol) == simdjson::SUCCESS) name = FindString(symbol, "name").value_or("");
      if (name.empty()) name = FileNameOf(PathIn(*target));
    }
    if (!name.empty()) AddText("`" + name + "`");
  }

  void AddCall(const JsonObject& part) {
    ToolCall& call = calls.emplace_back();
    call.tool_call_id = FindId(part, "toolCallId").value_or("");
    call.tool_name = Copy(FindText(part, "toolId"));
    std::string_view told = WordsIn(part, "pastTenseMessage");
    if (told.empty()) told = WordsIn(part, "invocationMessage");
    call.parameters = "{";
    if (const auto data = FindElement(part, "toolSpecificData"))
      call.parameters->append("\"toolSpecificData\":").append(ToJsonText(*data)).append(",");
    call.parameters->append("\"message\":").append(ToJsonText(told)).append("}");
    if (FindBool(part, "isComplete").value_or(false)) call.success = true;
    if (const auto details = FindElement(part, "resultDetails")) call.result = ToJsonText(*details);
    const std::optional<JsonObject> details = FindObject(part, "resultDetails");
    if (details && FindBool(*details, "isError").value_or(false)) call.success = false;
  }

  bool broken_ = false;
};

std::optional<std::string> ChatReader::NativeIdOf(const JsonObject& record) const {
  if (auto id = FindId(record, "sessionId")) return id;
  if (const auto document = FindObject(record, "v")) return FindId(*document, "sessionId");
  const std::optional<JsonArray> requests = FindArray(record, "requests");
  JsonObject first;  // An export names no session; its first request stays the same.
  if (!requests || requests->at(0).get(first) != simdjson::SUCCESS) return std::nullopt;
  std::optional<std::string> id = FindId(first, "requestId");
  if (id) id->insert(0, "export:");
  return id;
}

void ChatReader::Save(JsonMembersOut& state) const {
  std::vector<std::string> counted(counted_.begin(), counted_.end());
  std::ranges::sort(counted);
  state("counted", counted);
  state("given_title", given_title_);
  state("prompt_title", prompt_title_);
}

void ChatReader::Restore(const Json& state) {
  std::vector<std::string> counted;
  JsonMembersIn members(state);
  members("counted", counted);
  members("given_title", given_title_);
  members("prompt_title", prompt_title_);
  counted_.insert(counted.begin(), counted.end());
}

bool ChatReader::IsNew(const std::string& id) {
  return counted_.size() < kCountedMax && counted_.insert(id).second;
}

// A title that was given may be taken away again.
void ChatReader::ChooseTitle() {
  const std::string& title = given_title_.empty() ? prompt_title_ : given_title_;
  facts().title = title.empty() ? std::nullopt : std::optional(title);
}

void ChatReader::ReadSession(const JsonObject& session) {
  NoteTime(FindMillis(session, "creationDate"));
  NoteTime(FindMillis(session, "lastMessageDate"));
  std::string_view given = FindString(session, "customTitle").value_or("");
  if (given.empty()) given = FindString(session, "computedTitle").value_or("");
  given_title_ = TitleFrom(given);
  ChooseTitle();
  if (const auto repository = FindObject(session, "repoData")) {
    if (auto url = Copy(FindText(*repository, "remoteUrl"))) facts().git_repo = std::move(url);
    if (auto branch = Copy(FindText(*repository, "localBranch")))
      facts().git_branch = std::move(branch);
  }
}

void ChatReader::ReadRequest(const JsonObject& request, int64_t index, int64_t step, bool is_active,
                             SilverRows& rows) {
  Place place;
  place.id = FindId(request, "requestId").value_or("request-" + std::to_string(index));
  place.sequence = static_cast<int32_t>(std::min<int64_t>(index, INT32_MAX / 8)) * kRowsOfRequest;
  place.step = step;
  // A person went back to before it: it goes with the next prompt.
  const bool undone =
      FindObject(request, "shouldBeRemovedOnSend") || FindBool(request, "isHidden").value_or(false);
  place.is_active = is_active && !undone;
  place.asked = FindMillis(request, "timestamp");
  AddPrompt(request, place, rows);
  AddAnswer(request, place, rows);
  NoteEdits(request);
}

void ChatReader::AddPrompt(const JsonObject& request, const Place& place, SilverRows& rows) {
  Message row = MessageAt(place.sequence, place.step, place.id, "user", "prompt", place.asked);
  std::string_view words = FindString(request, "message").value_or("");
  if (const auto message = FindObject(request, "message")) {
    words = FindString(*message, "text").value_or("");
  }
  if (place.sequence == 0) {
    prompt_title_ = TitleFrom(words);
    ChooseTitle();
  }
  if (!words.empty()) row.content = std::string(words);
  row.is_active_path = place.is_active;
  rows.messages.push_back(std::move(row));
}

void ChatReader::AddAnswer(const JsonObject& request, const Place& asked, SilverRows& rows) {
  Parts parts(request);
  const std::optional<JsonObject> result = FindObject(request, "result");
  const std::optional<JsonObject> metadata =
      result ? FindObject(*result, "metadata") : std::nullopt;
  const std::optional<JsonObject> timings = result ? FindObject(*result, "timings") : std::nullopt;
  Place place = asked;
  place.id = FindId(request, "responseId").value_or(asked.id + "/answer");
  if (!parts.project.empty() && !facts().project_path) {
    if (parts.project.size() > 1 && parts.project.back() == '/') parts.project.pop_back();
    facts().project_path = parts.project;
  }
  const bool empty = parts.text.empty() && parts.thoughts.empty() && parts.calls.empty();
  if (empty && !result) return;
  place.answered = asked.asked;
  const auto elapsed = timings ? FindInt(*timings, "totalElapsed") : std::nullopt;
  const bool timed = elapsed && *elapsed >= 0 && *elapsed <= INT32_MAX;
  if (timed && place.answered) place.answered = TimeUs{place.answered->value + *elapsed * 1000};
  Message row =
      MessageAt(place.sequence + 1, place.step, place.id, "assistant", "response", place.answered);
  row.parent_message_id = asked.id;
  row.is_active_path = place.is_active;
  if (timed) row.latency_ms = static_cast<int32_t>(*elapsed);
  row.model = metadata ? Copy(FindText(*metadata, "resolvedModel")) : std::nullopt;
  if (!row.model) row.model = Copy(FindText(request, "modelId"));
  row.usage.input = FindTokenCount(request, "promptTokens");
  row.usage.output = FindTokenCount(request, "completionTokens");
  if (const auto usage = FindObject(request, "usage")) {
    if (auto tokens = FindTokenCount(*usage, "promptTokens")) row.usage.input = tokens;
    if (auto tokens = FindTokenCount(*usage, "completionTokens")) row.usage.output = tokens;
  }
  if (metadata) {
    if (auto tokens = FindTokenCount(*metadata, "promptTokens")) row.usage.input = tokens;
    if (auto tokens = FindTokenCount(*metadata, "outputTokens")) row.usage.output = tokens;
  }
  row.api_call_id = CallId(asked.id);
  if (metadata) CompleteCalls(*metadata, parts);
  for (ToolCall& call : parts.calls) {
    if (call.tool_call_id.empty()) continue;
    call.message_id = place.id;
    call.timestamp = asked.asked;
    call.revision = Revision(place.step, 0);
    if (call.success == false && IsNew("call/" + call.tool_call_id)) ++facts().error_count;
    rows.tool_calls.push_back(std::move(call));
  }
  if (!parts.text.empty()) row.content = std::move(parts.text);
  if (!parts.thoughts.empty()) row.reasoning = std::move(parts.thoughts);
  rows.messages.push_back(std::move(row));
  for (const std::string& file : parts.files)
    NoteFile(file);
  if (result) AddError(*result, place, rows);
  for (size_t i = 0; i < parts.unknown.size(); ++i) {
    const std::string id = place.id + "/part-" + std::to_string(i);
    if (IsNew(id)) ++facts().records_other;
    Message other =
        MessageAt(place.sequence + 3, place.step, id, "system", "other", place.answered);
    other.raw = ToJsonText(parts.unknown[i]);
    other.is_active_path = place.is_active;
    rows.messages.push_back(std::move(other));
  }
}

void ChatReader::AddError(const JsonObject& result, const Place& place, SilverRows& rows) {
  const std::optional<JsonObject> details = FindObject(result, "errorDetails");
  if (!details) return;
  const std::string id = place.id + "/error";
  if (IsNew(id)) ++facts().error_count;
  Message row = MessageAt(place.sequence + 2, place.step, id, "system", "error", place.answered);
  row.content = Copy(FindText(*details, "message"));
  row.is_active_path = place.is_active;
  rows.messages.push_back(std::move(row));
}

void ChatReader::CompleteCalls(const JsonObject& metadata, Parts& parts) {
  std::string thoughts;
  const std::vector<Round> rounds = RoundsOf(metadata, thoughts);
  if (parts.thoughts.empty()) parts.thoughts = std::move(thoughts);
  const bool shown = !parts.calls.empty();
  if (!shown) parts.calls.resize(rounds.size());
  const bool in_order = parts.calls.size() == rounds.size();
  for (size_t i = 0; i < rounds.size(); ++i) {
    const Round& round = rounds[i];
    const auto same = std::ranges::find(parts.calls, round.id, &ToolCall::tool_call_id);
    ToolCall* call = same != parts.calls.end() ? &*same : in_order ? &parts.calls[i] : nullptr;
    if (call == nullptr) continue;
    if (!shown) call->tool_call_id = round.id;
    if (!call->tool_name) call->tool_name = round.name;
    call->parameters = round.parameters;
    if (round.result) call->result = round.result;
    if (round.result && !call->success) call->success = true;
  }
}

void ChatReader::NoteEdits(const JsonObject& request) {
  const std::optional<JsonArray> events = FindArray(request, "editedFileEvents");
  if (!events) return;
  for (const JsonElement& element : *events) {
    JsonObject event;
    if (element.get(event) != simdjson::SUCCESS) continue;
    if (const auto uri = FindElement(event, "uri")) NoteFile(PathIn(*uri));
  }
}

}  // namespace firn::conversations::github_copilot
