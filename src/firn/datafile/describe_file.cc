// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/describe_file.h"

#include <algorithm>
#include <compare>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/file_leaves.h"
#include "firn/datafile/row_groups.h"

namespace firn::datafile {
namespace {

using table::DataFile;
using table::FieldId;
using table::Literal;
using table::MetricsMode;
using table::NestedField;
using table::Type;
using table::TypeId;

// What lies below a field; of a map its key and value.
arrow::FieldVector Below(const arrow::DataType& type) {
  return type.id() == arrow::Type::MAP ? type.field(0)->type()->fields() : type.fields();
}

bool IsNanos(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP &&
         static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::NANO;
}

// The type that Iceberg has for a column of values of a file.
Result<Type> TypeOf(const arrow::Field& field) {
  const auto alone = field.RemoveMetadata();
  FIRN_ASSIGN(const table::Schema schema, FromArrow(*arrow::schema({alone})));
  const Type type = schema.fields().front().type;
  if (!IsNanos(*field.type())) return type;
  return type.id() == TypeId::kTimestampTz ? Type::TimestampTzNs() : Type::TimestampNs();
}

// Holds the columns of a file, with the table's ids, against those of the table.
class Fit {
 public:
  Fit(int format_version, const std::set<FieldId>& outside)
      : format_version_(format_version), outside_(outside) {}

  // Required columns outside lists and maps that the file allows to be null.
  const std::vector<FieldId>& perhaps_null() const { return perhaps_null_; }

  Status Check(const arrow::FieldVector& found, const std::vector<NestedField>& wanted,
               const std::string& path, bool repeated) {
    for (const NestedField& field : wanted) {
      const auto at = std::ranges::find_if(
          found, [&](const auto& column) { return FieldIdOf(*column) == field.id; });
      if (at == found.end()) {
        FIRN_TRY(CheckAbsent(field, path));
      } else {
        FIRN_TRY(CheckField(**at, field, path, repeated));
      }
    }
    for (const auto& column : found) {
      const auto id = FieldIdOf(*column);
      const bool known =
          std::ranges::any_of(wanted, [&](const NestedField& field) { return id == field.id; });
      if (!known) {
        return InvalidArgument("the table has no column of that name", path + column->name());
      }
    }
    return Ok();
  }

 private:
  Status CheckAbsent(const NestedField& field, const std::string& path) const {
    if (!field.required || field.initial_default || outside_.contains(field.id)) return Ok();
    return InvalidArgument("the file lacks a required column", path + field.name);
  }

  Status CheckField(const arrow::Field& column, const NestedField& field, const std::string& path,
                    bool repeated) {
    const std::string name = path + field.name;
    if (field.required && column.nullable()) {
      if (repeated || !field.type.is_primitive()) {
        return InvalidArgument("a required column may be null in the file", name);
      }
      perhaps_null_.push_back(field.id);
    }
    const auto& type = *column.type();
    const bool nested = arrow::is_nested(type.id());
    if (nested != field.type.is_nested()) return OtherType(column, field, name);
    if (nested) {
      const bool is_struct = type.id() == arrow::Type::STRUCT;
      if (is_struct != (field.type.id() == TypeId::kStruct) ||
          (type.id() == arrow::Type::MAP) != (field.type.id() == TypeId::kMap)) {
        return OtherType(column, field, name);
      }
      return Check(Below(type), field.type.fields(), name + ".", repeated || !is_struct);
    }
    FIRN_ASSIGN(const Type found, TypeOf(column));
    if (found == field.type || table::IsPromotionAllowed(found, field.type, format_version_)) {
      return Ok();
    }
    return OtherType(column, field, name);
  }

  static Error OtherType(const arrow::Field& column, const NestedField& field,
                         const std::string& name) {
    const std::string types = column.type()->ToString() + " instead of " + field.type.ToString();
    return InvalidArgument("a column has another type: " + name, types);
  }

