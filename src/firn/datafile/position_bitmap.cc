// SPDX-License-Identifier: Apache-2.0
//
// The wall around CRoaring. Its reader trusts what containers say of themselves, so the bytes are
// walked first. Portable format for 64 bits (RoaringFormatSpec, "Extension for 64-bit
// Implementations"), all numbers little-endian:
//   8 bytes   number of bitmaps
//   each      4 bytes key, ascending; a 32-bit bitmap:
//     4 bytes   cookie: 12346, then 4 bytes number of containers; or 12347 | (containers - 1) <<
//     16,
//               then a bit per container that tells whether it is runs
//     each      2 bytes key, ascending; 2 bytes cardinality - 1
//     each      4 bytes offset, unless there are runs and fewer than 4 containers
//     each      runs: 2 bytes number, then (start, length - 1) of 2 bytes each; or up to 4096
//               values: 2 bytes each, ascending; or more: 8192 bytes of bits

#include "firn/datafile/position_bitmap.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <roaring/roaring.h>

#include "firn/base/bytes.h"

namespace firn::datafile {
namespace {

constexpr uint32_t kCookieNoRuns = 12346;
constexpr uint32_t kCookieRuns = 12347;
constexpr uint32_t kOffsetsFrom = 4;  // Containers; fewer need none where there are runs.
constexpr uint32_t kArrayMax = 4096;
constexpr size_t kBitsetBytes = 8192;
constexpr uint32_t kKeyMax = 0x7FFFFFFF;
constexpr size_t kIteratorPiece = 1024;
constexpr uint64_t kPartSize = uint64_t{1} << 32;  // Positions that share the upper half.

uint32_t KeyOf(int64_t position) {
  return static_cast<uint32_t>(static_cast<uint64_t>(position) >> 32);
}

int64_t PositionOf(uint32_t key, uint32_t low) {
  return static_cast<int64_t>(static_cast<uint64_t>(key) << 32 | low);
}

// Walks serialized bitmaps without taking memory by what they claim.
class Walker {
 public:
  explicit Walker(std::string_view bytes) : bytes_(bytes) {}

  size_t position() const { return at_; }
  bool at_end() const { return at_ == bytes_.size(); }

  template <typename Number>
  Result<Number> Take() {
    FIRN_ASSIGN(const std::string_view raw, TakeBytes(sizeof(Number)));
    return ReadLittleEndian<Number>(raw);
  }

  // Checks one 32-bit bitmap and returns how many values it holds.
  Result<uint64_t> Bitmap() {
    FIRN_ASSIGN(const auto cookie, Take<uint32_t>());
    const bool runs = (cookie & 0xFFFF) == kCookieRuns;
    if (!runs && cookie != kCookieNoRuns) return Broken("cookie");
    uint32_t containers = (cookie >> 16) + 1;
    if (!runs) {
      FIRN_ASSIGN(containers, Take<uint32_t>());
    }
    if (containers > 0x10000) return Broken("number of containers");
    std::string_view run_flags;
    if (runs) {
      FIRN_ASSIGN(run_flags, TakeBytes((containers + 7) / 8));
    }
    FIRN_ASSIGN(const std::string_view header, TakeBytes(size_t{containers} * 4));
    if (!runs || containers >= kOffsetsFrom) FIRN_TRY(TakeBytes(size_t{containers} * 4));
    return Containers(containers, run_flags, header);
  }

 private:
  Error Broken(std::string_view what) const {
    return Corrupt("a position bitmap is damaged (" + std::string(what) + "), at byte", at_);
  }

  Result<std::string_view> TakeBytes(size_t size) {
    if (size > bytes_.size() - at_) return Broken("cut");
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }

  Result<uint64_t> Containers(uint32_t containers, std::string_view run_flags,
                              std::string_view header) {
    uint64_t values = 0;
    int32_t last_key = -1;
    for (uint32_t i = 0; i < containers; ++i) {
      const int32_t key = ReadLittleEndian<uint16_t>(header.substr(size_t{i} * 4));
      const uint32_t claimed = ReadLittleEndian<uint16_t>(header.substr(size_t{i} * 4 + 2)) + 1u;
      if (key <= last_key) return Broken("order of containers");
      last_key = key;
      const bool runs = !run_flags.empty() && ((run_flags[i / 8] >> (i % 8)) & 1) != 0;
      FIRN_ASSIGN(const uint32_t found, runs                  ? Runs()
                                        : claimed > kArrayMax ? Bitset()
                                                              : Array(claimed));
      if (found != claimed) return Broken("cardinality");
      values += found;
    }
    return values;
  }

