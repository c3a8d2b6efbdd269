// SPDX-License-Identifier: Apache-2.0
//
// Reading a manifest into columns. The file's schema is turned into a list of steps, one per field
// of the entry and its data file: take the field, or pass over it. Each entry is then one walk over
// its bytes without an allocation. Partition tuples are told apart by their encoded bytes, so that
// each is decoded once.

#include "firn/table/manifest_columns.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "firn/avro/cursor.h"
#include "firn/avro/file_reader.h"
#include "firn/base/saturate.h"
#include "firn/io/file_io.h"
#include "firn/table/encryption.h"
#include "firn/table/manifest_avro.h"
#include "firn/table/partition_avro.h"

namespace firn::table {
namespace {

constexpr size_t kMemoryBytesMax = size_t{1} << 30;
constexpr int64_t kEntriesBetweenChecks = 4096;
constexpr size_t kMapEntryBytes = 80;
constexpr int32_t kColumnIdMax = 1 << 20;  // Beyond lie reserved ids, which no plan filters by.

// What is read of an entry's fields; everything else is passed over.
enum class Take : uint8_t {
  kNothing,
  kStatus,
  kSequenceNumber,
  kFileSequenceNumber,
  kDataFile,
  kContent,
  kPath,
  kFormat,
  kPartition,
  kRecordCount,
  kFileSize,
  kValueCounts,
  kNullCounts,
  kNanCounts,
  kLowerBounds,
  kUpperBounds,
  kKeyMetadata,
  kSplitOffsets,
  kSortOrder,
  kFirstRowId,
};

// Fields by their ids (spec, "Manifest Entry Fields", "Data File Fields").
constexpr std::pair<int32_t, Take> kEntryTakes[] = {{0, Take::kStatus},
                                                    {3, Take::kSequenceNumber},
                                                    {4, Take::kFileSequenceNumber},
                                                    {2, Take::kDataFile}};
constexpr std::pair<int32_t, Take> kFileTakes[] = {
    {134, Take::kContent},      {100, Take::kPath},        {101, Take::kFormat},
    {102, Take::kPartition},    {103, Take::kRecordCount}, {104, Take::kFileSize},
    {109, Take::kValueCounts},  {110, Take::kNullCounts},  {137, Take::kNanCounts},
    {125, Take::kLowerBounds},  {128, Take::kUpperBounds}, {131, Take::kKeyMetadata},
    {132, Take::kSplitOffsets}, {140, Take::kSortOrder},   {142, Take::kFirstRowId}};

struct Step {
  Take take = Take::kNothing;
  const avro::Schema* schema = nullptr;
};

bool IsWhole(const avro::Schema& schema) {
  return schema.kind == avro::Kind::kInt || schema.kind == avro::Kind::kLong;
}
bool IsText(const avro::Schema& schema) {
  return schema.kind == avro::Kind::kString || schema.kind == avro::Kind::kBytes;
}
// A map from field ids, as manifests have them.
bool IsPairs(const avro::Schema& schema, bool (*is_value)(const avro::Schema&)) {
  if (schema.kind != avro::Kind::kArray) return false;
  const avro::Schema& item = schema.item();
  return item.kind == avro::Kind::kRecord && item.fields.size() == 2 &&
         IsWhole(*item.fields[0].schema) && is_value(*item.fields[1].schema);
}

// The kind of value a field must have to be taken.
bool Fits(Take take, const avro::Schema& schema) {
  switch (take) {
    case Take::kPath:
    case Take::kFormat:
    case Take::kKeyMetadata:
      return IsText(schema);
    case Take::kPartition:
    case Take::kDataFile:
      return schema.kind == avro::Kind::kRecord;
    case Take::kValueCounts:
    case Take::kNullCounts:
    case Take::kNanCounts:
      return IsPairs(schema, IsWhole);
    case Take::kLowerBounds:
    case Take::kUpperBounds:
      return IsPairs(schema, IsText);
    case Take::kSplitOffsets:
      return schema.kind == avro::Kind::kArray && IsWhole(schema.item());
    default:
      return IsWhole(schema);
  }
}

// A field's id; where the file gives none, that of the field with its name.
template <typename Record>
int32_t IdOf(const avro::Field& present, RecordFields<Record, ManifestContext> fields) {
  if (present.id != avro::kNoId) return present.id;
  const auto found = std::find_if(fields.begin(), fields.end(), [&present](const auto& field) {
    return field.name == present.name;
  });
  return found == fields.end() ? avro::kNoId : found->id;
}

// Whether metrics with this type can be taken; others (a nullable value, say) are passed over,
// which leaves the facts unknown.
bool IsMetric(Take take) {
  return take >= Take::kValueCounts && take <= Take::kUpperBounds;
}

// What one entry says, as views into its block.
struct RawEntry {
  int64_t status = 0;
  std::optional<SequenceNumber> sequence_number, file_sequence_number;
  int64_t content = 0;
  std::string_view path, format, partition;
  const avro::Schema* partition_schema = nullptr;
  int64_t record_count = 0, file_size_bytes = 0;
  std::optional<std::string_view> key_metadata;
  std::vector<int64_t> split_offsets;
  std::optional<int64_t> sort_order, first_row_id;
  std::vector<ColumnMetrics> metrics;

