// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/encode/footer.h"
#include "firn/table/data_file.h"

namespace firn::datafile {

/// Sets the bounds and NaN counts of `file` that the statistics of its column chunks give: of the
/// columns outside lists and maps, as the metrics modes ask. `ColumnBounds` has the others.
void FillBounds(const EncodedFile& encoded, const FileSettings& settings, table::DataFile& file);

}  // namespace firn::datafile
