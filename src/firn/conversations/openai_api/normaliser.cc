// SPDX-License-Identifier: Apache-2.0
//
// A message's id is the digest of all messages up to it: the history that the next request repeats
// gives the same ids, and where two requests part, so do the ids. An answer is known by the id of
// its response, and the digest it would have is remembered, so that it is not told twice. Without a
// tag that names it, a conversation is known by its messages up to the first of a user.

#include "firn/conversations/openai_api/normaliser.h"

#include <utility>
#include <vector>

#include "firn/base/digest.h"

namespace firn::conversations::openai_api {
namespace {

using namespace std::string_view_literals;

constexpr size_t kSeenMax = 4096;

struct Call {
  std::string id;
  std::string name;
  std::string arguments;
};

std::string_view RoleOf(const JsonObject& message) {
  const std::string_view role = FindString(message, "role").value_or("");
  if (role == "developer") return "system";
  return role == "function" ? "tool" : role;
}

std::string_view KindOf(std::string_view role) {
  if (role == "user") return "prompt";
  if (role == "assistant") return "response";
  if (role == "tool") return "tool_result";
  return role == "system" ? "system" : "";
}

void AddFunction(const JsonObject& holder, std::string id, std::vector<Call>& calls) {
  calls.push_back({std::move(id), std::string(FindString(holder, "name").value_or("")),
                   std::string(FindString(holder, "arguments").value_or(""))});
}

std::vector<Call> CallsOf(const JsonObject& message) {
  std::vector<Call> calls;
  if (const auto old = FindObject(message, "function_call")) AddFunction(*old, "", calls);
  const std::optional<JsonArray> list = FindArray(message, "tool_calls");
  if (!list) return calls;
  for (const JsonElement& element : *list) {
    JsonObject call;
    if (element.get(call) != simdjson::SUCCESS) continue;
    const std::optional<JsonObject> function = FindObject(call, "function");
    if (function) AddFunction(*function, FindId(call, "id").value_or(""), calls);
  }
  return calls;
}

// Calls `use(object)` for each message of a request; what is only text goes to `text`.
template <typename Use, typename Text>
void ForEachMessage(const JsonObject& request, Use use, Text text) {
  if (const auto instructions = FindText(request, "instructions")) text("system", *instructions);
  std::optional<JsonArray> messages = FindArray(request, "messages");
  if (!messages) messages = FindArray(request, "input");
  if (const auto input = FindText(request, "input")) text("user", *input);
  if (!messages) return;
  for (const JsonElement& element : *messages) {
    JsonObject message;
    std::string_view plain;
    if (element.get(message) == simdjson::SUCCESS) use(message);
    if (element.get(plain) == simdjson::SUCCESS) text("user", plain);
  }
}

std::optional<std::string> TagOf(const JsonObject& body) {
  const std::optional<JsonObject> metadata = FindObject(body, "metadata");
  if (metadata) {
    for (const char* key : {"conversation_id", "session_id", "thread_id"}) {
      if (auto id = FindId(*metadata, key)) return id;
    }
  }
  if (const auto conversation = FindObject(body, "conversation"))
    return FindId(*conversation, "id");
  if (auto id = FindId(body, "conversation")) return id;
  return FindId(body, "thread_id");
}

std::optional<std::string> ThreadIn(std::string_view uri) {
  constexpr std::string_view kThreads = "/threads/";
  const size_t at = uri.find(kThreads);
  if (at == uri.npos) return std::nullopt;
  const std::string_view rest = uri.substr(at + kThreads.size());
  return std::string(rest.substr(0, rest.find_first_of("/?")));
}

}  // namespace

// The digest of messages, one after another.
class ExchangeNormaliser::Chain {
 public:
  void Add(std::string_view role, std::string_view text, const std::vector<Call>& calls) {
    std::string next = hash_;
    next.append(role).append("\n").append(text);
    for (const Call& call : calls)
      next.append("\n").append(call.name).append("(").append(call.arguments);
    previous_ = std::exchange(hash_, Md5Hex(next));
  }
  const std::string& hash() const { return hash_; }
  std::optional<std::string> parent() const {
    return previous_.empty() ? std::nullopt : std::optional(previous_);
  }

