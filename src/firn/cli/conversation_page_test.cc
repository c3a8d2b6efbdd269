// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/conversation_page.h"

#include <algorithm>
#include <set>

#include "firn/base/json.h"
#include "firn/base/testing.h"
#include "firn/cli/page.h"

namespace firn::cli {
namespace {

using lakehouse::ShownConversation;
using lakehouse::ShownMessage;

constexpr const char* kHostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</pre></code></details></div></article><h1>out</h1>",
    "```\n</code></pre><script>alert(1)</script>\n",
    "````\n```\n</details>\n",
    "~~~\nnever closed <b>",
    "- a\n  ```\n<script>alert(1)</script>",
    "a ` b\nc ` <script>alert(1)</script> ` d",
    "| ` | <script>alert(1)</script> | ` |",
    "\\` <script>alert(1)</script> `",
    "<!-- swallows what follows",
    "# a\n***\n---\n> quoted\n    <svg onload=alert(1)>",
    "**<i>bold</i>** `<b>code</b>`",
    "\x1b[31mred\x07 \xff\xfe \xE2\x80\xAE",
};

ShownMessage MessageOf(int64_t sequence, const std::string& text) {
  ShownMessage message;
  message.message_id = text;
  message.sequence = sequence;
  message.role = sequence % 2 == 0 ? "user" : "assistant";
  message.kind = sequence % 2 == 0 ? "prompt" : "response";
  message.content = text;
  message.model = text;
  const std::string json = Json(text).Dump();
  message.tool_calls.push_back({text, json, json, false});
  message.tool_calls.push_back({text, text, text, true});
  return message;
}

ShownConversation HostileConversation() {
  ShownConversation shown;
  shown.conversation_id = shown.native_id = shown.title = kHostile[1];
  shown.platform = shown.project_path = shown.git_branch = kHostile[0];
  for (const char* text : kHostile)
    shown.messages.push_back(MessageOf(static_cast<int64_t>(shown.messages.size()), text));
  return shown;
}

// The tags of a page, as "article", "/article" or "a href"; text that is no tag of ours fails.
std::multiset<std::string> TagsOf(std::string_view html) {
  std::multiset<std::string> tags;
  for (size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const std::string_view tag = html.substr(at + 1, html.find('>', at) - at - 1);
    tags.insert(std::string(tag.substr(0, tag.find_first_of(" >"))));
  }
  return tags;
}

TEST(ConversationHtml, HasNoTagsButItsOwn) {
  const std::string html = ConversationHtml(HostileConversation(), std::nullopt);
  const std::set<std::string> known = {
      "!DOCTYPE", "html",    "/html",    "head",   "/head",  "meta", "title", "/title",  "style",
      "/style",   "body",    "/body",    "main",   "/main",  "h1",   "/h1",   "h3",      "/h3",
      "h4",       "/h4",     "dl",       "/dl",    "div",    "/div", "dt",    "/dt",     "dd",
      "/dd",      "p",       "/p",       "a",      "/a",     "b",    "/b",    "article", "/article",
      "header",   "/header", "span",     "/span",  "pre",    "/pre", "code",  "/code",   "details",
      "/details", "summary", "/summary", "strong", "/strong"};
  const std::multiset<std::string> tags = TagsOf(html);
  for (const std::string& tag : tags)
    EXPECT_TRUE(known.contains(tag)) << tag;
  for (const char* tag : {"article", "details", "pre", "code", "div", "p", "strong"})
    EXPECT_EQ(tags.count(tag), tags.count("/" + std::string(tag))) << tag;
  EXPECT_EQ(tags.count("article"), std::size(kHostile));
  EXPECT_EQ(tags.count("h1"), 1U);
}

TEST(ConversationHtml, LoadsAndRunsNothing) {
  const std::string html = ConversationHtml(HostileConversation(), std::nullopt);
  for (const char* part : {"<script", "src=\"", "url(", "@import", "href=\"http", "<link", "<img"})
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
}

TEST(ConversationHtml, ShowsCodeTablesHeadingsAndBold) {
  ShownConversation shown;
  shown.title = "Ice";
  shown.messages = {
      MessageOf(1, "# Firn\nis **old** `snow`\n\n```sql\nSELECT 1 < 2;\n```\n| a |\n|---|")};
  shown.messages.front().tool_calls.clear();
  const std::string html = ConversationHtml(shown, 0);
  EXPECT_NE(html.find("<h3>Firn</h3>\n<p>is <strong>old</strong> <code>snow</code></p>\n"
                      "<pre><code>SELECT 1 &lt; 2;</code></pre>\n<pre>| a |\n|---|</pre>\n"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("id=\"m1\" class=\"assistant opened\""), std::string::npos);
}

// What of a Markdown document is not quoted, fenced or a tag of its own.
std::string OutsideOf(const std::string& markdown) {
  std::string outside, fence;
  for (size_t at = 0; at < markdown.size();) {
    const size_t end = markdown.find('\n', at);
    const std::string line = markdown.substr(at, end - at);
    at = end + 1;
    if (!fence.empty()) {
      if (line == fence) fence.clear();
    } else if (line.starts_with("```")) {
      fence = line;
    } else if (!line.starts_with(">")) {
      outside += line + "\n";
    }
  }
  EXPECT_EQ(fence, "");
  return outside;
}

TEST(ConversationMarkdown, CannotBeBrokenByWhatItHolds) {
  const std::string markdown = ConversationMarkdown(HostileConversation());
  const std::string outside = OutsideOf(markdown);
  const auto count = [&](std::string_view part) {
    size_t found = 0;
    for (size_t at = outside.find(part); at != outside.npos; at = outside.find(part, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("\n## "), std::size(kHostile));
  EXPECT_EQ(count("<details>"), 2 * std::size(kHostile));
  EXPECT_EQ(count("</details>"), 2 * std::size(kHostile));
  EXPECT_EQ(count("<script"), count("\\<script"));
  EXPECT_EQ(count("<!--"), count("\\<!--"));
}

TEST(ConversationMarkdown, LeavesTagsWhereTheySurelyAreCode) {
  const auto quoted = [](const std::string& text) {
    ShownConversation shown;
    shown.title = "Ice";
    shown.messages = {MessageOf(1, text)};
    shown.messages.front().model.clear();
    shown.messages.front().tool_calls.clear();
    const std::string markdown = ConversationMarkdown(shown);
    return markdown.substr(markdown.find("\n>") + 1);
  };
  EXPECT_EQ(quoted("see `a<b>` and <b>"), "> see `a<b>` and &lt;b>\n\n");
  EXPECT_EQ(quoted("```\n<b>\n```\n<b>"), "> ```\n> <b>\n> ```\n> &lt;b>\n\n");
  EXPECT_EQ(quoted("a ` b\nc `<b>` d\n\n`<b>`"), "> a ` b\n> c `&lt;b>` d\n>\n> `<b>`\n\n");
  EXPECT_EQ(quoted("- a\n  ```\n<b>"), "> - a\n>   ```\n> &lt;b>\n\n");
  EXPECT_EQ(quoted("| `<b>` |"), "> | `&lt;b>` |\n\n");
  EXPECT_EQ(quoted("\\`<b>`"), "> \\`&lt;b>`\n\n");
}

TEST(FactsOf, CountsWhatIsShown) {
  ShownConversation shown;
  shown.platform = "chatgpt";
  shown.messages = {MessageOf(1, "a"), MessageOf(2, "b")};
  shown.messages[1].total_tokens = 1200;
  shown.messages.push_back({"", 3, "tool", "tool_result", "", "", {}, {}, {}});
  const auto facts = FactsOf(shown);
  const auto value = [&](std::string_view name) {
    const auto found = std::ranges::find(facts, name, &lakehouse::NamedValue::name);
    return found == facts.end() ? "" : found->value;
  };
  EXPECT_EQ(value("Messages"), "2");
  EXPECT_EQ(value("Calls of tools"), "4");
  EXPECT_EQ(value("Tokens"), "1,200");
  EXPECT_EQ(value("Project"), "");
}

TEST(HtmlText, LeavesNothingThatATagCouldBeginWith) {
  EXPECT_EQ(HtmlText("<a b=\"c\" d='e'>&\t\n"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\t\n");
  EXPECT_EQ(HtmlText(std::string_view("\0\x1b\r", 3)), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace firn::cli
