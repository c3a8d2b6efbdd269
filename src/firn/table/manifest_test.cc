// SPDX-License-Identifier: Apache-2.0

#include "firn/table/manifest.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/schema.h"

namespace firn::table {
namespace {

constexpr const char* kLocation = "file:///t/metadata/m0.avro";
constexpr const char* kList = "file:///t/metadata/snap-1.avro";

// A column of every type that can be a partition value, partitioned by the identity of each.
ManifestWriteOptions EveryType() {
  std::vector<NestedField> fields;
  PartitionSpec spec{SpecId(3), {}};
  for (const char* text :
       {"boolean", "int", "long", "float", "double", "decimal(9, 2)", "decimal(38, 10)", "date",
        "time", "timestamp", "timestamptz", "string", "uuid", "fixed[5]", "binary"}) {
    const auto id = static_cast<int32_t>(fields.size()) + 1;
    fields.push_back(
        NestedField::Optional(id, "c." + std::to_string(id), *Type::ParsePrimitive(text)));
    spec.fields.push_back(
        {FieldId(id), FieldId(999 + id), "1 p/" + std::to_string(id), Transform::Identity()});
  }
  ManifestWriteOptions options;
  options.snapshot_id = SnapshotId(77);
  options.spec = spec;
  options.schema = *Schema::Make(SchemaId(0), fields);
  return options;
}

Literal RandomLiteral(const Type& type, Env& env) {
  const uint64_t bits = env.Random64();
  switch (type.id()) {
    case TypeId::kBoolean:
      return Literal::Boolean(bits % 2 == 0);
    case TypeId::kInt:
      return Literal::Int(static_cast<int32_t>(bits));
    case TypeId::kDate:
      return Literal::Date(static_cast<int32_t>(bits));
    case TypeId::kFloat:
      return Literal::Float(static_cast<float>(bits) / 3);
    case TypeId::kDouble:
      return Literal::Double(static_cast<double>(bits) / 3);
    case TypeId::kDecimal: {
      const auto value = static_cast<Int128>(static_cast<int64_t>(bits) % 999'999'999);
      return Literal::Decimal(value, type.precision(), type.scale());
    }
    case TypeId::kUuid:
      return Literal::Uuid(Uuid::Random(env));
    case TypeId::kFixed:
      return Literal::Fixed(std::string(5, static_cast<char>(bits)));
    case TypeId::kString:
      return Literal::String("text é " + std::to_string(bits));
    case TypeId::kBinary:
      return Literal::Binary(std::string(bits % 7, '\xFE'));
    default: {
      const auto value = static_cast<int64_t>(bits >> 1);
      return *Literal::FromBytes(type, Literal::Long(value).ToBytes());
    }
  }
}

DataFile RandomFile(const ManifestWriteOptions& options, Env& env) {
  DataFile file;
  file.file_path = "file:///t/data/" + std::to_string(env.Random64()) + ".parquet";
  file.spec_id = options.spec.id;
  const Type partition_type = PartitionType(options.spec, options.schema);
  for (const NestedField& field : partition_type.fields()) {
    std::optional<Literal> value;
    if (env.Random64() % 4 != 0) value = RandomLiteral(field.type, env);
    file.partition.push_back(value);
  }
  file.record_count = static_cast<int64_t>(env.Random64() % 1'000'000);
  file.file_size_bytes = static_cast<int64_t>(env.Random64() % 1'000'000'000);
  for (int32_t id = 1; id < static_cast<int32_t>(env.Random64() % 6); ++id) {
    file.column_sizes[FieldId(id)] = static_cast<int64_t>(env.Random64() % 1000);
    file.value_counts[FieldId(id)] = file.record_count;
    file.null_value_counts[FieldId(id)] = 0;
    file.nan_value_counts[FieldId(id)] = 1;
    file.lower_bounds[FieldId(id)] = std::string("\0low", 4);
    file.upper_bounds[FieldId(id)] = "upp";
  }
  if (env.Random64() % 2 == 0) file.split_offsets = {4, 1'000'000};
  if (env.Random64() % 2 == 0) file.sort_order_id = SortOrderId(1);
  if (env.Random64() % 2 == 0) file.key_metadata = "key";
  return file;
}

ManifestEntry Added(DataFile file) {
  return {EntryStatus::kAdded, std::nullopt, std::nullopt, std::nullopt, std::move(file)};
}

ManifestEntry Carried(EntryStatus status, int64_t sequence_number, DataFile file) {
  return {status, SnapshotId(5), SequenceNumber(sequence_number), SequenceNumber(sequence_number),
          std::move(file)};
}

TEST(Manifest, GivesBackTheEntriesWritten) {
  FixedEnv env;
  const ManifestWriteOptions options = EveryType();
  std::vector<ManifestEntry> entries;
  for (int at = 0; at < 2000; ++at) {
    entries.push_back(Carried(at % 2 == 0 ? EntryStatus::kExisting : EntryStatus::kDeleted, at,
                              RandomFile(options, env)));
  }
  io::MemoryFileIO io;
  const auto manifest = WriteManifest(io, kLocation, options, entries);
  ASSERT_THAT(manifest, IsOk());
  const auto read = ReadManifest(io, *manifest, options.spec);
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(*read == entries);
}

TEST(Manifest, CountsAndSummarisesItsEntries) {
  FixedEnv env;
  const ManifestWriteOptions options = EveryType();
  DataFile one = RandomFile(options, env);
  DataFile two = one;
  one.partition[1] = Literal::Int(-4);
  two.partition[1] = Literal::Int(9);
  two.partition[3] = one.partition[3] = Literal::Float(NAN);
  two.partition[4] = one.partition[4] = std::nullopt;
  io::MemoryFileIO io;
  const auto manifest = WriteManifest(io, kLocation, options,
                                      {Added(one), Carried(EntryStatus::kExisting, 4, two),
                                       Carried(EntryStatus::kDeleted, 3, two)});
  ASSERT_THAT(manifest, IsOk());
  EXPECT_EQ(manifest->added_files_count, 1);
  EXPECT_EQ(manifest->existing_files_count, 1);
  EXPECT_EQ(manifest->deleted_files_count, 1);
  EXPECT_EQ(manifest->added_rows_count, one.record_count);
  EXPECT_EQ(manifest->min_sequence_number, SequenceNumber(4));
  EXPECT_EQ(manifest->length_bytes, static_cast<int64_t>(io.ReadAll(kLocation, 1 << 20)->size()));
  EXPECT_EQ(manifest->partitions[1].lower_bound, Literal::Int(-4).ToBytes());
  EXPECT_EQ(manifest->partitions[1].upper_bound, Literal::Int(9).ToBytes());
  EXPECT_FALSE(manifest->partitions[1].contains_null);
  EXPECT_EQ(manifest->partitions[3], (FieldSummary{false, true, {}, {}}));
  EXPECT_EQ(manifest->partitions[4], (FieldSummary{true, false, {}, {}}));
}

TEST(Manifest, NewEntriesInheritFromTheListThatNamesIt) {
  FixedEnv env;
  const ManifestWriteOptions options = EveryType();
  io::MemoryFileIO io;
  const auto manifest =
      WriteManifest(io, kLocation, options,
                    {Added(RandomFile(options, env)),
                     Carried(EntryStatus::kExisting, 2, RandomFile(options, env))});
  ASSERT_THAT(manifest, IsOk());
  ManifestListWriteOptions list{2, SnapshotId(77), SnapshotId(76), SequenceNumber(9), {}};
  const auto written = WriteManifestList(io, kList, list, {*manifest});
  ASSERT_THAT(written, IsOk());
  const auto read = ReadManifestList(io, kList);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, *written);
  const auto entries = ReadManifest(io, read->front(), options.spec);
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ((*entries)[0].sequence_number, SequenceNumber(9));
  EXPECT_EQ((*entries)[0].file_sequence_number, SequenceNumber(9));
  EXPECT_EQ((*entries)[0].snapshot_id, SnapshotId(77));
  EXPECT_EQ((*entries)[1].sequence_number, SequenceNumber(2));
}

TEST(Manifest, RefusesEntriesThatBreakItsRules) {
  FixedEnv env;
  const ManifestWriteOptions options = EveryType();
  io::MemoryFileIO io;
  EXPECT_THAT(WriteManifest(io, kLocation, options, {}), IsError(ErrorKind::kInvalidArgument));
  ManifestEntry entry = Added(RandomFile(options, env));
  entry.status = EntryStatus::kExisting;
  EXPECT_THAT(WriteManifest(io, kLocation, options, {entry}), IsError(ErrorKind::kInvalidArgument));
  entry = Added(RandomFile(options, env));
  entry.file.partition.pop_back();
  EXPECT_THAT(WriteManifest(io, kLocation, options, {entry}), IsError(ErrorKind::kInvalidArgument));
  entry = Added(RandomFile(options, env));
  entry.file.partition[0] = Literal::String("no boolean");
  EXPECT_THAT(WriteManifest(io, kLocation, options, {entry}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(io.Exists(kLocation), HasValue(false));
}

TEST(ManifestList, RefusesManifestsWithoutCounts) {
  io::MemoryFileIO io;
  ManifestFile manifest;
  manifest.path = kLocation;
  EXPECT_THAT(WriteManifestList(io, kList, {}, {manifest}), IsError(ErrorKind::kInvalidArgument));
}

TEST(Manifest, RefusesEveryFileThatIsCut) {
  FixedEnv env;
  const ManifestWriteOptions options = EveryType();
  io::MemoryFileIO io;
  const auto manifest = WriteManifest(io, kLocation, options, {Added(RandomFile(options, env))});
  ASSERT_THAT(manifest, IsOk());
  const std::string whole = *io.ReadAll(kLocation, 1 << 20);
  const size_t block = whole.find(whole.substr(whole.size() - 16)) + 16;
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size == block) continue;  // Between header and block: a file without entries.
    io.Replace(kLocation, whole.substr(0, size));
    EXPECT_THAT(ReadManifest(io, *manifest, options.spec), IsError(ErrorKind::kCorrupt)) << size;
  }
}

TEST(ManifestList, ReadsThoseOfOtherWriters) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  const auto folder = shared / "golden/iceberg-rust/crates/iceberg/testdata/manifests_lists";
  io::MemoryFileIO io;
  for (const char* name : {"manifest-list-v2-1.avro", "manifest-list-v2-2.avro"}) {
    std::ifstream file(folder / name, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    io.Replace(kList, bytes.str());
    const auto manifests = ReadManifestList(io, kList);
    ASSERT_THAT(manifests, IsOk()) << name;
    ASSERT_FALSE(manifests->empty()) << name;
    for (const ManifestFile& manifest : *manifests) {
      EXPECT_TRUE(manifest.path.ends_with(".avro")) << manifest.path;
      EXPECT_GT(manifest.length_bytes, 0);
      EXPECT_TRUE(manifest.added_files_count.has_value());
    }
  }
}

}  // namespace
}  // namespace firn::table
