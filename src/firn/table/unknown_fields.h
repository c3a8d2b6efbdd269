// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string_view>

#include "firn/base/json.h"

namespace firn::table {

// Fields of metadata that this version does not know belong to newer writers: they are kept beside
// what they came with, and written back when it is.

/// The members of `object` whose keys are not `known`, in their order; null where there are none.
Json UnknownFields(const Json& object, std::initializer_list<std::string_view> known);

/// Adds what `UnknownFields` kept to an object about to be written.
void PutUnknown(Json& object, const Json& unknown);

}  // namespace firn::table
