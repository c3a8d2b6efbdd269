// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

constexpr size_t kPreviewBytes = 400;

std::string Preview(const std::string& text) {
  if (text.size() <= kPreviewBytes) return Printable(text);
  size_t cut = kPreviewBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
    --cut;
  return Printable(text.substr(0, cut)) + "… (" +
         Field::Count(static_cast<int64_t>(text.size())).shown + " bytes)";
}

// Text keeps its lines; every line is made harmless on its own.
std::string Indented(const std::string& text) {
  std::string out;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t end = std::min(text.find('\n', from), text.size());
    out += "  " + Printable(text.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return out;
}

Json TimeJson(const std::optional<TimeUs>& time) {
  return time ? Json(time->ToString()) : Json();
}

Json MessageJson(const lakehouse::ShownMessage& message) {
  Json json{Json::Object()};
  json.Set("sequence", message.sequence);
  json.Set("role", message.role);
  json.Set("kind", message.kind);
  json.Set("timestamp", TimeJson(message.timestamp));
  json.Set("model", message.model.empty() ? Json() : Json(message.model));
  json.Set("total_tokens", message.total_tokens ? Json(*message.total_tokens) : Json());
  json.Set("content", message.content);
  Json::Array calls;
  for (const lakehouse::ShownToolCall& call : message.tool_calls) {
    Json entry{Json::Object()};
    entry.Set("tool_name", call.name);
    entry.Set("parameters", call.parameters);
    entry.Set("result", call.result);
    entry.Set("success", call.success ? Json(*call.success) : Json());
    calls.push_back(std::move(entry));
  }
  json.Set("tool_calls", Json(std::move(calls)));
  return json;
}

std::string AsJson(const lakehouse::ShownConversation& shown) {
  Json envelope{Json::Object()};
  envelope.Set("schema", "firn.show/1");
  Json::Array messages;
  for (const lakehouse::ShownMessage& message : shown.messages) {
    messages.push_back(MessageJson(message));
  }
  envelope.Set("data", Json(std::move(messages)));
  envelope.Set("totals", Json());
  Json meta{Json::Object()};
  meta.Set("conversation_id", shown.conversation_id);
  meta.Set("native_id", shown.native_id);
  meta.Set("platform", shown.platform);
  meta.Set("title", shown.title);
  meta.Set("project_path", shown.project_path);
  meta.Set("git_branch", shown.git_branch);
  meta.Set("start_timestamp", TimeJson(shown.start));
  meta.Set("end_timestamp", TimeJson(shown.end));
  envelope.Set("meta", std::move(meta));
  return envelope.Dump(2) + "\n";
}

std::string AsText(const lakehouse::ShownConversation& shown) {
  std::string out = Printable(shown.title.empty() ? shown.native_id : shown.title) + "\n";
  out += shown.platform + "  " + shown.conversation_id + "\n";
  if (!shown.project_path.empty())
    out += Printable(shown.project_path + "  " + shown.git_branch) + "\n";
  if (shown.start)
    out += shown.start->ToString() + " to " + (shown.end ? shown.end->ToString() : "") + "\n";
  for (const lakehouse::ShownMessage& message : shown.messages) {
    out += "\n" + std::to_string(message.sequence) + "  " + message.role;
    if (!message.model.empty()) out += "  " + Printable(message.model);
    if (message.timestamp) out += "  " + message.timestamp->ToString();
    out += "\n";
    if (!message.content.empty()) out += Indented(message.content);
    for (const lakehouse::ShownToolCall& call : message.tool_calls) {
      out += "  > " + Printable(call.name) + " " + Preview(call.parameters) + "\n";
      if (!call.result.empty()) out += "  < " + Preview(call.result) + "\n";
    }
  }
  return out;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::ShownConversation shown, lake->Show(arguments.Get("CONVERSATION")));
  const bool json = invocation.format == Format::kJson || invocation.format == Format::kJsonLines;
  invocation.PrintRaw(json ? AsJson(shown) : AsText(shown));
  return 0;
}

}  // namespace

Verb ShowVerb() {
  return {
      .name = "show",
      .summary = "Print one conversation",
      .description =
          "By its id, the platform's own id, or the beginning of either.\n\n"
          "  firn show 30530d66\n  firn show 30530d66 --json",
      .positionals = {{"CONVERSATION", "Id or the beginning of one", Positional::Count::kOne, {}}},
      .options = {},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
