// SPDX-License-Identifier: Apache-2.0
//
// A Theta sketch keeps the hashes below a bound theta; n of them below theta stand for n / theta
// distinct values. The Alpha sketch keeps the first k hashes, and lowers theta by the factor
// k / (k + 1) for each new one after that. Hashes are MurmurHash3's (x64, 128 bits), the upper word
// without its lowest bit. The compact form, little-endian:
//   1 byte    preamble, in words of 8 bytes: 1 (empty, single), 2 (exact), 3 (estimate)
//   1 byte    serial version 3;  1 byte family 3 (compact);  2 bytes 0
//   1 byte    flags: 2 read-only, 4 empty, 8 compact, 16 ordered, 32 single
//   2 bytes   hash of the seed (0 in an empty one)
//   then, from preamble 2 on, 4 bytes count and 4 bytes 1.0f; from 3 on, 8 bytes theta; the hashes

#include "firn/datafile/theta_sketch.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "firn/base/bytes.h"

namespace firn::datafile {
namespace {

constexpr uint64_t kSeed = 9001;
constexpr uint16_t kSeedHash = 0x93CC;  // The low bits of the hash of the seed.
constexpr uint64_t kThetaMax = INT64_MAX;
constexpr double kThetaMaxAsDouble = 9223372036854775808.0;
constexpr uint8_t kSerialVersion = 3;
constexpr uint8_t kCompactFamily = 3;
constexpr uint8_t kFlagReadOnly = 2, kFlagEmpty = 4, kFlagCompact = 8, kFlagOrdered = 16,
                  kFlagSingle = 32;
constexpr size_t kWord = 8;

uint64_t Finish(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33);
}

uint64_t Mix1(uint64_t k) {
  return std::rotl(k * 0x87c37b91114253d5ULL, 31) * 0x4cf5ad432745937fULL;
}

uint64_t Mix2(uint64_t k) {
  return std::rotl(k * 0x4cf5ad432745937fULL, 33) * 0x87c37b91114253d5ULL;
}

// The first word of MurmurHash3_x64_128.
uint64_t Murmur3(std::string_view bytes, uint64_t seed) {
  uint64_t h1 = seed, h2 = seed;
  const size_t size = bytes.size();
  for (; bytes.size() >= 16; bytes.remove_prefix(16)) {
    h1 ^= Mix1(ReadLittleEndian<uint64_t>(bytes));
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= Mix2(ReadLittleEndian<uint64_t>(bytes.substr(8)));
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  uint64_t tail[2] = {0, 0};
  std::memcpy(tail, bytes.data(), bytes.size());
  h2 ^= Mix2(tail[1]);
  h1 ^= Mix1(tail[0]);
  h1 ^= size;
  h2 ^= size;
  h1 += h2;
  h2 += h1;
  h1 = Finish(h1);
  h2 = Finish(h2);
  return h1 + h2;
}

// The heads of the forms.
struct Preamble {
  uint8_t words = 0, serial_version = 0, family = 0, flags = 0;
  uint16_t seed_hash = 0;
};

Result<Preamble> ReadPreamble(std::string_view bytes) {
  if (bytes.size() < kWord) return Corrupt("too short for a theta sketch, bytes", bytes.size());
  Preamble head;
  head.words = static_cast<uint8_t>(bytes[0]) & 0x3F;
  head.serial_version = static_cast<uint8_t>(bytes[1]);
  head.family = static_cast<uint8_t>(bytes[2]);
  head.flags = static_cast<uint8_t>(bytes[5]);
  head.seed_hash = ReadLittleEndian<uint16_t>(bytes.substr(6));
  if (head.serial_version != kSerialVersion || head.family != kCompactFamily) {
    return Unsupported("serial version and family of a theta sketch", head.serial_version,
                       head.family);
  }
  if (head.words < 1 || head.words > 3) return Corrupt("preamble of a theta sketch", head.words);
  const bool empty = (head.flags & kFlagEmpty) != 0;
  if (!empty && head.seed_hash != kSeedHash) {
    return Unsupported("a theta sketch with another seed, its hash", head.seed_hash);
  }
  return head;
}

// Checks order and range, which everything else relies on.
Status CheckHashes(const CompactTheta& sketch) {
  uint64_t last = 0;
  for (const uint64_t hash : sketch.hashes) {
    if (hash <= last || hash >= sketch.theta) return Corrupt("hashes of a theta sketch");
    last = hash;
  }
  return Ok();
}

}  // namespace

double CompactTheta::Estimate() const {
  const auto count = static_cast<double>(hashes.size());
  return theta == kThetaMax ? count : count * (kThetaMaxAsDouble / static_cast<double>(theta));
}

std::string CompactTheta::Serialize() const {
  const bool exact = theta == kThetaMax;
  const bool single = exact && hashes.size() == 1;
  const uint8_t words = empty() || single ? 1 : exact ? 2 : 3;
  const auto flags = static_cast<uint8_t>(kFlagReadOnly | kFlagCompact | kFlagOrdered |
                                          (empty() ? kFlagEmpty : 0) | (single ? kFlagSingle : 0));
  std::string out = {static_cast<char>(words), static_cast<char>(kSerialVersion),
                     static_cast<char>(kCompactFamily)};
  out.append(2, '\0');
  out.push_back(static_cast<char>(flags));
  AppendLittleEndian(out, empty() ? uint16_t{0} : kSeedHash);
  if (words >= 2) {
    AppendLittleEndian(out, static_cast<uint32_t>(hashes.size()));
    AppendLittleEndian(out, 1.0F);
  }
  if (words >= 3) AppendLittleEndian(out, theta);
  for (const uint64_t hash : hashes)
    AppendLittleEndian(out, hash);
  return out;
}

Result<CompactTheta> CompactTheta::Parse(std::string_view bytes) {
  FIRN_ASSIGN(const Preamble head, ReadPreamble(bytes));
  CompactTheta sketch;
  if ((head.flags & kFlagEmpty) != 0) return sketch;
  if (bytes.size() < head.words * kWord) return Corrupt("a theta sketch is cut");
  uint64_t count = 1;  // A preamble of one word is a single item, whatever its flags say.
  if (head.words >= 2) count = ReadLittleEndian<uint32_t>(bytes.substr(8));
  if (head.words >= 3) sketch.theta = ReadLittleEndian<uint64_t>(bytes.substr(16));
  if (sketch.theta > kThetaMax) return Corrupt("bound of a theta sketch", sketch.theta);
  bytes.remove_prefix(head.words * kWord);
  if (count != bytes.size() / kWord || bytes.size() % kWord != 0) {
    return Corrupt("a theta sketch with another number of hashes than it says", count);
  }
  for (; !bytes.empty(); bytes.remove_prefix(kWord))
    sketch.hashes.push_back(ReadLittleEndian<uint64_t>(bytes));
  if ((head.flags & kFlagOrdered) == 0) std::ranges::sort(sketch.hashes);
  FIRN_TRY(CheckHashes(sketch));
  return sketch;
}

CompactTheta Unite(std::span<const CompactTheta> sketches, size_t nominal_entries) {
  CompactTheta out;
  for (const CompactTheta& sketch : sketches) {
    out.theta = std::min(out.theta, sketch.theta);
    out.hashes.insert(out.hashes.end(), sketch.hashes.begin(), sketch.hashes.end());
  }
  std::ranges::sort(out.hashes);
  out.hashes.erase(std::unique(out.hashes.begin(), out.hashes.end()), out.hashes.end());
  out.hashes.erase(std::ranges::lower_bound(out.hashes, out.theta), out.hashes.end());
  if (out.hashes.size() > nominal_entries) {
    out.theta = out.hashes[nominal_entries];
    out.hashes.resize(nominal_entries);
  }
  return out;
}

AlphaSketch::AlphaSketch(size_t nominal_entries)
    : nominal_entries_(nominal_entries),
      alpha_(static_cast<double>(nominal_entries) / (static_cast<double>(nominal_entries) + 1.0)),
      slots_(std::bit_ceil(nominal_entries * 4), 0) {}

void AlphaSketch::Update(std::string_view value) {
  if (value.empty()) return;
  const uint64_t hash = Murmur3(value, kSeed) >> 1;
  if (hash == 0 || hash >= theta_ || !Insert(hash)) return;
  if (++inserted_ <= nominal_entries_) return;
  theta_ = static_cast<uint64_t>(static_cast<double>(theta_) * alpha_);
}

// Returns whether the hash is new.
bool AlphaSketch::Insert(uint64_t hash) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] == hash) return false;
  }
  slots_[at] = hash;
  if (++filled_ * 4 > slots_.size() * 3) Rebuild();
  return true;
}

// Drops hashes that theta has passed; grows where that frees too little.
void AlphaSketch::Rebuild() {
  std::vector<uint64_t> kept;
  for (const uint64_t hash : slots_) {
    if (hash != 0 && hash < theta_) kept.push_back(hash);
  }
  const size_t size = kept.size() * 2 > slots_.size() ? slots_.size() * 2 : slots_.size();
  slots_.assign(size, 0);
  filled_ = kept.size();
  for (const uint64_t hash : kept) {
    size_t at = hash & (size - 1);
    while (slots_[at] != 0)
      at = (at + 1) & (size - 1);
    slots_[at] = hash;
  }
}

CompactTheta AlphaSketch::Compact() const {
  CompactTheta out;
  out.theta = theta_;
  for (const uint64_t hash : slots_) {
    if (hash != 0 && hash < theta_) out.hashes.push_back(hash);
  }
  std::ranges::sort(out.hashes);
  return out;
}

}  // namespace firn::datafile
