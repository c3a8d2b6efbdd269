// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace firn::ingest {

/// A digest of all bytes up to now that can be asked at any time and then go on.
///
/// Tells that bytes changed by accident, not by somebody who wants to hide it.
/// Bytes are taken in blocks of 1 MiB: root = SHA-256(root, Checksum128(block)), beginning with an
/// empty root; the digest is that of the root with the unfinished block. All in hexadecimal.
class ContentDigest {
 public:
  void Update(std::string_view bytes);
  std::string Hex() const;

 private:
  std::string root_;
  std::string pending_;  // Less than a block.
};

}  // namespace firn::ingest
