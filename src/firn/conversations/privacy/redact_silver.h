// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/conversations/model.h"
#include "firn/conversations/normaliser.h"
#include "firn/conversations/privacy/column_actions.h"
#include "firn/conversations/privacy/redactor.h"

namespace firn::conversations::privacy {

/// Redacts every text of silver's rows that people or tools wrote: contents, reasoning, parameters,
/// results and raw records. Names, ids and paths stay, for they join tables. So does what `columns`
/// says something of its own about.
Status RedactRows(Redactor& redactor, const ColumnPolicy& columns, SilverRows& rows);

/// Redacts the title, and the address of the repository, which may hold a password.
Status RedactFacts(Redactor& redactor, const ColumnPolicy& columns, SourceFacts& facts);

}  // namespace firn::conversations::privacy
