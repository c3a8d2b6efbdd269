// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "firn/avro/schema.h"
#include "firn/base/result.h"

namespace firn::avro {

/// Reads values in Avro's binary encoding from bytes in memory. Every length the bytes claim is
/// checked against the bytes there are. Errors of all: `kCorrupt`.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  size_t remaining_bytes() const { return rest_.size(); }

  Result<bool> ReadBoolean();
  Result<int64_t> ReadLong();
  Result<int32_t> ReadInt();
  Result<float> ReadFloat();
  Result<double> ReadDouble();
  /// Bytes or text; a view into the bytes given.
  Result<std::string_view> ReadBytes();
  Result<std::string_view> ReadFixed(size_t size_bytes);

  /// Resolves a union to the branch that follows; other schemas are returned as they are.
  Result<const Schema*> ReadBranch(const Schema& schema);
  /// Calls `read_item` for each item of an array or each entry of a map (whose key it must read).
  Status ReadItems(const std::function<Status()>& read_item);
  /// Passes over a value.
  Status Skip(const Schema& schema);

 private:
  std::string_view rest_;
};

}  // namespace firn::avro
