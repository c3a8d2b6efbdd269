// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/table/expression.h"
#include "firn/table/facts.h"
#include "firn/table/ids.h"

namespace firn::table {

/// What a manifest entry says of one column; unset = nothing.
struct ColumnMetrics {
  std::optional<int64_t> values, nulls, nans;
  std::optional<std::string_view> lower, upper;
};

/// What is known of one column in each file of a manifest: a struct of arrays, 17 bytes a file and
/// the bytes of bounds that do not fit into 64 bits. Nothing is kept that no filter asks for, so
/// counts become "none" or "some".
class FactsColumn {
 public:
  FactsColumn(FieldId field, Type type);

  FieldId field() const { return field_; }
  const Type& type() const { return type_; }
  size_t size() const { return flags_.size(); }
  size_t memory_bytes() const;

  /// Adds a file. Bounds that cannot be right (NaN, the lower above the upper) are left out, which
  /// makes them decide nothing.
  void Add(const ColumnMetrics& metrics);
  /// Gives back what growing left over.
  void ShrinkToFit();

  Presence presence(size_t row) const {
    return {(flags_[row] & kNulls) != 0, (flags_[row] & kNans) != 0, (flags_[row] & kValues) != 0};
  }
  /// Tells whether equal keys are equal bounds; where not, their bytes are kept.
  bool is_exact() const { return exact_; }
  bool has_lower(size_t row) const { return (flags_[row] & kLower) != 0; }
  bool has_upper(size_t row) const { return (flags_[row] & kUpper) != 0; }
  uint64_t lower_key(size_t row) const { return lower_[row]; }
  uint64_t upper_key(size_t row) const { return upper_[row]; }
  std::string_view lower_bytes(size_t row) const;
  std::string_view upper_bytes(size_t row) const;

 private:
  enum Flag : uint8_t { kNulls = 1, kNans = 2, kValues = 4, kLower = 8, kUpper = 16 };

  FieldId field_;
  Type type_;
  bool exact_;
  std::vector<uint8_t> flags_;
  std::vector<uint64_t> lower_, upper_;  // Keys.
  // Where keys are not exact: the bounds themselves, and where each pair of them ends.
  std::string bytes_;
  std::vector<uint32_t> lower_end_, upper_end_;
};

/// A bound predicate over one column, made ready to be asked of many files.
class ColumnTest {
 public:
  /// Both must outlive the test; the literals are of the column's type.
  ColumnTest(const FactsColumn& column, const Expression& predicate);

  /// Clears the marks of files that hold no row for which the predicate is true: `marks` has one
  /// byte for each, 0 or 1.
  void Filter(std::vector<uint8_t>& marks) const;

 private:
  // One file, as `MightHold` wants to see it.
  struct Row {
    const ColumnTest& test;
    size_t row;

    Presence presence() const { return test.column_.presence(row); }
    std::optional<int> LowerTo(size_t literal) const {
      if (!test.column_.has_lower(row)) return std::nullopt;
      return test.Order(test.column_.lower_key(row), row, literal, true);
    }
    std::optional<int> UpperTo(size_t literal) const {
      if (!test.column_.has_upper(row)) return std::nullopt;
      return test.Order(test.column_.upper_key(row), row, literal, false);
    }
    std::optional<int> LowerPrefix() const;
    std::optional<int> UpperPrefix() const;
  };

  int Order(uint64_t key, size_t row, size_t literal, bool lower) const {
    if (key != keys_[literal]) return key < keys_[literal] ? -1 : 1;
    return column_.is_exact() ? 0 : OrderOfBytes(row, literal, lower);
  }
  int OrderOfBytes(size_t row, size_t literal, bool lower) const;

  const FactsColumn& column_;
  const Expression& predicate_;
  std::vector<uint64_t> keys_;
  std::vector<std::string> literals_;
};

}  // namespace firn::table
