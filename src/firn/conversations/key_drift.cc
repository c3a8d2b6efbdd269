// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/key_drift.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>
#include <unordered_set>

#include "firn/base/bytes.h"
#include "firn/base/embedded.h"

namespace firn::conversations {
namespace known_keys {

// known_keys.txt, as the build put it into the binary: a platform, a blank and a key a line.
std::span<const EmbeddedFile> Files();

}  // namespace known_keys

namespace {

using namespace std::string_view_literals;

constexpr size_t kShapesMax = 256;
constexpr size_t kKeyBytesMax = 200;
constexpr int kDepthMax = 3;

// Members whose own members a platform decides on.
constexpr std::array kObjects = {"body"sv,    "data"sv,     "info"sv,   "message"sv, "payload"sv,
                                 "request"sv, "response"sv, "tokens"sv, "usage"sv};
// Members that are lists of what is as good as a record.
constexpr std::array kLists = {"chat_messages"sv, "history"sv, "messages"sv, "requests"sv};

bool IsOneOf(std::string_view key, std::span<const std::string_view> names) {
  return std::ranges::find(names, key) != names.end();
}

// FNV-1a, as published by Fowler, Noll and Vo.
uint64_t Hash(std::string_view text, uint64_t hash) {
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return (hash ^ 0xFF) * 0x100000001b3u;  // Ends the key.
}

uint64_t HashOf(const JsonObject& object, int depth, uint64_t hash) {
  for (const auto& [key, value] : object) {
    hash = Hash(key, hash);
    JsonObject inner;
    if (depth > 1 && IsOneOf(key, kObjects) && value.get(inner) == simdjson::SUCCESS) {
      hash = Hash("{", HashOf(inner, depth - 1, hash));
    }
  }
  return hash;
}

// Calls `use` with the path of every key that is looked at, behind what `path` begins with.
template <typename Use>
void ForEachKey(const JsonObject& object, std::string& path, int depth, const Use& use) {
  const size_t begin = path.size();
  for (const auto& [key, value] : object) {
    use(path.append(key));
    JsonObject inner;
    if (depth > 1 && IsOneOf(key, kObjects) && value.get(inner) == simdjson::SUCCESS) {
      ForEachKey(inner, path.append("."), depth - 1, use);
    }
    path.resize(begin);
  }
}

// What a record calls itself, under the names that platforms have for it.
std::string_view TypeOf(const JsonObject& record) {
  if (const auto payload = FindObject(record, "payload")) {
    if (const auto type = FindText(*payload, "type")) return *type;
  }
  for (const char* key : {"say", "ask", "type", "kind", "role", "sender"}) {
    if (const auto type = FindText(record, key)) return *type;
  }
  return "";
}

std::string Cut(std::string_view text) {
  if (text.size() <= kKeyBytesMax) return std::string(text);
  return ReplaceInvalidUtf8(text.substr(0, kKeyBytesMax));
}

void Count(const std::string& version, const std::string& type, const std::string& key,
           std::vector<NewKey>& found) {
  const auto known = std::ranges::find_if(found, [&](const NewKey& other) {
    return other.key == key && other.type == type && other.version == version;
  });
  if (known != found.end()) {
    ++known->records;
  } else if (found.size() < kNewKeysMax) {
    found.push_back({version, type, key, 1});
  }
}

// By platform.
using Known = std::map<std::string_view, std::unordered_set<std::string_view>>;

Known ReadKnown() {
  Known known;
  for (const EmbeddedFile& file : known_keys::Files()) {
    std::string_view text = file.bytes;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      const size_t blank = std::min(line.find(' '), line.size());
      known[line.substr(0, blank)].insert(line.substr(std::min(blank + 1, line.size())));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
  }
  return known;
}

}  // namespace

bool IsKnownKey(std::string_view platform, std::string_view key) {
  static const Known kKnown = ReadKnown();
  const auto keys = kKnown.find(platform);
  return keys == kKnown.end() || keys->second.contains(key);
}

const KeyDrift::Keys& KeyDrift::NewIn(const std::string& prefix, const JsonObject& object) {
  const uint64_t shape = HashOf(object, kDepthMax, Hash(prefix, 0xcbf29ce484222325u));
  const auto known = shapes_.find(shape);
  if (known != shapes_.end()) return known->second;
  if (shapes_.size() == kShapesMax) shapes_.clear();
  Keys keys;
  std::string path = prefix;
  ForEachKey(object, path, kDepthMax, [&](std::string_view found) {
    if (keys.size() < kNewKeysMax && !IsKnownKey(platform_, found)) keys.push_back(Cut(found));
  });
  return shapes_.emplace(shape, std::move(keys)).first->second;
}

void KeyDrift::NoteAs(const std::string& prefix, const JsonObject& object,
                      std::vector<NewKey>& found) {
  const Keys& keys = NewIn(prefix, object);
  if (!keys.empty()) {
    const std::string version = Cut(FindText(object, "version").value_or(""));
    const std::string type = Cut(TypeOf(object));
    for (const std::string& key : keys)
      Count(version, type, key, found);
  }
  if (!prefix.empty()) return;
  for (const auto& [key, value] : object) {
    JsonArray list;
    if (!IsOneOf(key, kLists) || value.get(list) != simdjson::SUCCESS) continue;
    for (const JsonElement& element : list) {
      JsonObject one;
      if (element.get(one) == simdjson::SUCCESS) NoteMember(key, one, found);
    }
  }
}

}  // namespace firn::conversations
