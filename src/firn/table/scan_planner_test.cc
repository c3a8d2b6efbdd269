// SPDX-License-Identifier: Apache-2.0
//
// The planner against a simple one that reads every manifest entry by entry, over random tables.

#include "firn/table/scan_planner.h"

#include <algorithm>

#include "firn/base/rounds_testing.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/evaluator.h"
#include "firn/table/manifest_cache.h"
#include "firn/table/metrics.h"
#include "firn/table/projection.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

constexpr const char* kTransforms[] = {"identity", "bucket[3]", "truncate[2]", "void", "zorder"};

// A table whose rows are known, with several specs, manifests and delete files.
class RandomTable {
 public:
  explicit RandomTable(uint64_t seed) : random_(seed) {
    NewTable table;
    table.location = "file:///t";
    table.schema = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "n", Type::Long()),
                                               NestedField::Optional(2, "s", Type::String()),
                                               NestedField::Optional(3, "d", Type::Double()),
                                               NestedField::Optional(4, "x", Type::Decimal(9, 2))});
    table.properties["format-version"] = random_.Chance(2) ? "2" : "3";
    metadata_ = *NewTableMetadata(table, env_);
    metadata_.partition_specs.clear();
    for (int32_t id = 0; id < 3; ++id) {
      metadata_.partition_specs.push_back(RandomSpec(SpecId(id)));
    }
    Write();
  }

  const TableMetadata& metadata() const { return metadata_; }
  io::MemoryFileIO& io() { return io_; }
  Random& random() { return random_; }
  /// The rows of a file by its path.
  const std::vector<Row>& RowsOf(const std::string& path) const { return rows_.at(path); }
  const std::map<std::string, std::vector<Row>>& rows() const { return rows_; }

 private:
  PartitionSpec RandomSpec(SpecId id) {
    PartitionSpec spec{id, {}};
    for (int64_t left = random_.Below(3); left > 0; --left) {
      const auto source = static_cast<int32_t>(random_.Below(3));  // n, s or x.
      const char* transform = kTransforms[random_.Below(std::size(kTransforms))];
      const int32_t field = 1000 + id.value * 10 + static_cast<int32_t>(left);
      spec.fields.push_back({FieldId(source == 2 ? 4 : source + 1), FieldId(field),
                             "p" + std::to_string(field), *Transform::Parse(transform)});
    }
    return spec;
  }

  void Write() {
    std::vector<ManifestFile> manifests;
    for (int32_t number = 0; number < 4; ++number) {
      manifests.push_back(
          WriteOne(number, metadata_.partition_specs[static_cast<size_t>(random_.Below(3))]));
    }
    Snapshot snapshot;
    snapshot.id = SnapshotId(1);
    snapshot.sequence_number = SequenceNumber(9);
    snapshot.manifest_list = "file:///t/metadata/list.avro";
    ManifestListWriteOptions options{
        metadata_.format_version, snapshot.id, {}, snapshot.sequence_number, {}};
    if (metadata_.format_version == 3) options.first_row_id = 1000;
    ASSERT_THAT(WriteManifestList(io_, snapshot.manifest_list, options, manifests), IsOk());
    metadata_.snapshots.push_back(snapshot);
    metadata_.current_snapshot_id = snapshot.id;
  }

  ManifestFile WriteOne(int32_t number, const PartitionSpec& spec) {
    ManifestWriteOptions options{metadata_.format_version, ManifestContent::kData, SnapshotId(1),
                                 spec, metadata_.schema()};
    std::vector<ManifestEntry> entries;
    if (number == 0 && !spec.is_unpartitioned()) {
      options.content = ManifestContent::kDeletes;
      for (int at = 0; at < 3; ++at)
        entries.push_back(RandomDeletes(spec, at));
    } else {
      for (int64_t left = random_.Below(40) + 1; left > 0; --left) {
        entries.push_back(RandomEntry(spec));
      }
    }
    return *WriteManifest(io_, "file:///t/metadata/m" + std::to_string(number) + ".avro", options,
                          entries);
  }

  ManifestEntry RandomDeletes(const PartitionSpec& spec, int number) {
    ManifestEntry entry = RandomEntry(spec);
    entry.status = EntryStatus::kAdded;
    entry.sequence_number = entry.file_sequence_number = {};
    rows_.erase(entry.file.file_path);
    entry.file.file_path = "file:///t/data/deletes" + std::to_string(number) + ".parquet";
    entry.file.content = FileContent::kPositionDeletes;
    return entry;
  }

  ManifestEntry RandomEntry(const PartitionSpec& spec) {
    ManifestEntry entry;
    entry.status = static_cast<EntryStatus>(random_.Below(3));
    if (entry.status != EntryStatus::kAdded || random_.Chance(3)) {
      entry.sequence_number = entry.file_sequence_number = SequenceNumber(random_.Below(8) + 1);
      entry.snapshot_id = SnapshotId(7);
    }
    DataFile& file = entry.file;
    file.spec_id = spec.id;
    file.file_path = (random_.Chance(3) ? "file:///t/data/" : "file:///t/data/part-") +
                     std::to_string(rows_.size()) + ".parquet";
    file.file_size_bytes = random_.Below(1000);
    if (random_.Chance(2)) file.split_offsets = {4, 500};
    if (random_.Chance(4)) file.sort_order_id = SortOrderId(0);
    if (random_.Chance(8)) file.key_metadata = "key";
    if (metadata_.format_version == 3 && random_.Chance(3)) file.first_row_id = random_.Below(100);
    std::vector<Row>& rows = rows_[file.file_path];
    FillPartition(spec, file, rows);
    FillMetrics(file, rows);
    return entry;
  }

  // Draws a first row, and more that lie in the same partition.
  void FillPartition(const PartitionSpec& spec, DataFile& file, std::vector<Row>& rows) {
    const Type type = PartitionType(spec, metadata_.schema());
    const auto tuple_of = [&](const Row& row) {
      PartitionData tuple;
      for (const PartitionField& field : spec.fields) {
        const auto value = field.transform.Apply(row.at(field.source_id));
        tuple.push_back(value ? *value : std::nullopt);
      }
      return tuple;
    };
    for (int64_t left = random_.Below(5); left > 0; --left) {
      Row row = RandomRow(metadata_.schema(), random_);
      if (rows.empty()) file.partition = tuple_of(row);
      if (tuple_of(row) == file.partition) rows.push_back(std::move(row));
    }
    if (rows.empty()) file.partition.resize(spec.fields.size());
    file.record_count = static_cast<int64_t>(rows.size());
  }

  void FillMetrics(DataFile& file, const std::vector<Row>& rows) {
    for (const NestedField& field : metadata_.schema().fields()) {
      if (random_.Chance(8)) continue;
      std::optional<Literal> lower;
      std::optional<Literal> upper;
      int64_t nulls = 0;
      int64_t nans = 0;
      for (const Row& row : rows) {
        const auto& value = row.at(field.id);
        nulls += value ? 0 : 1;
        nans += value && value->is_nan() ? 1 : 0;
        if (!value || value->is_nan()) continue;
        if (!lower || Compare(*value, *lower) < 0) lower = value;
        if (!upper || Compare(*value, *upper) > 0) upper = value;
      }
      file.value_counts[field.id] = file.record_count;
      if (!random_.Chance(8)) file.null_value_counts[field.id] = nulls;
      if (!random_.Chance(4)) file.nan_value_counts[field.id] = nans;
      const MetricsMode mode{MetricsMode::Kind::kTruncate, 2};
      if (!lower) continue;
      if (auto bytes = LowerBoundBytes(*lower, mode)) file.lower_bounds[field.id] = *bytes;
      if (auto bytes = UpperBoundBytes(*upper, mode)) file.upper_bounds[field.id] = *bytes;
    }
  }

  FixedEnv env_;
  Random random_;
  io::MemoryFileIO io_;
  TableMetadata metadata_;
  std::map<std::string, std::vector<Row>> rows_;
};