  void Clear() {
    std::vector<int64_t> offsets = std::move(split_offsets);
    std::vector<ColumnMetrics> columns = std::move(metrics);
    offsets.clear();
    std::fill(columns.begin(), columns.end(), ColumnMetrics());
    *this = RawEntry();
    split_offsets = std::move(offsets);
    metrics = std::move(columns);
  }
};

// Walks over entries of one schema.
class EntryWalker {
 public:
  // Which of the columns asked for a field id is; -1 = none.
  explicit EntryWalker(const std::vector<NestedField>& columns) {
    for (size_t at = 0; at < columns.size(); ++at) {
      const int32_t id = columns[at].id.value;
      if (id < 0 || id > kColumnIdMax) continue;
      if (static_cast<size_t>(id) >= places_.size())
        places_.resize(static_cast<size_t>(id) + 1, -1);
      places_[static_cast<size_t>(id)] = static_cast<int32_t>(at);
    }
  }

  Status Prepare(const avro::Schema& entry) {
    FIRN_ASSIGN(entry_steps_, StepsOf(entry, EntryFields(), kEntryTakes));
    for (const Step& step : entry_steps_) {
      if (step.take != Take::kDataFile) continue;
      FIRN_ASSIGN(file_steps_, StepsOf(*step.schema, DataFileFields(), kFileTakes));
    }
    for (const Take needed : {Take::kPath, Take::kFormat, Take::kPartition, Take::kRecordCount}) {
      if (!Has(file_steps_, needed)) return Corrupt("manifest lacks a field of its data files");
    }
    return Has(entry_steps_, Take::kStatus) ? Ok() : Status(Corrupt("manifest lacks the status"));
  }

  void Walk(avro::Cursor& in, RawEntry& entry) const {
    for (const Step& step : entry_steps_) {
      if (step.take != Take::kDataFile) {
        WalkField(step, in, entry);
        continue;
      }
      const avro::Schema& record = in.Branch(*step.schema);
      if (record.kind != avro::Kind::kRecord) return in.Fail();
      for (const Step& field : file_steps_) {
        WalkField(field, in, entry);
      }
    }
  }

 private:
  template <typename Record, size_t count>
  static Result<std::vector<Step>> StepsOf(const avro::Schema& schema,
                                           RecordFields<Record, ManifestContext> fields,
                                           const std::pair<int32_t, Take> (&takes)[count]) {
    if (schema.kind != avro::Kind::kRecord) return Corrupt("Avro schema is not a record");
    std::vector<Step> steps;
    for (const avro::Field& field : schema.fields) {
      Step step{Take::kNothing, field.schema.get()};
      const int32_t present = IdOf(field, fields);
      for (const auto& [id, take] : takes) {
        if (present == id) step.take = take;
      }
      if (step.take != Take::kNothing && Has(steps, step.take)) {
        return Corrupt("Avro record has a field twice", field.name);
      }
      steps.push_back(step);
    }
    return steps;
  }

