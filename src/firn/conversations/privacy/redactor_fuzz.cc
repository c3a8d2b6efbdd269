// SPDX-License-Identifier: Apache-2.0
//
// Any bytes: findings lie inside the text and apart, redacting twice is redacting once, and JSON
// stays JSON.

#include <string>
#include <string_view>

#include "firn/base/assert.h"
#include "firn/base/cipher.h"
#include "firn/base/json.h"
#include "firn/conversations/privacy/redactor.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  using namespace conversations::privacy;
  static Scanner scanner = std::move(Scanner::Make()).value();
  static Redactor redactor =
      std::move(Redactor::Make(MaskingPolicy(), std::string(kCipherKeyBytes, 'k'))).value();
  const auto findings = scanner.Scan(bytes);
  FIRN_ASSERT(findings);
  size_t end = 0;
  for (const Finding& finding : *findings) {
    FIRN_ASSERT(finding.begin >= end && finding.begin < finding.end);
    end = finding.end;
  }
  FIRN_ASSERT(end <= bytes.size());
  std::string once(bytes);
  FIRN_ASSERT(redactor.Redact(once).ok());
  FIRN_ASSERT(!Json::Parse(bytes, {}) || Json::Parse(once, {}));
  std::string twice = once;
  FIRN_ASSERT(redactor.Redact(twice).ok());
  FIRN_ASSERT(once == twice);
}

}  // namespace firn
