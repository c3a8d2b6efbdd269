// SPDX-License-Identifier: Apache-2.0

#include "firn/table/columnar_filter.h"

#include <cmath>

#include "firn/base/rounds_testing.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/bound_key.h"
#include "firn/table/evaluator.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

constexpr const char* kTypes[] = {"boolean",   "int",           "long",           "float",
                                  "double",    "decimal(9, 2)", "decimal(38, 2)", "date",
                                  "timestamp", "timestamptz",   "timestamp_ns",   "string",
                                  "uuid",      "fixed[4]",      "binary",         "time"};

Schema ManyColumns() {
  std::vector<NestedField> fields;
  for (const char* type : kTypes) {
    const auto id = static_cast<int32_t>(fields.size()) + 1;
    fields.push_back(
        NestedField::Optional(id, "c" + std::to_string(id), *Type::ParsePrimitive(type)));
  }
  return *Schema::Make(SchemaId(0), std::move(fields));
}

// Bounds of a file, mostly right ones, at times inverted, NaN, cut, of a narrower type or noise.
std::string RandomBound(const Type& type, Random& random) {
  if (random.Chance(20)) return std::string(static_cast<size_t>(random.Below(18)), '\x81');
  if (random.Chance(10))
    return Literal::Int(static_cast<int32_t>(random.Below(100) - 50)).ToBytes();
  if (random.Chance(20)) return Literal::Float(NAN).ToBytes();
  return random.Value(type).ToBytes();
}

DataFile RandomFile(const Schema& schema, Random& random, int64_t number) {
  DataFile file;
  file.file_path = "file:///t/data/" + std::to_string(number) + ".parquet";
  file.record_count = random.Below(4);
  for (const NestedField& field : schema.fields()) {
    if (!random.Chance(5)) file.value_counts[field.id] = file.record_count;
    if (!random.Chance(5)) file.null_value_counts[field.id] = random.Below(4);
    if (!random.Chance(2)) file.nan_value_counts[field.id] = random.Below(2);
    if (!random.Chance(6)) file.lower_bounds[field.id] = RandomBound(field.type, random);
    if (!random.Chance(6)) file.upper_bounds[field.id] = RandomBound(field.type, random);
  }
  return file;
}

TEST(BoundKey, KeepsTheOrderOfValues) {
  Random random(77);
  for (const char* name : kTypes) {
    const Type type = *Type::ParsePrimitive(name);
    for (int round = 0; round < 3000; ++round) {
      const Literal left = random.Value(type);
      const Literal right = random.Value(type);
      const auto left_key = BoundKey(type, left.ToBytes());
      const auto right_key = BoundKey(type, right.ToBytes());
      EXPECT_EQ(left_key.has_value(), !left.is_nan());
      if (!left_key || !right_key) continue;
      const auto order = Compare(left, right);
      EXPECT_TRUE(order >= 0 || *left_key <= *right_key) << left.ToString() << right.ToString();
      if (HasExactKey(type)) {
        EXPECT_EQ(order == 0, *left_key == *right_key) << left.ToString() << right.ToString();
      } else {
        EXPECT_EQ(CompareBounds(type, left.ToBytes(), right.ToBytes()),
                  order < 0 ? -1 : (order > 0 ? 1 : 0));
      }
    }
  }
}

TEST(BoundKey, TakesTheBytesThatLiteralsTake) {
  Random random(78);
  for (const char* name : kTypes) {
    const Type type = *Type::ParsePrimitive(name);
    for (int round = 0; round < 1000; ++round) {
      const std::string bytes = RandomBound(type, random);
      const auto literal = Literal::FromBytes(type, bytes);
      EXPECT_EQ(BoundKey(type, bytes).has_value(), literal && !literal->is_nan()) << name;
      EXPECT_EQ(IsNanBound(type, bytes), literal && literal->is_nan()) << name;
    }
  }
}

TEST(ColumnarFilter, JudgesEachFileAsItsMetricsAloneDo) {
  Random random(79);
  const Schema schema = ManyColumns();
  ManifestWriteOptions options;
  options.schema = schema;
  int64_t pruned = 0;
  for (int round = 0; round < Rounds(15); ++round) {
    std::vector<ManifestEntry> entries;
    for (int64_t at = 0; at < 50; ++at) {
      entries.push_back({EntryStatus::kAdded, {}, {}, {}, RandomFile(schema, random, at)});
    }
    io::MemoryFileIO io;
    auto manifest = *WriteManifest(io, "file:///t/m.avro", options, entries);
    manifest.sequence_number = SequenceNumber(1);
    for (int tries = 0; tries < 60; ++tries) {
      const auto bound = random.Filter(schema, 3).Bind(schema);
      ASSERT_THAT(bound, IsOk());
      const auto columns =
          ManifestColumns::Read(io, manifest, options.spec, FilterColumns(*bound, schema));
      ASSERT_THAT(columns, IsOk());
      const RowMarks marks = MightMatch(**columns, *bound, RowMarks(entries.size(), 1));
      for (size_t row = 0; row < entries.size(); ++row) {
        DataFile file = entries[row].file;
        file.record_count = 1;  // Empty files are the planner's business.
        EXPECT_EQ(marks[row] != 0, FileMightMatch(file, *bound, schema))
            << bound->ToString() << " file " << row;
        pruned += marks[row] == 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(pruned, Rounds(5'000));
}

TEST(ColumnarFilter, PrunesNothingByBoundsThatAreInverted) {
  const Schema schema = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "n", Type::Long())});
  DataFile file;
  file.file_path = "file:///t/inverted.parquet";
  file.record_count = 10;
  file.lower_bounds[FieldId(1)] = Literal::Long(9).ToBytes();
  file.upper_bounds[FieldId(1)] = Literal::Long(3).ToBytes();
  ManifestWriteOptions options;
  options.schema = schema;
  io::MemoryFileIO io;
  auto manifest =
      *WriteManifest(io, "file:///t/m.avro", options, {{EntryStatus::kAdded, {}, {}, {}, file}});
  manifest.sequence_number = SequenceNumber(1);
  const auto bound = *Expression::Compare(Op::kEq, "n", Literal::Long(100)).Bind(schema);
  const auto columns = *ManifestColumns::Read(io, manifest, {}, FilterColumns(bound, schema));
  EXPECT_EQ(MightMatch(*columns, bound, {1}), RowMarks{1});
  EXPECT_TRUE(FileMightMatch(file, bound, schema));
}

TEST(FilterColumns, NamesEachColumnOnce) {
  const Schema schema = ManyColumns();
  const auto is_null = [](const char* name) { return Expression::Unary(Op::kIsNull, name); };
  const auto bound =
      *Expression::Or(Expression::And(is_null("c3"), is_null("c1")), Expression::Not(is_null("c3")))
           .Bind(schema);
  const auto columns = FilterColumns(bound, schema);
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].name, "c3");
  EXPECT_EQ(columns[1].name, "c1");
}

}  // namespace
}  // namespace firn::table
