// SPDX-License-Identifier: Apache-2.0
//
// ChatGPT's export: conversations.json (later conversations-000.json, ...), one array of
// conversations. A conversation is a tree of nodes: a regenerated answer or an edited question
// makes a sibling. What a person last saw is the path from `current_node` up to the root; every
// node is kept, those of the path are flagged. There are no token counts. A re-export repeats
// everything: the larger `update_time` wins, as the revision of a row.

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

#include "firn/base/bytes.h"
#include "firn/base/json.h"
#include "firn/base/uuid.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/json_record.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/state_json.h"

namespace firn::conversations {
namespace {

using namespace std::string_view_literals;

constexpr size_t kUnreadableBytesMax = size_t{64} << 10;  // Bronze has it whole.

struct Node {
  std::string_view id;
  std::string_view parent;  // Empty at a root, and where the mapping has no such node.
  std::optional<JsonObject> message;
  std::vector<size_t> children;  // Places in `Tree::nodes`.
  bool is_active = false;
};

std::string_view RoleOf(const JsonObject& message) {
  const std::optional<JsonObject> author = FindObject(message, "author");
  return author ? FindString(*author, "role").value_or("") : "";
}

std::string_view NameOf(const JsonObject& message) {
  const std::optional<JsonObject> author = FindObject(message, "author");
  return author ? FindString(*author, "name").value_or("") : "";
}

std::string_view ContentTypeOf(const JsonObject& message) {
  const std::optional<JsonObject> content = FindObject(message, "content");
  return content ? FindString(*content, "content_type").value_or("") : "";
}

std::optional<TimeUs> FindSeconds(const JsonObject& object, std::string_view key) {
  const std::optional<double> seconds = FindNumber(object, key);
  if (!seconds || *seconds <= 0) return std::nullopt;
  return ToTime(*seconds);
}

// The nodes of one conversation: parents before children, siblings in their own order.
class Tree {
 public:
  explicit Tree(const JsonObject& conversation) {
    const std::optional<JsonObject> mapping = FindObject(conversation, "mapping");
    if (!mapping) return;
    std::vector<Node> nodes;
    for (const auto& [id, element] : *mapping) {
      JsonObject object;
      if (element.get(object) != simdjson::SUCCESS) continue;
      index_.emplace(id, nodes.size());
      nodes.push_back({id,
                       FindString(object, "parent").value_or(""),
                       FindObject(object, "message"),
                       {},
                       false});
    }
    AdoptByChildren(*mapping, nodes);
    Order(std::move(nodes), *mapping);
    MarkActive(FindString(conversation, "current_node").value_or(""));
  }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node* Find(std::string_view id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &nodes_[found->second];
  }

 private:
  // Where a node names no parent, the node that names it as a child is it.
  void AdoptByChildren(const JsonObject& mapping, std::vector<Node>& nodes) {
    for (const auto& [id, element] : mapping) {
      JsonObject object;
      if (element.get(object) != simdjson::SUCCESS) continue;
      ForEachChild(object, [&](size_t child) {
        if (nodes[child].parent.empty() && nodes[child].id != id) nodes[child].parent = id;
      });
    }
  }

  template <typename Use>
  void ForEachChild(const JsonObject& object, Use use) {
    const std::optional<JsonArray> children = FindArray(object, "children");
    if (!children) return;
    for (const JsonElement& element : *children) {
      std::string_view id;
      if (element.get(id) != simdjson::SUCCESS) continue;
      const auto found = index_.find(id);
      if (found != index_.end()) use(found->second);
    }
  }

  void Order(std::vector<Node> nodes, const JsonObject& mapping) {
    std::vector<size_t> stack;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const auto parent = index_.find(nodes[i].parent);
      if (parent == index_.end() || parent->second == i) {
        nodes[i].parent = {};
        stack.push_back(i);
      } else {
        nodes[parent->second].children.push_back(i);
      }
    }
    for (const auto& [id, element] : mapping) {
      JsonObject object;
      const auto at = index_.find(id);
      if (at == index_.end() || element.get(object) != simdjson::SUCCESS) continue;
      SortChildren(object, nodes[at->second]);
    }
    std::reverse(stack.begin(), stack.end());
    std::vector<size_t> order;
    std::vector<bool> seen(nodes.size());
    Walk(nodes, stack, seen, order);
    for (size_t i = 0; i < nodes.size(); ++i) {  // Parents in a loop are reached by no root.
      if (seen[i]) continue;
      nodes[i].parent = {};
      stack.push_back(i);
      Walk(nodes, stack, seen, order);
    }
    std::vector<size_t> place(nodes.size());
    for (const size_t i : order) {
      place[i] = index_[nodes[i].id] = nodes_.size();
      nodes_.push_back(std::move(nodes[i]));
    }
    for (Node& node : nodes_) {
      for (size_t& child : node.children)
        child = place[child];
    }
  }