  static bool Has(const std::vector<Step>& steps, Take take) {
    return std::any_of(steps.begin(), steps.end(),
                       [take](const Step& step) { return step.take == take; });
  }

  void WalkField(const Step& step, avro::Cursor& in, RawEntry& entry) const {
    if (step.take == Take::kNothing || (IsMetric(step.take) && entry.metrics.empty())) {
      return in.Skip(*step.schema);
    }
    const avro::Schema& value = in.Branch(*step.schema);
    if (value.kind == avro::Kind::kNull) return;
    if (!Fits(step.take, value)) return IsMetric(step.take) ? in.Skip(value) : in.Fail();
    TakeValue(step.take, value, in, entry);
  }

  void TakeValue(Take take, const avro::Schema& schema, avro::Cursor& in, RawEntry& entry) const {
    switch (take) {
      case Take::kStatus:
        entry.status = in.Long();
        return;
      case Take::kSequenceNumber:
        entry.sequence_number = SequenceNumber(in.Long());
        return;
      case Take::kFileSequenceNumber:
        entry.file_sequence_number = SequenceNumber(in.Long());
        return;
      case Take::kContent:
        entry.content = in.Long();
        return;
      case Take::kPath:
        entry.path = in.Bytes();
        return;
      case Take::kFormat:
        entry.format = in.Bytes();
        return;
      case Take::kPartition: {
        const size_t begin = in.position();
        in.Skip(schema);
        entry.partition = in.Since(begin);
        entry.partition_schema = &schema;
        return;
      }
      case Take::kRecordCount:
        entry.record_count = in.Long();
        return;
      case Take::kFileSize:
        entry.file_size_bytes = in.Long();
        return;
      case Take::kKeyMetadata:
        entry.key_metadata = in.Bytes();
        return;
      case Take::kSplitOffsets:
        return ForEachItem(in, [&] { entry.split_offsets.push_back(in.Long()); });
      case Take::kSortOrder:
        entry.sort_order = in.Long();
        return;
      case Take::kFirstRowId:
        entry.first_row_id = in.Long();
        return;
      default:
        return TakeMetrics(take, in, entry);
    }
  }

  template <typename ReadItem>
  static void ForEachItem(avro::Cursor& in, ReadItem read_item) {
    for (int64_t count = in.BlockCount(); count > 0; count = in.BlockCount()) {
      for (; count > 0; --count) {
        read_item();
      }
    }
  }

  void TakeMetrics(Take take, avro::Cursor& in, RawEntry& entry) const {
    const bool bounds = take == Take::kLowerBounds || take == Take::kUpperBounds;
    ForEachItem(in, [&] {
      const auto id = static_cast<uint64_t>(in.Long());
      const int32_t place = id < places_.size() ? places_[id] : -1;
      const int64_t number = bounds ? 0 : in.Long();
      const std::string_view bytes = bounds ? in.Bytes() : std::string_view();
      if (place < 0) return;
      ColumnMetrics& metrics = entry.metrics[static_cast<size_t>(place)];
      switch (take) {
        case Take::kValueCounts:
          metrics.values = number;
          return;
        case Take::kNullCounts:
          metrics.nulls = number;
          return;
        case Take::kNanCounts:
          metrics.nans = number;
          return;
        case Take::kLowerBounds:
          metrics.lower = bytes;
          return;
        default:
          metrics.upper = bytes;
      }
    });
  }