 private:
  std::string hash_;
  std::string previous_;
};

// One answer of a response.
struct ExchangeNormaliser::Said {
  std::string id;
  std::optional<std::string> model;
  std::optional<TimeUs> time;
  std::optional<int32_t> latency_ms;
  bool is_first = true;  // Of the choices of a response, which are one call.
  TokenUsage usage;
  std::string text;
  std::string reasoning;
  std::vector<Call> calls;
  std::string raw;  // The record, for what has no id.
};

std::optional<std::string> ExchangeNormaliser::ConversationOf(const Exchange& exchange) {
  if (auto thread = ThreadIn(exchange.uri)) return thread;
  if (exchange.request) {
    if (auto tag = TagOf(*exchange.request)) return tag;
  }
  if (exchange.response) {
    if (auto tag = TagOf(*exchange.response)) return tag;
  }
  Chain chain;
  bool asked = false;
  const auto add = [&](std::string_view role, std::string_view text) {
    if (!asked) chain.Add(role, text, {});
    asked = asked || role == "user";
  };
  if (exchange.request) {
    ForEachMessage(
        *exchange.request,
        [&](const JsonObject& message) { add(RoleOf(message), TextOf(message)); }, add);
  }
  if (!chain.hash().empty()) return "messages:" + chain.hash();
  return exchange.response ? FindId(*exchange.response, "id") : std::nullopt;
}

std::optional<std::string> ExchangeNormaliser::NativeIdOf(const JsonObject& record) const {
  const std::optional<Exchange> exchange = reader_.Read(record);
  return exchange ? ConversationOf(*exchange) : std::nullopt;
}

void ExchangeNormaliser::Save(JsonMembersOut& state) const {
  state("seen", std::vector<std::string>(seen_.begin(), seen_.end()));
  state("step", step_);
}

void ExchangeNormaliser::Restore(const Json& state) {
  std::vector<std::string> seen;
  JsonMembersIn members(state);
  members("seen", seen);
  members("step", step_);
  seen_.insert(seen.begin(), seen.end());
}

bool ExchangeNormaliser::IsNew(const std::string& hash) {
  const bool is_new = seen_.insert(hash).second;
  if (seen_.size() > kSeenMax) seen_.erase(seen_.begin());
  return is_new;
}

void ExchangeNormaliser::Read(const JsonObject& record, std::string_view text, SilverRows& rows) {
  const std::optional<Exchange> exchange = reader_.Read(record);
  if (!exchange) return AddOther("", text, FindTime(record, "timestamp"), rows);
  ReadExchange(*exchange, text, rows);
}

void ExchangeNormaliser::ReadExchange(const Exchange& exchange, std::string_view text,
                                      SilverRows& rows) {
  ++step_;
  Said said;
  said.raw = text;
  said.latency_ms = exchange.latency_ms;
  said.time = exchange.time;
  if (exchange.response) {
    const std::string_view kind = FindString(*exchange.response, "object").value_or("");
    if (ReadThreads(*exchange.response, kind, rows)) return;
    for (const char* key : {"created", "created_at"}) {
      if (const auto created = FindSeconds(*exchange.response, key)) said.time = created;
    }
    said.model = Copy(FindText(*exchange.response, "model"));
    if (kind == "list" && exchange.request && FindElement(*exchange.request, "input")) {
      return AddEmbedding(*exchange.response, said, rows);
    }
  }
  Streamed streamed;
  if (!exchange.stream.empty()) streamed = ReadStream(exchange.stream);
  if (streamed.created) said.time = streamed.created;
  Chain chain;
  if (exchange.request) {
    chain = ReadRequest(*exchange.request, said.time, rows);
    if (!said.model) said.model = Copy(FindText(*exchange.request, "model"));
  }
  if (!exchange.stream.empty()) return AddStream(streamed, std::move(said), chain, rows);
  if (exchange.response) AddResponse(*exchange.response, std::move(said), chain, rows);
  const bool cut = !exchange.truncated.empty() && !exchange.response;
  if (cut) AddOther("", text, said.time, rows);
}

ExchangeNormaliser::Chain ExchangeNormaliser::ReadRequest(const JsonObject& request,
                                                          std::optional<TimeUs> time,
                                                          SilverRows& rows) {
  Chain chain;
  ForEachMessage(
      request, [&](const JsonObject& message) { ReadMessage(message, chain, time, rows); },
      [&](std::string_view role, std::string_view text) {
        chain.Add(role, text, {});
        if (!IsNew(chain.hash())) return;
        Message row = NewMessage(chain.hash(), role, KindOf(role), time);
        row.content = std::string(text);
        row.parent_message_id = chain.parent();
        if (role == "user") OfferTitle(kPromptTitle, text);
        rows.messages.push_back(std::move(row));
      });
  return chain;
}

void ExchangeNormaliser::ReadMessage(const JsonObject& message, Chain& chain,
                                     std::optional<TimeUs> time, SilverRows& rows) {
  const std::string_view type = FindString(message, "type").value_or("");
  std::string_view role = RoleOf(message);
  std::string text = TextOf(message);
  std::vector<Call> calls = CallsOf(message);
  std::string answered = FindId(message, "tool_call_id").value_or("");
  if (type == "function_call") {
    role = "assistant";
    AddFunction(message, FindId(message, "call_id").value_or(""), calls);
  } else if (type == "function_call_output") {
    role = "tool";
    answered = FindId(message, "call_id").value_or("");
    text = FindString(message, "output").value_or("");
  }
  chain.Add(role, text, calls);
  if (!IsNew(chain.hash())) return;
  const std::string_view kind = KindOf(role);
  if (kind.empty()) return AddOther(chain.hash(), simdjson::minify(message), time, rows);
  Message row = NewMessage(chain.hash(), role, kind, time);
  row.parent_message_id = chain.parent();
  if (role == "user") OfferTitle(kPromptTitle, text);
  if (ToolCall* call = FindCall(answered); call != nullptr && role == "tool") {
    call->result = ToJsonText(text);
    AnswerCall(*call, std::nullopt, false, rows);
  }
  if (!text.empty()) row.content = std::move(text);
  rows.messages.push_back(std::move(row));
  for (const Call& one : calls) {
    ToolCall call;
    call.tool_call_id = one.id.empty() ? chain.hash() + "/" + one.name : one.id;
    call.message_id = chain.hash();
    call.tool_name = one.name;
    call.parameters = ParametersOf(one.arguments);
    call.timestamp = time;
    BeginCall(std::move(call), rows);
  }
}

void ExchangeNormaliser::AddResponse(const JsonObject& response, Said said, Chain chain,
                                     SilverRows& rows) {
  if (const auto error = FindObject(response, "error")) {
    return AddError(FindString(*error, "message").value_or(""), said.raw, said.time, rows);
  }
  const std::string id = FindId(response, "id").value_or("");
  if (const auto usage = FindObject(response, "usage")) said.usage = UsageOf(*usage);
  said.id = id;
  if (const auto output = FindArray(response, "output")) {
    for (const JsonElement& element : *output) {
      JsonObject item;
      if (element.get(item) != simdjson::SUCCESS) continue;
      const std::string_view type = FindString(item, "type").value_or("");
      if (type == "message") AppendBlock(said.text, TextOf(item));
      if (type == "function_call")
        AddFunction(item, FindId(item, "call_id").value_or(""), said.calls);
      const std::optional<JsonArray> summary = FindArray(item, "summary");
      if (type != "reasoning" || !summary) continue;
      for (const JsonElement& part : *summary) {
        JsonObject one;
        if (part.get(one) == simdjson::SUCCESS)
          AppendBlock(said.reasoning, FindString(one, "text").value_or(""));
      }
    }
    return AddAnswer(said, chain, rows);
  }
  const std::optional<JsonArray> choices = FindArray(response, "choices");
  if (!choices) return AddOther(id, said.raw, said.time, rows);
  int64_t index = 0;
  for (const JsonElement& element : *choices) {
    JsonObject choice;
    if (element.get(choice) != simdjson::SUCCESS) continue;
    const std::optional<JsonObject> message = FindObject(choice, "message");
    if (message) {
      said.text = TextOf(*message);
      said.calls = CallsOf(*message);
      said.reasoning = FindString(*message, "reasoning_content").value_or("");
    } else {
      said.text = FindString(choice, "text").value_or("");  // Of the older completions.
    }
    said.is_first = index == 0;
    if (!said.is_first) said.id = id + "." + std::to_string(index);
    AddAnswer(said, chain, rows);
    said.usage = {};  // It is of all choices together.
    ++index;
  }
}

void ExchangeNormaliser::AddStream(const Streamed& streamed, Said said, Chain chain,
                                   SilverRows& rows) {
  if (!streamed.error.empty()) AddError(streamed.error, said.raw, said.time, rows);
  said.usage = streamed.usage;
  if (!streamed.model.empty()) said.model = streamed.model;
  for (const auto& [index, choice] : streamed.choices) {
    said.id = streamed.id;
    said.is_first = &choice == &streamed.choices.begin()->second;
    if (!said.is_first) said.id.append(".").append(std::to_string(index));
    said.text = choice.text;
    said.calls.clear();
    for (const auto& [place, call] : choice.calls)
      said.calls.push_back({call.id, call.name, call.arguments});
    AddAnswer(said, chain, rows);
    said.usage = {};
  }
}

void ExchangeNormaliser::AddAnswer(const Said& said, Chain chain, SilverRows& rows) {
  const std::optional<std::string> parent =
      chain.hash().empty() ? std::nullopt : std::optional(chain.hash());
  chain.Add("assistant", said.text, said.calls);
  IsNew(chain.hash());
  const std::string id = said.id.empty() ? HashId(said.raw) : said.id;
  Message row = NewMessage(id, "assistant", "response", said.time);
  row.parent_message_id = parent;
  row.model = said.model;
  row.usage = said.usage;
  row.latency_ms = said.latency_ms;
  if (said.is_first) row.api_call_id = said.id.empty() ? CallId(id) : id;
  if (!said.text.empty()) row.content = said.text;
  if (!said.reasoning.empty()) row.reasoning = said.reasoning;
  rows.messages.push_back(std::move(row));
  for (const Call& one : said.calls) {
    ToolCall call;
    call.tool_call_id = one.id.empty() ? id + "/" + one.name : one.id;
    call.message_id = id;
    call.tool_name = one.name;
    call.parameters = ParametersOf(one.arguments);
    call.timestamp = said.time;
    BeginCall(std::move(call), rows);
  }
}

void ExchangeNormaliser::AddError(std::string_view message, std::string_view text,
                                  std::optional<TimeUs> time, SilverRows& rows) {
  ++facts().error_count;
  Message row = NewMessage(HashId(text), "system", "error", time);
  if (!message.empty()) row.content = std::string(message);
  rows.messages.push_back(std::move(row));
}

// What assistants keep: threads with messages, and runs, which are the calls.
bool ExchangeNormaliser::ReadThreads(const JsonObject& response, std::string_view kind,
                                     SilverRows& rows) {
  if (kind == "thread.message") return AddThreadMessage(response, rows), true;
  if (kind == "thread.run") return AddRun(response, rows), true;
  if (kind == "thread" || kind == "assistant") return Skip(), true;
  const std::optional<JsonArray> list = FindArray(response, "data");
  if (kind != "list" || !list) return false;
  bool found = false;
  for (const JsonElement& element : *list) {
    JsonObject one;
    if (element.get(one) != simdjson::SUCCESS) continue;
    if (FindString(one, "object") != "thread.message"sv) continue;
    AddThreadMessage(one, rows);
    found = true;
  }
  return found;
}

void ExchangeNormaliser::AddThreadMessage(const JsonObject& message, SilverRows& rows) {
  const std::string id = FindId(message, "id").value_or("");
  const std::string_view role = RoleOf(message);
  if (id.empty() || KindOf(role).empty()) return Skip();
  if (!IsNew(id)) return;
  Message row = NewMessage(id, role, KindOf(role), FindSeconds(message, "created_at"));
  std::string text = TextOf(message);
  if (role == "user") OfferTitle(kPromptTitle, text);
  if (!text.empty()) row.content = std::move(text);
  rows.messages.push_back(std::move(row));
}

void ExchangeNormaliser::AddRun(const JsonObject& run, SilverRows& rows) {
  const std::string id = FindId(run, "id").value_or("");
  const std::optional<JsonObject> usage = FindObject(run, "usage");
  if (id.empty() || !usage) return Skip();  // Not ended yet.
  const auto began = FindSeconds(run, "started_at");
  const auto ended = FindSeconds(run, "completed_at");
  Message row = MessageAt(0, step_, id, "system", "context", ended ? ended : began);
  row.is_active_path = false;
  row.model = Copy(FindText(run, "model"));
  row.usage = UsageOf(*usage);
  row.latency_ms = ElapsedMillis(began, ended);
  row.api_call_id = id;
  rows.messages.push_back(std::move(row));
}

// Nothing is said, but tokens are taken.
void ExchangeNormaliser::AddEmbedding(const JsonObject& response, const Said& said,
                                      SilverRows& rows) {
  Message row = NewMessage(HashId(said.raw), "system", "context", said.time);
  row.is_active_path = false;
  row.model = said.model;
  row.latency_ms = said.latency_ms;
  if (const auto usage = FindObject(response, "usage")) row.usage = UsageOf(*usage);
  row.api_call_id = CallId(row.message_id);
  rows.messages.push_back(std::move(row));
}

}  // namespace firn::conversations::openai_api
