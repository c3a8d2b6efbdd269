// SPDX-License-Identifier: Apache-2.0

#include "firn/table/evaluator.h"

#include "firn/base/rounds_testing.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/metrics.h"
#include "firn/table/projection.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

const std::vector<std::string>& Types() {
  static const std::vector<std::string> kTypes = {
      "boolean", "int",         "long",   "float", "double",   "decimal(9, 2)",
      "date",    "timestamptz", "string", "uuid",  "fixed[4]", "binary"};
  return kTypes;
}

Schema OneColumn(const std::string& type, bool required) {
  const Type parsed = *Type::ParsePrimitive(type);
  return *Schema::Make(SchemaId(0), {required ? NestedField::Required(1, "c", parsed)
                                              : NestedField::Optional(1, "c", parsed)});
}

// The metrics a writer would store for the rows' only column.
DataFile FileOf(const std::vector<Row>& rows, MetricsMode mode) {
  const FieldId id(1);
  DataFile file;
  file.record_count = static_cast<int64_t>(rows.size());
  file.value_counts[id] = file.record_count;
  file.null_value_counts[id] = file.nan_value_counts[id] = 0;
  std::optional<Literal> lower;
  std::optional<Literal> upper;
  for (const Row& row : rows) {
    const auto& value = row.at(id);
    file.null_value_counts[id] += value ? 0 : 1;
    file.nan_value_counts[id] += value && value->is_nan() ? 1 : 0;
    if (!value || value->is_nan()) continue;
    if (!lower || Compare(*value, *lower) < 0) lower = value;
    if (!upper || Compare(*value, *upper) > 0) upper = value;
  }
  if (lower) {
    if (auto bytes = LowerBoundBytes(*lower, mode)) file.lower_bounds[id] = *bytes;
    if (auto bytes = UpperBoundBytes(*upper, mode)) file.upper_bounds[id] = *bytes;
  }
  return file;
}

// Takes away some of what is known, as writers do.
void Forget(DataFile& file, Random& random) {
  if (random.Chance(8)) file.value_counts.clear();
  if (random.Chance(8)) file.null_value_counts.clear();
  if (random.Chance(4)) file.nan_value_counts.clear();
  if (random.Chance(8)) file.lower_bounds.clear();
  if (random.Chance(8)) file.upper_bounds.clear();
}

TEST(FileMetrics, NeverPruneAMatchAndNeverPromiseOne) {
  Random random(1105);
  int64_t pruned = 0;
  int64_t promised = 0;
  for (const std::string& type : Types()) {
    for (int round = 0; round < 2000; ++round) {
      const Schema schema = OneColumn(type, random.Chance(4));
      std::vector<Row> rows;
      for (int64_t count = random.Below(4) + 1; count > 0; --count) {
        rows.push_back(RandomRow(schema, random));
      }
      DataFile file =
          FileOf(rows, {MetricsMode::Kind::kTruncate, 1 + static_cast<int>(random.Below(3))});
      Forget(file, random);
      const auto bound = random.Filter(schema, 1).Bind(schema);
      ASSERT_THAT(bound, IsOk());
      const auto matches = [&](const Row& row) { return RowMatches(*bound, row); };
      const bool might = FileMightMatch(file, *bound, schema);
      const bool must = FileMustMatch(file, *bound, schema);
      EXPECT_TRUE(might || std::none_of(rows.begin(), rows.end(), matches)) << bound->ToString();
      EXPECT_TRUE(!must || std::all_of(rows.begin(), rows.end(), matches)) << bound->ToString();
      pruned += might ? 0 : 1;
      promised += must ? 1 : 0;
    }
  }
  EXPECT_GT(pruned, 4000);  // It must also be of use.
  EXPECT_GT(promised, 2000);
}

TEST(ManifestSummaries, NeverPruneAPartitionThatMatches) {
  Random random(1106);
  int64_t pruned = 0;
  for (const std::string& type : Types()) {
    const Schema schema = OneColumn(type, false);
    ManifestWriteOptions options;
    options.schema = schema;
    options.spec = {SpecId(0), {{FieldId(1), FieldId(1000), "p", Transform::Identity()}}};
    for (int round = 0; round < Rounds(200); ++round) {
      std::vector<ManifestEntry> entries(static_cast<size_t>(random.Below(3)) + 1);
      for (ManifestEntry& entry : entries) {
        entry.file.file_path = "f";
        entry.file.partition = {random.MaybeNull(schema.fields()[0].type)};
      }
      io::MemoryFileIO io;
      const auto manifest = WriteManifest(io, "file:///m", options, entries);
      ASSERT_THAT(manifest, IsOk());
      for (int tries = 0; tries < 10; ++tries) {
        const auto bound = random.Filter(schema, 1).Bind(schema);
        const Expression filter = ProjectInclusive(*bound, options.spec);
        const bool any = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
          return PartitionMatches(entry.file.partition, filter, options.spec);
        });
        const bool might = ManifestMightMatch(*manifest, filter, options.spec, schema);
        EXPECT_TRUE(might || !any) << filter.ToString();
        pruned += might ? 0 : 1;
      }
    }
  }
  EXPECT_GT(pruned, Rounds(3000));
}

