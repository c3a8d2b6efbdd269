// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "firn/base/embedded.h"
#include "firn/base/result.h"
#include "firn/pipeline/package.h"

namespace firn::pipeline {

namespace shipped {
/// The files of the package `models/conversations`, as the build put them into the binary.
std::span<const EmbeddedFile> Files();
}  // namespace shipped

/// The conversation package that comes with the program. Errors: none, unless a model in it is
/// broken, which the tests rule out.
Result<Package> ConversationsPackage();

}  // namespace firn::pipeline
