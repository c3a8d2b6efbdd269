// SPDX-License-Identifier: Apache-2.0
//
// What a tool tells of an API call is a row of `kDialects`: by which event, and under which names
// of attributes. To add a tool, add its row. What no row knows is read by the semantic conventions
// for generative AI (gen_ai.*), of spans and of log records.

#include "firn/conversations/otel/event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::otel {
namespace {

using namespace std::string_view_literals;

constexpr int64_t kTokensMax = int64_t{1} << 40;

// Attributes, in the order in which they are looked for; "" is none.
using Names = std::array<std::string_view, 3>;

struct Dialect {
  std::string_view event;
  std::string_view platform;
  std::string_view kind = {};  // "attribute=value" that the event must have.
  Names session;
  Names request;
  Names model;
  Names input, output, cache_read, cache_write, reasoning;
  Names cost = {};
  bool input_holds_cache = true;
  bool output_holds_reasoning = true;
};

const Dialect kDialects[] = {{.event = "claude_code.api_request",
                              .platform = "claude_code",
                              .session = {"session.id"},
                              .request = {"request_id"},
                              .model = {"model"},
                              .input = {"input_tokens"},
                              .output = {"output_tokens"},
                              .cache_read = {"cache_read_tokens"},
                              .cache_write = {"cache_creation_tokens"},
                              .reasoning = {},
                              .cost = {"cost_usd"},
                              .input_holds_cache = false},
                             {.event = "gemini_cli.api_response",
                              .platform = "gemini_cli",
                              .session = {"session.id"},
                              .request = {"response_id"},
                              .model = {"model"},
                              .input = {"input_token_count"},
                              .output = {"output_token_count"},
                              .cache_read = {"cached_content_token_count"},
                              .cache_write = {},
                              .reasoning = {"thoughts_token_count"},
                              .output_holds_reasoning = false},
                             {.event = "codex.sse_event",
                              .platform = "codex",
                              .kind = "event.kind=response.completed",
                              .session = {"conversation.id", "session.id"},
                              .request = {"response_id"},
                              .model = {"model"},
                              .input = {"input_token_count"},
                              .output = {"output_token_count"},
                              .cache_read = {"cached_token_count"},
                              .cache_write = {},
                              .reasoning = {"reasoning_token_count"}}};

const Dialect kGenAi = {
    .event = {},
    .platform = "otel",
    .session = {"gen_ai.conversation.id", "session.id"},
    .request = {"gen_ai.response.id"},
    .model = {"gen_ai.response.model", "gen_ai.request.model"},
    .input = {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"},
    .output = {"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"},
    .cache_read = {"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"},
    .cache_write = {"gen_ai.usage.cache_creation.input_tokens",
                    "gen_ai.usage.cache_creation_input_tokens"},
    .reasoning = {"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"},
    .cost = {"gen_ai.usage.cost"}};

constexpr std::array kErrors = {"claude_code.api_error"sv, "gemini_cli.api_error"sv};

std::optional<JsonElement> AttributeOf(const JsonObject& holder, std::string_view name) {
  const std::optional<JsonArray> attributes = FindArray(holder, "attributes");
  if (!attributes) return std::nullopt;
  for (const JsonElement& element : *attributes) {
    JsonObject attribute;
    if (element.get(attribute) != simdjson::SUCCESS) continue;
    if (FindString(attribute, "key") == name) return FindElement(attribute, "value");
  }
  return std::nullopt;
}

// The attributes of a line: those of its record before those of the resource.
class Attributes {
 public:
  explicit Attributes(const JsonObject& line) : resource_(FindObject(line, "resource")) {
    record_ = FindObject(line, "record");
    if (!record_) return;
    point_ = PointOf(*record_);
  }

  const std::optional<JsonObject>& record() const { return record_; }
  const std::optional<JsonObject>& point() const { return point_; }

  std::optional<std::string> Text(const Names& names) const {
    for (const std::string_view name : names) {
      const std::optional<JsonElement> value = name.empty() ? std::nullopt : Find(name);
      if (!value) continue;
      std::string text = TextOf(*value);
      if (!text.empty()) return text;
    }
    return std::nullopt;
  }
  std::optional<std::string> Text(std::string_view name) const { return Text(Names{name}); }

  std::optional<double> Number(const Names& names) const {
    const std::optional<std::string> text = Text(names);
    if (!text) return std::nullopt;
    double number = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    return error == std::errc() && stop == end && std::isfinite(number) ? std::optional(number)
                                                                        : std::nullopt;
  }

  std::optional<int64_t> Count(const Names& names) const {
    const std::optional<double> number = Number(names);
    const bool fits = number && *number >= 0 && *number <= static_cast<double>(kTokensMax);
    return fits ? std::optional(std::llround(*number)) : std::nullopt;
  }

 private:
  // The data point of a metric, which has the attributes.
  static std::optional<JsonObject> PointOf(const JsonObject& record) {
    for (const char* kind : {"sum", "gauge", "histogram", "exponentialHistogram", "summary"}) {
      const auto of_kind = FindObject(record, kind);
      const auto points = of_kind ? FindArray(*of_kind, "dataPoints") : std::nullopt;
      JsonObject point;
      if (points && points->at(0).get(point) == simdjson::SUCCESS) return point;
    }
    return std::nullopt;
  }

  std::optional<JsonElement> Find(std::string_view name) const {
    for (const std::optional<JsonObject>* holder : {&record_, &point_, &resource_}) {
      if (!*holder) continue;
      if (auto value = AttributeOf(**holder, name)) return value;
    }
    return std::nullopt;
  }

  static std::string TextOf(const JsonElement& value) {
    JsonObject any;
    if (value.get(any) != simdjson::SUCCESS) return "";
    if (const auto text = FindString(any, "stringValue")) return std::string(*text);
    for (const char* key : {"intValue", "doubleValue", "boolValue"}) {
      const std::optional<JsonElement> scalar = FindElement(any, key);
      if (!scalar) continue;
      std::string_view text;
      return scalar->get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(*scalar);
    }
    return "";
  }

  std::optional<JsonObject> resource_, record_, point_;
};

std::optional<TimeUs> NanosOf(const JsonObject& object, std::string_view key) {
  const std::optional<int64_t> nanos = FindInt(object, key);
  return nanos && *nanos > 0 ? std::optional(TimeUs{*nanos / 1000}) : std::nullopt;
}

std::optional<TimeUs> TimeOf(const Attributes& line) {
  for (const std::optional<JsonObject>* holder : {&line.record(), &line.point()}) {
    if (!*holder) continue;
    for (const char* key : {"timeUnixNano", "endTimeUnixNano", "observedTimeUnixNano"}) {
      if (const auto time = NanosOf(**holder, key)) return time;
    }
  }
  return std::nullopt;
}

// Tools name an event in its body, whole, and in an attribute, some without what it begins with.
std::string NameOf(const JsonObject& record, const Attributes& line) {
  if (const auto name = FindText(record, "eventName")) return std::string(*name);
  const std::optional<JsonObject> body = FindObject(record, "body");
  const std::string_view said = body ? FindString(*body, "stringValue").value_or("") : "";
  for (const Dialect& dialect : kDialects) {
    const std::string_view tool = dialect.event.substr(0, dialect.event.find('.') + 1);
    if (said.starts_with(tool)) return std::string(said);
  }
  if (auto name = line.Text("event.name")) return *name;
  return std::string(FindString(record, "name").value_or(""));
}

bool IsOfKind(const Dialect& dialect, const Attributes& line) {
  const size_t equals = dialect.kind.find('=');
  if (equals == dialect.kind.npos) return true;
  return line.Text(dialect.kind.substr(0, equals)) == dialect.kind.substr(equals + 1);
}

TokenUsage UsageOf(const Dialect& dialect, const Attributes& line) {
  const std::optional<int64_t> input = line.Count(dialect.input);
  const std::optional<int64_t> read = line.Count(dialect.cache_read);
  const std::optional<int64_t> write = line.Count(dialect.cache_write);
  std::optional<int64_t> output = line.Count(dialect.output);
  const std::optional<int64_t> reasoning = line.Count(dialect.reasoning);
  if (!dialect.output_holds_reasoning && reasoning) output = output.value_or(0) + *reasoning;
  TokenUsage usage;
  if (dialect.input_holds_cache) {
    usage = SplitPrompt(input, read, write, output);
  } else {
    usage.input = input;
    usage.cache_read = read;
    usage.cache_write_5m = write;
    usage.output = output;
  }
  usage.reasoning = reasoning;
  return usage;
}

std::optional<int32_t> DurationOf(const JsonObject& record, const Attributes& line) {
  if (const auto millis = line.Count({"duration_ms"}); millis && *millis <= INT32_MAX)
    return static_cast<int32_t>(*millis);
  return ElapsedMillis(NanosOf(record, "startTimeUnixNano"), NanosOf(record, "endTimeUnixNano"));
}

// Equal whichever way a record came. A request that has an id is told of once, and so is what a
// span and the log records in it tell.
std::string CallIdOf(const Dialect& dialect, const JsonObject& record, const TelemetryCall& call,
                     const Attributes& line) {
  if (call.request_id) return *call.request_id;
  const std::optional<std::string_view> span = FindText(record, "spanId");
  if (&dialect == &kGenAi && span)
    return std::string(FindString(record, "traceId").value_or("")) + "/" + std::string(*span);
  std::string id = call.session_id.value_or("");
  for (const char* key : {"timeUnixNano", "observedTimeUnixNano"})
    id.append("/").append(FindId(record, key).value_or(""));
  id.append("/").append(line.Text("event.sequence").value_or(""));
  return id;
}

TelemetryCall CallOf(const Dialect& dialect, const JsonObject& record, const Attributes& line) {
  TelemetryCall call;
  call.platform = dialect.platform;
  call.session_id = line.Text(dialect.session);
  call.request_id = line.Text(dialect.request);
  call.timestamp = TimeOf(line);
  call.model = line.Text(dialect.model);
  call.usage = UsageOf(dialect, line);
  call.duration_ms = DurationOf(record, line);
  call.reported_cost_nanos = ToNanos(line.Number(dialect.cost));
  call.account_id = line.Text(Names{"user.account_uuid", "user.id", "enduser.id"});
  call.organization_id = line.Text("organization.id");
  call.terminal = line.Text("terminal.type");
  call.tool_version = line.Text(Names{"app.version", "service.version"});
  call.telemetry_call_id = CallIdOf(dialect, record, call, line);
  return call;
}

const Dialect* DialectOf(std::string_view event, const Attributes& line, bool& is_known) {
  for (const Dialect& dialect : kDialects) {
    is_known = is_known || event.starts_with(dialect.event.substr(0, dialect.event.find('.') + 1));
    if (dialect.event == event && IsOfKind(dialect, line)) return &dialect;
  }
  if (is_known || !(line.Count(kGenAi.input) || line.Count(kGenAi.output))) return nullptr;
  // An agent's span sums up those of its calls.
  const std::string operation = line.Text("gen_ai.operation.name").value_or("");
  return operation == "invoke_agent" || operation == "invoke_workflow" ? nullptr : &kGenAi;
}

std::string PlatformOf(std::string_view event) {
  for (const Dialect& dialect : kDialects) {
    if (event.starts_with(dialect.event.substr(0, dialect.event.find('.') + 1)))
      return std::string(dialect.platform);
  }
  return "otel";
}

}  // namespace

bool IsLine(const JsonObject& line) {
  return FindText(line, "otlp") && FindObject(line, "record");
}

std::string SessionOf(const JsonObject& line) {
  const Attributes attributes(line);
  if (auto session =
          attributes.Text(Names{"session.id", "gen_ai.conversation.id", "conversation.id"}))
    return *session;
  if (!attributes.record()) return "";
  if (const auto trace = FindText(*attributes.record(), "traceId"))
    return "trace:" + std::string(*trace);
  std::string session = "service:" + attributes.Text("service.name").value_or("") + "/";
  if (const auto time = TimeOf(attributes)) session += time->ToString().substr(0, 10);
  return session;
}

Event ReadEvent(const JsonObject& line) {
  Event event;
  const Attributes attributes(line);
  if (!attributes.record()) return event;
  const JsonObject& record = *attributes.record();
  std::string name = NameOf(record, attributes);
  if (name.find('.') == name.npos && attributes.Text("service.name") == "claude-code")
    name.insert(0, "claude_code.");
  event.platform = PlatformOf(name);
  event.time = TimeOf(attributes);
  event.is_error = std::ranges::find(kErrors, name) != kErrors.end();
  if (FindString(line, "otlp") == "metrics"sv) return event;  // Sums of what events tell.
  bool is_known = false;
  const Dialect* dialect = DialectOf(name, attributes, is_known);
  if (dialect != nullptr) event.call = CallOf(*dialect, record, attributes);
  return event;
}

}  // namespace firn::conversations::otel
