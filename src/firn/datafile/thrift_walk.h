// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::datafile {

/// How many of `bytes` the struct takes that they begin with, in Thrift's compact protocol.
/// Errors: `kCorrupt` where they do not hold one.
Result<size_t> StructBytes(std::string_view bytes);

/// Turns the metadata of an encrypted Parquet file, which is decrypted already, into that of a
/// plain one: its columns say nothing of keys, nor where their part of the page index is.
/// Errors: `kCorrupt` for what is no such metadata.
Result<std::string> PlainFooter(std::string_view metadata);

}  // namespace firn::datafile
