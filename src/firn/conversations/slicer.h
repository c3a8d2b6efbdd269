// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/platform.h"

namespace firn::conversations {

/// The bytes of a file from some offset on, as far as they were read.
class ByteWindow {
 public:
  virtual ~ByteWindow() = default;
  /// Valid until `More` or `Consume`.
  virtual std::string_view window() const = 0;
  /// Lengthens the window; false at the end of the file.
  virtual Result<bool> More() = 0;
  /// Moves the beginning of the window `count` bytes on.
  virtual void Consume(size_t count) = 0;
};

/// Where an earlier slicer of the same file stopped, or the beginning.
struct SlicerStart {
  int64_t offset = 0;
  std::string state;  ///< What `Slicer::state` said; may be empty.
  TimeUs modified;    ///< The file's modification time.
};

/// A longer record is kept, but not read.
inline constexpr size_t kRecordBytesMax = size_t{64} << 20;

struct SlicerOptions {
  size_t slice_bytes_max = size_t{1} << 20;
  size_t record_bytes_max = kRecordBytesMax;
  /// Whether an unfinished last record is taken as it is: for files nobody writes to any more.
  bool take_unfinished = false;
};

/// Cuts a file into slices (runs of whole records of one conversation).
///
/// Slices come in order and tile the file from the offset given: put together they are its bytes.
/// The window holds a slice and the record behind it, and no more. A record over
/// `record_bytes_max` is cut into slices of `slice_bytes_max` that hold no readable record; the
/// first of them says so, and they share no slice with records. Not thread-safe.
class Slicer {
 public:
  /// `platform` and `window` outlive the slicer; the window begins at `start.offset`.
  Slicer(const Platform& platform, std::string_view path, ByteWindow& window,
         const SlicerStart& start, SlicerOptions options = {});
  ~Slicer();

  /// Returns the next slice and consumes its bytes, or nothing at the end. Errors: those of
  /// reading.
  Result<std::optional<Slice>> Next();

  /// The first byte that is in no slice returned so far. At the end it is short of the file's size
  /// only by a record that its writer has not finished.
  int64_t offset() const { return offset_; }
  /// What a later slicer that begins at `offset` wants to know of the records before it.
  std::string state() const;

 private:
  // A record with its separators, or a piece of one that is too long.
  struct Unit {
    std::string_view bytes;
    bool is_piece = false;
    bool begins_long_record = false;
  };

  Result<std::optional<Unit>> NextUnit();
  std::optional<Unit> UnitAt(std::string_view rest, bool at_end);
  std::optional<Unit> PieceAt(std::string_view rest);
  Description Describe(const Unit& unit);
  bool MustCut(const Unit& unit, const Description& description) const;
  void Merge(const Unit& unit, Description description);
  Slice CloseSlice();
  std::string NativeIdOf(const Slice& slice) const;

  const Platform& platform_;
  ByteWindow& window_;
  SlicerOptions options_;
  std::unique_ptr<Framer> framer_;
  std::unique_ptr<Describer> describer_;
  std::string padded_;  // A unit at the very end of the window, with padding.
  int64_t offset_;
  TimeUs last_time_;
  std::string native_id_;       // Of the last record that named one.
  std::optional<Slice> slice_;  // The slice being filled, without its bytes:
  size_t held_ = 0;             // they are the first `held_` of the window.
  bool in_long_record_ = false;
  bool long_record_begins_ = false;  // None of its pieces was handed on yet.
  size_t long_left_ = 0;             // Of it, once its end was found in the window.
  bool slice_is_dated_ = false;
  bool slice_is_named_ = false;
};

}  // namespace firn::conversations