  static void Walk(const std::vector<Node>& nodes, std::vector<size_t>& stack,
                   std::vector<bool>& seen, std::vector<size_t>& order) {
    while (!stack.empty()) {
      const size_t at = stack.back();
      stack.pop_back();
      if (seen[at]) continue;
      seen[at] = true;
      order.push_back(at);
      const std::vector<size_t>& children = nodes[at].children;
      stack.insert(stack.end(), children.rbegin(), children.rend());
    }
  }

  // The order of the children list; those it does not name come last, as the mapping has them.
  void SortChildren(const JsonObject& object, Node& node) {
    std::unordered_map<size_t, size_t> rank;
    ForEachChild(object, [&](size_t child) { rank.emplace(child, rank.size()); });
    const auto of = [&](size_t child) {
      const auto found = rank.find(child);
      return found == rank.end() ? rank.size() : found->second;
    };
    std::stable_sort(node.children.begin(), node.children.end(),
                     [&](size_t a, size_t b) { return of(a) < of(b); });
  }

  // Without a current node, the newest leaf is what was last seen.
  void MarkActive(std::string_view current) {
    auto at = index_.find(current);
    if (at == index_.end()) at = index_.find(NewestLeaf());
    for (size_t steps = 0; at != index_.end() && steps <= nodes_.size(); ++steps) {
      Node& node = nodes_[at->second];
      node.is_active = true;
      at = index_.find(node.parent);
    }
  }

  std::string_view NewestLeaf() const {
    const Node* newest = nullptr;
    int64_t newest_time = INT64_MIN;
    for (const Node& node : nodes_) {
      if (!node.children.empty()) continue;
      const std::optional<TimeUs> time =
          node.message ? FindSeconds(*node.message, "create_time") : std::nullopt;
      if (newest != nullptr && time.value_or(TimeUs{0}).value < newest_time) continue;
      newest = &node;
      newest_time = time.value_or(TimeUs{0}).value;
    }
    return newest == nullptr ? "" : newest->id;
  }

  std::unordered_map<std::string_view, size_t> index_;
  std::vector<Node> nodes_;
};

void AppendPart(std::string& text, std::string_view part) {
  if (part.empty()) return;
  if (!text.empty()) text.append("\n\n");
  text.append(part);
}

std::string PartsText(const JsonObject& content) {
  std::string text;
  const std::optional<JsonArray> parts = FindArray(content, "parts");
  if (!parts) return std::string(FindString(content, "text").value_or(""));
  for (const JsonElement& element : *parts) {
    std::string_view words;
    JsonObject part;
    if (element.get(words) == simdjson::SUCCESS) {
      AppendPart(text, words);
    } else if (element.get(part) == simdjson::SUCCESS) {
      const std::string_view type = FindString(part, "content_type").value_or("");
      if (type.starts_with("image"))
        AppendPart(text, "[image]");
      else if (const auto spoken = FindText(part, "text"))
        AppendPart(text, *spoken);
      else if (type.starts_with("audio"))
        AppendPart(text, "[audio]");
    }
  }
  return text;
}

std::string ThoughtsText(const JsonObject& content) {
  std::string text;
  const std::optional<JsonArray> thoughts = FindArray(content, "thoughts");
  if (!thoughts) return std::string(FindString(content, "content").value_or(""));
  for (const JsonElement& element : *thoughts) {
    JsonObject thought;
    if (element.get(thought) != simdjson::SUCCESS) continue;
    AppendPart(text, FindString(thought, "summary").value_or(""));
    AppendPart(text, FindString(thought, "content").value_or(""));
  }
  return text;
}

struct Words {
  std::string text;
  bool is_reasoning = false;
  bool is_known = true;
};

Words WordsOf(const JsonObject& message) {
  const std::optional<JsonObject> content = FindObject(message, "content");
  if (!content) return {};
  const std::string_view type = ContentTypeOf(message);
  if (type == "text" || type == "multimodal_text") return {PartsText(*content)};
  if (type == "thoughts" || type == "reasoning_recap") return {ThoughtsText(*content), true};
  if (type == "tether_quote") {
    std::string text(FindString(*content, "title").value_or(""));
    AppendPart(text, FindString(*content, "url").value_or(""));
    AppendPart(text, FindString(*content, "text").value_or(""));
    return {std::move(text)};
  }
  if (type == "tether_browsing_display") {
    return {std::string(FindString(*content, "result").value_or(""))};
  }
  if (type == "user_editable_context") {
    std::string text(FindString(*content, "user_profile").value_or(""));
    AppendPart(text, FindString(*content, "user_instructions").value_or(""));
    return {std::move(text)};
  }
  if (type == "model_editable_context") {
    return {std::string(FindString(*content, "model_set_context").value_or(""))};
  }
  const std::optional<std::string_view> text = FindString(*content, "text");
  return {std::string(text.value_or("")), false, text.has_value()};
}

bool IsHidden(const JsonObject& message) {
  const std::optional<JsonObject> metadata = FindObject(message, "metadata");
  return FindNumber(message, "weight").value_or(1) == 0 ||
         (metadata && FindBool(*metadata, "is_visually_hidden_from_conversation").value_or(false));
}

std::optional<std::string> ModelOf(const JsonObject& message) {
  const std::optional<JsonObject> metadata = FindObject(message, "metadata");
  return metadata ? Copy(FindText(*metadata, "model_slug")) : std::nullopt;
}

std::optional<std::string> NativeIdOf(const JsonObject& conversation) {
  std::optional<std::string> id = FindId(conversation, "conversation_id");
  return id ? id : FindId(conversation, "id");
}

class ChatGptDescriber : public Describer {
 public:
  void Describe(std::string_view bytes, Description& description) override {
    if (const size_t begin = bytes.find('{'); begin != bytes.npos) bytes.remove_prefix(begin);
    while (!bytes.empty() && bytes.back() != '}')
      bytes.remove_suffix(1);
    reader_.ForEach(
        bytes, [&](const JsonObject& record, std::string_view) { Record(record, description); },
        [&](std::string_view) { ++description.unreadable; });
  }

