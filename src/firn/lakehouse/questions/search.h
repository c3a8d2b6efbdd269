// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/reports.h"

namespace firn {
class Env;
}
namespace firn::catalog {
class Catalog;
}
namespace firn::obs {
class Progress;
}
namespace firn::search {
class Embedder;
}

namespace firn::lakehouse {

/// What a search stands on; all outlive it.
struct SearchContext {
  const LakeFolder& folder;
  catalog::Catalog& catalog;
  io::FileIO& files;
  Env& env;
  obs::Progress& progress;
  io::FileIO& disk;
};

/// Brings the lake's index up to its tables and asks it for words; days are those of `zone`.
Result<SearchReport> SearchWords(const SearchContext& context, const SearchRequest& request,
                                 const TimeZone& zone);

/// Ranks by meaning, or by both. `embedder` made the embeddings of the lake, or is null where there
/// are none; `request.similar` is a whole id.
/// Errors: `kNotFound` without embeddings; `kConflict` where they are of another model.
Result<SearchReport> SearchMeaning(const SearchContext& context, const SearchRequest& request,
                                   const TimeZone& zone, const search::Embedder* embedder);

}  // namespace firn::lakehouse
