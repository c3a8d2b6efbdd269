// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/verb.h"

namespace firn::cli {

/// `firn table branch`, `firn table tag`, `firn table rollback` and `firn table cherry-pick`.
Verb BranchVerb();
Verb TagVerb();
Verb RollbackVerb();
Verb CherryPickVerb();

}  // namespace firn::cli
