// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/store_wall.h"

#include <exception>
#include <new>

namespace firn::io {

arrow::Status WithoutExceptions(const std::function<void()>& work) {
  try {
    work();
    return arrow::Status::OK();
  } catch (const std::bad_alloc&) {
    return arrow::Status::OutOfMemory("out of memory");
  } catch (const std::exception& thrown) {
    return arrow::Status::IOError(thrown.what());
  }
}

}  // namespace firn::io
