// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace firn::datafile {

/// Bytes that grow at their end and keep their room when cleared. Unlike a string it does not fill
/// new bytes with zeros before they are written.
class ByteBuffer {
 public:
  size_t size() const { return size_; }
  const char* data() const { return bytes_.get(); }
  std::string_view view() const { return {bytes_.get(), size_}; }

  void Clear() { size_ = 0; }
  /// Cuts to `size`, which is no more than there is.
  void Truncate(size_t size) { size_ = size; }

  /// Adds `count` bytes, which the caller writes; the pointer holds until the next call.
  char* Extend(size_t count) {
    if (size_ + count > capacity_) Grow(size_ + count);
    char* const added = bytes_.get() + size_;
    size_ += count;
    return added;
  }
  void Append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
  }
  void Append(char byte) { *Extend(1) = byte; }
  /// Writes over bytes that are there.
  void Overwrite(size_t at, std::string_view bytes) {
    std::memcpy(bytes_.get() + at, bytes.data(), bytes.size());
  }

 private:
  static constexpr size_t kRoomMin = 256;

  void Grow(size_t needed) {
    const size_t capacity = std::max({needed, capacity_ + capacity_ / 2, kRoomMin});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace firn::datafile
