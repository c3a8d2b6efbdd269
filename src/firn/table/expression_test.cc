// SPDX-License-Identifier: Apache-2.0

#include "firn/table/expression.h"

#include "firn/base/testing.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

Schema Columns() {
  return *Schema::Make(
      SchemaId(0),
      {NestedField::Optional(1, "i", Type::Int()), NestedField::Optional(2, "d", Type::Double()),
       NestedField::Required(3, "r", Type::String()),
       NestedField::Optional(4, "s", Type::Struct({NestedField::Required(5, "x", Type::Int())})),
       NestedField::Optional(6, "l", Type::List(NestedField::Required(7, "", Type::Int())))});
}

std::string Bound(const Expression& expression) {
  const auto bound = expression.Bind(Columns());
  return bound ? bound->ToString() : bound.error().ToString();
}

Expression Compare(Op op, const char* column, const Literal& literal) {
  return Expression::Compare(op, column, literal);
}

TEST(Bind, PushesNotDownToThePredicates) {
  const Expression both =
      Expression::And(Compare(Op::kLt, "i", Literal::Int(3)), Expression::Unary(Op::kIsNull, "d"));
  EXPECT_EQ(Bound(Expression::Not(both)), "(i >= 3 OR d IS NOT NULL)");
  EXPECT_EQ(Bound(Expression::Not(Expression::Not(both))), "(i < 3 AND d IS NULL)");
}

TEST(Bind, DecidesWhatTypesDecide) {
  EXPECT_EQ(Bound(Expression::Unary(Op::kIsNull, "r")), "false");
  EXPECT_EQ(Bound(Expression::Unary(Op::kNotNull, "r")), "true");
  EXPECT_EQ(Bound(Expression::Unary(Op::kIsNull, "s.x")), "s.x IS NULL");  // Its struct may be.
  EXPECT_EQ(Bound(Expression::Unary(Op::kIsNan, "i")), "false");
}

TEST(Bind, DecidesComparisonsBeyondTheRange) {
  const Literal above = Literal::Long(int64_t{1} << 40);
  const Literal below = Literal::Long(-(int64_t{1} << 40));
  EXPECT_EQ(Bound(Compare(Op::kLt, "i", above)), "i IS NOT NULL");
  EXPECT_EQ(Bound(Compare(Op::kGt, "i", above)), "false");
  EXPECT_EQ(Bound(Compare(Op::kGt, "i", below)), "i IS NOT NULL");
  EXPECT_EQ(Bound(Compare(Op::kLtEq, "i", below)), "false");
  EXPECT_EQ(Bound(Compare(Op::kEq, "i", above)), "false");
  EXPECT_EQ(Bound(Compare(Op::kNotEq, "i", above)), "i IS NOT NULL");
  EXPECT_EQ(Bound(Expression::Set(Op::kIn, "i", {above, Literal::Int(1)})), "i = 1");
  EXPECT_EQ(Bound(Expression::Set(Op::kNotIn, "i", {above})), "i IS NOT NULL");
}

TEST(Bind, TakesNanForTheGreatest) {
  const Literal nan = Literal::Double(NAN);
  EXPECT_EQ(Bound(Compare(Op::kGt, "d", nan)), "false");
  EXPECT_EQ(Bound(Compare(Op::kEq, "d", nan)), "d IS NAN");
  EXPECT_EQ(Bound(Compare(Op::kLt, "d", nan)), "d IS NOT NAN");
  EXPECT_EQ(Bound(Expression::Set(Op::kIn, "d", {nan, Literal::Double(1)})), "(d = 1 OR d IS NAN)");
}

TEST(Bind, RefusesWhatMakesNoSense) {
  const auto bind = [](const Expression& expression) { return expression.Bind(Columns()); };
  EXPECT_THAT(bind(Expression::Unary(Op::kIsNull, "gone")), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(bind(Expression::Unary(Op::kIsNull, "s")), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(bind(Expression::Unary(Op::kIsNull, "l.element")),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(bind(Compare(Op::kEq, "i", Literal::String("x"))),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(bind(Compare(Op::kStartsWith, "i", Literal::Int(1))),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(Bind, NegationIsTheOppositeExceptForNull) {
  Random random(5);
  const Schema schema = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "i", Type::Int()),
                                                    NestedField::Optional(2, "d", Type::Double()),
                                                    NestedField::Optional(3, "s", Type::String())});
  for (int round = 0; round < 5000; ++round) {
    const Expression filter = random.Filter(schema, 2);
    const auto plain = filter.Bind(schema);
    const auto negated = Expression::Not(filter).Bind(schema);
    const Row row = RandomRow(schema, random);
    const bool has_null = std::any_of(row.begin(), row.end(),
                                      [](const auto& value) { return !value.second.has_value(); });
    const bool both = RowMatches(*plain, row) && RowMatches(*negated, row);
    const bool neither = !RowMatches(*plain, row) && !RowMatches(*negated, row);
    EXPECT_FALSE(both) << filter.ToString();
    EXPECT_TRUE(!neither || has_null) << filter.ToString();
  }
}

TEST(Expression, FoldsConstantsAndQuotes) {
  const Expression test = Compare(Op::kEq, "r", Literal::String("it's"));
  EXPECT_EQ(Expression::And(Expression::True(), test), test);
  EXPECT_TRUE(Expression::Or(test, Expression::True()).is_true());
  EXPECT_EQ(test.ToString(), "r = 'it''s'");
}

}  // namespace
}  // namespace firn::table
