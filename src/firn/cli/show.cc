// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <charconv>
#include <sstream>

#include "firn/cli/conversation_page.h"
#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

constexpr size_t kPreviewBytes = 400;
constexpr size_t kMarginMax = 20;  // A broken line begins no further to the right.

std::string Preview(const std::string& text) {
  if (text.size() <= kPreviewBytes) return Printable(text);
  return Printable(WholeCharacters(text, kPreviewBytes)) + "… (" +
         Field::Count(static_cast<int64_t>(text.size())).shown + " bytes)";
}

// Text keeps its lines; every line is made harmless on its own, and one that is too long is broken.
std::string Indented(std::string_view text, int width) {
  std::string out;
  for (size_t from = 0; from <= text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = "  " + Printable(text.substr(from, end - from));
    const size_t margin = std::min(line.find_first_not_of(' '), kMarginMax);
    out += TextWidth(line) <= width
               ? line + "\n"
               : std::string(margin, ' ') + Wrapped(line, width, static_cast<int>(margin));
    from = end + 1;
  }
  return out;
}

// To the second, in UTC.
std::string ShownTime(TimeUs time) {
  return Field::Time(time.ToString()).shown;
}

Field TimeField(const std::optional<TimeUs>& time) {
  return time ? Field::Text(time->ToString()) : Field::None();
}

Field CallsField(const lakehouse::ShownMessage& message) {
  Json::Array calls;
  for (const lakehouse::ShownToolCall& call : message.tool_calls) {
    Json entry{Json::Object()};
    entry.Set("tool_name", call.name);
    entry.Set("parameters", call.parameters);
    entry.Set("result", call.result);
    entry.Set("success", call.success ? Json(*call.success) : Json());
    calls.push_back(std::move(entry));
  }
  Field field;
  field.value = Json(std::move(calls));
  field.shown = Printable(field.value.Dump());
  return field;
}

Report AsReport(const lakehouse::ShownConversation& shown, size_t first) {
  Report report;
  report.schema = "firn.show/1";
  report.columns = {{"sequence", "SEQUENCE", true, 0}, {"role", "ROLE", false, 0},
                    {"kind", "KIND", false, 0},        {"timestamp", "TIME", false, 0},
                    {"model", "MODEL", false, 0},      {"total_tokens", "TOKENS", true, 0},
                    {"content", "CONTENT", false, 0},  {"tool_calls", "TOOL CALLS", false, 0}};
  for (size_t at = first; at < shown.messages.size(); ++at) {
    const lakehouse::ShownMessage& message = shown.messages[at];
    report.rows.push_back(
        {Field::Count(message.sequence), Field::Text(message.role), Field::Text(message.kind),
         TimeField(message.timestamp),
         message.model.empty() ? Field::None() : Field::Text(message.model),
         message.total_tokens ? Field::Count(*message.total_tokens) : Field::None(),
         Field::Text(message.content), CallsField(message)});
  }
  report.meta.Set("conversation_id", shown.conversation_id);
  report.meta.Set("native_id", shown.native_id);
  report.meta.Set("platform", shown.platform);
  report.meta.Set("title", shown.title);
  report.meta.Set("project_path", shown.project_path);
  report.meta.Set("git_branch", shown.git_branch);
  report.meta.Set("start_timestamp", TimeField(shown.start).value);
  report.meta.Set("end_timestamp", TimeField(shown.end).value);
  return report;
}

// What a tool gave back: the first lines where it is a text, else the beginning of its JSON.
std::string ResultText(const lakehouse::ShownToolCall& call, int width) {
  constexpr int kIndent = 4, kLinesMax = 8;
  const std::string mark = call.success == false ? "  < failed: " : "  < ";
  const auto json = Json::Parse(call.result);
  if (!json || json->as_string() == nullptr) {
    return mark + Wrapped(Preview(call.result), width, static_cast<int>(mark.size()));
  }
  std::string out;
  std::istringstream lines(*json->as_string());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    if (count >= kLinesMax) continue;
    const std::string before = count == 0 ? mark : std::string(kIndent, ' ');
    const int room = width - static_cast<int>(before.size());
    line = FitText(Printable(line), room, false);
    out += before + line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  if (count <= kLinesMax) return out;
  return out + std::string(kIndent, ' ') + "… " + Counted(count - kLinesMax, "more line") + "\n";
}

