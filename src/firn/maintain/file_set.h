// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "firn/io/location.h"

namespace firn::maintain {

/// Files that must stay, by every spelling of their location an engine may use (`s3a://` for
/// `s3://`, `%20` for a space). Errs on the side of containing a file, so a hash of each is enough:
/// a million files take some 40 MB.
class FileSet {
 public:
  void Insert(std::string_view location) { keys_.insert(KeyOf(location)); }
  bool Contains(std::string_view location) const { return keys_.contains(KeyOf(location)); }
  size_t size() const { return keys_.size(); }

 private:
  static size_t KeyOf(std::string_view location) {
    return std::hash<std::string>()(io::LooseLocationKey(location));
  }

  std::unordered_set<size_t> keys_;
};

}  // namespace firn::maintain
