// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/array_bytes.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace firn::datafile {
namespace {

using arrow::ArrayData;

int64_t BytesOf(const ArrayData& data, int64_t offset, int64_t length);

int64_t BitsAsBytes(int64_t bits) {
  return (bits + 7) / 8;
}

int64_t VariableBytes(const ArrayData& data, int64_t offset, int64_t length) {
  const auto* offsets = data.GetValues<int32_t>(1, 0);
  return offsets[offset + length] - offsets[offset] +
         length * static_cast<int64_t>(sizeof(int32_t));
}

int64_t ListBytes(const ArrayData& data, int64_t offset, int64_t length) {
  const auto* offsets = data.GetValues<int32_t>(1, 0);
  const ArrayData& child = *data.child_data[0];
  return BitsAsBytes(length) +
         BytesOf(child, child.offset + offsets[offset], offsets[offset + length] - offsets[offset]);
}

// `offset` counts from the start of the buffers.
int64_t BytesOf(const ArrayData& data, int64_t offset, int64_t length) {
  if (length == 0) return 0;
  const arrow::DataType& type = *data.type;
  switch (type.storage_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return VariableBytes(data, offset, length);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return ListBytes(data, offset, length);
    case arrow::Type::STRUCT: {
      int64_t bytes = BitsAsBytes(length);
      for (const auto& child : data.child_data) {
        bytes += BytesOf(*child, child->offset + offset, length);
      }
      return bytes;
    }
    default:
      return BitsAsBytes(length * type.bit_width());
  }
}

// An array, its data, their type-erased holders and the heads of its buffers.
constexpr int64_t kArrayBytes = 384;

int64_t ArraysIn(const ArrayData& data) {
  int64_t arrays = 1;
  for (const auto& child : data.child_data)
    arrays += ArraysIn(*child);
  return arrays;
}

}  // namespace

int64_t BytesOf(const arrow::Array& array) {
  return BytesOf(*array.data(), array.offset(), array.length());
}

int64_t BytesOf(const arrow::RecordBatch& batch) {
  int64_t bytes = 0;
  for (const auto& column : batch.columns())
    bytes += BytesOf(*column);
  return bytes;
}

int64_t HeldBytes(const arrow::RecordBatch& batch) {
  int64_t arrays = 0;
  for (const auto& column : batch.columns())
    arrays += ArraysIn(*column->data());
  return BytesOf(batch) + arrays * kArrayBytes;
}

int64_t RowsWithin(const arrow::RecordBatch& batch, int64_t bytes) {
  int64_t fits = 0, too_many = batch.num_rows() + 1;
  while (too_many - fits > 1) {
    const int64_t middle = fits + (too_many - fits) / 2;
    if (BytesOf(*batch.Slice(0, middle)) <= bytes) {
      fits = middle;
    } else {
      too_many = middle;
    }
  }
  return fits;
}

}  // namespace firn::datafile
