// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/metadata_json.h"
#include "firn/table/view.h"

namespace firn::table {

/// Reads a view's metadata file, plain or gzip (told by its first bytes). Fields that are not known
/// are kept at every level.
/// Errors: `kCorrupt` naming the field; `kUnsupported` for a newer format version;
/// `kResourceExhausted` over a limit.
Result<ViewMetadata> ParseViewMetadata(std::string_view json_or_gzip, MetadataLimits limits = {});
Result<ViewMetadata> ViewMetadataFromJson(const Json& json);

/// Renders metadata as a view's metadata file stores it.
Json ViewMetadataToJson(const ViewMetadata& metadata);

Json ViewVersionToJson(const ViewVersion& version);
/// Errors: `kCorrupt` naming the field.
Result<ViewVersion> ViewVersionFromJson(const Json& json);

/// `ViewMetadataToJson` as text, gzip-compressed when the property write.metadata.compression-codec
/// says so.
Result<std::string> WriteViewMetadataFile(const ViewMetadata& metadata);

/// Names a metadata file as those of tables are named.
std::string ViewMetadataFileName(const ViewMetadata& metadata, int64_t version, Env& env);

}  // namespace firn::table
