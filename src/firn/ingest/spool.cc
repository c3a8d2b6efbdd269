// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/spool.h"

#include <algorithm>
#include <cstring>

namespace firn::ingest {
namespace {

constexpr size_t kMemoryBytesMax = size_t{8} << 20;

}  // namespace

Status Spool::Append(std::string_view bytes) {
  size_ += static_cast<int64_t>(bytes.size());
  if (size_ > bytes_max_) return ResourceExhausted("the text is longer than may be", bytes_max_);
  memory_.append(bytes);
  return memory_.size() > kMemoryBytesMax ? Spill() : Ok();
}

Status Spool::Finish() {
  return file_ != nullptr ? Spill() : Ok();
}

Status Spool::Spill() {
  if (file_ == nullptr) {
    FIRN_ASSIGN(file_, io::LocalScratchSpace(folder_).Create());
  }
  FIRN_TRY(file_->Append(memory_));
  memory_.clear();
  return Ok();
}

Result<int64_t> Spool::ReadInto(int64_t offset, std::span<char> out) const {
  const int64_t from = std::min(offset, size_);
  const int64_t length = std::min(static_cast<int64_t>(out.size()), size_ - from);
  if (file_ == nullptr) {
    std::memcpy(out.data(), memory_.data() + from, static_cast<size_t>(length));
  } else {
    FIRN_TRY(file_->ReadInto(from, out.first(static_cast<size_t>(length))));
  }
  return length;
}

}  // namespace firn::ingest
