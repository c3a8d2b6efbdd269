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
