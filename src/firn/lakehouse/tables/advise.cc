// SPDX-License-Identifier: Apache-2.0
//
// Every trial writes the whole sample into memory with one thing changed for all columns at once;
// the sizes of each column then say for which of them the change is worth it. So a dozen trials
// answer for any number of columns.

#include "firn/lakehouse/tables/advise.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/datafile/array_bytes.h"
#include "firn/datafile/column_kinds.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

using datafile::Codec;
using datafile::ColumnEncoding;
using datafile::Compression;
using datafile::WriterOptions;
using table::FieldId;
using table::NestedField;

constexpr int64_t kSampleBytes = int64_t{32} << 20;
constexpr size_t kSampleFiles = 8;
constexpr size_t kSortCandidates = 6;
constexpr double kWorthOfTable = 0.05;          // A change of the whole table saves so much of it,
constexpr double kWorthOfColumn = 0.10;         // or one of a column so much of that
constexpr double kWorthOfColumnInTable = 0.01;  // and so much of the table.
constexpr double kRandomRatio = 0.97;           // Such a column is not compressed by any codec.
constexpr double kDistinctShare = 0.1;          // Lookups are by columns that have many values,
constexpr double kFilesOpened = 2;              // where bounds leave more files than this.

struct Sample {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  int64_t rows = 0;
  int64_t bytes = 0;
};

// What a trial came to.
struct Trial {
  std::map<FieldId, int64_t> sizes;  // Of leaves, compressed.
  int64_t bytes = 0;                 // Of files, all in all.
  double seconds = 0;
};

// Rows of a few files spread over the table.
Result<Sample> TakeSample(const table::TableMetadata& metadata, const table::ScanPlan& plan,
                          io::FileIO& files) {
  Sample sample;
  const size_t count = std::min(kSampleFiles, plan.tasks.size());
  for (size_t i = 0; i < count; ++i) {
    table::ScanPlan part = plan;
    part.tasks = {plan.tasks[i * plan.tasks.size() / count]};
    FIRN_ASSIGN(const auto reader,
                datafile::ScanReader::Open(files, metadata, std::move(part), {}));
    const int64_t enough = kSampleBytes * static_cast<int64_t>(i + 1) / static_cast<int64_t>(count);
    while (sample.bytes < enough) {
      FIRN_ASSIGN(const auto batch, reader->Next());
      if (batch == nullptr) break;
      sample.bytes += datafile::BytesOf(*batch);
      sample.rows += batch->num_rows();
      sample.batches.push_back(batch);
    }
  }
  return sample;
}

// The table without partitions, somewhere in memory, sorted by `sort_by` where that is given.
table::TableMetadata TrialTable(const table::TableMetadata& metadata,
                                std::optional<FieldId> sort_by) {
  table::TableMetadata trial = metadata;
  trial.location = "file:///advise";
  trial.properties.erase("write.data.path");
  trial.partition_specs = {table::PartitionSpec{}};
  trial.default_spec_id = trial.partition_specs.front().id;
  table::SortOrder order;
  if (sort_by) {
    order.id = table::SortOrderId(1);
    order.fields.push_back({*sort_by, table::Transform::Identity(),
                            table::SortDirection::kAscending, table::NullOrder::kNullsFirst});
  }
  trial.sort_orders = {order};
  trial.default_sort_order_id = order.id;
  return trial;
}

class Adviser {
 public:
  Adviser(const table::TableMetadata& metadata, const table::ScanPlan& plan, Sample sample,
          WriterOptions options, Env& env)
      : metadata_(metadata),
        plan_(plan),
        sample_(std::move(sample)),
        options_(std::move(options)),
        env_(env) {}

  Status Advise(AdviceReport& report) {
    FIRN_ASSIGN(now_, Try(options_));
    report.sample_rows = sample_.rows;
    report.sample_bytes = now_.bytes;
    FIRN_TRY(AdviseCodec(report));
    FIRN_TRY(AdviseRandomColumns(report));
    FIRN_TRY(AdviseEncodings(report));
    FIRN_TRY(AdviseSortOrder(report));
    return AdviseBloomFilters(report);
  }

