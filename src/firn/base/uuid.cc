// SPDX-License-Identifier: Apache-2.0

#include "firn/base/uuid.h"

#include <cstring>

#include "firn/base/bytes.h"
#include "firn/base/digest.h"
#include "firn/base/env.h"

namespace firn {
namespace {

constexpr size_t kTextSize = 36;

bool IsDashPlace(size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// Version into the high half of byte 6, the RFC's variant into the high bits of byte 8.
void Stamp(Uuid& uuid, uint8_t version) {
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0F) | (version << 4));
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

std::string Uuid::ToString() const {
  const std::string hex = HexEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

Uuid Uuid::Random(Env& env) {
  Uuid uuid;
  const uint64_t high = env.Random64();
  const uint64_t low = env.Random64();
  std::memcpy(uuid.bytes.data(), &high, 8);
  std::memcpy(uuid.bytes.data() + 8, &low, 8);
  Stamp(uuid, 4);
  return uuid;
}

Uuid Uuid::FromName(const Uuid& space, std::string_view name) {
  std::string input(reinterpret_cast<const char*>(space.bytes.data()), space.bytes.size());
  input.append(name);
  const auto digest = Sha1(input);
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), digest.data(), uuid.bytes.size());
  Stamp(uuid, 5);
  return uuid;
}

Result<Uuid> Uuid::Parse(std::string_view text) {
  if (!IsUuid(text)) return InvalidArgument("not a UUID", text);
  Uuid uuid;
  size_t digit = 0;
  for (size_t at = 0; at < kTextSize; ++at) {
    if (IsDashPlace(at)) continue;
    const auto value = static_cast<uint8_t>(HexValue(text[at]));
    uint8_t& byte = uuid.bytes[digit / 2];
    byte = static_cast<uint8_t>((byte << 4) | value);
    ++digit;
  }
  return uuid;
}

bool Uuid::IsUuid(std::string_view text) {
  if (text.size() != kTextSize) return false;
  for (size_t at = 0; at < kTextSize; ++at) {
    if (IsDashPlace(at) ? text[at] != '-' : HexValue(text[at]) < 0) return false;
  }
  return true;
}

std::string MakeUlid(Env& env) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text(26, '0');
  auto time_ms = static_cast<uint64_t>(env.NowMs().value);
  for (size_t at = 10; at-- > 0; time_ms >>= 5)
    text[at] = kAlphabet[time_ms & 31];
  uint64_t random = env.Random64();
  for (size_t at = 10; at < 18; ++at, random >>= 5)
    text[at] = kAlphabet[random & 31];
  random = env.Random64();
  for (size_t at = 18; at < 26; ++at, random >>= 5)
    text[at] = kAlphabet[random & 31];
  return text;
}

}  // namespace firn
