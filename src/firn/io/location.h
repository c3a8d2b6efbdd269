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

/// Returns what all locations share that some engine may take for one file: the path without scheme
/// and host (s3, s3a and s3n are one store, and a store has several names), percent-encoded bytes
/// decoded, empty and "." segments dropped. Different files may share a key as well: good for
/// finding what must be kept, never for finding what to read or delete.
std::string LooseLocationKey(std::string_view location);

/// Tells whether `location` names something inside `folder`: the same store and host, every segment
/// of the folder, and at least one more. False wherever ".." is in either, and for a
/// folder that is a root ("/", "s3://"). `file:/w/orders2/a` is
/// not within `file:///w/orders`; `s3a://b/t/a` is within `s3://b/t`.
bool IsWithin(std::string_view folder, std::string_view location);

/// Appends a relative path to a folder: `JoinLocation("file:///w", "a/b")` is `file:///w/a/b`.
std::string JoinLocation(std::string_view folder, std::string_view relative);

/// Returns the folder a file lies in; empty where there is none.
std::string ParentLocation(std::string_view location);

/// Returns what follows the last slash.
std::string_view FileNameOf(std::string_view location);

}  // namespace firn::io
