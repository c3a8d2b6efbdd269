// SPDX-License-Identifier: Apache-2.0
//
// Compares passages that begin where the bytes themselves say so, one in 1024 places: equal
// passages are both looked at, wherever they lie. One that chance repeats is too short to be the
// same.

#include "firn/datafile/encode/far_repeats.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <unordered_map>

namespace firn::datafile {
namespace {

constexpr size_t kFarBytes = size_t{256} << 10;
constexpr size_t kPassageBytes = 64;
constexpr uint64_t kMix = 0x9E37'79B9'7F4A'7C15;
constexpr int kPlacesLog = 10;
// Of the passages, one in so many.
constexpr size_t kOften = 50;

uint64_t WordAt(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

uint64_t HashOf(const char* passage) {
  uint64_t hash = 0;
  for (size_t at = 0; at < kPassageBytes; at += sizeof(uint64_t)) {
    hash = (hash ^ WordAt(passage + at)) * kMix;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

bool RepeatFarApart(std::span<const std::string_view> texts) {
  std::unordered_map<uint64_t, size_t> last_seen;
  size_t before = 0, passages = 0, far = 0;
  for (const std::string_view text : texts) {
    for (size_t at = 0; at + kPassageBytes <= text.size(); ++at) {
      if (WordAt(text.data() + at) * kMix >> (64 - kPlacesLog) != 0) continue;
      ++passages;
      const auto [seen, is_new] = last_seen.try_emplace(HashOf(text.data() + at), before + at);
      if (!is_new && before + at - seen->second > kFarBytes) ++far;
      seen->second = before + at;
    }
    before += text.size();
  }
  return far * kOften > passages;
}

}  // namespace firn::datafile
