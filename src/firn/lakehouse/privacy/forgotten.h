// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/lake_folder.h"

namespace firn::lakehouse {

/// What a lake was told to forget: digests under the lake's key, which say nothing to who lacks it.
/// They lie in `forgotten/`, a file for each time. Const members are thread-safe.
class Forgotten {
 public:
  enum class Kind { kConversation, kUser, kSource };

  /// Reads what was forgotten before. Errors: `kCorrupt` for a line that is none; those of
  /// `PrivacyKey`, where there is something to read.
  static Result<Forgotten> Load(const LakeFolder& folder, io::FileIO& io, Env& env);

  bool empty() const { return digests_.empty(); }
  bool Has(Kind kind, std::string_view id) const;

  /// Adds ids and writes them down, durable on return.
  Status Add(const LakeFolder& folder, io::FileIO& io, Env& env, Kind kind,
             const std::set<std::string>& ids);

 private:
  std::string DigestOf(Kind kind, std::string_view id) const;

  std::string key_;  // Empty where nothing was forgotten.
  std::set<std::string, std::less<>> digests_;
};

}  // namespace firn::lakehouse
