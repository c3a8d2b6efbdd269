// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace firn {

/// Says what the caller can do about a failure; what happened is in the message.
enum class ErrorKind : uint8_t {
  kInvalidArgument,    ///< The request itself is wrong; asking again cannot help.
  kNotFound,           ///< The thing named does not exist.
  kAlreadyExists,      ///< The thing to be made exists.
  kConflict,           ///< Somebody else was first; read again and retry.
  kOutcomeUnknown,     ///< It may or may not have happened; look before doing anything else.
  kCorrupt,            ///< Stored bytes break their format.
  kUnsupported,        ///< Legal, but not offered here.
  kUnauthenticated,    ///< Say who you are.
  kForbidden,          ///< You may not.
  kResourceExhausted,  ///< A limit (memory, disk, depth, size) was reached.
  kUnavailable,        ///< Nothing was done; try again later.
  kTimeout,            ///< Nothing is known to have been done within the time given.
  kCancelled,          ///< Somebody asked to stop.
  kIo,                 ///< The operating system refused a read or write.
  kInternal,           ///< Our own bug.
};

/// Names a kind as it appears in messages, logs and JSON: "not_found".
std::string_view KindName(ErrorKind kind);

/// Maps a kind to the exit code of the command line (DESIGN section 6).
int ExitCode(ErrorKind kind);

/// A failure: what happened (values last) and what a person does next.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  std::string hint;  ///< Empty where there is nothing to advise.

  /// Renders "message" or "message (hint)" for logs.
  std::string ToString() const;
  /// Returns this error with `context` before its message: "context: message".
  Error Within(std::string_view context) &&;
  /// Returns this error with the advice `text`.
  Error WithHint(std::string text) &&;
};

}  // namespace firn
