// SPDX-License-Identifier: Apache-2.0
//
// A row becomes slots: one for each value, null or empty list that a leaf has in it. Each step of
// the leaf's path either ends a slot (a null, an empty list), leads it on, or makes several of it
// (Nested Encoding, after Dremel). Where no list is on the path, slots are rows.

#include "firn/datafile/encode/leaf_reader.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/bit_util.h>

namespace firn::datafile {
namespace {

using Kind = PathStep::Kind;

constexpr int64_t kEnded = -1;
constexpr int64_t kDecimalBytes = 16;

// Positions side by side.
struct Run {
  int64_t first = 0;
  size_t count = 0;

  size_t size() const { return count; }
  int64_t operator[](size_t i) const { return first + static_cast<int64_t>(i); }
};

// Appends the numbers at `positions` of `from`.
template <typename Number, typename Positions>
void AppendNumbers(const uint8_t* from, const Positions& positions, std::vector<Number>& out) {
  const auto* numbers = reinterpret_cast<const Number*>(from);
  const size_t size = out.size();
  if constexpr (std::is_same_v<Positions, Run>) {
    out.insert(out.end(), numbers + positions.first, numbers + positions[positions.size()]);
  } else {
    out.resize(size + positions.size());
    for (size_t i = 0; i < positions.size(); ++i)
      out[size + i] = numbers[positions[i]];
  }
}

}  // namespace

// The levels of the rows of one batch, and where their values lie.
class LeafReader::Levels {
 public:
  Levels(const BatchView& view, int64_t first, int64_t last) : view_(view), run_{first, 0} {
    run_.count = static_cast<size_t>(last - first);
  }

  bool is_run() const { return is_run_; }
  const Run& run() const { return run_; }
  const std::vector<int64_t>& positions() const { return at_; }

  // Of a leaf outside lists.
  void ReadFlat(const LeafColumn& leaf, LeafRows& out) {
    out.slots += run_.count;
    const bool may_miss = std::any_of(
        view_.begin(), view_.end(), [](const StepView& step) { return step.validity != nullptr; });
    if (may_miss) return ReadMissing(out);
    for (const StepView& step : view_)
      run_.first += step.base;
    if (leaf.definition_max == 0) return;
    out.definition.insert(out.definition.end(), run_.count,
                          static_cast<uint8_t>(leaf.definition_max));
  }

  // Of any leaf.
  void ReadNested(LeafRows& out) {
    is_run_ = false;
    at_.resize(run_.count);
    std::iota(at_.begin(), at_.end(), run_.first);
    definition_.assign(at_.size(), 0);
    repetition_.assign(at_.size(), 0);
    for (const StepView& step : view_)
      Take(step);
    out.slots += at_.size();
    out.definition.insert(out.definition.end(), definition_.begin(), definition_.end());
    out.repetition.insert(out.repetition.end(), repetition_.begin(), repetition_.end());
    std::erase(at_, kEnded);
  }

 private:
  void ReadMissing(LeafRows& out) {
    is_run_ = false;
    at_.clear();
    for (size_t i = 0; i < run_.count; ++i) {
      int64_t at = run_[i];
      uint8_t definition = 0;
      for (const StepView& step : view_) {
        at += step.base;
        if (!step.nullable) continue;
        if (step.validity != nullptr && !arrow::bit_util::GetBit(step.validity, at)) {
          at = kEnded;
          break;
        }
        ++definition;
      }
      out.definition.push_back(definition);
      if (at != kEnded) at_.push_back(at);
    }
  }

  void Take(const StepView& step) {
    for (size_t i = 0; i < at_.size(); ++i) {
      if (at_[i] == kEnded) continue;
      at_[i] += step.base;
      if (!step.nullable) continue;
      if (step.validity != nullptr && !arrow::bit_util::GetBit(step.validity, at_[i])) {
        at_[i] = kEnded;
      } else {
        ++definition_[i];
      }
    }
    if (step.kind == Kind::kList) Spread(step.offsets);
  }

  // Makes a slot of each element of each list.
  void Spread(const int32_t* offsets) {
    ++lists_;
    std::vector<int64_t> at;
    std::vector<uint8_t> definition, repetition;
    const auto add = [&](int64_t position, uint8_t defined, uint8_t repeated) {
      at.push_back(position);
      definition.push_back(defined);
      repetition.push_back(repeated);
    };
    for (size_t i = 0; i < at_.size(); ++i) {
      const int64_t first = at_[i] == kEnded ? 0 : offsets[at_[i]];
      const int64_t last = at_[i] == kEnded ? 0 : offsets[at_[i] + 1];
      if (first == last) add(kEnded, definition_[i], repetition_[i]);
      for (int64_t element = first; element < last; ++element) {
        add(element, static_cast<uint8_t>(definition_[i] + 1),
            element == first ? repetition_[i] : lists_);
      }
    }
    at_ = std::move(at);
    definition_ = std::move(definition);
    repetition_ = std::move(repetition);
  }

