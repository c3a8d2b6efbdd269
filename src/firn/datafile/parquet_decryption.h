// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <parquet/properties.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// How Parquet's reader is to read a file, which is encrypted if it has key metadata. Pages with a
/// checksum are held against it.
/// Errors: those of `table::DecodeKeyMetadata`.
Result<parquet::ReaderProperties> ReaderPropertiesFor(
    const std::optional<std::string>& key_metadata);

}  // namespace firn::datafile
