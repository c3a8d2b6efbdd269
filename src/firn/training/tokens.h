// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace firn::training {

/// Counts about as many tokens as a byte-pair tokenizer of 100,000 or more would make, by a rule
/// that needs no vocabulary: a run of letters is one and one more for every 8 bytes past the first
/// 7; digits count one for every 3; a run of blanks or of line ends one, a single blank before a
/// word none; other signs one for every 2; bytes that are not ASCII one for every 3.
int64_t CountTokens(std::string_view text);

}  // namespace firn::training
