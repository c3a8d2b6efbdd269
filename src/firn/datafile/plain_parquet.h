// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::datafile {

/// Opens an encrypted Parquet file as the plain one that it would be, for readers that cannot be
/// given a key for each file. Pages are decrypted as they are read; the page index is left out of
/// reach. `files` is not needed any more once it is open. The result is thread-safe.
/// Errors: `kCorrupt`, naming the file, where it is no encrypted Parquet file, was changed, or is
/// of another key; `kUnsupported` where columns have keys of their own; those of `FileIO::Open`.
Result<std::unique_ptr<io::InputFile>> OpenPlainParquet(io::FileIO& files,
                                                        const std::string& location,
                                                        const std::string& key_metadata);

}  // namespace firn::datafile
