// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "firn/base/result.h"
#include "firn/ingest/row_builder.h"

namespace firn::ingest {

/// At most so many objects and arrays may be within each other.
inline constexpr size_t kJsonDepthMax = 64;

/// Puts JSON objects into rows: members are columns by name. Keeps its buffers between rows. Not
/// thread-safe.
///
/// A column takes what its type says: numbers for numbers (whole ones for int and long), true and
/// false for boolean, strings for dates, times, uuid and base64, objects for structs and maps,
/// arrays for lists. A text column takes any value; one that is no string as its JSON text. The
/// members of an object that is no column itself are columns by both names: "address_city".
class JsonRows {
 public:
  JsonRows();
  ~JsonRows();
  JsonRows(const JsonRows&) = delete;
  JsonRows& operator=(const JsonRows&) = delete;

  /// Adds the object `json` as a row, or as a reject at `place`.
  Status Add(std::string_view json, const RowPlace& place, RowBuilder& rows);

  /// Tells whether `json` is one whole JSON object.
  bool IsObject(std::string_view json);

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
};

}  // namespace firn::ingest