// The plan as the specification tells it, one entry at a time.
Result<std::vector<FileScanTask>> SimplePlan(RandomTable& table, const Expression& bound) {
  const TableMetadata& metadata = table.metadata();
  FIRN_ASSIGN(const auto manifests,
              ManifestsOf(metadata, *metadata.current_snapshot(), table.io()));
  DeleteIndex deletes;
  std::vector<FileScanTask> tasks;
  for (const ManifestContent content : {ManifestContent::kDeletes, ManifestContent::kData}) {
    for (const ManifestFile& manifest : manifests) {
      if (manifest.content != content) continue;
      const PartitionSpec& spec = *metadata.FindSpec(manifest.spec_id);
      const Expression filter = ProjectInclusive(bound, spec);
      FIRN_ASSIGN(auto entries, ReadManifest(table.io(), manifest, spec));
      for (ManifestEntry& entry : entries) {
        if (!entry.is_live() || !PartitionMatches(entry.file.partition, filter, spec)) continue;
        if (content == ManifestContent::kDeletes) {
          deletes.Add(entry, spec.is_unpartitioned());
        } else if (FileMightMatch(entry.file, bound, metadata.schema())) {
          tasks.push_back({entry.file, *entry.sequence_number,
                           ResidualFor(bound, spec, entry.file.partition), deletes.For(entry)});
        }
      }
    }
  }
  return tasks;
}

DataFile WithoutMetrics(DataFile file) {
  file.column_sizes.clear();
  file.value_counts.clear();
  file.null_value_counts.clear();
  file.nan_value_counts.clear();
  file.lower_bounds.clear();
  file.upper_bounds.clear();
  return file;
}

