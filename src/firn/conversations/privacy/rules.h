// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace firn::conversations::privacy {

/// What a rule looks for; policies are stated by kind.
enum class Kind : uint8_t { kSecret, kEmail, kPhone, kIban, kCard, kIp, kName, kAccount };

/// The name of a kind in configuration and reports: "secret", "email", ...
std::string_view KindName(Kind kind);

/// How sure a rule is. A definite one has a form that nothing else has; a candidate needs a person
/// to look, so it is reported and, unless configured, left where it is.
enum class Tier : uint8_t { kDefinite, kCandidate };

/// What a match must pass, beside its form, to be a finding.
enum class Check : uint8_t {
  kNone,
  kEntropy,     ///< Shannon entropy of at least `min_entropy` bits a character.
  kRandom,      ///< `kEntropy`, and neither UUID nor digest in hex nor placeholder.
  kCardNumber,  ///< Prefix, length and check digit (ISO/IEC 7812-1).
  kMod97,       ///< ISO 13616 (IBAN), with the length of its country.
  kPublicIp,    ///< Neither private, loopback, documentation nor a version number.
  kPhone,       ///< ITU-T E.164: 8 to 15 digits.
};

/// How a match goes on behind its head.
enum class Shape : uint8_t {
  kRun,       ///< `min` to `max` bytes of the alphabet, and no more of them.
  kJwt,       ///< Three runs of base64url between dots (RFC 7519).
  kPem,       ///< Up to the line that ends it (RFC 7468).
  kPassword,  ///< Up to the @ that ends the userinfo of a URL (RFC 3986, section 3.2.1).
  kEmail,     ///< To both sides of its @: a dot-atom and a host name (RFC 5322, section 3.4.1).
  kGrouped,   ///< `min` to `max` letters and digits in groups, between single spaces or hyphens.
  kAddress,   ///< Four numbers between dots.
  kWord,      ///< Nothing: the head stands by itself.
};

enum class Alphabet : uint8_t { kDigits, kHex, kAlnum, kBase64, kToken, kUpperAlnum };

/// A head that Vectorscan finds, and the shape of what follows it. Heads are short, so that all
/// rules together stay one small automaton; shapes are walked once, byte by byte.
struct Rule {
  std::string_view id;       ///< "github-pat"; stays the same for good.
  std::string_view meaning;  ///< For people: "GitHub token".
  std::string_view head;     ///< A pattern in Vectorscan's subset of PCRE.
  Alphabet alphabet = Alphabet::kToken;
  size_t min = 0;  ///< Bytes behind the head.
  size_t max = 0;
  Check check = Check::kNone;
  double min_entropy = 0;
  bool head_is_secret = true;  ///< Else what is found begins behind the head.
  Shape shape = Shape::kRun;
  bool any_case = false;
  Kind kind = Kind::kSecret;
  Tier tier = Tier::kDefinite;
};

/// The rules that ship with Firn; which of two overlapping matches counts, their order decides.
std::span<const Rule> ShippedRules();

/// Grows when a rule comes or changes, so that what was looked at with older ones can be found.
inline constexpr std::string_view kRuleSetVersion = "2";

}  // namespace firn::conversations::privacy
