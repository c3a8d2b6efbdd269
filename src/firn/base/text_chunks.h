// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace firn {

/// About how many tokens a model makes of a text: one for four ASCII characters, one for two of
/// other characters that UTF-8 writes in two bytes, one for each longer character.
int64_t EstimateTokens(std::string_view text);

/// How large chunks may be, in tokens as `EstimateTokens` counts them.
struct ChunkLimits {
  int64_t tokens_max = 512;
  int64_t overlap_tokens = 64;  ///< At most so many are repeated from the chunk before.
};

/// A stretch of a text, small enough to be found and read by itself.
struct TextChunk {
  std::string_view text;    ///< Within the text that was split.
  size_t overlap_size = 0;  ///< So many bytes at its begin are the end of the chunk before.
  int64_t tokens = 0;       ///< Of all of `text`.
};

/// Splits a text into chunks that cover it in order. They end between paragraphs or blocks of
/// fenced code where those fit into one, else between lines, between words, or characters. Blank
/// stretches make no chunk. Equal texts and limits give equal chunks.
/// `limits.tokens_max` is larger than `limits.overlap_tokens`, which is not negative.
std::vector<TextChunk> SplitIntoChunks(std::string_view text, const ChunkLimits& limits);

}  // namespace firn
