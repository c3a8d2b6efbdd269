// SPDX-License-Identifier: Apache-2.0
//
// Any bytes, as any platform: slices tile them, cut anywhere into runs they give the same rows.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "firn/base/assert.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/slicer.h"

namespace firn {
namespace {

using namespace conversations;

class FuzzWindow : public ByteWindow {
 public:
  FuzzWindow(std::string_view text, size_t block) : text_(text), block_(block) {}
  std::string_view window() const override { return text_.substr(begin_, end_ - begin_); }
  Result<bool> More() override {
    if (end_ == text_.size()) return false;
    end_ = std::min(text_.size(), end_ + block_);
    return true;
  }
  void Consume(size_t count) override { begin_ += count; }

 private:
  std::string_view text_;
  size_t block_, begin_ = 0, end_ = 0;
};

void FuzzPlatform(const Platform& platform, std::string_view path, std::string_view bytes,
                  SlicerOptions options, size_t block) {
  FuzzWindow window(bytes, block);
  Slicer slicer(platform, path, window, {}, options);
  std::map<std::string, std::unique_ptr<Normaliser>> normalisers;
  size_t at = 0;
  while (true) {
    Result<std::optional<Slice>> slice = slicer.Next();
    FIRN_ASSERT(slice.has_value());
    if (!*slice) break;
    const Slice& one = **slice;
    FIRN_ASSERT(!one.bytes.empty() && bytes.substr(at, one.bytes.size()) == one.bytes);
    at += one.bytes.size();
    std::unique_ptr<Normaliser>& normaliser = normalisers[one.conversation_id];
    std::string state;
    SilverRows rows;
    if (normaliser != nullptr) {  // As if a new run began with every slice.
      SourceFacts facts;
      state = normaliser->Finish(rows, facts);
    }
    const SourceKey key{one.platform, one.conversation_id, one.native_id, "s", 0, std::string(path),
                        "u"};
    normaliser = platform.MakeNormaliser(key, state).value();
    FIRN_ASSERT(normaliser->Add(one.place(), one.bytes, rows).ok());
  }
  FIRN_ASSERT(static_cast<size_t>(slicer.offset()) == at);
  FIRN_ASSERT(!options.take_unfinished || at == bytes.size());
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  if (bytes.size() < 2) return;
  const auto choice = static_cast<unsigned char>(bytes[0]);
  const size_t block = 1 + static_cast<unsigned char>(bytes[1]) * size_t{8};
  bytes.remove_prefix(2);
  RecognisePlatform("x.jsonl", bytes.substr(0, kHeadBytes));
  RecognisePlatform("x.json", bytes.substr(0, kHeadBytes));
  SlicerOptions options;
  options.take_unfinished = (choice & 1) != 0;
  options.slice_bytes_max = (choice & 2) != 0 ? 64 : 1 << 20;
  options.record_bytes_max = (choice & 4) != 0 ? 256 : 1 << 20;
  const bool named = (choice & 8) != 0;
  FuzzPlatform(ClaudeCode(), named ? "/p/0a1b2c3d-0000-4000-8000-000000000001.jsonl" : "/p/x.jsonl",
               bytes, options, block);
  FuzzPlatform(ChatGpt(), "/p/conversations.json", bytes, options, block);
  // One more each time, so that the first two keep most of it.
  const std::span<const Platform* const> platforms = Platforms();
  const Platform& another = *platforms[(choice >> 4) % platforms.size()];
  constexpr std::array kPaths = {"/p/1/ui_messages.json", "/p/chatSessions/x.jsonl", "/p/x.json",
                                 "/p/1/api_conversation_history.json", "/p/x.jsonl"};
  FuzzPlatform(another, kPaths[static_cast<size_t>(block / 8) % kPaths.size()], bytes, options,
               block);
}

}  // namespace firn
