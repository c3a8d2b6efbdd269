// SPDX-License-Identifier: Apache-2.0
//
// The wall between Results and DuckDB's exceptions. Only here and in duckdb_wall.cc do `throw` and
// `catch` appear in this room. Private to the room.
#pragma once

#include <exception>
#include <string_view>
#include <utility>

#include "duckdb.hpp"
#include "firn/base/result.h"

namespace firn::sql {

/// Turns `error` into an exception that DuckDB carries to the query's result; `FromDuckDb` gives
/// the same error back there, hint included. Only for DuckDB's callbacks.
[[noreturn]] void ThrowInDuckDb(const Error& error);

/// The value of `result`, or its error thrown as `ThrowInDuckDb` does.
template <typename T>
T OrThrow(Result<T> result) {
  if (!result) ThrowInDuckDb(result.error());
  return std::move(result).value();
}
void OrThrow(const Status& status);

/// Refuses a statement that writes, naming what works.
[[noreturn]] void ThrowReadOnly(std::string_view what);

/// Turns DuckDB's error into ours: one clear line, the place in the query below it where known.
Error FromDuckDb(const duckdb::ErrorData& error);

/// Turns any exception into an error; `query` is what it happened in.
Error FromException(const std::exception& exception, std::string_view query);

/// Runs `body`, which returns a Result or Status and may throw; what it throws becomes the error.
template <typename Body>
auto Guard(std::string_view query, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& exception) {
    return FromException(exception, query);
  }
}

}  // namespace firn::sql
