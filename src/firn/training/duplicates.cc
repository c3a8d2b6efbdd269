// SPDX-License-Identifier: Apache-2.0

#include "firn/training/duplicates.h"

#include <algorithm>
#include <limits>
#include <string>

namespace firn::training {
namespace {

constexpr size_t kRunWords = 5;
constexpr size_t kAlikeMin = 51;  // Of 64 bins: four in five.
constexpr uint32_t kEmpty = std::numeric_limits<uint32_t>::max();

bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Words in lower case with one blank behind each; who says them counts too.
void AppendWords(std::string_view text, std::string& words) {
  for (const char c : text) {
    if (!IsBlank(c)) {
      words += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  if (!words.empty() && words.back() != ' ') words += ' ';
}

std::string WordsOf(const Example& example) {
  std::string words;
  for (const ChatMessage& message : example.messages) {
    words += message.role + ": ";
    AppendWords(message.content, words);
    for (const ToolCall& call : message.calls) {
      words += call.name + " ";
      AppendWords(call.arguments, words);
    }
  }
  return words;
}

// The finalizer of SplitMix64 (Steele, Lea, Flood, 2014): every bit depends on every bit.
uint64_t Mixed(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

uint64_t HashOf(std::string_view word) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a.
  for (const char c : word)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Mixed(hash);
}

}  // namespace

Result<Likeness> ParseLikeness(std::string_view text) {
  if (text == "none") return Likeness::kNone;
  if (text == "exact") return Likeness::kExact;
  if (text == "near") return Likeness::kNear;
  return InvalidArgument("neither none, exact nor near", text);
}

Duplicates::Signature Duplicates::SignatureOf(std::string_view words) {
  Signature least;
  least.fill(kEmpty);
  std::array<uint64_t, kRunWords> last{};
  for (size_t count = 1; !words.empty(); ++count) {
    const size_t end = std::min(words.find(' '), words.size());
    last[count % kRunWords] = HashOf(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
    if (count < kRunWords && !words.empty()) continue;
    uint64_t run = 0;
    for (size_t word = 1; word <= kRunWords; ++word)
      run = Mixed(run + last[(count + word) % kRunWords]);
    uint32_t& bin = least[run >> 58];
    bin = std::min(bin, static_cast<uint32_t>(run & 0x7fffffff));
  }
  Signature filled = least;
  for (size_t bin = 0; bin < kBins; ++bin) {
    for (size_t further = 1; filled[bin] == kEmpty && further < kBins; ++further)
      filled[bin] = least[(bin + further) % kBins];
  }
  return filled;
}

uint64_t Duplicates::BandKey(const Signature& signature, size_t band) {
  uint64_t key = band;
  for (size_t bin = 0; bin < kBandBins; ++bin)
    key = Mixed(key + signature[band * kBandBins + bin]);
  return key;
}

bool Duplicates::IsNear(const Signature& signature) const {
  for (size_t band = 0; band < kBins / kBandBins; ++band) {
    const auto found = first_in_band_.find(BandKey(signature, band));
    if (found == first_in_band_.end()) continue;
    const Signature& other = signatures_[found->second];
    size_t alike = 0;
    for (size_t bin = 0; bin < kBins; ++bin)
      alike += signature[bin] == other[bin] ? 1 : 0;
    if (alike >= kAlikeMin) return true;
  }
  return false;
}

void Duplicates::Keep(const Signature& signature) {
  const auto index = static_cast<uint32_t>(signatures_.size());
  for (size_t band = 0; band < kBins / kBandBins; ++band)
    first_in_band_.emplace(BandKey(signature, band), index);
  signatures_.push_back(signature);
}

Duplicates::Sketch Duplicates::SketchOf(const Example& example) const {
  if (likeness_ == Likeness::kNone) return {};
  const std::string words = WordsOf(example);
  Sketch sketch{SipHash128(words, 0, 0)};
  if (likeness_ == Likeness::kNear) sketch.signature = SignatureOf(words);
  return sketch;
}

Likeness Duplicates::Add(const Sketch& sketch) {
  if (likeness_ == Likeness::kNone) return Likeness::kNone;
  if (!texts_.insert(sketch.text).second) return Likeness::kExact;
  if (likeness_ == Likeness::kExact) return Likeness::kNone;
  if (IsNear(sketch.signature)) return Likeness::kNear;
  Keep(sketch.signature);
  return Likeness::kNone;
}

}  // namespace firn::training
