// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/content_digest.h"

#include <algorithm>

#include "firn/base/digest.h"

namespace firn::ingest {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;

std::string Chain(const std::string& root, std::string_view block) {
  return Sha256Hex(root + Checksum128Hex(block));
}

}  // namespace

void ContentDigest::Update(std::string_view bytes) {
  while (!bytes.empty()) {
    if (pending_.empty() && bytes.size() >= kBlockBytes) {
      root_ = Chain(root_, bytes.substr(0, kBlockBytes));
      bytes.remove_prefix(kBlockBytes);
      continue;
    }
    const size_t taken = std::min(kBlockBytes - pending_.size(), bytes.size());
    pending_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (pending_.size() < kBlockBytes) return;
    root_ = Chain(root_, pending_);
    pending_.clear();
  }
}

std::string ContentDigest::Hex() const {
  return Chain(root_, pending_);
}

}  // namespace firn::ingest
