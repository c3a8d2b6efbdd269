// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/pipeline/package.h"
#include "firn/pipeline/yaml.h"

namespace firn::pipeline {

/// Reads the header of a model. Errors: `kInvalidArgument` naming file and line.
Result<Model> ReadHeader(const YamlNode& header, std::string_view file);

}  // namespace firn::pipeline