  int format_version_;
  const std::set<FieldId>& outside_;
  std::vector<FieldId> perhaps_null_;
};

bool SameIds(const arrow::Field& left, const arrow::Field& right) {
  if (FieldIdOf(left) != FieldIdOf(right)) return false;
  return std::ranges::equal(
      Below(*left.type()), Below(*right.type()),
      [](const auto& one, const auto& other) { return SameIds(*one, *other); });
}

// The columns of a file with the table's ids. Ids that the file has itself must be the table's.
Result<std::shared_ptr<arrow::Schema>> WithTableIds(const arrow::Schema& file,
                                                    const DescribeOptions& options) {
  auto named = WithFieldIds(file, options.names);
  if (!HasFieldIds(file)) return named;
  for (int at = 0; at < file.num_fields(); ++at) {
    if (SameIds(*file.field(at), *named->field(at))) continue;
    return InvalidArgument("the file has field ids that are not the table's",
                           file.field(at)->name());
  }
  return named;
}

void AddCounts(const std::map<FieldId, int64_t>& counts, std::map<FieldId, int64_t>& sums) {
  for (const auto& [id, count] : counts)
    sums[id] += count;
}

// The smaller (or larger) of two bounds of a type.
std::string Outer(const Type& type, const std::string& left, const std::string& right,
                  std::partial_ordering wanted) {
  const auto one = Literal::FromBytes(type, left), other = Literal::FromBytes(type, right);
  if (!one || !other) return left;
  return Compare(*one, *other) == wanted ? left : right;
}

// The metrics of a file, row group by row group. A column has bounds only where every row group
// with values of it has, and counts only where all have.
class FileMetrics {
 public:
  explicit FileMetrics(const table::Schema& schema) : schema_(schema) {}

  void Add(const DataFile& group, const std::vector<std::pair<FieldId, int>>& leaves) {
    for (const auto& [id, leaf] : leaves)
      AddColumn(id, group);
    AddCounts(group.value_counts, file_.value_counts);
    AddCounts(group.null_value_counts, file_.null_value_counts);
    file_.record_count += group.record_count;
  }

  DataFile Finish() && {
    for (const FieldId id : without_counts_) {
      file_.value_counts.erase(id);
      file_.null_value_counts.erase(id);
    }
    for (const FieldId id : without_bounds_) {
      file_.lower_bounds.erase(id);
      file_.upper_bounds.erase(id);
    }
    return std::move(file_);
  }

 private:
  void AddColumn(FieldId id, const DataFile& group) {
    const auto values = group.value_counts.find(id);
    if (values == group.value_counts.end()) {
      without_counts_.insert(id);
    } else if (group.null_value_counts.at(id) == values->second) {
      return;
    }
    const auto lower = group.lower_bounds.find(id), upper = group.upper_bounds.find(id);
    if (lower == group.lower_bounds.end() || upper == group.upper_bounds.end()) {
      without_bounds_.insert(id);
      return;
    }
    const Type& type = schema_.FindField(id)->type;
    const auto [low, first] = file_.lower_bounds.emplace(id, lower->second);
    if (!first) low->second = Outer(type, low->second, lower->second, std::partial_ordering::less);
    const auto [high, also_first] = file_.upper_bounds.emplace(id, upper->second);
    if (also_first) return;
    high->second = Outer(type, high->second, upper->second, std::partial_ordering::greater);
  }