 private:
  static void Record(const JsonObject& conversation, Description& description) {
    ++description.records;
    description.native_id = NativeIdOf(conversation);
    description.first_timestamp = FindSeconds(conversation, "create_time");
    description.last_timestamp = FindSeconds(conversation, "update_time");
    const Tree tree(conversation);
    for (const Node& node : tree.nodes()) {
      if (node.message && node.is_active) AddMessage(*node.message, description);
    }
  }

  static void AddMessage(const JsonObject& message, Description& description) {
    const std::string_view role = RoleOf(message);
    if (role != "user" && role != "assistant" && role != "system") return;
    Words words = WordsOf(message);
    if (words.text.empty() || words.is_reasoning) return;
    SliceMessage& out = description.messages.emplace_back();
    out.role = role;
    out.content = std::move(words.text);
    out.timestamp = FindSeconds(message, "create_time");
    if (!description.first_timestamp) description.first_timestamp = out.timestamp;
    out.model = ModelOf(message);
  }

  JsonRecordReader reader_;
};

class ChatGptNormaliser : public Normaliser {
 public:
  ChatGptNormaliser(SourceKey key, int64_t next_offset, SourceFacts facts)
      : key_(std::move(key)), next_offset_(next_offset), facts_(std::move(facts)) {}

  Status Add(int64_t offset, std::string_view bytes, SilverRows& rows) override {
    if (offset < next_offset_) return Ok();
    next_offset_ = offset + static_cast<int64_t>(bytes.size());
    const size_t begin = std::min(bytes.find('{'), bytes.size());
    const size_t end = bytes.rfind('}');
    padded_.assign(bytes.substr(begin, end == bytes.npos ? 0 : end + 1 - begin));
    const size_t length = padded_.size();
    padded_.append(kPadding, '\0');
    reader_.ForEach(
        std::string_view(padded_).substr(0, length),
        [&](const JsonObject& record, std::string_view) { Read(record, rows); },
        [&](std::string_view text) { AddUnreadable(text, rows); });
    return Ok();
  }

  std::string Finish(SilverRows&, SourceFacts& facts) override {
    facts = facts_;
    Json json;
    json.Set("version", 1);
    json.Set("next_offset", next_offset_);
    json.Set("facts", ToJson(facts_));
    return json.Dump();
  }

  int64_t next_offset() const override { return next_offset_; }

 private:
  void Read(const JsonObject& conversation, SilverRows& rows) {
    ++facts_.records;
    facts_.session_id = key_.native_id;
    facts_.title = Copy(FindText(conversation, "title"));
    facts_.first_timestamp = FindSeconds(conversation, "create_time");
    facts_.last_timestamp = FindSeconds(conversation, "update_time");
    facts_.error_count = 0;
    const Tree tree(conversation);
    const size_t begin = rows.messages.size();
    for (const Node& node : tree.nodes()) {
      if (node.message) ReadNode(tree, node, rows);
    }
    int64_t revision = facts_.last_timestamp ? facts_.last_timestamp->value : 0;
    for (size_t i = begin; i < rows.messages.size(); ++i)
      NoteTime(rows.messages[i], revision);
    for (size_t i = begin; i < rows.messages.size(); ++i)
      rows.messages[i].revision = revision;
    for (ToolCall& call : rows.tool_calls) {
      if (call.revision < 0) call.revision = revision;
    }
  }