  std::vector<Step> entry_steps_, file_steps_;
  std::vector<int32_t> places_;
};

}  // namespace

// Collects entries into columns.
class ManifestColumns::Builder {
 public:
  Builder(const ManifestFile& manifest, const PartitionSpec& spec,
          const std::vector<NestedField>& columns)
      : manifest_(manifest), spec_(spec), walker_(columns), next_row_id_(manifest.first_row_id) {
    out_.path_ = manifest.path;
    out_.manifest_sequence_ = manifest.sequence_number;
    out_.manifest_first_row_id_ = manifest.first_row_id;
    out_.spec_id_ = spec.id;
    for (const NestedField& column : columns) {
      out_.columns_.emplace_back(column.id, column.type);
    }
    entry_.metrics.resize(columns.size());
  }

  Result<std::shared_ptr<const ManifestColumns>> Read(io::FileIO& io) {
    FIRN_ASSIGN(auto file, OpenManifest(io, manifest_));
    FIRN_ASSIGN(auto reader, avro::FileReader::Open(std::move(file)));
    FIRN_TRY(walker_.Prepare(reader.schema()));
    while (true) {
      FIRN_ASSIGN(const auto block, reader.NextBlock());
      if (!block) break;
      FIRN_TRY(AddBlock(*block));
    }
    Finish();
    return std::make_shared<const ManifestColumns>(std::move(out_));
  }

 private:
  Status AddBlock(const avro::Block& block) {
    out_.blocks_.push_back({block.offset, objects_, out_.size()});
    avro::Cursor in(block.bytes);
    for (int64_t at = 0; at < block.objects; ++at, ++objects_) {
      if (objects_ % kEntriesBetweenChecks == 0) FIRN_TRY(CheckMemory());
      entry_.Clear();
      walker_.Walk(in, entry_);
      if (in.failed()) return Corrupt("manifest entry is cut or damaged, number", objects_);
      if (entry_.status < 0 || entry_.status > 2) {
        return Corrupt("status of a manifest entry", entry_.status);
      }
      if (entry_.status != static_cast<int64_t>(EntryStatus::kDeleted)) FIRN_TRY(AddEntry());
    }
    return in.at_end() ? Ok() : Status(Corrupt("Avro block has bytes after its last object"));
  }

  // What tuples take to be told apart is counted as much again as they take themselves.
  Status CheckMemory() const {
    const size_t bytes = out_.memory_bytes() * (out_.tuples_.size() > out_.size() / 2 ? 2 : 1);
    if (bytes <= kMemoryBytesMax && objects_ <= UINT32_MAX) return Ok();
    return ResourceExhausted("manifest takes more memory than", kMemoryBytesMax);
  }

  Status AddEntry() {
    FIRN_TRY(CheckNumbers());
    FIRN_TRY(InheritSequenceNumbers(manifest_, static_cast<EntryStatus>(entry_.status),
                                    entry_.sequence_number, entry_.file_sequence_number));
    FIRN_ASSIGN(const FileFormat format, ParseFormat(entry_.format));
    FIRN_ASSIGN(const uint32_t tuple, TupleOf());
    const size_t row = out_.size();
    if (objects_ != static_cast<int64_t>(row) && out_.object_.empty()) NumberObjects();
    if (numbered_) out_.object_.push_back(static_cast<uint32_t>(objects_));
    out_.tuple_.push_back(tuple);
    out_.format_.push_back(static_cast<uint8_t>(format));
    out_.sequence_.push_back(entry_.sequence_number->value);
    out_.file_size_bytes_.push_back(entry_.file_size_bytes);
    out_.total_bytes_ = AddSaturated(out_.total_bytes_, entry_.file_size_bytes);
    out_.has_empty_files_ = out_.has_empty_files_ || entry_.record_count == 0;
    AddSparse(out_.first_row_id_, InheritedRowId());
    AddSparse(out_.sort_order_, entry_.sort_order);
    AddPath();
    out_.split_offsets_.insert(out_.split_offsets_.end(), entry_.split_offsets.begin(),
                               entry_.split_offsets.end());
    out_.split_end_.push_back(static_cast<uint32_t>(out_.split_offsets_.size()));
    if (entry_.key_metadata) out_.key_metadata_.emplace(row, *entry_.key_metadata);
    for (size_t at = 0; at < out_.columns_.size(); ++at) {
      out_.columns_[at].Add(entry_.metrics[at]);
    }
    out_.record_count_.push_back(entry_.record_count);
    return Ok();
  }

