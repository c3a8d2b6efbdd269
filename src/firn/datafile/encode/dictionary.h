// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/encode/leaf_values.h"
#include "firn/datafile/encode/parquet_format.h"

namespace firn::datafile {

/// The distinct values of a column chunk in the order they first came, found by open addressing.
/// Floats are told apart by their bits. Texts of any length are views into the rows, which outlive
/// this; bytes of a fixed length are copied.
/// Not thread-safe.
class Dictionary {
 public:
  Dictionary() = default;

  /// Empties it, for a column of `type`; the room it has stays.
  void Reset(PhysicalType type);

  /// Appends the place of each value to `indices`. False, with only some of them added, once the
  /// dictionary would grow past `bytes_max` in a page.
  bool Add(const LeafValues& values, size_t bytes_max, std::vector<uint32_t>& indices);

  /// How large it was: `Return` takes out what came later. Nothing is added after that.
  struct Mark {
    size_t size = 0, bytes = 0;
  };
  Mark mark() const { return {size_, bytes_}; }
  void Return(const Mark& mark);

  size_t size() const { return size_; }
  size_t bytes() const { return bytes_; }  ///< In a page.
  /// The bits of an index; at least 1, as some readers do not expect less.
  int index_width() const;

  /// Appends the values as a dictionary page has them.
  void AppendPlain(ByteBuffer& out) const;

 private:
  struct Slot {
    uint32_t tag = 0;    // Of the hash.
    uint32_t entry = 0;  // Its place + 1; 0 = free.
  };

  template <typename Given, typename Value>
  bool AddAll(std::span<const Given> values, std::vector<Value>& entries, size_t bytes_max,
              std::vector<uint32_t>& indices);
  template <typename Value>
  uint32_t Find(Value value, uint64_t hash, std::vector<Value>& entries);
  template <typename Value>
  void Grow(const std::vector<Value>& entries);

  PhysicalType type_ = PhysicalType::kInt32;
  size_t size_ = 0;
  size_t bytes_ = 0;
  std::vector<Slot> slots_;  // A power of two.
  size_t mask_ = 0;
  std::vector<int32_t> int32s_;
  std::vector<int64_t> int64s_;
  std::vector<std::string_view> texts_;
  std::deque<std::string> copies_;
};

}  // namespace firn::datafile
