// SPDX-License-Identifier: Apache-2.0
//
// Of the Markdown that messages are written in, the page shows what helps most: fenced code, tables
// as they stand, headings, `code` and **bold**. Everything else stays the text it is, and every
// text is escaped before a tag is put around it.

#include "firn/cli/conversation_page.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "firn/cli/page.h"
#include "firn/cli/report.h"

namespace firn::cli {
namespace {

using lakehouse::ShownConversation;
using lakehouse::ShownMessage;
using lakehouse::ShownToolCall;

constexpr size_t kSummaryBytes = 100;

constexpr std::string_view kStyle = R"css(
article{margin:1.75rem 0;scroll-margin-top:1rem}
article>header{display:flex;flex-wrap:wrap;gap:.15rem .75rem;align-items:baseline;font-size:.8rem;color:var(--soft);
margin-bottom:.35rem}
article>header b{font-size:.85rem;color:var(--ink)}
article>header a{color:inherit;text-decoration:none;font-variant-numeric:tabular-nums}
article>header a:hover{text-decoration:underline}
.user>.text{background:var(--person);border-radius:.75rem;padding:.75rem 1rem}
.aside>.text{color:var(--soft);font-size:.9rem;border-left:3px solid var(--line);padding-left:.9rem}
.opened>header b::after,article:target>header b::after{content:" \2190";color:var(--accent)}
.opened>.text,article:target>.text{box-shadow:-4px 0 0 var(--accent)}
.text>:first-child{margin-top:0}.text>:last-child{margin-bottom:0}
.text p{margin:.75rem 0;white-space:pre-wrap}
.text h3{font-size:1.02rem;margin:1.1rem 0 .4rem}
.text code{background:var(--shade);border-radius:.3rem;padding:.1em .3em}
.user code,.user pre{background:color-mix(in srgb,var(--card) 70%,transparent)}
.text pre code{background:none;padding:0;font-size:1em}
details{margin:.6rem 0;border:1px solid var(--line);border-radius:.6rem;background:var(--card);font-size:.9rem}
summary{padding:.45rem .8rem;display:flex;gap:.6rem;align-items:baseline;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"\25B8";color:var(--soft)}
details[open]>summary::before{content:"\25BE"}
summary code{color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:0;flex:1}
.failed summary b{color:var(--bad)}
details>div{padding:0 .8rem .3rem;border-top:1px solid var(--line)}
details h4{margin:.7rem 0 0;font-size:.75rem;letter-spacing:.04em;text-transform:uppercase;color:var(--soft)}
details pre{white-space:pre-wrap;overflow-wrap:anywhere;max-height:32rem;overflow-y:auto;margin:.35rem 0 .6rem}
)css";

std::string NameOf(const ShownToolCall& call) {
  return call.name.empty() ? "tool" : Printable(call.name);
}

// To the second, in UTC.
std::string TimeText(const std::optional<TimeUs>& time) {
  return time ? Field::Time(time->ToString()).shown : "";
}

std::string TitleOf(const ShownConversation& shown) {
  return shown.title.empty() ? shown.native_id : shown.title;
}

// Calls `take` with each line of `text`, without its end.
template <typename Take>
void ForEachLine(std::string_view text, Take take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

size_t RunOf(char c, std::string_view text) {
  return std::min(text.find_first_not_of(c), text.size());
}

// A code fence: how it begins, and what may end it.
struct Fence {
  char mark = 0;
  size_t length = 0;
  bool is_plain = false;  // Nothing behind the marks.
};

// The fence that a line is (CommonMark, section 4.5), set in by at most `indent_max`.
std::optional<Fence> FenceOf(std::string_view line, size_t indent_max) {
  const size_t indent = RunOf(' ', line);
  if (indent > indent_max || indent == line.size()) return std::nullopt;
  line.remove_prefix(indent);
  if (line[0] != '`' && line[0] != '~') return std::nullopt;
  const Fence fence{line[0], RunOf(line[0], line),
                    line.find_last_not_of(" \t") + 1 == RunOf(line[0], line)};
  const bool broken = fence.mark == '`' && line.find('`', fence.length) != std::string_view::npos;
  return fence.length < 3 || broken ? std::nullopt : std::optional(fence);
}

bool Ends(const Fence& open, const std::optional<Fence>& line) {
  return line && line->is_plain && line->mark == open.mark && line->length >= open.length;
}

// `code` and **bold** in one paragraph.
std::string InlineHtml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t at = std::min(text.find_first_of("`*"), text.size());
    out += HtmlText(text.substr(0, at));
    text.remove_prefix(at);
    if (text.empty()) break;
    const bool is_code = text[0] == '`';
    const size_t length = RunOf(text[0], text);
    const std::string_view marks = text.substr(0, length);
    const size_t end = is_code || length == 2 ? text.find(marks, length) : std::string_view::npos;
    if (end == std::string_view::npos || end == length) {
      out += HtmlText(marks);
      text.remove_prefix(length);
      continue;
    }
    const std::string inner = HtmlText(text.substr(length, end - length));
    out += is_code ? "<code>" + inner + "</code>" : "<strong>" + inner + "</strong>";
    text.remove_prefix(end + length);
  }
  return out;
}

