// SPDX-License-Identifier: Apache-2.0

#include "firn/base/result.h"

#include <memory>

#include "firn/base/testing.h"

namespace firn {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return InvalidArgument("odd number", number);
  return number / 2;
}

Result<int> Quarter(int number) {
  FIRN_ASSIGN(const int half, Half(number));
  FIRN_TRY(Half(half));
  return half / 2;
}

TEST(Result, CarriesAValueOrTheFirstError) {
  EXPECT_THAT(Quarter(8), HasValue(2));
  EXPECT_THAT(Quarter(6), HasMessage("odd number: 3"));
  EXPECT_THAT(Quarter(7), IsError(ErrorKind::kInvalidArgument));
}

TEST(Result, MovesItsValueOut) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Error, SaysWhatHappenedAndWhatToDo) {
  const Error error = NotFound("table not found", "a.b").WithHint("see 'firn table list'");
  EXPECT_EQ(error.ToString(), "table not found: a.b (see 'firn table list')");
  EXPECT_EQ(Error(error).Within("reading").message, "reading: table not found: a.b");
  EXPECT_EQ(ExitCode(ErrorKind::kConflict), 4);
}

}  // namespace
}  // namespace firn
