// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/redact_bronze.h"

#include "firn/base/digest.h"

namespace firn::conversations::privacy {
namespace {

constexpr std::string_view kTooLong = "[DROPPED:record_size]\n";

}  // namespace

Status RedactSlice(Redactor& redactor, Slice& slice) {
  if (slice.is_piece) {
    slice.bytes = kTooLong;
    slice.valid_utf8 = true;
  } else {
    FIRN_TRY(redactor.Redact(slice.bytes));
  }
  for (SliceMessage& message : slice.messages)
    FIRN_TRY(redactor.Redact(message.content));
  for (std::optional<std::string>* text :
       {&slice.project_path, &slice.git_repo, &slice.environment}) {
    if (*text) FIRN_TRY(redactor.Redact(**text));
  }
  slice.record_hash = Md5Hex(slice.bytes);
  slice.redaction = redactor.policy().Fingerprint();
  return Ok();
}

}  // namespace firn::conversations::privacy
