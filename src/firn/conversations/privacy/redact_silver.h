// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/conversations/model.h"
#include "firn/conversations/normaliser.h"
#include "firn/conversations/privacy/redactor.h"

namespace firn::conversations::privacy {

/// Redacts every text of silver's rows that people or tools wrote: contents, reasoning, parameters,
/// results and raw records. Names, ids and paths stay, for they join tables.
Status RedactRows(Redactor& redactor, SilverRows& rows);

/// Redacts the title.
Status RedactFacts(Redactor& redactor, SourceFacts& facts);

}  // namespace firn::conversations::privacy
