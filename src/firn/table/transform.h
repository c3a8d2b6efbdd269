// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/table/literal.h"
#include "firn/table/type.h"

namespace firn::table {

/// Makes a partition or sort value from a column's value (spec, "Partition Transforms").
/// A value; thread-safe. A transform this version does not know is kept as written: it never
/// filters, but compares equal to itself.
class Transform {
 public:
  enum class Kind : uint8_t {
    kIdentity,
    kBucket,
    kTruncate,
    kYear,
    kMonth,
    kDay,
    kHour,
    kVoid,
    kUnknown
  };

  Transform() = default;  ///< identity
  static Transform Identity() { return Transform(Kind::kIdentity); }
  static Transform Bucket(int32_t buckets) { return Transform(Kind::kBucket, buckets); }
  static Transform Truncate(int32_t width) { return Transform(Kind::kTruncate, width); }
  static Transform Year() { return Transform(Kind::kYear); }
  static Transform Month() { return Transform(Kind::kMonth); }
  static Transform Day() { return Transform(Kind::kDay); }
  static Transform Hour() { return Transform(Kind::kHour); }
  static Transform Void() { return Transform(Kind::kVoid); }
  /// A transform that is only kept, whatever its text.
  static Transform Unknown(std::string_view text);

  /// Reads "identity", "bucket[16]", "truncate[4]", ...; anything else is kept as unknown.
  /// Errors: `kInvalidArgument` for a bucket count or width that is not positive.
  static Result<Transform> Parse(std::string_view text);
  std::string ToString() const;

  Kind kind() const { return kind_; }
  int32_t parameter() const { return parameter_; }  ///< Buckets or width.
  bool is_temporal() const { return kind_ >= Kind::kYear && kind_ <= Kind::kHour; }

  /// Tells whether the transform takes values of `source`.
  bool CanTransform(const Type& source) const;
  /// The type of what it makes: int for bucket, year, month and hour, date for day, else `source`.
  Type ResultType(const Type& source) const;
  /// Tells whether a <= b implies transform(a) <= transform(b).
  bool preserves_order() const;

  /// Transforms one value. Null stays null; void makes null of everything.
  /// Errors: `kInvalidArgument` for a type it does not take; `kUnsupported` when unknown.
  Result<std::optional<Literal>> Apply(const std::optional<Literal>& value) const;

  /// Renders a value it made for people and folder names: "2025-11" for a month, "null".
  std::string ToHuman(const std::optional<Literal>& value) const;

  friend bool operator==(const Transform&, const Transform&) = default;

 private:
  explicit Transform(Kind kind, int32_t parameter = 0) : kind_(kind), parameter_(parameter) {}

  Kind kind_ = Kind::kIdentity;
  int32_t parameter_ = 0;
  std::string text_;  // Of an unknown one.
};

/// The 32-bit hash of the bucket transform (spec, Appendix B): Murmur3 x86, seed 0.
/// Errors: `kInvalidArgument` for types that cannot be bucketed. Floats are hashed as doubles,
/// as the spec's vectors do, though no bucket takes them.
Result<int32_t> BucketHash(const Literal& value);
int32_t Murmur3(std::string_view bytes);
int32_t BucketHashLong(int64_t value);

}  // namespace firn::table