  Result<uint32_t> Array(uint32_t size) {
    FIRN_ASSIGN(const std::string_view values, TakeBytes(size_t{size} * 2));
    int32_t last = -1;
    for (uint32_t i = 0; i < size; ++i) {
      const int32_t value = ReadLittleEndian<uint16_t>(values.substr(size_t{i} * 2));
      if (value <= last) return Broken("order of values");
      last = value;
    }
    return size;
  }

  Result<uint32_t> Bitset() {
    FIRN_ASSIGN(const std::string_view bits, TakeBytes(kBitsetBytes));
    int count = 0;
    for (size_t i = 0; i < kBitsetBytes; i += 8) {
      count += std::popcount(ReadLittleEndian<uint64_t>(bits.substr(i)));
    }
    return static_cast<uint32_t>(count);
  }

  Result<uint32_t> Runs() {
    FIRN_ASSIGN(const uint16_t runs, Take<uint16_t>());
    FIRN_ASSIGN(const std::string_view pairs, TakeBytes(size_t{runs} * 4));
    uint32_t count = 0;
    int32_t last = -1;
    for (uint32_t i = 0; i < runs; ++i) {
      const int32_t start = ReadLittleEndian<uint16_t>(pairs.substr(size_t{i} * 4));
      const int32_t length = ReadLittleEndian<uint16_t>(pairs.substr(size_t{i} * 4 + 2));
      if (start <= last || start + length > 0xFFFF) return Broken("order of runs");
      last = start + length;
      count += static_cast<uint32_t>(length) + 1;
    }
    return count;
  }

