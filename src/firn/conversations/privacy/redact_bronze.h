// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/conversations/model.h"
#include "firn/conversations/privacy/redactor.h"

namespace firn::conversations::privacy {

/// Cleans a slice before it is stored: its bytes, with their MD5, its messages and what it says of
/// the session. JSON stays JSON; `length` goes on saying how many bytes of the file it stands for.
///
/// Of a record that is too long to be read, which is cut anywhere and may hide what lies across two
/// pieces, nothing stays but a mark.
Status RedactSlice(Redactor& redactor, Slice& slice);

}  // namespace firn::conversations::privacy
