// SPDX-License-Identifier: Apache-2.0
//
// The window holds the slice being filled and, behind it, the unit being framed; it grows by whole
// blocks until the unit ends in it. A unit is described once, then joins the slice or closes it.
// What decides is known without looking ahead, except for records that name no conversation at the
// start of a file: they wait in their slice for the first that does. A record that is too long is
// handed on in pieces as soon as that is known; the framer goes on looking for its end.

#include "firn/conversations/slicer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <simdjson.h>

#include "firn/base/digest.h"
#include "firn/base/json.h"

namespace firn::conversations {
namespace {

// How much may wait for a record that names its conversation.
constexpr size_t kUnnamedBytesMax = size_t{1} << 20;

// The largest length up to `length` that does not cut a UTF-8 sequence; bytes that are none are cut
// anywhere.
size_t CharacterBoundary(std::string_view text, size_t length) {
  constexpr size_t kSequenceMax = 4;
  for (size_t back = 0; back < kSequenceMax && back < length; ++back) {
    if ((static_cast<unsigned char>(text[length - back]) & 0xC0) != 0x80) return length - back;
  }
  return length;
}

}  // namespace

Slicer::Slicer(const Platform& platform, std::string_view path, ByteWindow& window,
               const SlicerStart& start, SlicerOptions options)
    : platform_(platform),
      window_(window),
      options_(options),
      framer_(MakeFramer(platform.framing(path), start.offset)),
      describer_(platform.MakeDescriber(path)),
      offset_(start.offset),
      last_time_(start.modified) {
  const Result<Json> state = Json::Parse(start.state);
  if (!state) return;
  native_id_ = state->GetString("native_id").value_or("");
  last_time_ = TimeUs{state->GetInt64("timestamp_us").value_or(start.modified.value)};
  in_long_record_ = state->GetBool("in_long_record").value_or(false);
}

Slicer::~Slicer() = default;

std::string Slicer::state() const {
  Json state;
  state.Set("native_id", native_id_);
  state.Set("timestamp_us", last_time_.value);
  if (in_long_record_) state.Set("in_long_record", true);
  return state.Dump();
}

Result<std::optional<Slice>> Slicer::Next() {
  while (true) {
    FIRN_ASSIGN(const std::optional<Unit> unit, NextUnit());
    if (!unit) break;
    Description description = Describe(*unit);
    std::optional<Slice> closed;
    if (MustCut(*unit, description)) closed = CloseSlice();
    Merge(*unit, std::move(description));
    if (closed) return closed;
  }
  if (!slice_) return std::optional<Slice>();
  return std::optional<Slice>(CloseSlice());
}

// Finds the unit behind the slice being filled; it lies in the window.
Result<std::optional<Slicer::Unit>> Slicer::NextUnit() {
  bool at_end = false;
  while (true) {
    const std::string_view rest = window_.window().substr(held_);
    std::optional<Unit> unit = UnitAt(rest, at_end);
    if (unit || at_end) return unit;
    FIRN_ASSIGN(const bool more, window_.More());
    at_end = !more;
  }
}

// The unit that begins at `rest`; nothing if more of the file is needed to tell.
std::optional<Slicer::Unit> Slicer::UnitAt(std::string_view rest, bool at_end) {
  if (long_left_ > 0) return PieceAt(rest);
  std::optional<size_t> length = framer_->Next(rest);
  if (!length && at_end && !rest.empty()) {
    length = framer_->Last(rest);
    if (!length && options_.take_unfinished) length = rest.size();
  }
  if (!in_long_record_ && length.value_or(rest.size()) > options_.record_bytes_max) {
    in_long_record_ = long_record_begins_ = true;
  }
  if (in_long_record_) {
    long_left_ = length.value_or(0);
    return PieceAt(rest);
  }
  if (!length) return std::nullopt;
  return Unit{rest.substr(0, *length)};
}

// A slice's worth of a record that is too long, or what is left of it once its end is known.
std::optional<Slicer::Unit> Slicer::PieceAt(std::string_view rest) {
  const size_t most = long_left_ > 0 ? long_left_ : rest.size();
  if (long_left_ == 0 && most <= options_.slice_bytes_max) return std::nullopt;
  size_t length = std::min(most, options_.slice_bytes_max);
  if (length < most) length = CharacterBoundary(rest, length);
  if (long_left_ == 0) {
    framer_->Skip(length);
  } else {
    long_left_ -= length;
    in_long_record_ = long_left_ > 0;
  }
  return Unit{rest.substr(0, length), true, std::exchange(long_record_begins_, false)};
}

// Parsers read a few bytes beyond a record: at the very end of the window they get a copy.
Description Slicer::Describe(const Unit& unit) {
  Description description;
  if (unit.is_piece) {
    describer_->Describe({}, description);  // What the file's name says.
    description.unreadable = 1;
    return description;
  }
  const std::string_view window = window_.window();
  if (unit.bytes.data() + unit.bytes.size() + kPadding <= window.data() + window.size()) {
    describer_->Describe(unit.bytes, description);
    return description;
  }
  padded_.assign(unit.bytes);
  padded_.append(kPadding, '\0');
  describer_->Describe(std::string_view(padded_).substr(0, unit.bytes.size()), description);
  return description;
}

bool Slicer::MustCut(const Unit& unit, const Description& description) const {
  if (!slice_) return false;
  const bool blank = description.records == 0 && description.unreadable == 0;
  if (blank || slice_->records + slice_->unreadable == 0) return false;
  if (unit.is_piece != slice_->is_piece) return true;
  const size_t most = slice_is_named_ ? options_.slice_bytes_max
                                      : std::max(options_.slice_bytes_max, kUnnamedBytesMax);
  if (held_ + unit.bytes.size() > most) return true;
  return description.native_id && slice_is_named_ && *description.native_id != slice_->native_id;
}

void Slicer::Merge(const Unit& unit, Description description) {
  if (!slice_) {
    slice_.emplace();
    slice_->offset = offset_;
    slice_->native_id = native_id_;
    slice_is_named_ = !native_id_.empty();
    slice_is_dated_ = false;
  }
  Slice& slice = *slice_;
  if (unit.begins_long_record) slice.long_record = offset_ + static_cast<int64_t>(held_);
  slice.is_piece = slice.is_piece || unit.is_piece;
  held_ += unit.bytes.size();
  if (description.native_id) {
    const bool first = !slice_is_named_ || slice.records + slice.unreadable == 0;
    if (first) slice.native_id = *description.native_id;
    slice_is_named_ = true;
    native_id_ = std::move(*description.native_id);
  }
  if (!slice_is_dated_) slice.timestamp = description.first_timestamp.value_or(last_time_);
  slice_is_dated_ = slice_is_dated_ || description.first_timestamp.has_value();
  if (description.last_timestamp) last_time_ = *description.last_timestamp;
  if (!slice.project_path) slice.project_path = std::move(description.project_path);
  if (!slice.git_repo) slice.git_repo = std::move(description.git_repo);
  if (!slice.environment) slice.environment = std::move(description.environment);
  slice.records += description.records;
  slice.unreadable += description.unreadable;
  std::move(description.messages.begin(), description.messages.end(),
            std::back_inserter(slice.messages));
}

// A file none of whose records names a conversation is one, known by its first line: that stays
// the same while the file grows, and in every copy of it.
std::string Slicer::NativeIdOf(const Slice& slice) const {
  if (!slice.native_id.empty()) return slice.native_id;
  const std::string_view bytes = TrimRecord(slice.bytes);
  return "first-record:" + Md5Hex(bytes.substr(0, bytes.find('\n')));
}

Slice Slicer::CloseSlice() {
  Slice slice = std::move(*slice_);
  slice_.reset();
  slice.bytes = window_.window().substr(0, held_);
  window_.Consume(held_);
  offset_ += static_cast<int64_t>(held_);
  slice.length = static_cast<int64_t>(held_);
  held_ = 0;
  slice.native_id = NativeIdOf(slice);
  if (native_id_.empty()) native_id_ = slice.native_id;
  slice.platform = platform_.name();
  slice.conversation_id = ConversationId(slice.platform, slice.native_id);
  slice.valid_utf8 = simdjson::validate_utf8(slice.bytes.data(), slice.bytes.size());
  slice.record_hash = Md5Hex(slice.bytes);
  return slice;
}

}  // namespace firn::conversations
