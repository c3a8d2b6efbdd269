// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/io/scratch.h"

namespace firn::datafile {

/// Batches of one layout that wait on disk: Arrow IPC messages, one behind the other in a scratch
/// file, under lz4 where that halves the first. Not thread-safe.
class SpillFile {
 public:
  static Result<std::unique_ptr<SpillFile>> Create(io::ScratchSpace& scratch,
                                                   std::shared_ptr<arrow::Schema> layout);

  Status Write(const arrow::RecordBatch& batch);
  /// How many batches there are; they are numbered from 0.
  size_t batches() const { return ends_.size(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Read(size_t batch) const;
  int64_t size_bytes() const { return file_->size_bytes(); }

 private:
  SpillFile(std::unique_ptr<io::ScratchFile> file, std::shared_ptr<arrow::Schema> layout);

  std::unique_ptr<io::ScratchFile> file_;
  std::shared_ptr<arrow::Schema> layout_;
  std::vector<int64_t> ends_;
  std::optional<bool> compresses_;
};

}  // namespace firn::datafile
