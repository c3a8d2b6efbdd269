// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/normaliser.h"

#include <algorithm>

namespace firn::conversations {
namespace {

// FNV-1a, as published by Fowler, Noll and Vo; only its stability counts here.
uint64_t Hash(std::string_view text, uint64_t hash = 0xcbf29ce484222325u) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

constexpr int kSourceBits = 14;
constexpr int kSequenceBits = 8;
constexpr int64_t kRankMax = int64_t{1} << (63 - kSourceBits - kSequenceBits);

uint64_t Fold(uint64_t hash, int bits) {
  return (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15u >> (64 - bits);
}

}  // namespace

int64_t RevisionOf(int64_t rank, const SourceKey& key, int32_t sequence) {
  const uint64_t source = Hash(std::to_string(key.source_generation), Hash(key.source_id));
  const uint64_t place = Fold(Hash(std::to_string(sequence)), kSequenceBits);
  const auto ties = static_cast<int64_t>(Fold(source, kSourceBits) << kSequenceBits | place);
  const int64_t kept = std::clamp<int64_t>(rank, 0, kRankMax - 1);
  return kept << (kSourceBits + kSequenceBits) | ties;
}

}  // namespace firn::conversations