 private:
  Result<Trial> Try(WriterOptions options, std::optional<FieldId> sort_by = std::nullopt) {
    io::MemoryFileIO files;
    const table::TableMetadata table = TrialTable(metadata_, sort_by);
    const int64_t begin = env_.MonotonicMicros();
    FIRN_ASSIGN(const auto writer,
                datafile::TableWriter::Open(table, "advise", files, env_, std::move(options)));
    for (const auto& batch : sample_.batches)
      FIRN_TRY(writer->Write(batch));
    FIRN_ASSIGN(const auto written, writer->Close());
    Trial trial;
    trial.seconds = static_cast<double>(env_.MonotonicMicros() - begin) / 1e6;
    for (const table::DataFile& file : written) {
      trial.bytes += file.file_size_bytes;
      for (const auto& [id, bytes] : file.column_sizes)
        trial.sizes[id] += bytes;
    }
    return trial;
  }

  std::string NameOf(FieldId id) const { return std::string(metadata_.schema().NameOf(id)); }

  bool IsWorth(int64_t before, int64_t after) const {
    const auto saved = static_cast<double>(before - after);
    return saved >= kWorthOfColumn * static_cast<double>(before) &&
           saved >= kWorthOfColumnInTable * static_cast<double>(now_.bytes);
  }

  // One codec for all columns: a higher level of zstd, or zstd in place of another.
  Status AdviseCodec(AdviceReport& report) {
    std::optional<Advice> best;
    for (const int level : {3, 9, 15}) {
      const Compression compression{Codec::kZstd, level};
      if (options_.compression == compression) continue;
      WriterOptions options = options_;
      options.compression = compression;
      options.columns.clear();
      options.rules.clear();
      FIRN_ASSIGN(const Trial trial, Try(std::move(options)));
      const auto saved = static_cast<double>(now_.bytes - trial.bytes);
      const int64_t least = best ? best->bytes_then : now_.bytes;
      // A level that is much slower must save as much again.
      if (saved < kWorthOfTable * static_cast<double>(now_.bytes)) continue;
      if (static_cast<double>(least - trial.bytes) < kWorthOfTable * static_cast<double>(least)) {
        continue;
      }
      const double times = now_.seconds > 0 ? trial.seconds / now_.seconds : 1;
      std::array<char, 64> cost{};
      std::snprintf(cost.data(), cost.size(), "writing takes %.1f times as long", times);
      best = Advice{"codec",
                    "",
                    "zstd, level " + std::to_string(level),
                    now_.bytes,
                    trial.bytes,
                    cost.data(),
                    {{"write.parquet.compression-codec", "zstd"},
                     {"write.parquet.compression-level", std::to_string(level)}}};
    }
    if (best) report.advice.push_back(*std::move(best));
    return Ok();
  }

  // Columns that no codec makes smaller are written and read faster without.
  Status AdviseRandomColumns(AdviceReport& report) {
    WriterOptions plain = options_;
    plain.compression = {Codec::kUncompressed, std::nullopt};
    plain.columns.clear();
    plain.rules.clear();
    FIRN_ASSIGN(const Trial trial, Try(std::move(plain)));
    for (const auto& [id, bytes] : trial.sizes) {
      const auto share = static_cast<double>(bytes) / static_cast<double>(trial.bytes);
      if (share < kWorthOfTable || !now_.sizes.contains(id) || IsPlain(id)) continue;
      if (static_cast<double>(now_.sizes.at(id)) < kRandomRatio * static_cast<double>(bytes))
        continue;
      report.advice.push_back(
          {"codec",
           NameOf(id),
           "uncompressed",
           now_.sizes.at(id),
           bytes,
           "no codec makes it smaller; it is read faster without",
           {{"firn.parquet.compression-codec.column." + NameOf(id), "uncompressed"}}});
    }
    return Ok();
  }

