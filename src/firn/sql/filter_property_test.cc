// SPDX-License-Identifier: Apache-2.0
//
// A filter pushed into planning never changes an answer: random predicates over a table of many
// small files are asked of the table and of a copy of its rows, which nothing prunes.

#include <random>
#include <string>
#include <vector>

#include "firn/sql/testing.h"

namespace firn::sql {
namespace {

using table::NestedField;
using table::Type;

// The columns, each with texts of constants: some within the data, some outside, odd ones.
struct TestColumn {
  std::string name;
  std::string random_value;  // SQL over the row number i and the file number f.
  std::vector<std::string> constants;
};

std::vector<TestColumn> Columns() {
  return {
      {"i", "(hash(i) % 20 + f * 10)::INT", {"0", "15", "37", "-1", "1000", "9999999999"}},
      {"l", "(f * 100 + i)::BIGINT", {"0", "205", "250.5", "399", "-7"}},
      {"d",
       "CASE hash(i, 1) % 9 WHEN 0 THEN 'NaN'::DOUBLE WHEN 1 THEN -0.0::DOUBLE ELSE f + i / 7 END",
       {"0.0", "2.5", "'NaN'::DOUBLE", "'inf'::DOUBLE", "1e300"}},
      {"r",
       "CASE hash(i, 2) % 9 WHEN 0 THEN 'NaN'::FLOAT ELSE (f / 10)::FLOAT END",
       {"0.1", "0.2::FLOAT", "0", "'NaN'::FLOAT"}},
      {"s",
       "'k' || f || repeat('x', (i % 40)::INT)",
       {"'k1'", "'k2x'", "''", "'k' || repeat('x', 30)", "'zz'", "'k3'"}},
      {"b", "(f % 2 = 0)", {"true", "false"}},
      {"t",
       "DATE '2025-01-01' + (f * 30 + i % 5)::INT",
       {"DATE '2025-02-01'", "DATE '2025-03-03'", "'2024-01-01'", "TIMESTAMP '2025-01-31 12:00'"}},
      {"z",
       "TIMESTAMPTZ '2025-01-01 00:00:00+00' + INTERVAL 1 DAY * f + INTERVAL 1 HOUR * i",
       {"TIMESTAMPTZ '2025-01-03 05:00:00+00'", "DATE '2025-01-02'", "'2025-01-04'"}},
      {"n", "((f * 7 + i) / 4)::DECIMAL(9,2)", {"1.25", "3", "2.333", "-1", "12345678901.5"}},
      {"p", "'part' || (f % 3)", {"'part0'", "'part1'", "'other'"}},
      {"q.a", "", {"3", "10", "77"}},
      {"q.c", "", {"'c1'", "'c3'", "''"}},
  };
}

class Predicates {
 public:
  explicit Predicates(uint64_t seed) : random_(seed), columns_(Columns()) {}

  std::string Make(int depth) {
    const auto kind = Pick(depth == 0 ? 5 : 9);
    if (kind >= 7) return "(" + Make(depth - 1) + " OR " + Make(depth - 1) + ")";
    if (kind == 6) return "(" + Make(depth - 1) + " AND " + Make(depth - 1) + ")";
    if (kind == 5) return "NOT (" + Make(depth - 1) + ")";
    return Leaf(columns_[Pick(columns_.size())]);
  }

 private:
  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  std::string Constant(const TestColumn& column) {
    return column.constants[Pick(column.constants.size())];
  }

  std::string Leaf(const TestColumn& column) {
    static const std::vector<std::string> kOperators = {"=", "<>", "<", "<=", ">", ">="};
    switch (Pick(column.name == "s" ? 9 : 7)) {
      case 0:
        return column.name + " IS NULL";
      case 1:
        return column.name + " IS NOT NULL";
      case 2:
        return column.name + (Pick(2) == 0 ? " IN (" : " NOT IN (") + Constant(column) + ", " +
               Constant(column) + ")";
      case 3:
        return column.name + " BETWEEN " + Constant(column) + " AND " + Constant(column);
      case 4:
        return Constant(column) + " " + kOperators[Pick(kOperators.size())] + " " + column.name;
      case 7:
        return "starts_with(s, " + Constant(column) + ")";
      case 8:
        return "s LIKE 'k" + std::to_string(Pick(4)) + "x%'";
      default:
        return column.name + " " + kOperators[Pick(kOperators.size())] + " " + Constant(column);
    }
  }

