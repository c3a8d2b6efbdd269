// SPDX-License-Identifier: Apache-2.0

#include "firn/training/warc.h"

#include <array>

#include "firn/base/compression.h"
#include "firn/base/digest.h"

namespace firn::training {
namespace {

// SHA-1's 20 bytes are 32 digits without padding.
std::string Base32(const std::array<uint8_t, 20>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5)
      out += kDigits[(bits >> (count - 5)) & 31];
  }
  return out;
}

}  // namespace

std::string WarcId(const Uuid& id) {
  return "<urn:uuid:" + id.ToString() + ">";
}

std::string WarcDate(TimeUs time) {
  constexpr size_t kToSeconds = 19;
  return time.ToString().substr(0, kToSeconds) + "Z";
}

std::string WarcDigest(std::string_view bytes) {
  return "sha1:" + Base32(Sha1(bytes));
}

WarcRecord MakeWarcRecord(std::string_view type, const Uuid& id, TimeUs date,
                          std::string_view content_type, std::string block) {
  WarcRecord record;
  record.fields = {{"WARC-Type", std::string(type)},
                   {"WARC-Record-ID", WarcId(id)},
                   {"WARC-Date", WarcDate(date)},
                   {"Content-Type", std::string(content_type)},
                   {"Content-Length", std::to_string(block.size())},
                   {"WARC-Block-Digest", WarcDigest(block)}};
  record.block = std::move(block);
  return record;
}

std::string WarcHead(const WarcRecord& record) {
  std::string head = "WARC/1.1\r\n";
  for (const auto& [name, value] : record.fields)
    head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

Result<std::string> WarcMember(const WarcRecord& record) {
  return Deflate(WarcHead(record) + record.block + "\r\n\r\n", DeflateFormat::kGzip);
}

}  // namespace firn::training
