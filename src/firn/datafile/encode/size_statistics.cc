// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/size_statistics.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace firn::datafile {
namespace {

std::vector<int64_t> CountLevels(const std::vector<uint8_t>& levels, int highest) {
  std::vector<int64_t> counts(static_cast<size_t>(highest) + 1);
  for (const uint8_t level : levels)
    ++counts[level];
  return counts;
}

int64_t TextBytes(std::span<const std::string_view> texts) {
  size_t bytes = 0;
  for (const std::string_view text : texts)
    bytes += text.size();
  return static_cast<int64_t>(bytes);
}

void AddTo(std::vector<int64_t>& counts, const std::vector<int64_t>& more) {
  counts.resize(more.size());
  for (size_t level = 0; level < more.size(); ++level)
    counts[level] += more[level];
}

}  // namespace

SizeStatistics SizesOf(const LeafColumn& leaf, const LeafRows& rows) {
  SizeStatistics sizes;
  if (leaf.type == PhysicalType::kByteArray) {
    sizes.text_bytes = TextBytes(std::get<std::span<const std::string_view>>(rows.values));
  }
  if (leaf.repetition_max > 0) sizes.repetition = CountLevels(rows.repetition, leaf.repetition_max);
  if (leaf.definition_max > 1) sizes.definition = CountLevels(rows.definition, leaf.definition_max);
  return sizes;
}

void Merge(const SizeStatistics& more, SizeStatistics& out) {
  if (more.text_bytes) out.text_bytes = out.text_bytes.value_or(0) + *more.text_bytes;
  AddTo(out.repetition, more.repetition);
  AddTo(out.definition, more.definition);
}

}  // namespace firn::datafile
