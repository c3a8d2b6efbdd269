// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "firn/io/arrow_fs/store_error.h"

namespace firn::io {

/// Runs `work` and makes a status of what is thrown through it.
arrow::Status WithoutExceptions(const std::function<void()>& work);

/// Asks one of Arrow's file systems for something, `AskStore([&] { return files->DeleteFile(path);
/// }, location)`, and says with `FromStore` what its failure means. Azure's SDK throws where it
/// cannot log in, and Arrow lets that pass.
template <typename Call>
auto AskStore(const Call& call, std::string_view location, Effect effect = Effect::kNone) {
  decltype(call()) answer = arrow::Status::UnknownError("not asked");
  const arrow::Status thrown = WithoutExceptions([&] { answer = call(); });
  if (!thrown.ok()) answer = thrown;
  return FromStore(std::move(answer), location, effect);
}

}  // namespace firn::io
