// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/io/key_management.h"
#include "firn/lakehouse/lake_folder.h"

namespace firn::lakehouse {

/// Reads a file of master keys: lines `NAME = KEY`, the key 16, 24 or 32 bytes in hexadecimal or
/// base64; empty lines and those that begin with # are left out.
/// Errors: `kInvalidArgument`, naming `file` and line; never what stands there.
Result<std::map<std::string, std::string>> ParseKeyFile(std::string_view text,
                                                        const std::string& file);

/// The master keys that [encryption] of firn.toml leads to; null where it says nothing. A key is
/// read when it is needed, so a lake without encrypted tables needs none. `disk` outlives it.
std::unique_ptr<io::KeyManagement> OpenMasterKeys(
    const LakeFolder& folder, const std::map<std::string, std::string>& environment,
    io::FileIO& disk);

}  // namespace firn::lakehouse