  // Times a conversation does not say are those of its messages.
  void NoteTime(const Message& message, int64_t& revision) {
    if (!message.timestamp) return;
    if (!facts_.first_timestamp) facts_.first_timestamp = message.timestamp;
    if (!facts_.last_timestamp || *facts_.last_timestamp < *message.timestamp) {
      facts_.last_timestamp = message.timestamp;
    }
    revision = std::max(revision, message.timestamp->value);
  }

  void ReadNode(const Tree& tree, const Node& node, SilverRows& rows) {
    const JsonObject& message = *node.message;
    Words words = WordsOf(message);
    Message& row = rows.messages.emplace_back();
    row.message_id = node.id;
    row.sequence = static_cast<int32_t>(&node - tree.nodes().data());
    row.role = RoleOf(message);
    if (row.role.empty()) row.role = "system";
    row.kind = KindOf(message, words);
    if (row.kind == "error") ++facts_.error_count;
    if (row.kind == "other") ++facts_.records_other;
    if (!words.is_known) row.raw = simdjson::minify(message);
    if (!words.text.empty()) (words.is_reasoning ? row.reasoning : row.content) = words.text;
    row.timestamp = FindSeconds(message, "create_time");
    row.model = ModelOf(message);
    if (!node.parent.empty()) row.parent_message_id = std::string(node.parent);
    if (row.role == "assistant") row.api_call_id = key_.conversation_id + "/" + row.message_id;
    row.session_id = key_.native_id;
    row.is_active_path = node.is_active;
    row.latency_ms = LatencyOf(tree, node, row);
    if (IsCall(message)) AddCall(tree, node, words.text, rows);
    if (IsLooseResult(tree, node)) AddLooseResult(node, words.text, rows);
  }

  static std::string KindOf(const JsonObject& message, const Words& words) {
    const std::string_view role = RoleOf(message);
    if (ContentTypeOf(message) == "system_error") return "error";
    if (!words.is_known) return "other";
    if (role == "tool") return "tool_result";
    if (role == "system" || role.empty()) return "system";
    if (IsHidden(message)) return "meta";
    return role == "user" ? "prompt" : "response";
  }

  static std::optional<int32_t> LatencyOf(const Tree& tree, const Node& node, const Message& row) {
    const Node* parent = tree.Find(node.parent);
    if (row.role != "assistant" || parent == nullptr || !parent->message) return std::nullopt;
    const std::optional<TimeUs> asked = FindSeconds(*parent->message, "create_time");
    const bool to_model = RoleOf(*parent->message) == "user"sv;
    if (!to_model || !asked || !row.timestamp || *row.timestamp < *asked) return std::nullopt;
    const int64_t millis = (row.timestamp->value - asked->value) / 1000;
    return static_cast<int32_t>(std::min<int64_t>(millis, INT32_MAX));
  }

  // An assistant that speaks to a tool calls it; older exports give the code to the tool itself.
  static bool IsCall(const JsonObject& message) {
    const std::string_view role = RoleOf(message);
    if (role == "assistant") return FindText(message, "recipient").value_or("all") != "all"sv;
    return role == "tool" && ContentTypeOf(message) == "code"sv;
  }

  static bool IsLooseResult(const Tree& tree, const Node& node) {
    if (RoleOf(*node.message) != "tool"sv || IsCall(*node.message)) return false;
    const Node* parent = tree.Find(node.parent);
    return parent == nullptr || !parent->message || !IsCall(*parent->message);
  }

  static std::string ParametersOf(const JsonObject& message, const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin != text.npos && (text[begin] == '{' || text[begin] == '[') && Json::Parse(text)) {
      return text;
    }
    const std::optional<JsonObject> content = FindObject(message, "content");
    const auto language = content ? FindText(*content, "language") : std::nullopt;
    std::string json = "{";
    if (language) json.append("\"language\":").append(ToJsonText(*language)).append(",");
    return json.append("\"text\":").append(ToJsonText(text)).append("}");
  }

