// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/table/type.h"

namespace firn::datafile {

/// The name of Arrow's extension type for geometries in WKB; Parquet's writer knows it by that.
inline constexpr std::string_view kWkbExtension = "geoarrow.wkb";

/// Makes the Arrow type of geometry and geography columns: WKB in binary, with the reference system
/// and the way of edges in its metadata (GeoArrow's extension "geoarrow.wkb").
std::shared_ptr<arrow::DataType> WkbType(const table::Type& type);

/// Reads the metadata of a "geoarrow.wkb" type; unset where it says something unknown.
std::optional<table::Type> GeoTypeOf(std::string_view extension_metadata);

}  // namespace firn::datafile