  const BatchView& view_;
  Run run_;
  bool is_run_ = true;
  std::vector<int64_t> at_;  // Of each slot, the position in the step to come.
  std::vector<uint8_t> definition_, repetition_;
  uint8_t lists_ = 0;
};

LeafReader::LeafReader(const LeafColumn& leaf,
                       const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches)
    : leaf_(leaf), first_rows_{0} {
  for (const auto& batch : batches) {
    views_.push_back(ViewOf(*batch, leaf));
    first_rows_.push_back(first_rows_.back() + static_cast<size_t>(batch->num_rows()));
  }
}

LeafReader::StepView LeafReader::ViewOf(const arrow::ArrayData& data, const PathStep& step,
                                        int64_t base) {
  StepView view{step.kind, step.nullable, nullptr, nullptr, nullptr, base};
  const bool may_miss = step.nullable && data.buffers[0] != nullptr && data.GetNullCount() > 0;
  if (may_miss) view.validity = data.buffers[0]->data();
  const size_t last = data.buffers.size() - 1;
  if (last > 0 && data.buffers[last] != nullptr) view.values = data.buffers[last]->data();
  const bool has_offsets = step.kind == Kind::kList || last == 2;
  if (has_offsets && data.buffers[1] != nullptr) {
    view.offsets = reinterpret_cast<const int32_t*>(data.buffers[1]->data());
  }
  return view;
}

LeafReader::BatchView LeafReader::ViewOf(const arrow::RecordBatch& batch, const LeafColumn& leaf) {
  BatchView view;
  const arrow::ArrayData* data = batch.column_data(leaf.column).get();
  for (const PathStep& step : leaf.steps) {
    view.push_back(ViewOf(*data, step, data->offset));
    if (step.kind == Kind::kStruct) data = data->child_data[static_cast<size_t>(step.child)].get();
    if (step.kind == Kind::kList) data = data->child_data[0].get();
  }
  return view;
}

size_t LeafReader::WidthOf() const {
  switch (leaf_.type) {
    case PhysicalType::kInt64:
    case PhysicalType::kDouble:
      return sizeof(int64_t);
    case PhysicalType::kFixedLenByteArray:
      return static_cast<size_t>(leaf_.type_length);
    default:
      return sizeof(int32_t);  // Of texts, the length.
  }
}

LeafReader::Extent LeafReader::ExtentIn(const BatchView& view, int64_t first, int64_t last) const {
  Extent extent;
  extent.slots = static_cast<size_t>(last - first);
  for (const StepView& step : view) {
    if (first == last) return extent;
    first += step.base;
    last += step.base;
    if (step.kind != Kind::kList) continue;
    first = step.offsets[first];
    last = step.offsets[last];
    extent.slots += static_cast<size_t>(last - first);
  }
  extent.bytes = static_cast<size_t>(last - first) * WidthOf();
  if (leaf_.type == PhysicalType::kBoolean) extent.bytes /= 32;
  if (leaf_.type == PhysicalType::kByteArray && first < last) {
    const int32_t* offsets = view.back().offsets;
    extent.bytes += static_cast<size_t>(offsets[last] - offsets[first]);
  }
  return extent;
}

LeafReader::Extent LeafReader::ExtentOf(size_t first, size_t last) const {
  Extent extent;
  const auto after = std::upper_bound(first_rows_.begin(), first_rows_.end(), first);
  for (auto batch = static_cast<size_t>(after - first_rows_.begin()) - 1;
       batch < views_.size() && first_rows_[batch] < last; ++batch) {
    const size_t begin = std::max(first, first_rows_[batch]) - first_rows_[batch];
    const size_t end = std::min(last, first_rows_[batch + 1]) - first_rows_[batch];
    const Extent part =
        ExtentIn(views_[batch], static_cast<int64_t>(begin), static_cast<int64_t>(end));
    extent.slots += part.slots;
    extent.bytes += part.bytes;
  }
  return extent;
}

void LeafReader::Read(size_t first, size_t last, LeafRows& out) const {
  out.rows = last - first;
  out.slots = 0;
  out.definition.clear();
  out.repetition.clear();
  out.booleans.clear();
  out.int32s.clear();
  out.int64s.clear();
  out.floats.clear();
  out.doubles.clear();
  out.texts.clear();
  out.bytes.Clear();
  const auto after = std::upper_bound(first_rows_.begin(), first_rows_.end(), first);
  for (auto batch = static_cast<size_t>(after - first_rows_.begin()) - 1;
       batch < views_.size() && first_rows_[batch] < last; ++batch) {
    const size_t begin = std::max(first, first_rows_[batch]) - first_rows_[batch];
    const size_t end = std::min(last, first_rows_[batch + 1]) - first_rows_[batch];
    Levels levels(views_[batch], static_cast<int64_t>(begin), static_cast<int64_t>(end));
    if (leaf_.repetition_max == 0) {
      levels.ReadFlat(leaf_, out);
    } else {
      levels.ReadNested(out);
    }
    const StepView& leaf = views_[batch].back();
    if (levels.is_run()) {
      Gather(leaf, levels.run(), out);
    } else {
      Gather(leaf, levels.positions(), out);
    }
  }
  SetValues(out);
}

template <typename Positions>
void LeafReader::Gather(const StepView& leaf, const Positions& positions, LeafRows& out) const {
  if (positions.size() == 0) return;
  if (leaf_.is_decimal) return GatherDecimals(leaf, positions, out);
  switch (leaf_.type) {
    case PhysicalType::kBoolean:
      for (size_t i = 0; i < positions.size(); ++i)
        out.booleans.push_back(arrow::bit_util::GetBit(leaf.values, positions[i]) ? 1 : 0);
      return;
    case PhysicalType::kInt32:
      return AppendNumbers(leaf.values, positions, out.int32s);
    case PhysicalType::kInt64:
      return AppendNumbers(leaf.values, positions, out.int64s);
    case PhysicalType::kFloat:
      return AppendNumbers(leaf.values, positions, out.floats);
    case PhysicalType::kDouble:
      return AppendNumbers(leaf.values, positions, out.doubles);
    default:
      return GatherBytes(leaf, positions, out);
  }
}

template <typename Positions>
void LeafReader::GatherBytes(const StepView& leaf, const Positions& positions,
                             LeafRows& out) const {
  const auto* bytes = reinterpret_cast<const char*>(leaf.values);
  const size_t size = out.texts.size();
  out.texts.resize(size + positions.size());
  if (leaf_.type == PhysicalType::kFixedLenByteArray) {
    const auto length = static_cast<size_t>(leaf_.type_length);
    for (size_t i = 0; i < positions.size(); ++i)
      out.texts[size + i] = {bytes + static_cast<size_t>(positions[i]) * length, length};
    return;
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    const int32_t* const offset = leaf.offsets + positions[i];
    out.texts[size + i] = {bytes + offset[0], static_cast<size_t>(offset[1] - offset[0])};
  }
}

// Up to 18 digits are a number in the file, more are their bytes, the highest first, as few as the
// digits need (LogicalTypes.md, "DECIMAL"). Arrow has 16 bytes, the lowest first.
template <typename Positions>
void LeafReader::GatherDecimals(const StepView& leaf, const Positions& positions,
                                LeafRows& out) const {
  for (size_t i = 0; i < positions.size(); ++i) {
    const uint8_t* const decimal = leaf.values + positions[i] * kDecimalBytes;
    int64_t low = 0;
    std::memcpy(&low, decimal, sizeof(low));
    if (leaf_.type == PhysicalType::kInt32) {
      out.int32s.push_back(static_cast<int32_t>(low));
    } else if (leaf_.type == PhysicalType::kInt64) {
      out.int64s.push_back(low);
    } else {
      char* const to = out.bytes.Extend(static_cast<size_t>(leaf_.type_length));
      std::reverse_copy(decimal, decimal + leaf_.type_length, to);
    }
  }
}

void LeafReader::SetValues(LeafRows& out) const {
  switch (leaf_.type) {
    case PhysicalType::kBoolean:
      out.values = std::span<const uint8_t>(out.booleans);
      return;
    case PhysicalType::kInt32:
      out.values = std::span<const int32_t>(out.int32s);
      return;
    case PhysicalType::kInt64:
      out.values = std::span<const int64_t>(out.int64s);
      return;
    case PhysicalType::kFloat:
      out.values = std::span<const float>(out.floats);
      return;
    case PhysicalType::kDouble:
      out.values = std::span<const double>(out.doubles);
      return;
    default:
      break;
  }
  const auto length = static_cast<size_t>(leaf_.type_length);
  for (size_t at = 0; at < out.bytes.size(); at += length)  // Decimals: their place is final now.
    out.texts.emplace_back(out.bytes.data() + at, length);
  out.values = std::span<const std::string_view>(out.texts);
}

}  // namespace firn::datafile
