// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include <arrow/result.h>
#include <arrow/status.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// Converts Arrow's status into ours. An `Error` that went through Arrow (`IntoArrow`) comes out
/// as it went in.
Status FromArrow(const arrow::Status& status);

/// Converts Arrow's result into ours: `FIRN_ASSIGN(auto array, FromArrow(builder.Finish()));`
template <typename T>
Result<T> FromArrow(arrow::Result<T> result) {
  if (!result.ok()) return FromArrow(result.status()).error();
  return std::move(result).MoveValueUnsafe();
}

/// Converts a failure of ours into a status that Arrow carries through its own calls unchanged.
arrow::Status IntoArrow(const Error& error);

/// Runs `work`, which calls functions that throw (Parquet's), and turns what it throws into an
/// `Error`: a broken file into `kCorrupt`, a failed allocation into `kResourceExhausted`.
Status WithoutExceptions(const std::function<Status()>& work);

/// Restates a failure met while reading the file at `location`: whatever Arrow calls invalid is
/// `kCorrupt` there, and the message names the file.
Error WhileReading(Error error, std::string_view location);

}  // namespace firn::datafile
