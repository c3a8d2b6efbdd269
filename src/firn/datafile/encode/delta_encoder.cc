// SPDX-License-Identifier: Apache-2.0
//
// Blocks of 128 distances: the smallest of them, then four miniblocks of 32, each packed with the
// bits that its largest distance above the smallest needs. Distances wrap around, as the format
// has it: a reader adds them up the same way.

#include "firn/datafile/encode/delta_encoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <vector>

#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/varint.h"

namespace firn::datafile {
namespace {

constexpr size_t kBlock = 128;
constexpr size_t kMiniblocks = 4;
constexpr size_t kMiniblock = kBlock / kMiniblocks;

template <typename Number>
using Block = std::array<std::make_unsigned_t<Number>, kBlock>;

template <typename Number>
int WidthOf(const Block<Number>& block, size_t first, size_t count) {
  std::make_unsigned_t<Number> bits = 0;
  for (size_t i = first; i < first + count; ++i)
    bits |= block[i];
  return BitWidthOf(bits);
}

// Writes a block of `count` distances above `lowest`; what follows them in `block` is zero.
template <typename Number>
void AppendBlock(const Block<Number>& block, size_t count, Number lowest, ByteBuffer& out) {
  AppendZigzag(out, lowest);
  std::array<int, kMiniblocks> widths{};
  for (size_t i = 0; i * kMiniblock < count; ++i)
    widths[i] = WidthOf<Number>(block, i * kMiniblock, kMiniblock);
  for (const int width : widths)
    out.Append(static_cast<char>(width));
  for (size_t i = 0; i < kMiniblocks; ++i)
    AppendPacked(block.data() + i * kMiniblock, kMiniblock, widths[i], out);
}

// Fills `block` with the distances of `count` numbers, each from the one before it.
template <typename Number>
Number FillBlock(const Number* numbers, size_t count, Block<Number>& block) {
  using Unsigned = std::make_unsigned_t<Number>;
  Number lowest = std::numeric_limits<Number>::max();
  for (size_t i = 0; i < count; ++i) {
    block[i] = static_cast<Unsigned>(static_cast<Unsigned>(numbers[i]) -
                                     static_cast<Unsigned>(numbers[i - 1]));
  }
  for (size_t i = 0; i < count; ++i)
    lowest = std::min(lowest, static_cast<Number>(block[i]));
  for (size_t i = 0; i < count; ++i)
    block[i] = static_cast<Unsigned>(block[i] - static_cast<Unsigned>(lowest));
  std::fill(block.begin() + static_cast<std::ptrdiff_t>(count), block.end(), Unsigned{0});
  return lowest;
}

template <typename Number>
void AppendNumbers(std::span<const Number> numbers, ByteBuffer& out) {
  AppendVarint(out, kBlock);
  AppendVarint(out, kMiniblocks);
  AppendVarint(out, numbers.size());
  AppendZigzag(out, numbers.empty() ? 0 : numbers[0]);
  Block<Number> block;
  for (size_t at = 1; at < numbers.size(); at += kBlock) {
    const size_t count = std::min(kBlock, numbers.size() - at);
    const Number lowest = FillBlock(numbers.data() + at, count, block);
    AppendBlock<Number>(block, count, lowest, out);
  }
}

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t most = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first -
      a.begin());
}

}  // namespace

void AppendDeltas(std::span<const int32_t> numbers, ByteBuffer& out) {
  AppendNumbers(numbers, out);
}

void AppendDeltas(std::span<const int64_t> numbers, ByteBuffer& out) {
  AppendNumbers(numbers, out);
}

// Texts that lie side by side are copied at once.
void AppendTexts(std::span<const std::string_view> texts, ByteBuffer& out) {
  for (size_t first = 0; first < texts.size();) {
    size_t bytes = texts[first].size(), last = first + 1;
    for (; last < texts.size() && texts[last].data() == texts[first].data() + bytes; ++last)
      bytes += texts[last].size();
    out.Append(std::string_view(texts[first].data(), bytes));
    first = last;
  }
}

void AppendDeltaLengths(std::span<const std::string_view> texts, ByteBuffer& out) {
  std::vector<int32_t> lengths(texts.size());
  for (size_t i = 0; i < texts.size(); ++i)
    lengths[i] = static_cast<int32_t>(texts[i].size());
  AppendDeltas(lengths, out);
  AppendTexts(texts, out);
}

void AppendDeltaTexts(std::span<const std::string_view> texts, ByteBuffer& out) {
  std::vector<int32_t> prefixes(texts.size());
  std::vector<std::string_view> suffixes(texts.begin(), texts.end());
  for (size_t i = 1; i < texts.size(); ++i) {
    const size_t shared = CommonPrefix(texts[i - 1], texts[i]);
    prefixes[i] = static_cast<int32_t>(shared);
    suffixes[i].remove_prefix(shared);
  }
  AppendDeltas(prefixes, out);
  AppendDeltaLengths(suffixes, out);
}

}  // namespace firn::datafile