  std::mt19937_64 random_;
  std::vector<TestColumn> columns_;
};

std::string SelectFile(int file) {
  std::string select = "SELECT i AS id, ";
  for (const TestColumn& column : Columns()) {
    if (column.random_value.empty()) continue;
    // Every fifth value is null, and all of a column in some files.
    select += "CASE WHEN hash(i, '" + column.name + "') % 5 = 0 OR hash(f, '" + column.name +
              "') % 7 = 0 THEN NULL ELSE " + column.random_value + " END AS " + column.name + ", ";
  }
  return select +
         "CASE WHEN i % 6 = 0 THEN NULL ELSE {'a': (f * 3 + i % 4)::INT, 'c': 'c' || f} "
         "END AS q FROM (SELECT i, " +
         std::to_string(file) + " AS f FROM range(" + std::to_string(file * 50) + ", " +
         std::to_string(file * 50 + 50) + ") t(i))";
}

TestTable FirstTable() {
  return {
      {NestedField::Required(1, "id", Type::Long()), NestedField::Optional(2, "i", Type::Int()),
       NestedField::Optional(3, "l", Type::Long()), NestedField::Optional(4, "d", Type::Double()),
       NestedField::Optional(5, "r", Type::Float()), NestedField::Optional(6, "s", Type::String()),
       NestedField::Optional(7, "b", Type::Boolean()), NestedField::Optional(8, "t", Type::Date()),
       NestedField::Optional(9, "z", Type::TimestampTz()),
       NestedField::Optional(10, "n", Type::Decimal(9, 2)),
       NestedField::Optional(11, "p", Type::String()),
       NestedField::Optional(12, "q",
                             Type::Struct({NestedField::Optional(13, "a", Type::Int()),
                                           NestedField::Optional(14, "c", Type::String())}))},
      {{"p", table::Transform::Identity(), ""}, {"z", table::Transform::Day(), ""}}};
}

// Compares the table with an unprunable copy of it under `count` predicates.
void ExpectEqualAnswers(TestLake& lake, uint64_t seed, int count) {
  ASSERT_THAT(lake.engine().Execute("CREATE OR REPLACE TEMP TABLE plain AS SELECT * FROM w.t"),
              IsOk());
  Predicates predicates(seed);
  int answered = 0;
  for (int i = 0; i < count; ++i) {
    const std::string where = " WHERE " + predicates.Make(i % 3) + " ORDER BY id";
    const auto pruned = lake.Rows("SELECT id FROM w.t" + where);
    const auto plain = lake.Rows("SELECT id FROM plain" + where);
    ASSERT_EQ(pruned.has_value(), plain.has_value()) << where;
    if (!pruned) continue;
    ASSERT_EQ(*pruned, *plain) << "seed " << seed << where;
    ++answered;
  }
  EXPECT_GT(answered, count / 2) << "most predicates are meant to bind";
}

TEST(FilterPushdown, NeverChangesAnAnswer) {
  TestLake lake;
  ASSERT_THAT(lake.Create("w.t", FirstTable()), IsOk());
  for (int file = 0; file < 6; ++file)
    ASSERT_THAT(lake.Append("w.t", SelectFile(file)), IsOk());
  for (uint64_t seed = 1; seed <= 3; ++seed)
    ExpectEqualAnswers(lake, seed, 150);
}

TEST(FilterPushdown, NeverChangesAnAnswerOfAnEvolvedTable) {
  TestLake lake;
  ASSERT_THAT(lake.Create("w.t", FirstTable()), IsOk());
  for (int file = 0; file < 3; ++file)
    ASSERT_THAT(lake.Append("w.t", SelectFile(file)), IsOk());
  ASSERT_THAT(lake.Evolve("w.t",
                          [](table::SchemaUpdate& s) {
                            s.UpdateType("i", Type::Long()).UpdateType("r", Type::Double());
                            s.UpdateType("n", Type::Decimal(18, 2)).UpdateType("q.a", Type::Long());
                            s.Rename("l", "l2").Drop("b").AddColumn("", "x", Type::Int());
                          }),
              IsOk());
  ASSERT_THAT(lake.Evolve("w.t",
                          [](table::SchemaUpdate& s) {
                            s.Rename("l2", "l").AddColumn("", "b", Type::Boolean());
                          }),
              IsOk());
  for (int file = 3; file < 6; ++file)
    ASSERT_THAT(lake.Append("w.t", SelectFile(file)), IsOk());
  for (uint64_t seed = 11; seed <= 13; ++seed)
    ExpectEqualAnswers(lake, seed, 150);
}

}  // namespace
}  // namespace firn::sql
