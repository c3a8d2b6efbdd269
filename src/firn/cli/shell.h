// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/invocation.h"

namespace firn::cli {

/// Reads statements from the terminal and prints their rows until the input ends or `.quit`.
/// History is kept in the lake's folder (0600). Statements end with ';'.
Result<int> RunShell(Invocation& invocation, lakehouse::Lakehouse& lake);

bool StdinIsTerminal();

}  // namespace firn::cli