  Status CheckNumbers() const {
    if (entry_.content != 0) return Corrupt("delete file in a manifest of data", entry_.path);
    if (entry_.path.empty()) return Corrupt("manifest entry without a path");
    if (entry_.partition_schema == nullptr) return Corrupt("null in field partition");
    if (entry_.record_count < 0) return Corrupt("count is negative", entry_.record_count);
    if (entry_.file_size_bytes < 0) return Corrupt("count is negative", entry_.file_size_bytes);
    const auto order = entry_.sort_order.value_or(0);
    if (order < INT32_MIN || order > INT32_MAX) return Corrupt("number out of range", order);
    return Ok();
  }

  // A row's number stands for its entry's until the first deleted entry.
  void NumberObjects() {
    numbered_ = true;
    for (size_t row = 0; row < out_.size(); ++row) {
      out_.object_.push_back(static_cast<uint32_t>(row));
    }
  }

  std::optional<int64_t> InheritedRowId() {
    if (entry_.first_row_id || !next_row_id_) return entry_.first_row_id;
    const int64_t first = *next_row_id_;
    *next_row_id_ = AddSaturated(first, entry_.record_count);
    return first;
  }

  // Appends to a column that most manifests do not have.
  template <typename Number>
  void AddSparse(std::vector<Number>& column, std::optional<int64_t> number) {
    if (column.empty() && !number) return;
    column.resize(out_.size(), -1);
    column.push_back(static_cast<Number>(number.value_or(-1)));
  }

  // Paths share the beginning of the first one as far as all have it.
  void AddPath() {
    if (out_.path_end_.empty()) out_.path_prefix_ = entry_.path;
    const size_t shared =
        static_cast<size_t>(std::mismatch(entry_.path.begin(), entry_.path.end(),
                                          out_.path_prefix_.begin(), out_.path_prefix_.end())
                                .first -
                            entry_.path.begin());
    if (shared < out_.path_prefix_.size()) ShortenPrefix(shared);
    out_.path_rest_ += entry_.path.substr(shared);
    out_.path_end_.push_back(static_cast<uint32_t>(out_.path_rest_.size()));
  }

  void ShortenPrefix(size_t length) {
    const std::string cut = out_.path_prefix_.substr(length);
    std::string rest;
    size_t begin = 0;
    for (uint32_t& end : out_.path_end_) {
      rest += cut;
      rest.append(out_.path_rest_, begin, end - begin);
      begin = end;
      end = static_cast<uint32_t>(rest.size());
    }
    out_.path_rest_ = std::move(rest);
    out_.path_prefix_.resize(length);
  }

  // The number of the entry's tuple; neighbours mostly have the same.
  Result<uint32_t> TupleOf() {
    if (!out_.tuple_.empty() && entry_.partition == last_tuple_->first) return last_tuple_->second;
    auto found = known_tuples_.find(std::string(entry_.partition));
    if (found == known_tuples_.end()) {
      avro::Decoder in(entry_.partition);
      FIRN_ASSIGN(PartitionData data, DecodePartition(spec_, *entry_.partition_schema, in));
      found =
          known_tuples_.emplace(entry_.partition, static_cast<uint32_t>(out_.tuples_.size())).first;
      out_.tuples_.push_back(std::move(data));
    }
    last_tuple_ = found;
    return found->second;
  }

  void Finish() {
    const auto shrink = [](auto&... columns) { (columns.shrink_to_fit(), ...); };
    if (!out_.first_row_id_.empty()) out_.first_row_id_.resize(out_.size(), -1);
    if (!out_.sort_order_.empty()) out_.sort_order_.resize(out_.size(), -1);
    shrink(out_.blocks_, out_.object_, out_.sequence_, out_.record_count_, out_.file_size_bytes_,
           out_.first_row_id_, out_.format_, out_.sort_order_, out_.tuple_, out_.tuples_,
           out_.path_rest_, out_.path_end_, out_.split_offsets_, out_.split_end_);
    for (FactsColumn& column : out_.columns_) {
      column.ShrinkToFit();
    }
  }

