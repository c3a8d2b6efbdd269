// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/store_error.h"

#include <cerrno>
#include <string>
#include <utility>

#include <arrow/util/io_util.h>

#include "firn/io/arrow_fs/object_location.h"

namespace firn::io {
namespace {

struct Sign {
  std::string_view text;
  ErrorKind kind;
};

// Looked for in this order. S3: "AWS Error ACCESS_DENIED during HeadObject operation: ...", also
// with "curlCode: 28" or "HTTP status 403"; GCS: "google::cloud::Status(UNAVAILABLE: ...", also
// where it had no token; Azure: "Azure Error: [AuthorizationFailure] 403 ...", or what its SDK
// throws.
constexpr Sign kSigns[] = {
    {"NO_SUCH_KEY", ErrorKind::kNotFound},
    {"NO_SUCH_BUCKET", ErrorKind::kNotFound},
    {"NO_SUCH_UPLOAD", ErrorKind::kNotFound},
    {"RESOURCE_NOT_FOUND", ErrorKind::kNotFound},
    {"NOT_FOUND", ErrorKind::kNotFound},
    {"BlobNotFound", ErrorKind::kNotFound},
    {"ContainerNotFound", ErrorKind::kNotFound},
    {"INVALID_ACCESS_KEY_ID", ErrorKind::kUnauthenticated},
    {"INVALID_CLIENT_TOKEN_ID", ErrorKind::kUnauthenticated},
    {"SIGNATURE_DOES_NOT_MATCH", ErrorKind::kUnauthenticated},
    {"EXPIRED_TOKEN", ErrorKind::kUnauthenticated},
    {"ExpiredToken", ErrorKind::kUnauthenticated},
    {"MISSING_AUTHENTICATION_TOKEN", ErrorKind::kUnauthenticated},
    {"UNAUTHENTICATED", ErrorKind::kUnauthenticated},
    {"AuthenticationFailed", ErrorKind::kUnauthenticated},
    {"Could not create a OAuth2 access token", ErrorKind::kUnauthenticated},
    {"Failed to get token", ErrorKind::kUnauthenticated},
    {"HTTP status 401", ErrorKind::kUnauthenticated},
    {"ACCESS_DENIED", ErrorKind::kForbidden},
    {"PERMISSION_DENIED", ErrorKind::kForbidden},
    {"AuthorizationFailure", ErrorKind::kForbidden},
    {"AuthorizationPermissionMismatch", ErrorKind::kForbidden},
    {"HTTP status 403", ErrorKind::kForbidden},
    {"curlCode: 28", ErrorKind::kTimeout},
    {"REQUEST_TIMEOUT", ErrorKind::kTimeout},
    {"DEADLINE_EXCEEDED", ErrorKind::kTimeout},
    {"OperationTimedOut", ErrorKind::kTimeout},
    {"NETWORK_CONNECTION", ErrorKind::kUnavailable},
    {"curlCode:", ErrorKind::kUnavailable},
    {"Fail to get a new connection", ErrorKind::kUnavailable},
    {"SLOW_DOWN", ErrorKind::kUnavailable},
    {"SlowDown", ErrorKind::kUnavailable},
    {"THROTTLING", ErrorKind::kUnavailable},
    {"SERVICE_UNAVAILABLE", ErrorKind::kUnavailable},
    {"UNAVAILABLE", ErrorKind::kUnavailable},
    {"RESOURCE_EXHAUSTED", ErrorKind::kUnavailable},
    {"INTERNAL_FAILURE", ErrorKind::kUnavailable},
    {"ServerBusy", ErrorKind::kUnavailable},
    {"HTTP status 500", ErrorKind::kUnavailable},
    {"HTTP status 502", ErrorKind::kUnavailable},
    {"HTTP status 503", ErrorKind::kUnavailable},
};

ErrorKind KindOf(const arrow::Status& status) {
  const int number = arrow::internal::ErrnoFromStatus(status);
  if (number == ENOENT || number == ENOTDIR) return ErrorKind::kNotFound;
  switch (status.code()) {
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorKind::kResourceExhausted;
    case arrow::StatusCode::Cancelled:
      return ErrorKind::kCancelled;
    case arrow::StatusCode::NotImplemented:
      return ErrorKind::kUnsupported;
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::KeyError:
      return ErrorKind::kInvalidArgument;
    default:
      break;
  }
  const std::string& message = status.message();
  for (const Sign& sign : kSigns) {
    if (message.find(sign.text) != std::string::npos) return sign.kind;
  }
  return ErrorKind::kIo;
}

std::string KeysHint(std::string_view location) {
  const std::string hint = "check the keys of ";
  const auto parsed = ParseObjectLocation(location);
  switch (parsed ? parsed->kind : StoreKind::kS3) {
    case StoreKind::kS3:
      return hint + "[io.s3] in firn.toml, or the environment (AWS_ACCESS_KEY_ID, ...)";
    case StoreKind::kGcs:
      return hint + "[io.gcs] in firn.toml, or GOOGLE_APPLICATION_CREDENTIALS";
    case StoreKind::kAzure:
      return hint + "[io.azure] in firn.toml, or the environment (AZURE_CLIENT_ID, ...)";
  }
  return {};
}

std::string HintFor(ErrorKind kind, std::string_view location) {
  switch (kind) {
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kForbidden:
      return KeysHint(location);
    case ErrorKind::kUnavailable:
      return "the store could not be reached or is busy: try again";
    default:
      return {};
  }
}

}  // namespace

Error StoreError(const arrow::Status& status, std::string_view location, Effect effect) {
  ErrorKind kind = KindOf(status);
  const bool no_answer = kind == ErrorKind::kTimeout || kind == ErrorKind::kUnavailable;
  if (effect == Effect::kDelete && no_answer) kind = ErrorKind::kOutcomeUnknown;
  std::string message(location);
  message.append(": ").append(status.message());
  return Error{kind, std::move(message), HintFor(kind, location)};
}

}  // namespace firn::io
