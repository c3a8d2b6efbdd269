// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <arrow/result.h>
#include <arrow/status.h>

#include "firn/base/result.h"

namespace firn::io {

/// What a failed request may have done.
enum class Effect : uint8_t {
  kNone,    ///< It only reads: after a failure nothing has changed.
  kCreate,  ///< It makes an object nobody refers to yet: one that is there after all is an orphan.
  kDelete,  ///< It deletes: after a lost answer nobody knows.
};

/// Says what a failure of Arrow's file systems means to the caller. Their statuses carry the
/// store's answer only as text: the name of the store's error, the HTTP status or curl's code is
/// found there.
///   not there                         `kNotFound`
///   who are you, expired              `kUnauthenticated`
///   may not                           `kForbidden`
///   slow down, busy, no connection    `kUnavailable`; `kOutcomeUnknown` where it may have deleted
///   no answer in time                 `kTimeout`; `kOutcomeUnknown` where it may have deleted
///   anything else                     `kIo`
Error StoreError(const arrow::Status& status, std::string_view location, Effect effect);

/// Converts a result; `FIRN_ASSIGN(auto info, FromStore(fs.GetFileInfo(path), location))`.
template <typename T>
Result<T> FromStore(arrow::Result<T> result, std::string_view location,
                    Effect effect = Effect::kNone) {
  if (!result.ok()) return StoreError(result.status(), location, effect);
  return std::move(result).MoveValueUnsafe();
}
inline Status FromStore(const arrow::Status& status, std::string_view location,
                        Effect effect = Effect::kNone) {
  return status.ok() ? Ok() : Status(StoreError(status, location, effect));
}

}  // namespace firn::io