DataFile Bounded(const Literal& lower, const Literal& upper) {
  DataFile file;
  file.record_count = file.value_counts[FieldId(1)] = 10;
  file.null_value_counts[FieldId(1)] = 0;
  file.lower_bounds[FieldId(1)] = lower.ToBytes();
  file.upper_bounds[FieldId(1)] = upper.ToBytes();
  return file;
}

bool Might(const DataFile& file, const std::string& type, Op op, const Literal& literal) {
  const Schema schema = OneColumn(type, false);
  return FileMightMatch(file, *Expression::Compare(op, "c", literal).Bind(schema), schema);
}

TEST(FileMetrics, ReadBoundsWrittenBeforeAPromotion) {
  const DataFile ints = Bounded(Literal::Int(-5), Literal::Int(9));
  EXPECT_TRUE(Might(ints, "long", Op::kEq, Literal::Long(-5)));
  EXPECT_FALSE(Might(ints, "long", Op::kGt, Literal::Long(9)));
  const DataFile floats = Bounded(Literal::Float(1), Literal::Float(2));
  EXPECT_TRUE(Might(floats, "double", Op::kEq, Literal::Double(2)));
  EXPECT_FALSE(Might(floats, "double", Op::kEq, Literal::Double(2.5)));
  const DataFile dates = Bounded(Literal::Date(0), Literal::Date(1));
  EXPECT_TRUE(Might(dates, "timestamp", Op::kEq, Literal::Timestamp(86'400'000'000)));
  EXPECT_FALSE(Might(dates, "timestamp", Op::kLt, Literal::Timestamp(0)));
}

TEST(FileMetrics, InvertedAndUnreadableBoundsPruneNothing) {
  EXPECT_TRUE(Might(Bounded(Literal::Int(9), Literal::Int(-5)), "int", Op::kEq, Literal::Int(77)));
  DataFile file = Bounded(Literal::Int(1), Literal::Int(2));
  file.lower_bounds[FieldId(1)] = file.upper_bounds[FieldId(1)] = "xyz";
  EXPECT_TRUE(Might(file, "int", Op::kEq, Literal::Int(77)));
  const DataFile nan = Bounded(Literal::Double(NAN), Literal::Double(NAN));
  EXPECT_TRUE(Might(nan, "double", Op::kEq, Literal::Double(77)));
}

TEST(FileMetrics, NanIsGreaterThanEveryBound) {
  DataFile file = Bounded(Literal::Double(1), Literal::Double(2));
  EXPECT_TRUE(Might(file, "double", Op::kGt, Literal::Double(5)));  // Not known to have none.
  file.nan_value_counts[FieldId(1)] = 0;
  EXPECT_FALSE(Might(file, "double", Op::kGt, Literal::Double(5)));
  file.nan_value_counts[FieldId(1)] = 1;
  EXPECT_TRUE(Might(file, "double", Op::kGt, Literal::Double(5)));
  EXPECT_FALSE(Might(file, "double", Op::kLt, Literal::Double(1)));
}

TEST(ManifestSummaries, BoundsThatContradictTheFlagsPruneNothing) {
  const Schema schema = OneColumn("int", false);
  const PartitionSpec spec{SpecId(0), {{FieldId(1), FieldId(1000), "p", Transform::Identity()}}};
  const Expression filter =
      ProjectInclusive(*Expression::Compare(Op::kEq, "c", Literal::Int(3)).Bind(schema), spec);
  ManifestFile manifest;
  manifest.partitions = {{false, false, {}, {}}};  // No nulls, yet no bounds either.
  EXPECT_TRUE(ManifestMightMatch(manifest, filter, spec, schema));
  manifest.partitions = {{true, false, {}, {}}};  // All null.
  EXPECT_FALSE(ManifestMightMatch(manifest, filter, spec, schema));
  manifest.partitions = {};  // Nothing is known.
  EXPECT_TRUE(ManifestMightMatch(manifest, filter, spec, schema));
}

}  // namespace
}  // namespace firn::table
