// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::training {

/// How a set of conversations is divided: into named parts, by a hash of the conversation's id. So
/// a conversation is in the same part in every set that is divided alike.
class Splits {
 public:
  /// Reads "train=0.9,validation=0.05,test=0.05": names of a-z, 0-9 and _, shares above 0 that make
  /// 1 together. Errors: `kInvalidArgument` naming what is wrong.
  static Result<Splits> Parse(std::string_view text);

  /// The number of the part that `id` is in: the first 52 bits of its SHA-256 are a fraction of 1,
  /// and parts take the line from 0 to 1 in their order.
  size_t IndexOf(std::string_view id) const;

  const std::vector<std::string>& names() const { return names_; }
  /// As it was read.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<std::string> names_;
  std::vector<double> ends_;  // Where each part ends on the line.
};

}  // namespace firn::training