std::string HeadText(const lakehouse::ShownConversation& shown, int width) {
  std::string out = Wrapped(shown.title.empty() ? shown.native_id : shown.title, width);
  out += shown.platform + "  " + shown.conversation_id + "\n";
  if (!shown.project_path.empty())
    out += Printable(shown.project_path + "  " + shown.git_branch) + "\n";
  if (shown.start)
    out += ShownTime(*shown.start) + " to " + (shown.end ? ShownTime(*shown.end) : "") + " (UTC)\n";
  return out;
}

std::string MessageText(const lakehouse::ShownMessage& message, int width, bool colours) {
  const std::string_view begin = !colours ? "" : message.role == "user" ? "\033[1;36m" : "\033[1m";
  std::string out = "\n" + std::string(begin) + std::to_string(message.sequence) + "  " +
                    Printable(message.role) + (colours ? "\033[0m" : "");
  if (!message.model.empty()) out += "  " + Printable(message.model);
  if (message.timestamp) out += "  " + ShownTime(*message.timestamp);
  out += "\n";
  if (!message.content.empty()) out += Indented(message.content, width);
  for (const lakehouse::ShownToolCall& call : message.tool_calls) {
    out += "  > " + Wrapped(call.name + " " + Preview(call.parameters), width, 4);
    if (!call.result.empty()) out += ResultText(call, width);
  }
  return out;
}

// On a pager the whole conversation, opened at the message; else what begins there.
Status PrintText(Invocation& invocation, const lakehouse::ShownConversation& shown, size_t first) {
  const bool pages = invocation.MayPage();
  std::string text = HeadText(shown, invocation.Width());
  int64_t line = 0;
  for (size_t at = pages ? 0 : first; at < shown.messages.size(); ++at) {
    if (at == first && first > 0) line = std::count(text.begin(), text.end(), '\n') + 2;
    // The results of tools stand with their calls.
    if (IsShownElsewhere(shown.messages[at])) continue;
    text += MessageText(shown.messages[at], invocation.Width(), invocation.Colours());
  }
  return pages ? invocation.Page(text, line) : invocation.Put(text);
}

// The message that `wanted` names: by its place, as `firn search` says it, or by its id.
Result<std::optional<size_t>> FindMessage(const lakehouse::ShownConversation& shown,
                                          const std::string& wanted) {
  if (wanted.empty()) return std::optional<size_t>();
  int64_t sequence = -1;
  const char* const end = wanted.data() + wanted.size();
  const bool is_number = std::from_chars(wanted.data(), end, sequence).ptr == end;
  for (size_t at = 0; at < shown.messages.size(); ++at) {
    const lakehouse::ShownMessage& message = shown.messages[at];
    const bool found = is_number ? message.sequence == sequence : message.message_id == wanted;
    if (!found) continue;
    while (at > 0 && IsShownElsewhere(shown.messages[at]))
      --at;
    return std::optional(at);
  }
  Error error = NotFound("the conversation has no such message", wanted);
  if (shown.messages.empty()) return error;
  return std::move(error).WithHint("its messages are " +
                                   std::to_string(shown.messages.front().sequence) + " to " +
                                   std::to_string(shown.messages.back().sequence));
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  const bool markdown = arguments.Has("--markdown"), html = arguments.Has("--html");
  if (markdown && html) return InvalidArgument("--markdown or --html, not both");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::ShownConversation shown, lake->Show(arguments.Get("CONVERSATION")));
  FIRN_ASSIGN(const auto opened, FindMessage(shown, arguments.Get("--message")));
  if (markdown) {
    FIRN_TRY(invocation.Put(ConversationMarkdown(shown)));
  } else if (html) {
    FIRN_TRY(invocation.Put(ConversationHtml(shown, opened)));
  } else if (invocation.ChosenFormat() == Format::kTable) {
    FIRN_TRY(PrintText(invocation, shown, opened.value_or(0)));
  } else {
    FIRN_TRY(invocation.Print(AsReport(shown, opened.value_or(0))));
  }
  return 0;
}

}  // namespace

Verb ShowVerb() {
  return {
      .name = "show",
      .summary = "Print one conversation",
      .description =
          "By its id, the platform's own id, or the beginning of either. On a terminal,\n"
          "what does not fit goes through $PAGER, or less.\n\n"
          "  firn show 30530d66\n"
          "  firn show 30530d66 --message 12         opened there, as 'firn search' says\n"
          "  firn show 30530d66 --html > talk.html   a page of its own, for any browser\n"
          "  firn show 30530d66 --json",
      .positionals = {{"CONVERSATION", "Id or the beginning of one", Positional::Count::kOne, {}}},
      .options = {{"--message", "MESSAGE", "Begin at this one: its number or id", {}},
                  {"--markdown", "", "One Markdown document", {}},
                  {"--html", "", "One HTML page that needs nothing else", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
