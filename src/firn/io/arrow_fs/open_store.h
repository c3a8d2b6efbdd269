// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <arrow/filesystem/filesystem.h>

#include "firn/io/arrow_fs/object_location.h"
#include "firn/io/arrow_fs/object_store.h"

namespace firn::io {

/// Opens the store a location is in. For S3 loads Arrow's library for it, the first time.
/// Errors: `kUnsupported` where that library is absent, or for addressing Arrow cannot do;
/// `kInvalidArgument` for properties that do not fit together; those of the store.
Result<std::shared_ptr<arrow::fs::FileSystem>> OpenStore(const ObjectLocation& location,
                                                         const StoreProperties& properties);

/// What one open store serves: all buckets of an account, or one bucket.
std::string StoreKey(const ObjectLocation& location);

}  // namespace firn::io
