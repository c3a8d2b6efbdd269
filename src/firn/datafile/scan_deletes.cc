// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/scan_deletes.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "firn/datafile/deletion_vector.h"
#include "firn/datafile/name_mapping_property.h"
#include "firn/io/location.h"

namespace firn::datafile {
namespace {

using table::DataFile;

int64_t BytesOf(const PositionsByFile& positions) {
  int64_t bytes = 0;
  for (const auto& [path, positions_of_file] : positions)
    bytes += static_cast<int64_t>(path.size()) + positions_of_file.size_bytes();
  return bytes;
}

std::vector<table::FieldId> SortedIds(std::vector<table::FieldId> ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string KeyOf(const std::vector<table::FieldId>& ids) {
  std::string key;
  for (const table::FieldId id : ids)
    key += id.ToString() + ",";
  return key;
}

// Equality deletes are looked up in one table for each set of ids.
std::map<std::vector<table::FieldId>, std::vector<const DataFile*>> ByEqualityIds(
    const std::vector<DataFile>& deletes) {
  std::map<std::vector<table::FieldId>, std::vector<const DataFile*>> groups;
  for (const DataFile& file : deletes) {
    if (file.content == table::FileContent::kEqualityDeletes) {
      groups[SortedIds(file.equality_ids)].push_back(&file);
    }
  }
  return groups;
}

}  // namespace

Result<std::unique_ptr<ScanDeletes>> ScanDeletes::Make(io::FileIO& files,
                                                       const table::TableMetadata& metadata,
                                                       ScanDeletesOptions options) {
  std::unique_ptr<ScanDeletes> deletes(new ScanDeletes(files));
  deletes->options_ = options;
  deletes->schemas_ = {metadata.schema()};
  deletes->schemas_.insert(deletes->schemas_.end(), metadata.schemas.rbegin(),
                           metadata.schemas.rend());
  deletes->specs_ = metadata.partition_specs;
  const std::string mapping = metadata.Property(kNameMappingProperty, "");
  if (!mapping.empty()) {
    FIRN_ASSIGN(NameMapping parsed, ParseNameMapping(mapping));
    deletes->name_mapping_ = std::make_shared<const NameMapping>(std::move(parsed));
  }
  return deletes;
}

ReadOptions ScanDeletes::OptionsFor(const DataFile& file) const {
  ReadOptions options;
  options.name_mapping = name_mapping_;
  for (const table::PartitionSpec& spec : specs_) {
    if (spec.id == file.spec_id) options.spec = spec;
  }
  return options;
}

Result<std::shared_ptr<const PositionBitmap>> ScanDeletes::For(const table::FileScanTask& task,
                                                               const table::Schema& filter_schema) {
  std::shared_ptr<const PositionBitmap> none;
  if (task.deletes.empty()) return none;
  PositionBitmap deleted;
  for (const DataFile& file : task.deletes) {
    if (file.content == table::FileContent::kPositionDeletes) {
      FIRN_TRY(AddPositions(task, file, deleted));
    } else if (file.content != table::FileContent::kEqualityDeletes) {
      return Internal("a data file among the deletes of a task", file.file_path);
    }
  }
  FIRN_TRY(AddEqual(task, filter_schema, deleted));
  KeepToBudget();
  if (deleted.empty()) return none;
  return std::make_shared<const PositionBitmap>(std::move(deleted));
}

template <typename T, typename Load>
Result<std::shared_ptr<T>> ScanDeletes::Get(Slots<T>& slots, const std::string& key, Load load) {
  std::shared_ptr<Slot<T>> slot;
  {
    const std::lock_guard lock(mutex_);
    auto& known = slots[key];
    if (known == nullptr) known = std::make_shared<Slot<T>>();
    slot = known;
  }
  const std::lock_guard lock(slot->mutex);
  if (slot->value == nullptr) {
    FIRN_ASSIGN(slot->value, load());
  }
  return slot->value;
}

Status ScanDeletes::AddPositions(const table::FileScanTask& task, const DataFile& deletes,
                                 PositionBitmap& deleted) {
  const std::string location = io::NormalizeLocation(task.file.file_path);
  if (deletes.file_format == table::FileFormat::kPuffin) {
    if (!deletes.referenced_data_file ||
        io::NormalizeLocation(*deletes.referenced_data_file) != location) {
      return Corrupt("a deletion vector of another data file",
                     deletes.referenced_data_file.value_or("none"), task.file.file_path);
    }
    FIRN_ASSIGN(const PositionBitmap vector, ReadDeletionVector(files_, deletes));
    deleted.Add(vector);
    return Ok();
  }
  FIRN_ASSIGN(const auto by_file, PositionsIn(deletes));
  const auto found = by_file->find(location);
  if (found != by_file->end()) deleted.Add(found->second);
  return Ok();
}

// A delete file of one data file is wanted once, others are kept.
Result<std::shared_ptr<const PositionsByFile>> ScanDeletes::PositionsIn(const DataFile& deletes) {
  const auto load = [&]() -> Result<std::shared_ptr<const PositionsByFile>> {
    FIRN_ASSIGN(PositionsByFile read, ReadPositionDeletes(files_, deletes));
    return std::make_shared<const PositionsByFile>(std::move(read));
  };
  if (deletes.referenced_data_file) return load();
  return Get(positions_, deletes.file_path,
             [&]() -> Result<std::shared_ptr<const PositionsByFile>> {
               FIRN_ASSIGN(auto read, load());
               positions_bytes_ += BytesOf(*read);
               return read;
             });
}

Status ScanDeletes::AddEqual(const table::FileScanTask& task, const table::Schema& filter_schema,
                             PositionBitmap& deleted) {
  for (const auto& by_ids : ByEqualityIds(task.deletes)) {
    const auto& ids = by_ids.first;
    const auto& files = by_ids.second;
    using Loaded = Result<std::shared_ptr<EqualityDeletes>>;
    FIRN_ASSIGN(const auto table, Get(equality_, KeyOf(ids), [&]() -> Loaded {
                  FIRN_ASSIGN(auto made, EqualityDeletes::Make(files_, schemas_, ids));
                  return std::shared_ptr<EqualityDeletes>(std::move(made));
                }));
    ReadOptions options = OptionsFor(task.file);
    options.filter = task.residual;
    options.filter_schema = filter_schema;
    FIRN_TRY(table->Find(task.file, options, files, deleted));
  }
  return Ok();
}

// Those who still use what is dropped here keep it alive until they are done.
void ScanDeletes::KeepToBudget() {
  const std::lock_guard lock(mutex_);
  int64_t bytes = positions_bytes_;
  for (const auto& [ids, slot] : equality_) {
    const std::unique_lock idle(slot->mutex, std::try_to_lock);  // Else it is just being made.
    if (idle.owns_lock() && slot->value != nullptr) bytes += slot->value->size_bytes();
  }
  if (bytes <= options_.memory_bytes) return;
  positions_.clear();
  equality_.clear();
  positions_bytes_ = 0;
}

}  // namespace firn::datafile
