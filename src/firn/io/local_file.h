// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/io/file_io.h"

namespace firn::io {

/// Turns `errno_value` into an error that says what was tried on which path.
Error SystemError(int errno_value, std::string_view what, std::string_view path);

/// Opens a local file for reading. Errors: `kNotFound`, `kForbidden`, `kIo` (also for folders).
Result<std::unique_ptr<InputFile>> OpenLocalFile(const std::string& path);

/// Begins the file `path`, growing as `hidden_path` in the same folder, which must exist.
/// `location` is how the caller spelled it.
Result<std::unique_ptr<OutputFile>> CreateLocalFile(std::string location, std::string path,
                                                    std::string hidden_path);

/// Makes the names in a folder durable.
Status SyncLocalFolder(const std::string& path);

}  // namespace firn::io
