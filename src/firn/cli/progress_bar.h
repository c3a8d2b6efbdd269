// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <memory>

#include "firn/base/env.h"
#include "firn/obs/progress.h"

namespace firn::cli {

/// A bar on the terminal behind `stream`, drawn at most ten times a second and wiped at its end.
/// `stream` and `env` must outlive it. Thread-safe.
std::unique_ptr<obs::Progress> MakeProgressBar(std::FILE* stream, Env& env);

}  // namespace firn::cli
