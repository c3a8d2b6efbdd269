// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "firn/search/text_index.h"

namespace firn::search {

/// Joins two rankings, each best first, into one of conversations (reciprocal rank fusion: Cormack,
/// Clarke, Büttcher 2009). What is high in both comes first. A conversation appears once, with its
/// best place among `by_words`, where it is found, else as `by_meaning` has it; one of which only
/// copies of another's messages are found is as that other.
std::vector<Hit> FuseRankings(const std::vector<Hit>& by_words, const std::vector<Hit>& by_meaning,
                              int64_t limit);

}  // namespace firn::search
