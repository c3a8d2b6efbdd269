// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace firn::search {

/// The words of a text as statistics count them, in order.
///
/// Letters are small and Latin ones without accents; `snake_case`, `camelCase` and `a.path` are
/// several words; English endings are cut ("crashes", "crashed" and "crashing" are one word);
/// scripts that put no spaces give pairs of characters. Left out are single letters and what names
/// things rather than saying them: long numbers, hashes, ids.
std::vector<std::string> TermsOf(std::string_view text);

/// How often each word of a text occurs, by a hash of 64 bits.
using TermCounts = std::unordered_map<uint64_t, uint32_t>;
TermCounts CountTerms(std::string_view text);

/// The hash of a word.
uint64_t HashOfTerm(std::string_view term);

}  // namespace firn::search
