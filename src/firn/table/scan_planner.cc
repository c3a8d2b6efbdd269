// SPDX-License-Identifier: Apache-2.0
//
// Scan planning (spec, "Scan Planning"): manifests are pruned by the partition ranges in the
// manifest list, files by their partition tuple and then by the bounds of their columns. Each spec
// of the table has its own projection of the filter.
//
// Manifests are read into columns (`ManifestColumns`), several at once, or taken from the cache. A
// tuple is judged once however many files have it, and only files that are kept become `DataFile`s.
// Their column metrics, which no judgement needs, are read again from the few blocks they lie in.

#include "firn/table/scan_planner.h"

#include <algorithm>
#include <utility>

#include "firn/base/parallel.h"
#include "firn/base/saturate.h"
#include "firn/table/columnar_filter.h"
#include "firn/table/evaluator.h"
#include "firn/table/manifest_avro.h"
#include "firn/table/manifest_cache.h"
#include "firn/table/projection.h"

namespace firn::table {
namespace {

// The reserved column of position delete files that names the data file.
constexpr FieldId kDeletedFilePath{2147483546};

template <typename Value>
void KeepOnly(FieldId id, std::map<FieldId, Value>& map) {
  std::erase_if(map, [id](const auto& entry) { return entry.first != id; });
}

void MoveMetrics(DataFile& from, DataFile& to) {
  to.column_sizes = std::move(from.column_sizes);
  to.value_counts = std::move(from.value_counts);
  to.null_value_counts = std::move(from.null_value_counts);
  to.nan_value_counts = std::move(from.nan_value_counts);
  to.lower_bounds = std::move(from.lower_bounds);
  to.upper_bounds = std::move(from.upper_bounds);
}

// Marks the files that have rows and whose tuple matches.
RowMarks MarkByTuple(const ManifestColumns& columns, const RowMarks& matches) {
  RowMarks marks(columns.size(), 1);
  const bool all = std::find(matches.begin(), matches.end(), 0) == matches.end();
  if (all && !columns.has_empty_files()) return marks;
  for (size_t row = 0; row < marks.size(); ++row) {
    marks[row] = columns.record_count(row) > 0 ? matches[columns.tuple(row)] : 0;
  }
  return marks;
}

std::vector<size_t> MarkedRows(const RowMarks& marks) {
  std::vector<size_t> rows;
  for (auto at = std::find(marks.begin(), marks.end(), 1); at != marks.end();
       at = std::find(at + 1, marks.end(), 1)) {
    rows.push_back(static_cast<size_t>(at - marks.begin()));
  }
  return rows;
}

}  // namespace

void DropMetrics(DataFile& file) {
  file.column_sizes.clear();
  file.value_counts.clear();
  file.null_value_counts.clear();
  file.nan_value_counts.clear();
  KeepOnly(kDeletedFilePath, file.lower_bounds);
  KeepOnly(kDeletedFilePath, file.upper_bounds);
}

ScanPlanner::ScanPlanner(const TableMetadata& metadata, ScanPlan& plan, io::FileIO& io,
                         const PlanResources& resources, bool file_metrics)
    : metadata_(metadata),
      plan_(plan),
      io_(io),
      resources_(resources),
      file_metrics_(file_metrics),
      columns_(FilterColumns(plan.filter, plan.schema)) {}

Status ScanPlanner::Run(const Snapshot& snapshot) {
  FIRN_ASSIGN(const auto manifests, ManifestsOf(metadata_, snapshot, io_));
  std::vector<const ManifestFile*> data;
  std::vector<const ManifestFile*> deletes;
  for (const ManifestFile& manifest : manifests) {
    FIRN_TRY(AddFilter(manifest.spec_id));
    const bool is_data = manifest.content == ManifestContent::kData;
    const bool kept = MightMatch(manifest);
    if (kept) (is_data ? data : deletes).push_back(&manifest);
    if (!is_data) continue;
    ++plan_.manifests_total;
    if (kept) continue;
    plan_.files_total +=
        manifest.added_files_count.value_or(0) + manifest.existing_files_count.value_or(0);
  }
  plan_.manifests_kept = static_cast<int64_t>(data.size());
  FIRN_TRY(ReadDeletes(deletes));
  std::vector<Chosen> chosen(data.size());
  FIRN_TRY(ParallelFor(data.size(), resources_.threads, [&](size_t at) -> Status {
    FIRN_ASSIGN(chosen[at], ChooseOf(*data[at]));
    return Ok();
  }));
  return MakeTasks(std::move(chosen));
}

Status ScanPlanner::AddFilter(SpecId id) {
  if (filters_.contains(id)) return Ok();
  const PartitionSpec* spec = metadata_.FindSpec(id);
  if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", id);
  filters_.emplace(id, SpecFilter{spec, PartitionType(*spec, plan_.schema),
                                  ProjectInclusive(plan_.filter, *spec)});
  return Ok();
}

bool ScanPlanner::MightMatch(const ManifestFile& manifest) const {
  const SpecFilter& filter = filters_.at(manifest.spec_id);
  const bool lives = manifest.content == ManifestContent::kDeletes || manifest.has_added_files() ||
                     manifest.has_existing_files();
  return lives && ManifestMightMatch(manifest, filter.filter, *filter.spec, plan_.schema);
}

Status ScanPlanner::ReadDeletes(const std::vector<const ManifestFile*>& manifests) {
  std::vector<std::vector<ManifestEntry>> read(manifests.size());
  FIRN_TRY(ParallelFor(manifests.size(), resources_.threads, [&](size_t at) -> Status {
    FIRN_ASSIGN(read[at], DeletesOf(*manifests[at]));
    return Ok();
  }));
  for (size_t at = 0; at < manifests.size(); ++at) {
    const bool unpartitioned = filters_.at(manifests[at]->spec_id).spec->is_unpartitioned();
    for (ManifestEntry& entry : read[at]) {
      deletes_.Add(std::move(entry), unpartitioned);
    }
  }
  return Ok();
}

Status ScanPlanner::Widen(const SpecFilter& filter, PartitionData& partition) const {
  return WidenPartition(*filter.spec, filter.partition_type, plan_.schema, partition);
}

Result<std::vector<ManifestEntry>> ScanPlanner::DeletesOf(const ManifestFile& manifest) const {
  const SpecFilter& filter = filters_.at(manifest.spec_id);
  FIRN_ASSIGN(ManifestReader reader, ManifestReader::Open(io_, manifest, *filter.spec));
  std::vector<ManifestEntry> entries;
  while (true) {
    FIRN_ASSIGN(auto entry, reader.Next());
    if (!entry) return entries;
    if (!entry->is_live()) continue;
    FIRN_TRY(Widen(filter, entry->file.partition));
    if (!PartitionMatches(entry->file.partition, filter.filter, *filter.spec)) continue;
    if (entry->file.content == FileContent::kPositionDeletes && !file_metrics_) {
      DropMetrics(entry->file);
    }
    entries.push_back(*std::move(entry));
  }
}

Result<ScanPlanner::Chosen> ScanPlanner::ChooseOf(const ManifestFile& manifest) const {
  const SpecFilter& filter = filters_.at(manifest.spec_id);
  Chosen chosen;
  chosen.manifest = &manifest;
  auto columns = resources_.manifests != nullptr
                     ? resources_.manifests->Get(io_, manifest, *filter.spec, columns_)
                     : ManifestColumns::Read(io_, manifest, *filter.spec, columns_);
  if (!columns) return std::move(columns).error();
  chosen.files_total = static_cast<int64_t>((*columns)->size());
  chosen.bytes_total = (*columns)->total_bytes();
  chosen.tuples = (*columns)->tuples();
  RowMarks matches(chosen.tuples.size());
  for (size_t at = 0; at < chosen.tuples.size(); ++at) {
    FIRN_TRY(Widen(filter, chosen.tuples[at]));
    matches[at] = PartitionMatches(chosen.tuples[at], filter.filter, *filter.spec) ? 1 : 0;
  }
  RowMarks marks = MarkByTuple(**columns, matches);
  chosen.rows = MarkedRows(table::MightMatch(**columns, plan_.filter, std::move(marks)));
  if (!chosen.rows.empty()) chosen.columns = *std::move(columns);
  return chosen;
}

Status ScanPlanner::MakeTasks(std::vector<Chosen> chosen) {
  std::vector<size_t> first_task;
  size_t count = 0;
  for (const Chosen& part : chosen) {
    first_task.push_back(count);
    count += part.rows.size();
  }
  // Tasks are large: each is made where it stays.
  plan_.tasks.resize(count);
  FIRN_TRY(ParallelFor(chosen.size(), resources_.threads, [&](size_t at) -> Status {
    Chosen& part = chosen[at];
    Status made =
        MakeTasksOf(part, std::span(plan_.tasks).subspan(first_task[at], part.rows.size()));
    part.columns.reset();
    return made;
  }));
  for (const Chosen& part : chosen) {
    plan_.files_total += part.files_total;
    plan_.bytes_pruned = AddSaturated(plan_.bytes_pruned, part.bytes_total);
  }
  plan_.files_kept = static_cast<int64_t>(count);
  for (const FileScanTask& task : plan_.tasks) {
    plan_.records_kept = AddSaturated(plan_.records_kept, task.file.record_count);
    plan_.bytes_kept = AddSaturated(plan_.bytes_kept, task.file.file_size_bytes);
  }
  plan_.bytes_pruned = SubtractSaturated(plan_.bytes_pruned, plan_.bytes_kept);
  return Ok();
}

Status ScanPlanner::MakeTasksOf(const Chosen& chosen, std::span<FileScanTask> tasks) const {
  const PartitionSpec& spec = *filters_.at(chosen.manifest->spec_id).spec;
  // What each tuple leaves of the filter.
  std::vector<std::optional<Expression>> residuals(chosen.tuples.size());
  for (size_t at = 0; at < chosen.rows.size(); ++at) {
    const size_t row = chosen.rows[at];
    const size_t tuple = chosen.columns->tuple(row);
    if (!residuals[tuple]) {
      residuals[tuple] = ResidualFor(plan_.filter, spec, chosen.tuples[tuple]);
    }
    FileScanTask& task = tasks[at];
    task.file = chosen.columns->FileAt(row);
    task.file.partition = chosen.tuples[tuple];
    task.sequence_number = chosen.columns->sequence_number(row);
    task.residual = *residuals[tuple];
    task.deletes = deletes_.For(task.file, task.sequence_number);
  }
  return file_metrics_ ? AddMetrics(chosen, tasks) : Ok();
}

Status ScanPlanner::AddMetrics(const Chosen& chosen, std::span<FileScanTask> tasks) const {
  if (tasks.empty()) return Ok();
  const ManifestColumns& columns = *chosen.columns;
  const std::vector<size_t>& rows = chosen.rows;
  const std::string& path = chosen.manifest->path;
  const PartitionSpec& spec = *filters_.at(chosen.manifest->spec_id).spec;
  FIRN_ASSIGN(EntryDecoder decoder, EntryDecoder::Open(io_, *chosen.manifest, spec));
  std::optional<size_t> block;
  int64_t place = 0;  // Of the entry the decoder gives next, in the block.
  for (size_t at = 0; at < rows.size(); ++at) {
    if (block != columns.BlockOf(rows[at])) {
      block = columns.BlockOf(rows[at]);
      decoder.Seek(columns.block_offset(*block));
      place = 0;
    }
    std::optional<ManifestEntry> entry;
    for (; place <= columns.PlaceInBlock(rows[at]); ++place) {
      FIRN_ASSIGN(entry, decoder.Next());
      if (!entry) return Corrupt("manifest changed while it was read: " + path);
    }
    MoveMetrics(entry->file, tasks[at].file);
  }
  return Ok();
}

}  // namespace firn::table
