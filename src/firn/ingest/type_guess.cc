// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/type_guess.h"

#include <charconv>
#include <optional>
#include <utility>

#include "firn/base/time.h"
#include "firn/ingest/plain_number.h"
#include "firn/ingest/time_text.h"

namespace firn::ingest {
namespace {

// An object with more members than this is a map in disguise.
constexpr size_t kMembersMax = 500;

bool IsWord(std::string_view text, std::string_view lower, std::string_view upper,
            std::string_view title) {
  return text == lower || text == upper || text == title;
}

bool IsBoolean(std::string_view text) {
  return IsWord(text, "true", "TRUE", "True") || IsWord(text, "false", "FALSE", "False");
}

template <typename Number>
bool ReadsAs(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool HasLeadingZero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

// Digits only: too long for 64 bits where it does not read as a long.
bool IsDigits(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

void TypeGuess::Restrict(uint16_t possible) {
  possible_ &= possible;
  has_value_ = true;
}

void TypeGuess::SeeText(std::string_view text) {
  uint16_t could = 0;
  if ((possible_ & (kLong | kDouble)) != 0 && !HasLeadingZero(text)) {
    const auto plain = text.starts_with('+') ? std::nullopt : ReadPlainNumber(text);
    if (plain && plain->has_point) {
      could |= kDouble;
    } else if (plain || ReadsAs<int64_t>(text)) {
      could |= kLong | kDouble;
    } else if (!IsDigits(text) && ReadsAs<double>(text)) {
      could |= kDouble;
    }
  }
  if ((possible_ & kBoolean) != 0 && IsBoolean(text)) could |= kBoolean;
  const bool maybe_time = (possible_ & (kDate | kTimestamp | kTimestampTz)) != 0;
  if (could == 0 && maybe_time && text.size() >= 10) return SeeString(text);
  Restrict(could);
}

void TypeGuess::SeeString(std::string_view text) {
  if ((possible_ & (kDate | kTimestamp | kTimestampTz)) == 0 || text.size() < 10 ||
      text.size() > 40) {
    return Restrict(0);
  }
  if (ParseDate(text)) return Restrict(kDate | kTimestamp | kTimestampTz);
  const auto time = ParseTimeText(text);
  if (!time) return Restrict(0);
  Restrict(time->offset_minutes ? kTimestampTz : kTimestamp);
}

void TypeGuess::SeeObject() {
  Restrict(kStruct);
}

TypeGuess& TypeGuess::SeeArray() {
  Restrict(kList);
  if (item_ == nullptr) item_ = std::make_shared<TypeGuess>();
  return *item_;
}

TypeGuess& TypeGuess::Member(std::string_view name) {
  const auto found = members_.find(name);
  if (found != members_.end()) return found->second;
  order_.emplace_back(name);
  return members_.try_emplace(std::string(name)).first->second;
}

const TypeGuess* TypeGuess::FindMember(std::string_view name) const {
  const auto found = members_.find(name);
  return found == members_.end() ? nullptr : &found->second;
}

table::Type TypeGuess::ToType(int32_t& next_id) const {
  using table::Type;
  if (!has_value_) return Type::String();
  if ((possible_ & kLong) != 0) return Type::Long();
  if ((possible_ & kDouble) != 0) return Type::Double();
  if ((possible_ & kBoolean) != 0) return Type::Boolean();
  if ((possible_ & kDate) != 0) return Type::Date();
  if ((possible_ & kTimestamp) != 0) return Type::Timestamp();
  if ((possible_ & kTimestampTz) != 0) return Type::TimestampTz();
  if ((possible_ & kList) != 0) {
    const int32_t id = next_id++;
    return Type::List(table::NestedField::Optional(id, "element", item_->ToType(next_id)));
  }
  if ((possible_ & kStruct) == 0 || order_.empty() || order_.size() > kMembersMax) {
    return Type::String();
  }
  std::vector<table::NestedField> fields;
  for (const std::string& name : order_) {
    const int32_t id = next_id++;
    fields.push_back(table::NestedField::Optional(id, name, FindMember(name)->ToType(next_id)));
  }
  return Type::Struct(std::move(fields));
}

Result<table::Schema> SchemaOf(const TypeGuess& row) {
  int32_t next_id = 1;
  std::vector<table::NestedField> fields;
  for (const std::string& name : row.member_names()) {
    if (name.empty()) return InvalidArgument("a column has no name", fields.size() + 1);
    const int32_t id = next_id++;
    fields.push_back(table::NestedField::Optional(id, name, row.FindMember(name)->ToType(next_id)));
  }
  if (fields.empty()) return InvalidArgument("no column was found in the data");
  return table::Schema::Make(table::SchemaId(0), std::move(fields));
}

}  // namespace firn::ingest
