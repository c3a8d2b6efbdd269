// SPDX-License-Identifier: Apache-2.0
//
// The one place where what Arrow returns and Parquet throws becomes an `Error`.

#include "firn/datafile/arrow_wall.h"

#include <exception>
#include <memory>
#include <new>
#include <string>

#include <parquet/exception.h>

namespace firn::datafile {
namespace {

// Carries an `Error` of ours through Arrow.
class CarriedError : public arrow::StatusDetail {
 public:
  static constexpr const char* kTypeId = "firn::Error";

  explicit CarriedError(Error error) : error_(std::move(error)) {}
  const char* type_id() const override { return kTypeId; }
  std::string ToString() const override { return error_.ToString(); }
  const Error& error() const { return error_; }

 private:
  Error error_;
};

ErrorKind KindOf(arrow::StatusCode code) {
  switch (code) {
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorKind::kResourceExhausted;
    case arrow::StatusCode::KeyError:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::IndexError:
    case arrow::StatusCode::SerializationError:
      return ErrorKind::kInvalidArgument;
    // All reading and writing is ours and carries its own error: what Arrow itself calls an I/O
    // error is broken data.
    case arrow::StatusCode::IOError:
      return ErrorKind::kCorrupt;
    case arrow::StatusCode::Cancelled:
      return ErrorKind::kCancelled;
    case arrow::StatusCode::NotImplemented:
      return ErrorKind::kUnsupported;
    case arrow::StatusCode::AlreadyExists:
      return ErrorKind::kAlreadyExists;
    default:
      return ErrorKind::kInternal;
  }
}

arrow::StatusCode CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kResourceExhausted:
      return arrow::StatusCode::CapacityError;
    case ErrorKind::kCancelled:
      return arrow::StatusCode::Cancelled;
    case ErrorKind::kUnsupported:
      return arrow::StatusCode::NotImplemented;
    case ErrorKind::kInvalidArgument:
      return arrow::StatusCode::Invalid;
    default:
      return arrow::StatusCode::IOError;
  }
}

}  // namespace

Status FromArrow(const arrow::Status& status) {
  if (status.ok()) return Ok();
  const auto& detail = status.detail();
  if (detail != nullptr && std::string_view(detail->type_id()) == CarriedError::kTypeId) {
    return static_cast<const CarriedError&>(*detail).error();
  }
  return Error{KindOf(status.code()), status.message(), {}};
}

arrow::Status IntoArrow(const Error& error) {
  return {CodeOf(error.kind), error.message, std::make_shared<CarriedError>(error)};
}

Status WithoutExceptions(const std::function<Status()>& work) {
  try {
    return work();
  } catch (const parquet::ParquetStatusException& thrown) {
    return FromArrow(thrown.status());
  } catch (const parquet::ParquetException& thrown) {
    return Corrupt(thrown.what());
  } catch (const std::bad_alloc&) {
    return ResourceExhausted("out of memory");
  } catch (const std::exception& thrown) {
    return Internal(thrown.what());
  }
}

Error WhileReading(Error error, std::string_view location) {
  if (error.kind == ErrorKind::kInvalidArgument || error.kind == ErrorKind::kInternal) {
    error.kind = ErrorKind::kCorrupt;
  }
  return std::move(error).Within("cannot read " + std::string(location));
}

}  // namespace firn::datafile