// Turns the text of a message into HTML, line by line.
class TextHtml {
 public:
  std::string Render(std::string_view text) {
    ForEachLine(text, [&](std::string_view line) { Take(line); });
    EndBlock();
    return std::move(out_);
  }

 private:
  enum class Block { kNone, kParagraph, kTable, kCode };

  void Take(std::string_view line) {
    const std::optional<Fence> fence = FenceOf(line, 12);
    if (block_ == Block::kCode) {
      if (Ends(fence_, fence)) return EndBlock();
      return Add(line);
    }
    if (fence) {
      Begin(Block::kCode);
      fence_ = *fence;
      return;
    }
    const size_t marks = RunOf('#', line);
    if (line.find_first_not_of(" \t") == std::string_view::npos) return EndBlock();
    if (marks >= 1 && marks <= 6 && line.substr(marks).starts_with(' ')) {
      EndBlock();
      out_ += "<h3>" + InlineHtml(line.substr(marks + 1)) + "</h3>\n";
      return;
    }
    Begin(line.starts_with('|') ? Block::kTable : Block::kParagraph);
    Add(line);
  }

  void Begin(Block block) {
    if (block_ == block && block != Block::kCode) return;
    EndBlock();
    block_ = block;
    is_first_ = true;
  }

  void Add(std::string_view line) {
    if (!is_first_) lines_ += '\n';
    lines_ += line;
    is_first_ = false;
  }

  void EndBlock() {
    if (block_ == Block::kParagraph) out_ += "<p>" + InlineHtml(lines_) + "</p>\n";
    if (block_ == Block::kTable) out_ += "<pre>" + HtmlText(lines_) + "</pre>\n";
    if (block_ == Block::kCode) out_ += "<pre><code>" + HtmlText(lines_) + "</code></pre>\n";
    lines_.clear();
    block_ = Block::kNone;
  }

  std::string out_, lines_;
  Block block_ = Block::kNone;
  Fence fence_;
  bool is_first_ = true;
};

std::string FactsHtml(const ShownConversation& shown) {
  std::string html = "<dl class=\"facts\">\n";
  for (const lakehouse::NamedValue& fact : FactsOf(shown)) {
    html +=
        "<div><dt>" + HtmlText(fact.name) + "</dt><dd>" + HtmlText(fact.value) + "</dd></div>\n";
  }
  return html + "</dl>\n";
}

std::string CallHtml(const ShownToolCall& call) {
  const bool failed = call.success == false;
  std::string html = std::string("<details") + (failed ? " class=\"failed\"" : "") +
                     "><summary><b>" + HtmlText(NameOf(call)) + (failed ? " failed" : "") +
                     "</b> <code>" + HtmlText(CallOnOneLine(call, kSummaryBytes)) +
                     "</code></summary>\n<div>\n";
  if (!call.parameters.empty()) {
    html += "<h4>Parameters</h4>\n<pre>" + HtmlText(ResultForPeople(call.parameters)) + "</pre>\n";
  }
  if (!call.result.empty()) {
    html += "<h4>Result</h4>\n<pre>" + HtmlText(ResultForPeople(call.result)) + "</pre>\n";
  }
  return html + "</div>\n</details>\n";
}

std::string_view ClassOf(const ShownMessage& message) {
  constexpr std::array<std::string_view, 4> kTalk = {"prompt", "task", "command", "response"};
  if (std::ranges::find(kTalk, message.kind) == kTalk.end()) return "aside";
  return message.role == "user" ? "user" : "assistant";
}

