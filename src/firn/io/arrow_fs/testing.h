// SPDX-License-Identifier: Apache-2.0
//
// A store in memory behind Arrow's interface; include only from tests.
#pragma once

#include <memory>
#include <string>

#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/mockfs.h>
#include <arrow/util/key_value_metadata.h>

#include "firn/base/testing.h"

namespace firn::io {

/// Arrow's file system in memory, with folders that come by themselves as in an object store, and
/// requests that can be made to fail.
class MockStore : public arrow::fs::SubTreeFileSystem {
 public:
  MockStore()
      : MockStore(std::make_shared<arrow::fs::internal::MockFileSystem>(
            arrow::fs::TimePoint(std::chrono::seconds(1'700'000'000)))) {}

  arrow::Status put_error;   ///< How the next put ends, if it is not ok.
  bool put_arrives = false;  ///< Whether its object is there all the same.

  std::string type = "s3";  ///< Which store it passes for.

  std::string type_name() const override { return type; }

  arrow::Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutputStream(
      const std::string& path,
      const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) override {
    ARROW_RETURN_NOT_OK(CreateDir(path.substr(0, path.rfind('/')), true));
    if (put_error.ok()) return SubTreeFileSystem::OpenOutputStream(path, metadata);
    if (put_arrives) {
      ARROW_ASSIGN_OR_RAISE(auto stream, SubTreeFileSystem::OpenOutputStream(path, metadata));
      ARROW_RETURN_NOT_OK(stream->Write(arriving));
      ARROW_RETURN_NOT_OK(stream->Close());
    }
    return put_error;
  }

  std::string arriving;  ///< What such an object holds.

 private:
  explicit MockStore(std::shared_ptr<arrow::fs::FileSystem> inner)
      : SubTreeFileSystem("root", Prepared(inner)) {}

  static std::shared_ptr<arrow::fs::FileSystem> Prepared(
      const std::shared_ptr<arrow::fs::FileSystem>& inner) {
    EXPECT_TRUE(inner->CreateDir("root/bucket", true).ok());
    return inner;
  }
};

}  // namespace firn::io
