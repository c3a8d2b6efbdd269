// SPDX-License-Identifier: Apache-2.0
//
// Records of web archives: WARC 1.1 (ISO 28500:2017).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/base/uuid.h"

namespace firn::training {

/// One record: its named fields, in order, and its block.
struct WarcRecord {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string block;
};

/// Begins a record with the fields every one must have.
WarcRecord MakeWarcRecord(std::string_view type, const Uuid& id, TimeUs date,
                          std::string_view content_type, std::string block);

/// The fields of a record, and how many bytes the head is as it is written.
std::string WarcHead(const WarcRecord& record);

/// A record as a gzip member of its own, without a time. Errors: `kResourceExhausted`.
Result<std::string> WarcMember(const WarcRecord& record);

/// "<urn:uuid:...>"
std::string WarcId(const Uuid& id);
/// "2025-11-05T09:30:00Z"
std::string WarcDate(TimeUs time);
/// "sha1:" and the digest in base 32 (RFC 4648), as digests are written in archives.
std::string WarcDigest(std::string_view bytes);

}  // namespace firn::training
