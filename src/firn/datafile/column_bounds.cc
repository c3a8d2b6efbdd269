// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/column_bounds.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/leaf_bounds.h"

namespace firn::datafile {

// A column: of values, with bounds if it is to have some that the statistics of its chunks do not
// give (`statistics_bounds`); or a struct with those below it.
struct ColumnBounds::Node {
  table::FieldId id{};
  table::MetricsMode mode;
  std::unique_ptr<LeafBounds> bounds;
  std::vector<Node> below;
  bool needs_rows = false;  // It has bounds, or one below has.
};

ColumnBounds::ColumnBounds(const table::Schema& schema,
                           const std::map<table::FieldId, table::MetricsMode>& modes)
    : nodes_(NodesOf(schema.fields(), modes)) {}
ColumnBounds::~ColumnBounds() = default;
ColumnBounds::ColumnBounds(ColumnBounds&&) noexcept = default;

std::vector<ColumnBounds::Node> ColumnBounds::NodesOf(
    const std::vector<table::NestedField>& fields,
    const std::map<table::FieldId, table::MetricsMode>& modes) {
  std::vector<Node> nodes;
  for (const table::NestedField& field : fields) {
    Node node;
    node.id = field.id;
    if (field.type.id() == table::TypeId::kStruct) {
      node.below = NodesOf(field.type.fields(), modes);
    } else if (const auto mode = modes.find(field.id);
               mode != modes.end() && mode->second.kind != table::MetricsMode::Kind::kNone) {
      node.mode = mode->second;
      node.bounds = LeafBounds::Make(field.type, node.mode);
      if (node.bounds != nullptr && node.bounds->takes_statistics()) node.bounds.reset();
    }
    node.needs_rows =
        node.bounds != nullptr || std::any_of(node.below.begin(), node.below.end(),
                                              [](const Node& inner) { return inner.needs_rows; });
    nodes.push_back(std::move(node));
  }
  return nodes;
}

Status ColumnBounds::Add(const arrow::RecordBatch& batch) {
  return AddTo(nodes_, batch.columns());
}

Status ColumnBounds::AddTo(std::vector<Node>& nodes,
                           const std::vector<std::shared_ptr<arrow::Array>>& columns) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].needs_rows) continue;
    if (nodes[i].bounds != nullptr) nodes[i].bounds->Add(*columns[i]);
    if (nodes[i].below.empty()) continue;
    const auto& fields = static_cast<const arrow::StructArray&>(*columns[i]);
    FIRN_ASSIGN(const auto flat, FromArrow(fields.Flatten()));
    FIRN_TRY(AddTo(nodes[i].below, flat));
  }
  return Ok();
}

void ColumnBounds::Fill(table::DataFile& file) const {
  FillFrom(nodes_, file);
}

void ColumnBounds::FillFrom(const std::vector<Node>& nodes, table::DataFile& file) {
  for (const Node& node : nodes) {
    FillFrom(node.below, file);
    if (node.bounds != nullptr) node.bounds->Fill(node.id, node.mode, file);
  }
}

}  // namespace firn::datafile
