// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/statistics_bounds.h"

#include "firn/datafile/leaf_bounds.h"

namespace firn::datafile {
namespace {

using table::MetricsMode;

void FillLeaf(const EncodedFile& encoded, size_t leaf, const table::Schema& schema,
              MetricsMode mode, table::DataFile& file) {
  const table::FieldId id = encoded.leaves[leaf].field;
  const table::NestedField* const field = schema.FindField(id);
  const auto bounds = field == nullptr ? nullptr : LeafBounds::Make(field->type, mode);
  if (bounds == nullptr || !bounds->takes_statistics()) return;
  for (const RowGroupInfo& group : encoded.row_groups)
    bounds->AddStatistics(group.chunks[leaf].statistics());
  bounds->Fill(id, mode, file);
}

}  // namespace

void FillBounds(const EncodedFile& encoded, const FileSettings& settings, table::DataFile& file) {
  for (size_t leaf = 0; leaf < encoded.leaves.size(); ++leaf) {
    const auto mode = settings.metrics.find(encoded.leaves[leaf].field);
    const bool wanted = mode != settings.metrics.end() &&
                        mode->second.kind != MetricsMode::Kind::kNone &&
                        encoded.leaves[leaf].repetition_max == 0;
    if (wanted) FillLeaf(encoded, leaf, settings.schema, mode->second, file);
  }
}

}  // namespace firn::datafile
