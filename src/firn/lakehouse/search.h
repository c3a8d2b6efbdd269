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

namespace firn::lakehouse {

/// What a search stands on; all outlive it.
struct SearchContext {
  const LakeFolder& folder;
  catalog::Catalog& catalog;
  io::FileIO& files;
  Env& env;
  obs::Progress& progress;
};

/// Brings the lake's index up to its tables and asks it; days are those of `zone`.
Result<SearchReport> SearchConversations(const SearchContext& context, const SearchRequest& request,
                                         const TimeZone& zone);

}  // namespace firn::lakehouse
