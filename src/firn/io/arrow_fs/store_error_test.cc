// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/store_error.h"

#include <string>

#include <arrow/util/io_util.h>

#include "firn/base/testing.h"

namespace firn::io {
namespace {

ErrorKind KindOf(const std::string& message, Effect effect = Effect::kNone) {
  return StoreError(arrow::Status::IOError(message), "s3://b/a", effect).kind;
}

TEST(StoreError, SaysWhatTheCallerCanDo) {
  EXPECT_EQ(KindOf("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation"),
            ErrorKind::kNotFound);
  EXPECT_EQ(KindOf("AWS Error ACCESS_DENIED during HeadObject operation"), ErrorKind::kForbidden);
  EXPECT_EQ(KindOf("AWS Error INVALID_ACCESS_KEY_ID during GetObject"),
            ErrorKind::kUnauthenticated);
  EXPECT_EQ(KindOf("AWS Error SLOW_DOWN during PutObject operation"), ErrorKind::kUnavailable);
  EXPECT_EQ(KindOf("AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 7"),
            ErrorKind::kUnavailable);
  EXPECT_EQ(
      KindOf("AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 28, Timeout"),
      ErrorKind::kTimeout);
  EXPECT_EQ(KindOf("something new"), ErrorKind::kIo);
}

TEST(StoreError, UnderstandsGoogle) {
  EXPECT_EQ(KindOf("google::cloud::Status(NOT_FOUND: Permanent error, with a last message of Not "
                   "Found error_info={reason=notFound"),
            ErrorKind::kNotFound);
  EXPECT_EQ(KindOf("google::cloud::Status(UNAVAILABLE: Retry policy exhausted, with a last message "
                   "of PerformWork() - CURL error [7]=Could not connect to server"),
            ErrorKind::kUnavailable);
  EXPECT_EQ(KindOf("google::cloud::Status(UNAVAILABLE: Retry policy exhausted, with a last message "
                   "of Could not create a OAuth2 access token to authenticate the request."),
            ErrorKind::kUnauthenticated);
}

TEST(StoreError, UnderstandsAzure) {
  EXPECT_EQ(KindOf("GetProperties failed for 'http://127.0.0.1/a'. Azure Error: "
                   "[AuthorizationFailure] 403 Server failed to authenticate the request."),
            ErrorKind::kForbidden);
  EXPECT_EQ(KindOf("Azure Error: [ContainerNotFound] 404 The specified container does not exist."),
            ErrorKind::kNotFound);
  EXPECT_EQ(KindOf("Azure Error: [] Fail to get a new connection for: http://127.0.0.1"),
            ErrorKind::kUnavailable);
  EXPECT_EQ(KindOf("Failed to get token from DefaultAzureCredential."),
            ErrorKind::kUnauthenticated);
}

TEST(StoreError, SaysWhereTheKeysOfEachStoreAre) {
  const auto hint = [](std::string_view location) {
    return StoreError(arrow::Status::IOError("ACCESS_DENIED"), location, Effect::kNone).hint;
  };
  EXPECT_THAT(hint("s3://b/a"), ::testing::HasSubstr("[io.s3]"));
  EXPECT_THAT(hint("gs://b/a"), ::testing::HasSubstr("[io.gcs]"));
  EXPECT_THAT(hint("abfss://c@a.dfs.core.windows.net/x"), ::testing::HasSubstr("[io.azure]"));
}

TEST(StoreError, DoesNotKnowWhatADeleteWithoutAnAnswerDid) {
  EXPECT_EQ(KindOf("curlCode: 28", Effect::kDelete), ErrorKind::kOutcomeUnknown);
  EXPECT_EQ(KindOf("AWS Error SLOW_DOWN", Effect::kDelete), ErrorKind::kOutcomeUnknown);
  EXPECT_EQ(KindOf("AWS Error ACCESS_DENIED", Effect::kDelete), ErrorKind::kForbidden);
  EXPECT_EQ(KindOf("curlCode: 28", Effect::kCreate), ErrorKind::kTimeout);
}

TEST(StoreError, KnowsAMissingFileByItsNumber) {
  const auto status = arrow::internal::IOErrorFromErrno(ENOENT, "Path does not exist");
  EXPECT_EQ(StoreError(status, "s3://b/a", Effect::kNone).kind, ErrorKind::kNotFound);
}

TEST(StoreError, NamesTheObject) {
  const Error error = StoreError(arrow::Status::IOError("no"), "s3://b/a", Effect::kNone);
  EXPECT_THAT(error.message, ::testing::HasSubstr("s3://b/a"));
}

}  // namespace
}  // namespace firn::io
