// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/leaf_column.h"

#include <utility>

#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "firn/base/assert.h"

namespace firn::datafile {
namespace {

using Kind = PathStep::Kind;

// What the rows have of a leaf.
struct ArrowLeaf {
  int column;
  std::vector<PathStep> steps;
  std::shared_ptr<arrow::DataType> type;
};

bool IsStored(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DATE32:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::DECIMAL128:
      return true;
    case arrow::Type::TIME64:
      return true;
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).unit() != arrow::TimeUnit::SECOND;
    default:
      return false;
  }
}

std::shared_ptr<arrow::DataType> StorageOf(const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() != arrow::Type::EXTENSION) return type;
  return static_cast<const arrow::ExtensionType&>(*type).storage_type();
}

// Depth first, as the leaves of a file are counted.
class LeafFinder {
 public:
  Status Add(int column, const arrow::Field& field) {
    column_ = column;
    return Walk(field);
  }
  std::vector<ArrowLeaf> Finish() && { return std::move(leaves_); }

 private:
  Status Walk(const arrow::Field& field) {
    const auto type = StorageOf(field.type());
    const auto id = type->id();
    if (id == arrow::Type::STRUCT) {
      steps_.push_back({Kind::kStruct, field.nullable(), 0});
      FIRN_TRY(WalkFields(*type));
    } else if (id == arrow::Type::LIST || id == arrow::Type::MAP) {
      steps_.push_back({Kind::kList, field.nullable(), 0});
      FIRN_TRY(Walk(*type->field(0)));
    } else if (IsStored(*type)) {
      steps_.push_back({Kind::kLeaf, field.nullable(), 0});
      leaves_.push_back({column_, steps_, type});
    } else {
      return Unsupported("no data file stores columns of Arrow's type", type->ToString(),
                         field.name());
    }
    steps_.pop_back();
    return Ok();
  }

  Status WalkFields(const arrow::DataType& type) {
    const size_t at = steps_.size() - 1;
    for (int child = 0; child < type.num_fields(); ++child) {
      steps_[at].child = child;
      FIRN_TRY(Walk(*type.field(child)));
    }
    return Ok();
  }

  int column_ = 0;
  std::vector<PathStep> steps_;
  std::vector<ArrowLeaf> leaves_;
};

// The field a leaf belongs to. The parts of a variant have no ids: they are its own.
table::FieldId FieldOf(const parquet::ColumnDescriptor& leaf) {
  const parquet::schema::Node* node = leaf.schema_node().get();
  while (node->field_id() < 0 && node->parent() != nullptr)
    node = node->parent();
  return table::FieldId(node->field_id());
}

LeafOrder OrderOf(const parquet::ColumnDescriptor& leaf) {
  switch (leaf.sort_order()) {
    case parquet::SortOrder::SIGNED:
      return LeafOrder::kSigned;
    case parquet::SortOrder::UNSIGNED:
      return LeafOrder::kUnsigned;
    default:
      return LeafOrder::kNone;
  }
}

LeafColumn LeafOf(const ArrowLeaf& given, const parquet::ColumnDescriptor& leaf) {
  LeafColumn out;
  out.path = leaf.path()->ToDotVector();
  out.field = FieldOf(leaf);
  // Of a variant's parts, the metadata.
  out.counts_values = leaf.schema_node()->field_id() >= 0 || leaf.name() == "metadata";
  out.column = given.column;
  out.steps = given.steps;
  out.definition_max = leaf.max_definition_level();
  out.repetition_max = leaf.max_repetition_level();
  out.type = static_cast<PhysicalType>(leaf.physical_type());
  out.type_length = leaf.type_length();
  out.order = OrderOf(leaf);
  out.is_decimal = given.type->id() == arrow::Type::DECIMAL128;
  const auto& logical = leaf.logical_type();
  out.is_text = logical != nullptr && logical->is_string();
  out.is_geospatial = logical != nullptr && (logical->is_geometry() || logical->is_geography());
  return out;
}

// Every list adds a level of each kind, every optional step one of definition (Nested Encoding).
void CheckLevels(const LeafColumn& leaf) {
  int definition = 0, repetition = 0;
  for (const PathStep& step : leaf.steps) {
    const int list = step.kind == Kind::kList ? 1 : 0;
    definition += list + (step.nullable ? 1 : 0);
    repetition += list;
  }
  FIRN_ASSERT(definition == leaf.definition_max && repetition == leaf.repetition_max);
}

}  // namespace

Result<std::vector<LeafColumn>> LeafColumnsOf(const arrow::Schema& layout,
                                              const parquet::SchemaDescriptor& descriptor) {
  LeafFinder finder;
  for (int column = 0; column < layout.num_fields(); ++column)
    FIRN_TRY(finder.Add(column, *layout.field(column)));
  const std::vector<ArrowLeaf> found = std::move(finder).Finish();
  FIRN_ASSERT(static_cast<int>(found.size()) == descriptor.num_columns());
  std::vector<LeafColumn> leaves;
  for (size_t i = 0; i < found.size(); ++i) {
    leaves.push_back(LeafOf(found[i], *descriptor.Column(static_cast<int>(i))));
    CheckLevels(leaves.back());
  }
  return leaves;
}

}  // namespace firn::datafile
