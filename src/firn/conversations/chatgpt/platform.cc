// SPDX-License-Identifier: Apache-2.0
//
// ChatGPT's export: conversations.json (later conversations-000.json, ...), one array of
// conversations. A conversation is a tree of nodes: a regenerated answer or an edited question
// makes a sibling. What a person last saw is the path from `current_node` up to the root; every
// node is kept, those of the path are flagged. There are no token counts. A re-export repeats
// everything: the larger `update_time` wins, as the revision of a row.

#include "firn/conversations/chatgpt/message.h"
#include "firn/conversations/chatgpt/normaliser.h"
#include "firn/conversations/chatgpt/tree.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/json_record.h"
#include "firn/conversations/platforms.h"

namespace firn::conversations {
namespace {

using chatgpt::FindSeconds;

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
    const chatgpt::Tree tree(conversation);
    for (const chatgpt::Node& node : tree.nodes()) {
      if (node.message && node.is_active) AddMessage(*node.message, description);
    }
  }

  static void AddMessage(const JsonObject& message, Description& description) {
    const std::string_view role = chatgpt::RoleOf(message);
    if (role != "user" && role != "assistant" && role != "system") return;
    chatgpt::Words words = chatgpt::WordsOf(message);
    if (words.text.empty() || words.is_reasoning) return;
    SliceMessage& out = description.messages.emplace_back();
    out.role = role;
    out.content = std::move(words.text);
    out.timestamp = FindSeconds(message, "create_time");
    if (!description.first_timestamp) description.first_timestamp = out.timestamp;
    out.model = chatgpt::ModelOf(message);
  }

  JsonRecordReader reader_;
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

  Framing framing(std::string_view) const override { return Framing::kJsonArray; }

  std::unique_ptr<Describer> MakeDescriber(std::string_view) const override {
    return std::make_unique<ChatGptDescriber>();
  }

  Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key,
                                                     std::string_view state) const override {
    return chatgpt::MakeNormaliser(key, state);
  }
};

}  // namespace

const Platform& ChatGpt() {
  static const ChatGptPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
