// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/pipeline/package.h"
#include "firn/pipeline/yaml.h"

namespace firn::pipeline {

/// Reads the header of a model. Errors: `kInvalidArgument` naming file and line.
Result<Model> ReadHeader(const YamlNode& header, std::string_view file);

/// Whether a header is that of a macro: its kind is "macro" or "table_macro".
bool IsMacroHeader(const YamlNode& header);
/// Reads the header of a macro. Errors: `kInvalidArgument` naming file and line.
Result<Macro> ReadMacroHeader(const YamlNode& header, std::string_view file);

}  // namespace firn::pipeline
