// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/privacy/forgotten.h"

#include <algorithm>
#include <utility>

#include "firn/base/bytes.h"
#include "firn/base/cipher.h"
#include "firn/base/env.h"
#include "firn/base/uuid.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"

namespace firn::lakehouse {
namespace {

constexpr int64_t kFileBytesMax = int64_t{256} << 20;

// "conversation" and 64 hexadecimal digits.
constexpr std::string_view kNames[] = {"conversation", "user", "source"};
constexpr size_t kDigestDigits = 64;

bool IsLine(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == line.npos || line.size() != blank + 1 + kDigestDigits) return false;
  for (const std::string_view name : kNames) {
    if (line.substr(0, blank) == name) return true;
  }
  return false;
}

}  // namespace

Result<Forgotten> Forgotten::Load(const LakeFolder& folder, io::FileIO& io, Env& env) {
  Forgotten forgotten;
  FIRN_ASSIGN(const auto files, io.List(io::FileLocation(folder.ForgottenPath() + "/")));
  for (const io::FileInfo& file : files) {
    if (file.hidden) continue;  // Of a writing that was cut short.
    FIRN_ASSIGN(const std::string text, io.ReadAll(file.location, kFileBytesMax));
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      if (!IsLine(line)) {
        return Corrupt("not a line of what was forgotten", file.location)
            .WithHint("restore the file from a backup of the lake");
      }
      forgotten.digests_.emplace(line);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  if (forgotten.empty()) return forgotten;
  FIRN_ASSIGN(forgotten.key_, PrivacyKey(folder, io, env));
  return forgotten;
}

std::string Forgotten::DigestOf(Kind kind, std::string_view id) const {
  const std::string text = std::string(kNames[static_cast<size_t>(kind)]) + " ";
  return text + HexEncode(HmacSha256(key_, text + std::string(id)));
}

bool Forgotten::Has(Kind kind, std::string_view id) const {
  return !empty() && digests_.contains(DigestOf(kind, id));
}

Status Forgotten::Add(const LakeFolder& folder, io::FileIO& io, Env& env, Kind kind,
                      const std::set<std::string>& ids) {
  if (key_.empty()) {
    FIRN_ASSIGN(key_, PrivacyKey(folder, io, env));
  }
  std::string text;
  for (const std::string& id : ids) {
    std::string digest = DigestOf(kind, id);
    if (digests_.contains(digest)) continue;
    text += digest + "\n";
    digests_.insert(std::move(digest));
  }
  if (text.empty()) return Ok();
  return io.WriteAll(io::FileLocation(folder.ForgottenPath() + "/" + MakeUlid(env)), text);
}

}  // namespace firn::lakehouse
