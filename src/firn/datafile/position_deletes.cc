// SPDX-License-Identifier: Apache-2.0
//
// A position delete file has two columns, file_path and pos (spec, "Position Delete Files"), with
// field ids of their own at the end of the id range.

#include "firn/datafile/position_deletes.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "firn/datafile/reader.h"
#include "firn/io/location.h"

namespace firn::datafile {
namespace {

constexpr int32_t kFilePathId = 2147483546;
constexpr int32_t kPosId = 2147483545;

Result<table::Schema> DeleteSchema() {
  return table::Schema::Make(
      table::SchemaId(0),
      {table::NestedField::Required(kFilePathId, "file_path", table::Type::String()),
       table::NestedField::Required(kPosId, "pos", table::Type::Long())});
}

Status CheckReadable(const table::DataFile& delete_file) {
  if (delete_file.content == table::FileContent::kEqualityDeletes) {
    return Unsupported("equality deletes are not applied yet", delete_file.file_path)
        .WithHint("rewrite the table's data files with the engine that wrote the deletes");
  }
  if (delete_file.file_format != table::FileFormat::kParquet) {
    return Unsupported("delete files of this format are not applied yet",
                       table::FormatName(delete_file.file_format), delete_file.file_path);
  }
  return Ok();
}

}  // namespace

PositionDeletes::PositionDeletes(io::FileIO& files) : files_(files) {}

Result<const PositionDeletes::Positions*> PositionDeletes::Load(
    const table::DataFile& delete_file) {
  const auto known = loaded_.find(delete_file.file_path);
  if (known != loaded_.end()) return &known->second;
  FIRN_TRY(CheckReadable(delete_file));
  FIRN_ASSIGN(const table::Schema schema, DeleteSchema());
  FIRN_ASSIGN(const auto reader, ReadFile(files_, delete_file, schema));
  Positions positions;
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) break;
    const auto& paths = static_cast<const arrow::StringArray&>(*batch->column(0));
    const auto& rows = static_cast<const arrow::Int64Array&>(*batch->column(1));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      positions[io::NormalizeLocation(paths.GetView(i))].push_back(rows.Value(i));
    }
  }
  return &loaded_.emplace(delete_file.file_path, std::move(positions)).first->second;
}

Result<std::vector<int64_t>> PositionDeletes::For(const table::DataFile& data_file,
                                                  const std::vector<table::DataFile>& deletes) {
  std::vector<int64_t> out;
  const std::string location = io::NormalizeLocation(data_file.file_path);
  for (const table::DataFile& delete_file : deletes) {
    FIRN_ASSIGN(const Positions* const positions, Load(delete_file));
    const auto found = positions->find(location);
    if (found == positions->end()) continue;
    out.insert(out.end(), found->second.begin(), found->second.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace firn::datafile
