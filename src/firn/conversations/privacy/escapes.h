// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firn::conversations::privacy {

/// What a text says once the escapes of JSON in it (\n, \", \/, \u0040) are read. Those of text
/// that was written into JSON more than once (\\n) count as well; so this is for looking, not for
/// reading.
std::string Unescape(std::string_view text);

/// Tells where in a text stands what `Unescape` gave of it. Asked for places in ascending order.
class EscapedPlaces {
 public:
  /// `text` outlives this.
  explicit EscapedPlaces(std::string_view text) : text_(text) {}

  /// Where what the byte `at` of the unescaped text was made of begins, and where it ends.
  size_t BeginOf(size_t at);
  size_t EndOf(size_t at);

 private:
  void GoTo(size_t at);

  std::string_view text_;
  // A stretch of bytes that are themselves, or one escape; in the text, and unescaped.
  size_t begin_ = 0, length_ = 0;
  size_t plain_begin_ = 0, plain_length_ = 0;
  bool is_escape_ = false;
};

}  // namespace firn::conversations::privacy
