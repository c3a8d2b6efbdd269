// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/datafile/writer_options.h"
#include "firn/table/type.h"

namespace firn::datafile {

/// Whether there is a primitive type of this name, told without parameters: "decimal", "fixed".
bool IsTypeName(std::string_view name);

/// Whether Parquet has the encoding for values of a type (its format, "Encodings").
bool Takes(const table::Type& type, ColumnEncoding encoding);

/// Whether `name` fits `pattern`, in which each `*` stands for any characters.
bool FitsPattern(std::string_view name, std::string_view pattern);

}  // namespace firn::datafile
