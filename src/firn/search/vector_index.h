// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/search/embedder.h"
#include "firn/search/vector_segment.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::obs {
class Progress;
}

namespace firn::search {

/// A conversation, and how near it is.
struct NearConversation {
  VectorPlace place;
  double score = 0;  ///< The cosine of the angle between both vectors, about: 1 is the same.
};

/// The vectors of `gold.conversation_embeddings`, a byte a number, in a folder of the lake: a file
/// for each data file of the table, so that bringing it up to date costs what is new. Never the
/// truth: what is missing or damaged is made again. All conversations are compared, some 130 MB
/// for a million of 128 dimensions; memory is that of one part and 8 bytes for each. Not
/// thread-safe.
class VectorIndex {
 public:
  /// Opens the index in `folder`, making it there, and brings it up to the table, which may be
  /// absent. `disk` outlives it.
  static Result<VectorIndex> Open(const std::string& folder, io::FileIO& disk,
                                  catalog::Catalog& catalog, io::FileIO& files,
                                  obs::Progress& progress);

  /// The model and version that the vectors are of, "firn-lsa 1.12ab34cd"; empty without any.
  const std::string& model() const { return model_; }
  int64_t count() const { return count_; }

  /// Calls `take` with conversations, nearest first, until it returns false.
  /// Errors: `kInvalidArgument` for a vector of other dimensions; those of `take` and of reading.
  Status ForEachNearest(const Vector& query,
                        const std::function<Result<bool>(const NearConversation&)>& take) const;

  /// The vector of a conversation, if it has one.
  Result<std::optional<Vector>> VectorOf(std::string_view conversation_id) const;

 private:
  VectorIndex() = default;
  Status Add(std::unique_ptr<io::InputFile> file);

  std::vector<std::unique_ptr<io::InputFile>> files_;
  std::vector<VectorPart> parts_;
  std::string model_;
  int64_t count_ = 0;
};

}  // namespace firn::search
