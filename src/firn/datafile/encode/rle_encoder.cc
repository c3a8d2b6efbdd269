// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/rle_encoder.h"

#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/varint.h"

namespace firn::datafile {
namespace {

constexpr size_t kGroup = 8;
// A shorter run costs more than its packed numbers, with the headers around it.
constexpr size_t kRunMin = 2 * kGroup;

template <typename Number>
void AppendGroups(std::span<const Number> numbers, int width, ByteBuffer& out) {
  if (numbers.empty()) return;
  const size_t groups = (numbers.size() + kGroup - 1) / kGroup;
  AppendVarint(out, groups << 1 | 1);
  const size_t end = out.size() + groups * static_cast<size_t>(width);
  AppendPacked(numbers.data(), numbers.size(), width, out);
  while (out.size() < end)
    out.Append('\0');
}

template <typename Number>
size_t RunFrom(std::span<const Number> numbers, size_t first) {
  size_t at = first + 1;
  while (at < numbers.size() && numbers[at] == numbers[first])
    ++at;
  return at - first;
}

// A run begins where a group ends: the packed numbers before it are filled up from it.
template <typename Number>
void AppendAll(std::span<const Number> numbers, int width, ByteBuffer& out) {
  size_t packed_from = 0, at = 0;
  while (at < numbers.size()) {
    const size_t run = RunFrom(numbers, at);
    const size_t fill = (kGroup - (at - packed_from) % kGroup) % kGroup;
    if (run < kRunMin + fill) {
      at += run;
      continue;
    }
    AppendGroups(numbers.subspan(packed_from, at + fill - packed_from), width, out);
    AppendRun(static_cast<uint32_t>(numbers[at]), run - fill, width, out);
    at += run;
    packed_from = at;
  }
  AppendGroups(numbers.subspan(packed_from), width, out);
}

}  // namespace

void AppendHybrid(std::span<const uint8_t> numbers, int width, ByteBuffer& out) {
  AppendAll(numbers, width, out);
}

void AppendHybrid(std::span<const uint32_t> numbers, int width, ByteBuffer& out) {
  AppendAll(numbers, width, out);
}

void AppendRun(uint32_t number, size_t count, int width, ByteBuffer& out) {
  AppendVarint(out, count << 1);
  for (int bits = 0; bits < width; bits += 8)
    out.Append(static_cast<char>(number >> bits));
}

}  // namespace firn::datafile