  bool IsPlain(FieldId id) const {
    const auto found = options_.columns.find(NameOf(id));
    const Compression& used =
        found == options_.columns.end() ? options_.compression : found->second;
    return used.codec == Codec::kUncompressed;
  }

  Status AdviseEncodings(AdviceReport& report) {
    std::map<FieldId, std::pair<ColumnEncoding, int64_t>> best;
    for (const ColumnEncoding encoding :
         {ColumnEncoding::kDictionary, ColumnEncoding::kDeltaBinaryPacked,
          ColumnEncoding::kDeltaLengthByteArray, ColumnEncoding::kDeltaByteArray,
          ColumnEncoding::kByteStreamSplit}) {
      WriterOptions options = options_;
      std::set<FieldId> changed;
      for (const auto& [id, bytes] : now_.sizes) {
        const NestedField* field = metadata_.schema().FindField(id);
        if (field == nullptr || !datafile::Takes(field->type, encoding)) continue;
        options.storage[NameOf(id)].encoding = encoding;
        changed.insert(id);
      }
      if (changed.empty()) continue;
      FIRN_ASSIGN(const Trial trial, Try(std::move(options)));
      for (const FieldId id : changed) {
        const auto size = trial.sizes.find(id);
        if (size == trial.sizes.end() || !IsWorth(now_.sizes.at(id), size->second)) continue;
        const auto at = best.find(id);
        if (at == best.end() || size->second < at->second.second) {
          best[id] = {encoding, size->second};
        }
      }
    }
    for (const auto& [id, choice] : best) {
      const std::string name(datafile::ToString(choice.first));
      report.advice.push_back({"encoding",
                               NameOf(id),
                               name,
                               now_.sizes.at(id),
                               choice.second,
                               "",
                               {{"firn.parquet.encoding.column." + NameOf(id), name}}});
    }
    return Ok();
  }

  // The columns that take most, which a sort by themselves or by what they go with makes smaller.
  std::vector<FieldId> SortCandidates() const {
    std::vector<std::pair<int64_t, FieldId>> by_size;
    for (const NestedField& field : metadata_.schema().fields()) {
      const auto size = now_.sizes.find(field.id);
      if (size != now_.sizes.end() && field.type.has_literals()) {
        by_size.emplace_back(size->second, field.id);
      }
    }
    std::sort(by_size.rbegin(), by_size.rend());
    std::vector<FieldId> candidates;
    for (const auto& [bytes, id] : by_size)
      candidates.push_back(id);
    candidates.resize(std::min(candidates.size(), kSortCandidates));
    return candidates;
  }

  Status AdviseSortOrder(AdviceReport& report) {
    if (!metadata_.sort_order().is_unsorted()) return Ok();
    std::optional<FieldId> best;
    int64_t least = now_.bytes;
    for (const FieldId id : SortCandidates()) {
      FIRN_ASSIGN(const Trial trial, Try(options_, id));
      if (trial.bytes >= least) continue;
      least = trial.bytes;
      best = id;
    }
    const auto saved = static_cast<double>(now_.bytes - least);
    if (!best || saved < kWorthOfTable * static_cast<double>(now_.bytes)) return Ok();
    report.sort_by = NameOf(*best);
    report.advice.push_back({"sort order", "", "by " + NameOf(*best), now_.bytes, least, "", {}});
    return Ok();
  }

