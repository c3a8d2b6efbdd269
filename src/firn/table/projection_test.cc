// SPDX-License-Identifier: Apache-2.0

#include "firn/table/projection.h"

#include "firn/base/rounds_testing.h"
#include "firn/base/testing.h"
#include "firn/table/evaluator.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

Schema ColumnsOf(const std::vector<std::string>& types) {
  std::vector<NestedField> fields;
  for (const std::string& type : types) {
    const auto id = static_cast<int32_t>(fields.size()) + 1;
    fields.push_back(
        NestedField::Optional(id, "c" + std::to_string(id), *Type::ParsePrimitive(type)));
  }
  return *Schema::Make(SchemaId(0), std::move(fields));
}

struct Case {
  std::string type;
  std::vector<std::string> transforms;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases = {
      {"int", {"identity", "bucket[3]", "truncate[7]", "void", "zorder"}},
      {"long", {"identity", "bucket[3]", "truncate[10]"}},
      {"decimal(9, 2)", {"identity", "bucket[3]", "truncate[50]"}},
      {"double", {"identity"}},
      {"boolean", {"identity"}},
      {"date", {"identity", "bucket[3]", "year", "month", "day"}},
      {"timestamp", {"bucket[3]", "year", "month", "day", "hour"}},
      {"timestamptz", {"identity", "day", "hour"}},
      {"timestamp_ns", {"year", "month", "day", "hour"}},
      {"string", {"identity", "bucket[3]", "truncate[1]", "truncate[2]", "truncate[3]"}},
      {"binary", {"identity", "bucket[3]", "truncate[2]"}},
      {"uuid", {"identity", "bucket[3]"}},
      {"fixed[3]", {"bucket[3]"}},
  };
  return kCases;
}

PartitionData PartitionOf(const PartitionSpec& spec, const Row& row) {
  PartitionData partition;
  for (const PartitionField& field : spec.fields) {
    const auto value = field.transform.Apply(row.at(field.source_id));
    partition.push_back(value ? *value : std::nullopt);  // An unknown transform writes anything.
  }
  return partition;
}

// Checks both projections and the residual for random filters over random rows.
void CheckProjections(const Schema& schema, const PartitionSpec& spec, Random& random) {
  const Expression filter = random.Filter(schema, 2);
  const auto bound = filter.Bind(schema);
  ASSERT_THAT(bound, IsOk());
  const Expression inclusive = ProjectInclusive(*bound, spec);
  const Expression strict = ProjectStrict(*bound, spec);
  for (int count = 0; count < 20; ++count) {
    const Row row = RandomRow(schema, random);
    const PartitionData partition = PartitionOf(spec, row);
    const bool matches = RowMatches(*bound, row);
    const auto context = [&] {
      return filter.ToString() + " by " + spec.ToString() + ": inclusive " + inclusive.ToString() +
             ", strict " + strict.ToString();
    };
    EXPECT_TRUE(!matches || PartitionMatches(partition, inclusive, spec)) << context();
    EXPECT_TRUE(matches || !PartitionMatches(partition, strict, spec)) << context();
    EXPECT_EQ(RowMatches(ResidualFor(*bound, spec, partition), row), matches) << context();
  }
}

TEST(Projection, NeverLosesARowAndNeverPromisesOne) {
  Random random(20251105);
  for (const Case& item : Cases()) {
    const Schema schema = ColumnsOf({item.type});
    for (const std::string& transform : item.transforms) {
      const PartitionSpec spec{SpecId(0),
                               {{FieldId(1), FieldId(1000), "p", *Transform::Parse(transform)}}};
      for (int round = 0; round < Rounds(300); ++round) {
        CheckProjections(schema, spec, random);
      }
    }
  }
}

TEST(Projection, HoldsForSeveralFieldsOfSeveralColumns) {
  Random random(7);
  const Schema schema = ColumnsOf({"int", "timestamp", "string"});
  const PartitionSpec spec{SpecId(0),
                           {{FieldId(1), FieldId(1000), "a", Transform::Bucket(2)},
                            {FieldId(1), FieldId(1001), "b", Transform::Truncate(10)},
                            {FieldId(2), FieldId(1002), "c", Transform::Month()},
                            {FieldId(3), FieldId(1003), "d", Transform::Truncate(2)}}};
  for (int round = 0; round < Rounds(3000); ++round) {
    CheckProjections(schema, spec, random);
  }
}

Expression Projected(const Expression& filter, const std::string& type, const char* transform) {
  const PartitionSpec spec{SpecId(0),
                           {{FieldId(1), FieldId(1000), "p", *Transform::Parse(transform)}}};
  return ProjectInclusive(*filter.Bind(ColumnsOf({type})), spec);
}

TEST(Projection, TakesTheNarrowestPartitionRange) {
  const auto date = [](const char* text) { return *Literal::String(text).CastTo(Type::Date()); };
  EXPECT_EQ(
      Projected(Expression::Compare(Op::kLt, "c1", date("2025-11-01")), "date", "month").ToString(),
      "p <= 669");  // Not November, 670.
  EXPECT_EQ(
      Projected(Expression::Compare(Op::kGt, "c1", date("2025-10-31")), "date", "month").ToString(),
      "p >= 670");
  EXPECT_EQ(Projected(Expression::Compare(Op::kStartsWith, "c1", Literal::String("ab")), "string",
                      "truncate[3]")
                .ToString(),
            "p STARTS WITH 'ab'");
  EXPECT_EQ(Projected(Expression::Compare(Op::kStartsWith, "c1", Literal::String("abcd")), "string",
                      "truncate[3]")
                .ToString(),
            "p = 'abc'");
  EXPECT_TRUE(
      Projected(Expression::Compare(Op::kLt, "c1", Literal::Int(3)), "int", "bucket[4]").is_true());
}

}  // namespace
}  // namespace firn::table
