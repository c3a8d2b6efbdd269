// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/verb.h"

namespace firn::cli {

/// `firn table drop`, `firn table rename`, `firn table register` and `firn table add-files`.
Verb DropVerb();
Verb RenameVerb();
Verb RegisterVerb();
Verb AddFilesVerb();

}  // namespace firn::cli
