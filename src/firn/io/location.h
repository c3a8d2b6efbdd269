// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::io {

/// A location names a file or folder: a URI as Iceberg metadata stores it. Local ones are written
/// `file:///a/b` and read in every spelling engines use (`file:/a/b`, `file://localhost/a/b`,
/// `/a/b`). Nothing is percent-encoded or decoded: as in Hadoop and PyIceberg, the text after the
/// scheme is the path, byte for byte.

/// Renders the absolute local `path` as a location.
std::string FileLocation(std::string_view path);

/// Returns the local path that a location names.
/// Errors: `kUnsupported` for another scheme or host; `kInvalidArgument` for a relative path or one
/// with a NUL byte.
Result<std::string> LocalPath(std::string_view location);

/// Returns the one spelling of a location that equal locations share: `file:/a//b`, `/a/./b` and
/// `file:///a/b/` give `file:///a/b`. Compare locations by this, never as they were stored.
std::string NormalizeLocation(std::string_view location);

/// Tells whether two spellings name the same file.
bool SameLocation(std::string_view a, std::string_view b);

/// Tells whether a file lies below a folder, however both are spelled. A location with a ".."
/// segment lies in no folder, and nothing lies below an empty one or a root ("/", "s3://").
bool IsWithin(std::string_view location, std::string_view folder);

/// Appends a relative path to a folder: `JoinLocation("file:///w", "a/b")` is `file:///w/a/b`.
std::string JoinLocation(std::string_view folder, std::string_view relative);

/// Returns the folder a file lies in; empty where there is none.
std::string ParentLocation(std::string_view location);

/// Returns what follows the last slash.
std::string_view FileNameOf(std::string_view location);

}  // namespace firn::io