  const table::Schema& schema_;
  DataFile file_;
  std::set<FieldId> without_counts_, without_bounds_;
};

DataFile MetricsOf(const parquet::FileMetaData& footer, const arrow::Schema& columns,
                   const table::Schema& schema) {
  auto leaves = PlainLeaves(columns);
  std::erase_if(leaves, [&](const auto& leaf) { return schema.FindField(leaf.first) == nullptr; });
  FileMetrics metrics(schema);
  std::map<FieldId, int64_t> sizes;
  std::vector<int64_t> offsets;
  for (int at = 0; at < footer.num_row_groups(); ++at) {
    const auto group = footer.RowGroup(at);
    metrics.Add(RowGroupMetrics(*group, leaves, schema), leaves);
    for (const auto& [id, leaf] : leaves)
      sizes[id] += group->ColumnChunk(leaf)->total_compressed_size();
    if (group->num_columns() == 0) continue;
    const auto first = group->ColumnChunk(0);
    offsets.push_back(first->has_dictionary_page() ? first->dictionary_page_offset()
                                                   : first->data_page_offset());
  }
  DataFile file = std::move(metrics).Finish();
  file.column_sizes = std::move(sizes);
  if (std::ranges::is_sorted(offsets)) file.split_offsets = std::move(offsets);
  return file;
}

Status CheckNoNulls(const std::vector<FieldId>& columns, const table::Schema& schema,
                    const DataFile& file) {
  for (const FieldId id : columns) {
    const auto nulls = file.null_value_counts.find(id);
    if (nulls != file.null_value_counts.end() && nulls->second == 0) continue;
    return InvalidArgument("a required column may be null in the file", schema.NameOf(id));
  }
  return Ok();
}

// What the footer of a file says.
struct Footer {
  std::shared_ptr<arrow::Schema> columns;
  std::shared_ptr<parquet::FileMetaData> metadata;
  int64_t size_bytes = 0;
};

Status ReadFooter(io::FileIO& files, const std::string& location, Footer& footer) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input, files.Open(location));
  footer.size_bytes = input->size_bytes();
  parquet::ArrowReaderProperties properties;
  properties.set_arrow_extensions_enabled(true);
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  parquet::arrow::FileReaderBuilder builder;
  FIRN_TRY(FromArrow(builder.Open(std::make_shared<ArrowInput>(std::move(input)))));
  FIRN_ASSIGN(const auto reader, FromArrow(builder.properties(properties)->Build()));
  footer.metadata = reader->parquet_reader()->metadata();
  return FromArrow(reader->GetSchema(&footer.columns));
}

Status Describe(const Footer& footer, const table::TableMetadata& metadata,
                const DescribeOptions& options, DataFile& out) {
  FIRN_ASSIGN(const auto columns, WithTableIds(*footer.columns, options));
  Fit fit(metadata.format_version, options.outside);
  FIRN_TRY(fit.Check(columns->fields(), metadata.schema().fields(), "", false));
  out = MetricsOf(*footer.metadata, *columns, metadata.schema());
  out.file_size_bytes = footer.size_bytes;
  return CheckNoNulls(fit.perhaps_null(), metadata.schema(), out);
}

}  // namespace

Result<DataFile> DescribeFile(io::FileIO& files, const std::string& location,
                              const table::TableMetadata& metadata,
                              const DescribeOptions& options) {
  Footer footer;
  const Status read = WithoutExceptions([&] { return ReadFooter(files, location, footer); });
  if (!read.ok()) return WhileReading(read.error(), location);
  DataFile file;
  const Status described =
      WithoutExceptions([&] { return Describe(footer, metadata, options, file); });
  if (!described.ok()) return Error(described.error()).Within(location);
  file.file_path = location;
  return file;
}

void KeepMetrics(const table::Schema& schema, const std::map<FieldId, MetricsMode>& modes,
                 DataFile& file) {
  const auto mode_of = [&](FieldId id) {
    const auto found = modes.find(id);
    return found == modes.end() ? MetricsMode{MetricsMode::Kind::kNone, 0} : found->second;
  };
  const auto cut = [&](auto& bounds, auto to_bytes) {
    std::map<FieldId, std::string> kept;
    for (const auto& [id, bytes] : bounds) {
      const MetricsMode mode = mode_of(id);
      const auto literal = Literal::FromBytes(schema.FindField(id)->type, bytes);
      if (!literal) continue;
      if (auto shorter = to_bytes(*literal, mode)) kept.emplace(id, *std::move(shorter));
    }
    bounds = std::move(kept);
  };
  cut(file.lower_bounds, table::LowerBoundBytes);
  cut(file.upper_bounds, table::UpperBoundBytes);
  for (auto* counts : {&file.value_counts, &file.null_value_counts}) {
    std::erase_if(*counts, [&](const auto& count) {
      return mode_of(count.first).kind == MetricsMode::Kind::kNone;
    });
  }
}

}  // namespace firn::datafile
