// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/storage_reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// Says what each column takes in the data files of a table's current snapshot, from their footers:
/// of all, or of 1,000 spread over them where there are more.
Result<ColumnSizeReport> ColumnSizesOf(catalog::Catalog& catalog, io::FileIO& files,
                                       std::string_view name);

}  // namespace firn::lakehouse
