// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/platform.h"

namespace firn::conversations {

/// Finds where the units of a file end. A unit is a record with the separators behind it; units
/// tile the file. Keeps its place, so that bytes are looked at once however the file is read.
class Framer {
 public:
  virtual ~Framer() = default;

  /// Returns the length of the unit that begins at `window[0]`, or nothing if it does not end in
  /// `window`. The next window begins behind the unit returned, or where this one began, longer.
  virtual std::optional<size_t> Next(std::string_view window) = 0;

  /// Returns the length of the last unit of a file, known to end with `window`; nothing if the
  /// writer has not finished it.
  virtual std::optional<size_t> Last(std::string_view window) = 0;

  /// Goes on with the unit begun, of which the first `count` bytes of the window were taken: the
  /// next window begins behind them.
  virtual void Skip(size_t count) = 0;
};

/// Makes the framer for a file read from `offset` on.
std::unique_ptr<Framer> MakeFramer(Framing framing, int64_t offset);

/// Tells whether `text` is one or several whole JSON objects and nothing else but blanks.
/// Looks at brackets and strings only.
bool IsWholeObjects(std::string_view text);

/// The length of the whole JSON objects, and the blanks around them, that `text` begins with.
size_t WholeObjectsLength(std::string_view text);

/// Finds the end of the JSON object or array that begins at `text[0]`: one past its bracket.
/// Nothing if it does not end in `text`.
std::optional<size_t> EndOfValue(std::string_view text);

/// Ends a JSON object of which `text` is the beginning: what its last member lacks is left out, and
/// every bracket closed. For looking at a record that is longer than what was read of it.
std::string CloseCutObject(std::string_view text);

/// Cuts blanks, NUL bytes and byte order marks off both ends.
std::string_view TrimRecord(std::string_view text);

}  // namespace firn::conversations
