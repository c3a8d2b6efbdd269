// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/ingest/content_digest.h"

namespace firn::io {
class InputFile;
}  // namespace firn::io

namespace firn::ingest {

/// Reads one source file front to back through a window that grows to hold one record.
///
/// What is consumed counts as taken over: the position of the file is exactly `offset()`, and the
/// hashes are of bytes that were really read, whatever happens to the file meanwhile.
/// Not thread-safe.
class SourceReader {
 public:
  /// Reads `[from, end)` of `input`; `end` beyond the file's size at opening is cut to it.
  /// Set `hash_content` to have `content_hash`, which costs reading the bytes before `from`.
  static Result<std::unique_ptr<SourceReader>> Open(std::shared_ptr<const io::InputFile> input,
                                                    int64_t from, int64_t end,
                                                    bool hash_content = false);

  /// Reads bytes that are shown to it, none at first, and keeps no hashes.
  static std::unique_ptr<SourceReader> OfBytes();
  /// Shows it bytes that stand at `offset` of a file; takes them for those it had.
  void Show(std::string& bytes, int64_t offset);

  /// The bytes from `offset()` on that were read already. Invalid after `More`.
  std::string_view window() const {
    return std::string_view(buffer_).substr(begin_, filled_ - begin_);
  }
  /// Lengthens the window by a block, or doubles it if that is more. False at the end.
  /// Errors: `kIo` where the file became shorter than it was.
  Result<bool> More();
  /// Lengthens the window to `size_bytes`, or to the end.
  Status Fill(size_t size_bytes);
  /// Takes the first `count` bytes of the window over.
  void Consume(size_t count);
  /// Takes everything up to `end()` over unread, for files that are read by other means.
  Status ConsumeRest();

  int64_t offset() const { return offset_; }  ///< Of the first byte of the window, in the file.
  int64_t end() const { return end_; }
  bool at_end() const { return read_to_ == end_; }  ///< The window reaches to `end()`.
  const std::shared_ptr<const io::InputFile>& input() const { return input_; }

  /// The hashes of a `Position` at `offset()`.
  std::string prefix_hash() const;
  std::string tail_hash() const;
  std::string content_hash() const;  ///< "" unless it was asked for.

 private:
  SourceReader(std::shared_ptr<const io::InputFile> input, int64_t from, int64_t end);
  Status Prime(bool hash_content);
  void Remember(std::string_view consumed);

  std::shared_ptr<const io::InputFile> input_;
  int64_t offset_;
  int64_t end_;
  int64_t read_to_;
  std::string buffer_;
  size_t begin_ = 0;
  size_t filled_ = 0;
  std::string prefix_;  // The first kEdgeBytes before offset_.
  std::string tail_;    // At least the last kEdgeBytes before offset_, where there are so many.
  std::optional<ContentDigest> content_;
  bool keeps_hashes_ = true;
};

/// How often `byte` is among `bytes`.
int64_t CountByte(std::string_view bytes, char byte);

/// The edge hashes that a position at `offset` would have if the file were read now.
struct EdgeHashes {
  std::string prefix_hash;
  std::string tail_hash;
};
/// Errors: `kIo` where the file is shorter than `offset`.
Result<EdgeHashes> HashEdges(const io::InputFile& input, int64_t offset);

/// The content hash that a position at `offset` would have if the file were read now.
Result<std::string> HashContent(const io::InputFile& input, int64_t offset);

}  // namespace firn::ingest