  // How many files a lookup by one value of a column reads, by the bounds of the files.
  struct Lookups {
    double files = 0;
    bool many_values = false;
  };
  Result<std::optional<Lookups>> LookupsBy(const NestedField& field) const {
    std::set<std::string> distinct;
    int64_t looked_at = 0, opened = 0, lookups = 0;
    for (const auto& batch : sample_.batches) {
      FIRN_ASSIGN(const auto column, datafile::ColumnOf(*batch, field.id));
      const int64_t step = std::max<int64_t>(1, column->length() / 256);
      for (int64_t row = 0; row < column->length(); row += step) {
        FIRN_ASSIGN(const auto value, datafile::LiteralAt(*column, row, field.type));
        if (!value) continue;
        ++looked_at;
        if (!distinct.insert(value->ToBytes()).second || lookups >= 1000) continue;
        ++lookups;
        opened += FilesWith(field, *value);
      }
    }
    if (lookups == 0) return std::optional<Lookups>();
    return std::optional<Lookups>(
        {static_cast<double>(opened) / static_cast<double>(lookups),
         static_cast<double>(distinct.size()) > kDistinctShare * static_cast<double>(looked_at)});
  }

  int64_t FilesWith(const NestedField& field, const table::Literal& value) const {
    int64_t files = 0;
    for (const table::FileScanTask& task : plan_.tasks) {
      const auto lower = task.file.lower_bounds.find(field.id);
      const auto upper = task.file.upper_bounds.find(field.id);
      if (lower == task.file.lower_bounds.end() || upper == task.file.upper_bounds.end()) {
        ++files;
        continue;
      }
      const auto least = table::Literal::FromBytes(field.type, lower->second);
      const auto most = table::Literal::FromBytes(field.type, upper->second);
      const bool outside =
          least && most && (Compare(value, *least) < 0 || Compare(value, *most) > 0);
      files += outside ? 0 : 1;
    }
    return files;
  }

  static bool IsLookedUp(const table::Type& type) {
    switch (type.id()) {
      case table::TypeId::kInt:
      case table::TypeId::kLong:
      case table::TypeId::kString:
      case table::TypeId::kUuid:
        return true;
      default:
        return false;
    }
  }

  Status AdviseBloomFilters(AdviceReport& report) {
    for (const NestedField& field : metadata_.schema().fields()) {
      const std::string name = NameOf(field.id);
      const auto has = options_.storage.find(name);
      if (!IsLookedUp(field.type) || (has != options_.storage.end() && has->second.bloom_filter)) {
        continue;
      }
      FIRN_ASSIGN(const auto lookups, LookupsBy(field));
      if (!lookups || !lookups->many_values || lookups->files <= kFilesOpened) continue;
      WriterOptions options = options_;
      options.storage[name].bloom_filter = true;
      const double wrong = options.storage[name].bloom_filter_fpp;
      FIRN_ASSIGN(const Trial trial, Try(std::move(options)));
      if (trial.bytes <= now_.bytes) continue;  // None was written.
      std::array<char, 96> spared{};
      std::snprintf(spared.data(), spared.size(), "a lookup reads %.1f files instead of %.1f",
                    1 + wrong * (lookups->files - 1), lookups->files);
      report.advice.push_back({"bloom filter",
                               name,
                               "yes",
                               now_.bytes,
                               trial.bytes,
                               spared.data(),
                               {{"write.parquet.bloom-filter-enabled.column." + name, "true"}}});
    }
    return Ok();
  }

  const table::TableMetadata& metadata_;
  const table::ScanPlan& plan_;
  Sample sample_;
  WriterOptions options_;
  Env& env_;
  Trial now_;
};

}  // namespace

Result<AdviceReport> AdviseTable(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                                 std::string_view name) {
  FIRN_ASSIGN(const catalog::LoadedTable table, LoadForReport(catalog, name));
  const table::TableMetadata& metadata = *table.metadata;
  FIRN_ASSIGN(const table::ScanPlan plan, table::PlanScan(metadata, {}, files));
  AdviceReport report;
  report.table = table.name.ToString();
  FIRN_ASSIGN(Sample sample, TakeSample(metadata, plan, files));
  if (sample.rows == 0) return report;
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(metadata.properties));
  FIRN_TRY(Adviser(metadata, plan, std::move(sample), std::move(options), env).Advise(report));
  return report;
}

}  // namespace firn::lakehouse