  const ManifestFile& manifest_;
  const PartitionSpec& spec_;
  EntryWalker walker_;
  ManifestColumns out_;
  RawEntry entry_;
  std::optional<int64_t> next_row_id_;
  int64_t objects_ = 0;
  bool numbered_ = false;
  std::unordered_map<std::string, uint32_t> known_tuples_;
  std::unordered_map<std::string, uint32_t>::const_iterator last_tuple_;
};

Result<std::shared_ptr<const ManifestColumns>> ManifestColumns::Read(
    io::FileIO& io, const ManifestFile& manifest, const PartitionSpec& spec,
    const std::vector<NestedField>& columns) {
  auto read = Builder(manifest, spec, columns).Read(io);
  if (!read) return std::move(read).error().Within("manifest " + manifest.path);
  return read;
}

size_t ManifestColumns::memory_bytes() const {
  const auto bytes = [](const auto&... columns) {
    return ((columns.capacity() * sizeof(columns[0])) + ...);
  };
  size_t total = sizeof(*this) + bytes(blocks_, object_, sequence_, record_count_, file_size_bytes_,
                                       first_row_id_, format_, sort_order_, tuple_, path_rest_,
                                       path_end_, split_offsets_, split_end_);
  for (const auto& [row, key_metadata] : key_metadata_)
    total += kMapEntryBytes + key_metadata.capacity();
  const size_t tuple_width = tuples_.empty() ? 0 : tuples_.front().size();
  total += tuples_.size() * (sizeof(PartitionData) + tuple_width * sizeof(std::optional<Literal>));
  for (const FactsColumn& column : columns_) {
    total += column.memory_bytes();
  }
  return total;
}

bool ManifestColumns::IsOf(const ManifestFile& manifest) const {
  return path_ == manifest.path && manifest_sequence_ == manifest.sequence_number &&
         manifest_first_row_id_ == manifest.first_row_id && spec_id_ == manifest.spec_id;
}

const FactsColumn* ManifestColumns::FindColumn(FieldId id) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [id](const FactsColumn& column) { return column.field() == id; });
  return found == columns_.end() ? nullptr : &*found;
}

DataFile ManifestColumns::FileAt(size_t row) const {
  DataFile file;
  const size_t path_begin = row == 0 ? 0 : path_end_[row - 1];
  const size_t path_size = path_end_[row] - path_begin;
  file.file_path.reserve(path_prefix_.size() + path_size);
  file.file_path.append(path_prefix_).append(path_rest_, path_begin, path_size);
  file.file_format = static_cast<FileFormat>(format_[row]);
  file.spec_id = spec_id_;
  file.partition = tuples_[tuple_[row]];
  file.record_count = record_count_[row];
  file.file_size_bytes = file_size_bytes_[row];
  const auto splits = split_offsets_.begin();
  file.split_offsets.assign(splits + (row == 0 ? 0 : split_end_[row - 1]),
                            splits + split_end_[row]);
  if (!sort_order_.empty() && sort_order_[row] >= 0) {
    file.sort_order_id = SortOrderId(sort_order_[row]);
  }
  if (!first_row_id_.empty() && first_row_id_[row] >= 0) file.first_row_id = first_row_id_[row];
  if (const auto found = key_metadata_.find(row); found != key_metadata_.end()) {
    file.key_metadata = found->second;
  }
  return file;
}

size_t ManifestColumns::BlockOf(size_t row) const {
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), row,
      [](size_t wanted, const BlockStart& block) { return wanted < block.first_row; });
  return static_cast<size_t>(after - blocks_.begin()) - 1;
}

int64_t ManifestColumns::PlaceInBlock(size_t row) const {
  const int64_t object = object_.empty() ? static_cast<int64_t>(row) : object_[row];
  return object - blocks_[BlockOf(row)].first_object;
}

}  // namespace firn::table