  void AddCall(const Tree& tree, const Node& node, const std::string& text, SilverRows& rows) {
    const JsonObject& message = *node.message;
    ToolCall& call = rows.tool_calls.emplace_back();
    call.tool_call_id = node.id;
    call.message_id = node.id;
    const bool by_assistant = RoleOf(message) == "assistant"sv;
    const std::string_view name =
        by_assistant ? FindText(message, "recipient").value_or("") : NameOf(message);
    if (!name.empty()) call.tool_name = std::string(name);
    call.parameters = ParametersOf(message, text);
    call.timestamp = FindSeconds(message, "create_time");
    call.revision = -1;
    for (const size_t child : node.children) {
      const std::optional<JsonObject>& answer = tree.nodes()[child].message;
      if (!answer || RoleOf(*answer) != "tool"sv) continue;
      TakeResult(*answer, call);
      break;
    }
  }

  void AddLooseResult(const Node& node, const std::string& text, SilverRows& rows) {
    const JsonObject& message = *node.message;
    ToolCall& call = rows.tool_calls.emplace_back();
    call.tool_call_id = node.id;
    call.message_id = node.id;
    const std::string_view name = NameOf(message);
    call.tool_name = std::string(name.empty() ? ContentTypeOf(message) : name);
    call.result = ToJsonText(text);
    call.timestamp = FindSeconds(message, "create_time");
    call.revision = -1;
  }

  void TakeResult(const JsonObject& result, ToolCall& call) {
    call.result = ToJsonText(WordsOf(result).text);
    call.success = ContentTypeOf(result) != "system_error"sv;
    const std::optional<JsonObject> metadata = FindObject(result, "metadata");
    const auto run = metadata ? FindObject(*metadata, "aggregate_result") : std::nullopt;
    if (!run) return;
    const auto status = FindText(*run, "status");
    if (status) call.success = *status == "success"sv;
    if (FindElement(*run, "in_kernel_exception") || FindElement(*run, "system_exception")) {
      call.success = false;
    }
    if (call.success == false) ++facts_.error_count;
    const std::optional<double> start = FindNumber(*run, "start_time");
    std::optional<double> end = FindNumber(*run, "end_time");
    if (!end) end = FindNumber(*run, "update_time");
    if (start && end && *end >= *start && *end - *start < 2e6) {
      call.execution_time_ms = static_cast<int32_t>((*end - *start) * 1000);
    }
  }

  void AddUnreadable(std::string_view text, SilverRows& rows) {
    ++facts_.records_unreadable;
    Message& row = rows.messages.emplace_back();
    const Uuid space = Uuid::Parse(key_.conversation_id).value_or(Uuid{});
    row.message_id = Uuid::FromName(space, text).ToString();
    row.role = "system";
    row.kind = "unreadable";
    row.raw = ReplaceInvalidUtf8(text.substr(0, kUnreadableBytesMax));
    row.revision = 1;
  }

  SourceKey key_;
  int64_t next_offset_;
  SourceFacts facts_;
  JsonRecordReader reader_;
  std::string padded_;
};

class ChatGptPlatform : public Platform {
 public:
  std::string_view name() const override { return "chatgpt"; }
  std::string_view title() const override { return "ChatGPT"; }

  // Exports lie where a person put them.
  std::vector<std::string> DefaultRoots(const Variables&) const override { return {}; }

  bool MayHold(std::string_view path) const override { return path.ends_with(".json"); }

  bool Recognise(std::string_view path, std::string_view head) const override {
    if (!MayHold(path)) return false;
    std::string_view text = TrimRecord(head);
    if (text.starts_with('[')) text = TrimRecord(text.substr(1));
    if (!text.starts_with('{')) return false;
    const size_t mapping = text.find("\"mapping\"");
    if (mapping == text.npos) return false;
    const std::string_view behind = TrimRecord(text.substr(mapping + 9));
    return behind.starts_with(':') && TrimRecord(behind.substr(1)).starts_with('{');
  }

  Framing framing() const override { return Framing::kJsonArray; }

  std::unique_ptr<Describer> MakeDescriber(std::string_view) const override {
    return std::make_unique<ChatGptDescriber>();
  }

  Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key,
                                                     std::string_view state) const override {
    int64_t next_offset = 0;
    SourceFacts facts;
    if (!state.empty()) {
      FIRN_ASSIGN(const Json json, Json::Parse(state));
      if (GetNumber(json, "version") != 1)
        return Unsupported("normaliser state of another version");
      next_offset = GetNumber(json, "next_offset").value_or(0);
      if (const Json* known = json.Find("facts")) facts = SourceFactsFromJson(*known);
    }
    return std::unique_ptr<Normaliser>(
        std::make_unique<ChatGptNormaliser>(key, next_offset, std::move(facts)));
  }
};

}  // namespace

const Platform& ChatGpt() {
  static const ChatGptPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
