// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/shipped.h"

namespace firn::pipeline {

Result<Package> ConversationsPackage() {
  return ReadPackage(shipped::Files());
}

}  // namespace firn::pipeline