std::string MessageHtml(const ShownMessage& message, bool opened) {
  const std::string anchor = "m" + std::to_string(message.sequence);
  std::string html = "<article id=\"" + anchor + "\" class=\"" + std::string(ClassOf(message)) +
                     (opened ? " opened" : "") + "\">\n<header><a href=\"#" + anchor + "\">" +
                     std::to_string(message.sequence) + "</a> <b>" + HtmlText(message.role) +
                     "</b>";
  if (!message.model.empty()) html += " <span>" + HtmlText(message.model) + "</span>";
  if (message.timestamp) {
    html += " <time datetime=\"" + message.timestamp->ToString() + "\">" +
            TimeText(message.timestamp) + "</time>";
  }
  html += "</header>\n";
  if (!message.content.empty()) {
    html += "<div class=\"text\">\n" + TextHtml().Render(message.content) + "</div>\n";
  }
  for (const ShownToolCall& call : message.tool_calls)
    html += CallHtml(call);
  return html + "</article>\n";
}

// The end of the run of backticks in `text` that closes one of `length` at its beginning.
size_t SpanEnd(std::string_view text, size_t length) {
  for (size_t at = text.find('`', length); at != std::string_view::npos;) {
    const size_t run = RunOf('`', text.substr(at));
    if (run == length) return at + run;
    at = text.find('`', at + run);
  }
  return std::string_view::npos;
}

std::string WithoutTags(std::string_view line) {
  std::string out;
  for (const char c : line)
    out += c == '<' ? std::string("&lt;") : std::string(1, c);
  return out;
}

// As `WithoutTags`, except in spans of code; unset where not all of them begin and end in `line`.
std::optional<std::string> WithoutTagsBetweenCode(std::string_view line) {
  if (line.find('|') != std::string_view::npos) return std::nullopt;  // Cells end spans.
  std::string out;
  while (!line.empty()) {
    const size_t at = std::min(line.find('`'), line.size());
    out += WithoutTags(line.substr(0, at));
    if (out.ends_with('\\') && at < line.size()) return std::nullopt;
    line.remove_prefix(at);
    if (line.empty()) break;
    const size_t end = SpanEnd(line, RunOf('`', line));
    if (end == std::string_view::npos) return std::nullopt;
    out += line.substr(0, end);
    line.remove_prefix(end);
  }
  return out;
}

// A text as a quote. Tags and comments of HTML are shown, not taken; what surely is code is left as
// it is: fences at the beginning of a line, and spans in lines before which none is open.
class QuotedMarkdown {
 public:
  std::string Render(std::string_view text) {
    ForEachLine(text, [&](std::string_view line) { Take(line); });
    return std::move(out_);
  }

 private:
  void Take(std::string_view line) {
    if (fence_) {
      if (Ends(*fence_, FenceOf(line, 3))) fence_.reset();
      return Quote(std::string(line));
    }
    fence_ = FenceOf(line, 0);
    if (fence_ || line.empty()) {
      spans_are_closed_ = true;
      return Quote(WithoutTags(line));
    }
    const auto shown = WithoutTagsBetweenCode(line);
    spans_are_closed_ = spans_are_closed_ && shown;
    Quote(spans_are_closed_ ? *shown : WithoutTags(line));
  }

  void Quote(const std::string& line) { out_ += line.empty() ? ">\n" : "> " + line + "\n"; }

  std::string out_;
  std::optional<Fence> fence_;
  bool spans_are_closed_ = true;
};