void ExpectSame(const std::vector<FileScanTask>& tasks, const std::vector<FileScanTask>& simple,
                bool metrics) {
  ASSERT_EQ(tasks.size(), simple.size());
  for (size_t at = 0; at < tasks.size(); ++at) {
    EXPECT_TRUE(tasks[at].file == (metrics ? simple[at].file : WithoutMetrics(simple[at].file)));
    EXPECT_EQ(tasks[at].sequence_number, simple[at].sequence_number);
    EXPECT_TRUE(tasks[at].residual == simple[at].residual) << tasks[at].residual.ToString();
    ASSERT_EQ(tasks[at].deletes.size(), simple[at].deletes.size());
    for (size_t number = 0; number < tasks[at].deletes.size(); ++number) {
      EXPECT_EQ(tasks[at].deletes[number].file_path, simple[at].deletes[number].file_path);
    }
  }
}

TEST(ScanPlanner, FindsWhatASimplePlannerFinds) {
  int64_t kept = 0;
  int64_t pruned = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomTable table(seed);
    ManifestCache cache;
    for (int round = 0; round < Rounds(20); ++round) {
      ScanRequest request;
      request.filter =
          round == 0 ? Expression::True() : table.random().Filter(table.metadata().schema(), 2);
      const auto bound = *request.filter.Bind(table.metadata().schema());
      const auto simple = SimplePlan(table, bound);
      ASSERT_THAT(simple, IsOk());
      for (const bool metrics : {true, false}) {
        request.file_metrics = metrics;
        for (ManifestCache* resources : {static_cast<ManifestCache*>(nullptr), &cache}) {
          const auto plan = PlanScan(table.metadata(), request, table.io(), {resources, 2});
          ASSERT_THAT(plan, IsOk()) << "seed " << seed;
          ExpectSame(plan->tasks, *simple, metrics);
          EXPECT_EQ(plan->files_kept, static_cast<int64_t>(simple->size()));
          kept += plan->files_kept;
          pruned += plan->files_total - plan->files_kept;
        }
      }
    }
  }
  EXPECT_GT(kept, Rounds(2000));  // Both happen often.
  EXPECT_GT(pruned, Rounds(2000));
}

TEST(ScanPlanner, NeverPrunesARowThatMatches) {
  for (uint64_t seed = 100; seed < 112; ++seed) {
    RandomTable table(seed);
    std::set<std::string> live;
    const auto everything = PlanScan(table.metadata(), {}, table.io());
    ASSERT_THAT(everything, IsOk());
    for (const FileScanTask& task : everything->tasks)
      live.insert(task.file.file_path);
    for (int round = 0; round < Rounds(20); ++round) {
      ScanRequest request;
      request.filter = table.random().Filter(table.metadata().schema(), 2);
      const auto plan = PlanScan(table.metadata(), request, table.io());
      ASSERT_THAT(plan, IsOk());
      std::map<std::string, Expression> kept;
      for (const FileScanTask& task : plan->tasks)
        kept.emplace(task.file.file_path, task.residual);
      for (const std::string& path : live) {
        for (const Row& row : table.RowsOf(path)) {
          if (!RowMatches(plan->filter, row)) continue;
          ASSERT_TRUE(kept.contains(path)) << "seed " << seed << plan->filter.ToString();
          EXPECT_TRUE(RowMatches(kept.at(path), row)) << "seed " << seed;
        }
      }
    }
  }
}

TEST(ManifestCache, ReadsAManifestOnceAndAgainForAColumnItLacks) {
  RandomTable table(3);
  ManifestCache cache;
  const auto plan = [&](const char* column) {
    ScanRequest request;
    request.filter = Expression::Unary(Op::kIsNull, column);
    request.file_metrics = false;
    return PlanScan(table.metadata(), request, table.io(), {&cache, 1});
  };
  ASSERT_THAT(plan("n"), IsOk());
  const size_t one_column = cache.memory_bytes();
  ASSERT_THAT(plan("s"), IsOk());
  EXPECT_GT(cache.memory_bytes(), one_column);
  const auto manifests =
      ManifestsOf(table.metadata(), *table.metadata().current_snapshot(), table.io());
  ASSERT_THAT(manifests, IsOk());
  for (const ManifestFile& manifest : *manifests) {
    if (manifest.content == ManifestContent::kData) {
      ASSERT_THAT(table.io().Delete(manifest.path), IsOk());
    }
  }
  EXPECT_THAT(plan("n"), IsOk());  // From memory alone.
  EXPECT_THAT(plan("s"), IsOk());
  EXPECT_THAT(plan("d"), IsError(ErrorKind::kNotFound));
}

TEST(ManifestCache, KeepsWithinItsBound) {
  RandomTable table(4);
  ManifestCache cache(2000);
  for (int round = 0; round < 5; ++round) {
    ASSERT_THAT(PlanScan(table.metadata(), {}, table.io(), {&cache, 2}), IsOk());
    EXPECT_LE(cache.memory_bytes(), 2000u);
  }
}

}  // namespace
}  // namespace firn::table
