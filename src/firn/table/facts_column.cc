// SPDX-License-Identifier: Apache-2.0

#include "firn/table/facts_column.h"

#include <utility>

#include "firn/table/bound_key.h"

namespace firn::table {
namespace {

std::optional<int> PrefixOrder(std::string_view bound, std::string_view prefix) {
  const int order = bound.substr(0, prefix.size()).compare(prefix);
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

std::optional<uint64_t> KeyOf(const Type& type, std::optional<std::string_view> bound) {
  return bound ? BoundKey(type, *bound) : std::nullopt;
}

}  // namespace

FactsColumn::FactsColumn(FieldId field, Type type)
    : field_(field), type_(std::move(type)), exact_(HasExactKey(type_)) {}

size_t FactsColumn::memory_bytes() const {
  return flags_.capacity() + (lower_.capacity() + upper_.capacity()) * sizeof(uint64_t) +
         bytes_.capacity() + (lower_end_.capacity() + upper_end_.capacity()) * sizeof(uint32_t);
}

void FactsColumn::Add(const ColumnMetrics& metrics) {
  const Presence present = PresenceOf(type_, metrics.values, metrics.nulls, metrics.nans);
  const auto lower = KeyOf(type_, metrics.lower);
  const auto upper = KeyOf(type_, metrics.upper);
  const uint64_t low = lower.value_or(0);
  const uint64_t high = upper.value_or(0);
  const bool nan = (metrics.lower && IsNanBound(type_, *metrics.lower)) ||
                   (metrics.upper && IsNanBound(type_, *metrics.upper));
  const bool both = lower.has_value() && upper.has_value();
  const bool inverted =
      both && (low > high || (low == high && !exact_ &&
                              CompareBounds(type_, *metrics.lower, *metrics.upper) > 0));
  const bool usable = !nan && !inverted;
  const bool keep_lower = usable && lower.has_value();
  const bool keep_upper = usable && upper.has_value();
  flags_.push_back(static_cast<uint8_t>((present.nulls ? kNulls : 0) | (present.nans ? kNans : 0) |
                                        (present.values ? kValues : 0) | (keep_lower ? kLower : 0) |
                                        (keep_upper ? kUpper : 0)));
  lower_.push_back(low);
  upper_.push_back(high);
  if (exact_) return;
  if (keep_lower) bytes_ += *metrics.lower;
  lower_end_.push_back(static_cast<uint32_t>(bytes_.size()));
  if (keep_upper) bytes_ += *metrics.upper;
  upper_end_.push_back(static_cast<uint32_t>(bytes_.size()));
}

void FactsColumn::ShrinkToFit() {
  flags_.shrink_to_fit();
  lower_.shrink_to_fit();
  upper_.shrink_to_fit();
  bytes_.shrink_to_fit();
  lower_end_.shrink_to_fit();
  upper_end_.shrink_to_fit();
}

std::string_view FactsColumn::lower_bytes(size_t row) const {
  const size_t begin = row == 0 ? 0 : upper_end_[row - 1];
  return std::string_view(bytes_).substr(begin, lower_end_[row] - begin);
}

std::string_view FactsColumn::upper_bytes(size_t row) const {
  return std::string_view(bytes_).substr(lower_end_[row], upper_end_[row] - lower_end_[row]);
}

ColumnTest::ColumnTest(const FactsColumn& column, const Expression& predicate)
    : column_(column), predicate_(predicate) {
  for (const Literal& literal : predicate.literals()) {
    literals_.push_back(literal.ToBytes());
    const auto key = BoundKey(column.type(), literals_.back());
    FIRN_ASSERT(key.has_value());  // Binding leaves no NaN and only literals of the type.
    keys_.push_back(*key);
  }
}

void ColumnTest::Filter(std::vector<uint8_t>& marks) const {
  WithOp(predicate_.op(), [&]<Op op>() {
    const size_t count = keys_.size();
    for (size_t row = 0; row < marks.size(); ++row) {
      if (marks[row] != 0) marks[row] = MightHold<op>(Row{*this, row}, count) ? 1 : 0;
    }
  });
}

int ColumnTest::OrderOfBytes(size_t row, size_t literal, bool lower) const {
  return CompareBounds(column_.type(), lower ? column_.lower_bytes(row) : column_.upper_bytes(row),
                       literals_[literal]);
}

std::optional<int> ColumnTest::Row::LowerPrefix() const {
  if (!test.column_.has_lower(row)) return std::nullopt;
  return PrefixOrder(test.column_.lower_bytes(row), test.literals_[0]);
}

std::optional<int> ColumnTest::Row::UpperPrefix() const {
  if (!test.column_.has_upper(row)) return std::nullopt;
  return PrefixOrder(test.column_.upper_bytes(row), test.literals_[0]);
}

}  // namespace firn::table