// One line of Markdown that says just `text`.
std::string PlainMarkdown(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_[]<>&|~", kSpecialFirst = "#-+=!";
  std::string out;
  for (const char c : Printable(text)) {
    const bool begins_block = out.empty() && kSpecialFirst.find(c) != std::string_view::npos;
    if (begins_block || kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string FencedMarkdown(const std::string& text) {
  size_t longest = 2;
  for (size_t at = text.find('`'); at != std::string::npos;) {
    const size_t run = RunOf('`', std::string_view(text).substr(at));
    longest = std::max(longest, run);
    at = text.find('`', at + run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "\n" + text + (text.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string CallMarkdown(const ShownToolCall& call) {
  std::string out = "<details><summary><b>" + HtmlText(NameOf(call)) +
                    (call.success == false ? " failed" : "") + "</b> <code>" +
                    HtmlText(CallOnOneLine(call, kSummaryBytes)) + "</code></summary>\n\n";
  if (!call.parameters.empty()) out += FencedMarkdown(ResultForPeople(call.parameters)) + "\n";
  if (!call.result.empty()) out += FencedMarkdown(ResultForPeople(call.result)) + "\n";
  return out + "</details>\n\n";
}

}  // namespace

bool IsShownElsewhere(const ShownMessage& message) {
  return message.role == "tool" && message.content.empty() && message.tool_calls.empty();
}

std::string ResultForPeople(const std::string& json) {
  const auto parsed = Json::Parse(json);
  if (!parsed) return json;
  return parsed->as_string() != nullptr ? *parsed->as_string() : parsed->Dump(2);
}

std::string_view WholeCharacters(std::string_view text, size_t bytes_max) {
  size_t cut = std::min(bytes_max, text.size());
  while (cut > 0 && cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
    --cut;
  return text.substr(0, cut);
}

std::string CallOnOneLine(const ShownToolCall& call, size_t bytes_max) {
  const std::string line = Printable(call.parameters);
  const std::string_view begin = WholeCharacters(line, bytes_max);
  return std::string(begin) + (begin.size() < line.size() ? "…" : "");
}

std::vector<lakehouse::NamedValue> FactsOf(const ShownConversation& shown) {
  int64_t messages = 0, calls = 0, tokens = 0;
  std::set<std::string> models;
  for (const ShownMessage& message : shown.messages) {
    messages += IsShownElsewhere(message) ? 0 : 1;
    calls += static_cast<int64_t>(message.tool_calls.size());
    tokens += message.total_tokens.value_or(0);
    if (!message.model.empty()) models.insert(message.model);
  }
  std::string names;
  for (const std::string& model : models)
    names += (names.empty() ? "" : ", ") + model;
  std::vector<lakehouse::NamedValue> facts = {
      {"Platform", shown.platform},
      {"Project", shown.project_path},
      {"Branch", shown.git_branch},
      {"Models", names},
      {"Begun (UTC)", TimeText(shown.start)},
      {"Ended (UTC)", TimeText(shown.end)},
      {"Messages", Field::Count(messages).shown},
      {"Calls of tools", calls > 0 ? Field::Count(calls).shown : ""},
      {"Tokens", tokens > 0 ? Field::Count(tokens).shown : ""},
      {"Conversation", shown.conversation_id}};
  std::erase_if(facts, [](const auto& fact) { return fact.value.empty(); });
  return facts;
}

std::string ConversationMarkdown(const ShownConversation& shown) {
  std::string out = "# " + PlainMarkdown(TitleOf(shown)) + "\n\n| | |\n|---|---|\n";
  for (const lakehouse::NamedValue& fact : FactsOf(shown)) {
    out += "| " + fact.name + " | " + PlainMarkdown(fact.value) + " |\n";
  }
  out += "\n";
  for (const ShownMessage& message : shown.messages) {
    if (IsShownElsewhere(message)) continue;
    out += "## " + std::to_string(message.sequence) + " " + PlainMarkdown(message.role) + "\n\n";
    std::string about = PlainMarkdown(message.model);
    const std::string time = TimeText(message.timestamp);
    about += about.empty() || time.empty() ? time : ", " + time;
    if (!about.empty()) out += about + "\n\n";
    if (!message.content.empty()) out += QuotedMarkdown().Render(message.content) + "\n";
    for (const ShownToolCall& call : message.tool_calls)
      out += CallMarkdown(call);
  }
  return out;
}

std::string ConversationHtml(const ShownConversation& shown, std::optional<size_t> opened) {
  std::string body = "<h1>" + HtmlText(TitleOf(shown)) + "</h1>\n" + FactsHtml(shown);
  if (opened) {
    const std::string sequence = std::to_string(shown.messages[*opened].sequence);
    body += "<p><a href=\"#m" + sequence + "\">To message " + sequence + "</a></p>\n";
  }
  for (size_t at = 0; at < shown.messages.size(); ++at) {
    if (IsShownElsewhere(shown.messages[at])) continue;
    body += MessageHtml(shown.messages[at], opened == at);
  }
  return HtmlPage(TitleOf(shown), kStyle, body);
}

}  // namespace firn::cli
