// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "firn/base/assert.h"
#include "firn/base/error.h"

namespace firn {

/// A value or an `Error`. Member names follow `std::expected`.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  template <typename U = T>
  requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}            // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return Checked(*this); }
  const T& value() const& { return Checked(*this); }
  T&& value() && { return std::move(Checked(*this)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    FIRN_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    FIRN_ASSERT(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }
  template <typename U>
  T value_or(U&& other) && {
    return has_value() ? std::move(*this).value() : static_cast<T>(std::forward<U>(other));
  }
  /// Drops the result on purpose; `why` is for the reader.
  void Ignore(std::string_view why) const { static_cast<void>(why); }

 private:
  template <typename Self>
  static auto& Checked(Self& self) {
    FIRN_ASSERT(self.has_value());
    return *std::get_if<0>(&self.state_);
  }

  std::variant<T, Error> state_;
};

/// Success or an `Error`.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return !error_.has_value(); }
  bool has_value() const { return ok(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    FIRN_ASSERT(!ok());
    return *error_;
  }
  Error&& error() && {
    FIRN_ASSERT(!ok());
    return std::move(*error_);
  }
  /// Drops the status on purpose; `why` is for the reader.
  void Ignore(std::string_view why) const { static_cast<void>(why); }

 private:
  std::optional<Error> error_;
};

inline Status Ok() {
  return {};
}

namespace internal {

inline std::string Text(std::string_view value) {
  return std::string(value);
}
inline std::string Text(const char* value) {
  return value;
}
inline std::string Text(const std::string& value) {
  return value;
}
template <typename T>
std::string Text(const T& value) {
  if constexpr (requires { value.ToString(); }) {
    return value.ToString();
  } else {
    return std::to_string(value);
  }
}

template <typename... Values>
Error MakeError(ErrorKind kind, std::string_view what, const Values&... values) {
  std::string message(what);
  [[maybe_unused]] std::string_view separator = ": ";
  ((message.append(separator).append(Text(values)), separator = ", "), ...);
  return Error{kind, std::move(message), {}};
}

}  // namespace internal

/// Each makes an error of its kind: `NotFound("snapshot not found", id)` reads
/// "snapshot not found: 42".
#define FIRN_ERROR_MAKER(Kind)                                       \
  template <typename... Values>                                      \
  Error Kind(std::string_view what, const Values&... values) {       \
    return internal::MakeError(ErrorKind::k##Kind, what, values...); \
  }
FIRN_ERROR_MAKER(InvalidArgument)
FIRN_ERROR_MAKER(NotFound)
FIRN_ERROR_MAKER(AlreadyExists)
FIRN_ERROR_MAKER(Conflict)
FIRN_ERROR_MAKER(OutcomeUnknown)
FIRN_ERROR_MAKER(Corrupt)
FIRN_ERROR_MAKER(Unsupported)
FIRN_ERROR_MAKER(Forbidden)
FIRN_ERROR_MAKER(ResourceExhausted)
FIRN_ERROR_MAKER(Unavailable)
FIRN_ERROR_MAKER(Cancelled)
FIRN_ERROR_MAKER(Io)
FIRN_ERROR_MAKER(Internal)
#undef FIRN_ERROR_MAKER

}  // namespace firn

/// Returns the error of `expr` (a Status or Result) from the enclosing function, if it has one.
#define FIRN_TRY(expr)                                       \
  do {                                                       \
    auto firn_status = (expr);                               \
    if (!firn_status) return std::move(firn_status).error(); \
  } while (false)

#define FIRN_CONCAT_INNER(a, b) a##b
#define FIRN_CONCAT(a, b) FIRN_CONCAT_INNER(a, b)
#define FIRN_ASSIGN_INNER(temporary, lhs, ...)         \
  auto temporary = (__VA_ARGS__);                      \
  if (!temporary) return std::move(temporary).error(); \
  lhs = std::move(temporary).value()

/// Declares `lhs` as the value of the Result given, or returns its error:
/// `FIRN_ASSIGN(auto table, catalog.LoadTable(name));`
#define FIRN_ASSIGN(lhs, ...) \
  FIRN_ASSIGN_INNER(FIRN_CONCAT(firn_result_, __LINE__), lhs, __VA_ARGS__)