  std::string_view bytes_;
  size_t at_ = 0;
};

}  // namespace

void PositionBitmap::Free::operator()(roaring_bitmap_s* bitmap) const {
  roaring_bitmap_free(bitmap);
}

PositionBitmap::PositionBitmap() = default;
PositionBitmap::~PositionBitmap() = default;
PositionBitmap::PositionBitmap(PositionBitmap&&) noexcept = default;

PositionBitmap::PositionBitmap(const PositionBitmap& other) {
  for (const auto& [key, part] : other.parts_) {
    parts_.emplace(key, Part(roaring_bitmap_copy(part.get())));
  }
}

PositionBitmap& PositionBitmap::operator=(PositionBitmap other) noexcept {
  parts_ = std::move(other.parts_);
  return *this;
}

PositionBitmap PositionBitmap::Of(std::span<const int64_t> positions) {
  PositionBitmap bitmap;
  bitmap.Add(positions);
  return bitmap;
}

roaring_bitmap_s& PositionBitmap::PartOf(int64_t position) {
  FIRN_ASSERT(position >= 0);
  Part& part = parts_[KeyOf(position)];
  if (part == nullptr) part.reset(roaring_bitmap_create());
  return *part;
}

void PositionBitmap::Add(int64_t position) {
  roaring_bitmap_add(&PartOf(position), static_cast<uint32_t>(position));
}

void PositionBitmap::Add(std::span<const int64_t> positions) {
  std::vector<uint32_t> run;
  for (size_t i = 0; i < positions.size();) {
    const uint32_t key = KeyOf(positions[i]);
    run.clear();
    for (; i < positions.size() && KeyOf(positions[i]) == key; ++i) {
      run.push_back(static_cast<uint32_t>(positions[i]));
    }
    roaring_bitmap_add_many(&PartOf(positions[i - 1]), run.size(), run.data());
  }
}

void PositionBitmap::Add(const PositionBitmap& other) {
  for (const auto& [key, part] : other.parts_) {
    roaring_bitmap_or_inplace(&PartOf(PositionOf(key, 0)), part.get());
  }
}

void PositionBitmap::Remove(const PositionBitmap& other) {
  for (const auto& [key, part] : other.parts_) {
    const auto own = parts_.find(key);
    if (own == parts_.end()) continue;
    roaring_bitmap_andnot_inplace(own->second.get(), part.get());
    if (roaring_bitmap_is_empty(own->second.get())) parts_.erase(own);
  }
}

int64_t PositionBitmap::CountWithin(int64_t first, int64_t end) const {
  first = std::max<int64_t>(first, 0);
  if (first >= end) return 0;
  uint64_t count = 0;
  for (auto at = parts_.lower_bound(KeyOf(first)); at != parts_.end(); ++at) {
    const int64_t begin = PositionOf(at->first, 0);
    if (begin >= end) break;
    const uint64_t from = first > begin ? static_cast<uint64_t>(first - begin) : 0;
    const uint64_t to = std::min(static_cast<uint64_t>(end - begin), kPartSize);
    count += roaring_bitmap_range_cardinality(at->second.get(), from, to);
  }
  return static_cast<int64_t>(count);
}

int64_t PositionBitmap::cardinality() const {
  uint64_t count = 0;
  for (const auto& [key, part] : parts_)
    count += roaring_bitmap_get_cardinality(part.get());
  return static_cast<int64_t>(count);
}

bool PositionBitmap::Contains(int64_t position) const {
  if (position < 0) return false;
  const auto found = parts_.find(KeyOf(position));
  return found != parts_.end() &&
         roaring_bitmap_contains(found->second.get(), static_cast<uint32_t>(position));
}

std::vector<int64_t> PositionBitmap::Within(int64_t first, int64_t end) const {
  std::vector<int64_t> out;
  first = std::max<int64_t>(first, 0);
  if (first >= end) return out;
  std::vector<uint32_t> piece(kIteratorPiece);
  for (auto at = parts_.lower_bound(KeyOf(first)); at != parts_.end(); ++at) {
    if (PositionOf(at->first, 0) >= end) break;
    roaring_uint32_iterator_t iterator;
    roaring_init_iterator(at->second.get(), &iterator);
    if (at->first == KeyOf(first)) {
      roaring_move_uint32_iterator_equalorlarger(&iterator, static_cast<uint32_t>(first));
    }
    while (iterator.has_value) {
      const uint32_t read = roaring_read_uint32_iterator(&iterator, piece.data(),
                                                         static_cast<uint32_t>(piece.size()));
      for (uint32_t i = 0; i < read; ++i) {
        const int64_t position = PositionOf(at->first, piece[i]);
        if (position >= end) return out;
        out.push_back(position);
      }
    }
  }
  return out;
}

std::vector<int64_t> PositionBitmap::ToVector() const {
  std::vector<int64_t> all = Within(0, kPositionMax);
  if (Contains(kPositionMax)) all.push_back(kPositionMax);
  return all;
}

int64_t PositionBitmap::size_bytes() const {
  size_t bytes = 0;
  for (const auto& [key, part] : parts_)
    bytes += 64 + roaring_bitmap_portable_size_in_bytes(part.get());
  return static_cast<int64_t>(bytes);
}

bool operator==(const PositionBitmap& left, const PositionBitmap& right) {
  return std::ranges::equal(left.parts_, right.parts_, [](const auto& a, const auto& b) {
    return a.first == b.first && roaring_bitmap_equals(a.second.get(), b.second.get());
  });
}

std::string PositionBitmap::Serialize() const {
  std::string out;
  AppendLittleEndian(out, uint64_t{parts_.size()});
  for (const auto& [key, part] : parts_) {
    const Part packed(roaring_bitmap_copy(part.get()));
    roaring_bitmap_run_optimize(packed.get());
    AppendLittleEndian(out, key);
    const size_t at = out.size();
    out.resize(at + roaring_bitmap_portable_size_in_bytes(packed.get()));
    roaring_bitmap_portable_serialize(packed.get(), out.data() + at);
  }
  return out;
}

Result<PositionBitmap> PositionBitmap::Parse(std::string_view bytes) {
  PositionBitmap bitmap;
  Walker walker(bytes);
  FIRN_ASSIGN(const uint64_t parts, walker.Take<uint64_t>());
  int64_t last_key = -1;
  for (uint64_t i = 0; i < parts; ++i) {
    FIRN_ASSIGN(const uint32_t key, walker.Take<uint32_t>());
    if (key > kKeyMax || int64_t{key} <= last_key) {
      return Corrupt("a position bitmap has keys out of order or range", key);
    }
    last_key = key;
    const size_t begin = walker.position();
    FIRN_ASSIGN(const uint64_t values, walker.Bitmap());
    if (values == 0) continue;  // Writers fill the gaps between keys.
    Part part(
        roaring_bitmap_portable_deserialize_safe(bytes.data() + begin, walker.position() - begin));
    if (part == nullptr) return Corrupt("a position bitmap is damaged, at byte", begin);
    bitmap.parts_.emplace(key, std::move(part));
  }
  if (!walker.at_end())
    return Corrupt("bytes follow a position bitmap, at byte", walker.position());
  return bitmap;
}

}  // namespace firn::datafile
