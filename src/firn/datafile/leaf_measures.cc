// SPDX-License-Identifier: Apache-2.0
//
// Ids and times hardly ever repeat: a dictionary of them is their plain values and an index each.
// Whether values repeat is seen in the first of them, side by side, as sorting puts equals there.

#include "firn/datafile/leaf_measures.h"

#include <string_view>
#include <unordered_set>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_schema.h"

namespace firn::datafile {
namespace {

constexpr size_t kSampleMax = 4096;
constexpr size_t kSampleMin = 16;

// The first values of a leaf; views into the rows.
struct Sample {
  size_t taken = 0;
  std::unordered_set<std::string_view> distinct;

  // A dictionary pays from about a quarter of repetitions on.
  bool repeats() const { return taken < kSampleMin || distinct.size() * 4 <= taken * 3; }
};

template <typename ViewAt>
void Take(const arrow::Array& array, ViewAt view_at, Sample& sample) {
  for (int64_t row = 0; row < array.length() && sample.taken < kSampleMax; ++row) {
    if (array.IsNull(row)) continue;
    ++sample.taken;
    sample.distinct.insert(view_at(row));
  }
}

void Take(const arrow::Array& array, Sample& sample) {
  const auto type = array.type_id();
  if (arrow::is_binary_like(type)) {
    const auto& texts = static_cast<const arrow::BinaryArray&>(array);
    Take(
        array, [&](int64_t row) { return texts.GetView(row); }, sample);
  } else if (arrow::is_primitive(type) && type != arrow::Type::BOOL) {
    const auto* bytes = array.data()->GetValues<char>(1, 0);
    const auto width = static_cast<size_t>(array.type()->byte_width());
    const auto first = static_cast<size_t>(array.offset());
    Take(
        array,
        [&](int64_t row) {
          return std::string_view(bytes + (first + static_cast<size_t>(row)) * width, width);
        },
        sample);
  }
}

class Measurer {
 public:
  void Add(const arrow::Field& field, const arrow::Array& array) {
    const auto& type = *array.type();
    if (type.id() == arrow::Type::STRUCT) {
      const auto& fields = static_cast<const arrow::StructArray&>(array);
      for (int i = 0; i < fields.num_fields(); ++i)
        Add(*type.field(i), *fields.field(i));
    } else if (arrow::is_var_length_list(type.id())) {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      const int64_t first = list.length() == 0 ? 0 : list.value_offset(0);
      const int64_t last = list.length() == 0 ? 0 : list.value_offset(list.length());
      Add(*type.field(0), *list.values()->Slice(first, last - first));
    } else if (const auto id = FieldIdOf(field)) {
      AddLeaf(*id, array);
    }
  }

  LeafMeasures Finish() {
    for (auto& [id, leaf] : leaves_)
      leaf.repeats = samples_[id].repeats();
    return std::move(leaves_);
  }

 private:
  void AddLeaf(table::FieldId id, const arrow::Array& array) {
    LeafMeasure& leaf = leaves_[id];
    leaf.values += array.length() - array.null_count();
    if (arrow::is_base_binary_like(array.type_id())) leaf.bytes += BytesOf(array);
    if (array.null_count() < array.length()) Take(array, samples_[id]);
  }

  LeafMeasures leaves_;
  std::map<table::FieldId, Sample> samples_;
};

}  // namespace

LeafMeasures MeasureLeaves(const arrow::Table& rows) {
  Measurer measurer;
  for (int i = 0; i < rows.num_columns(); ++i) {
    for (const auto& chunk : rows.column(i)->chunks())
      measurer.Add(*rows.schema()->field(i), *chunk);
  }
  return measurer.Finish();
}

}  // namespace firn::datafile
