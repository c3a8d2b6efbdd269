// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/base/result.h"
#include "firn/datafile/reader.h"

struct ArrowArrayStream;

namespace firn::datafile {

/// Reads a stream of Arrow's C data interface, which other libraries give. Takes it over: `stream`
/// is released by the reader, also on an error.
Result<std::unique_ptr<BatchReader>> ImportStream(ArrowArrayStream* stream);

/// Hands a reader to another library as a stream of Arrow's C data interface.
Status ExportStream(std::unique_ptr<BatchReader> reader, ArrowArrayStream* out);

}  // namespace firn::datafile
