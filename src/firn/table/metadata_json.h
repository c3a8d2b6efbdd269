// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/metadata.h"

namespace firn::io {
class FileIO;
}

namespace firn::table {

/// Bounds on metadata somebody else wrote.
struct MetadataLimits {
  size_t size_bytes_max = size_t{256} << 20;  ///< Of the text, after decompression.
  size_t depth_max = 128;
  size_t values_max = 20'000'000;  ///< Of JSON; each takes some 70 bytes of memory.
};

/// Reads a metadata file, plain or gzip (told by its first bytes), format versions 1 to 3.
///
/// Version 1 is completed to what version 2 requires; `format_version` stays as written. Fields
/// that are not known are kept in `unknown`.
/// Errors: `kCorrupt` naming the field; `kUnsupported` for a newer version;
/// `kResourceExhausted` over a limit.
Result<TableMetadata> ParseMetadata(std::string_view json_or_gzip, MetadataLimits limits = {});
Result<TableMetadata> MetadataFromJson(const Json& json);

/// Renders metadata as a metadata file stores it, piece by piece. Version 1 metadata is written as
/// version 1.
Status WriteMetadata(const TableMetadata& metadata, const TextSink& sink);
std::string WriteMetadata(const TableMetadata& metadata);
Json MetadataToJson(const TableMetadata& metadata);

/// How a metadata file is stored (property write.metadata.compression-codec).
enum class MetadataCodec : uint8_t { kNone, kGzip };
MetadataCodec CodecOfMetadata(const std::map<std::string, std::string>& properties);

/// Reads the JSON of a metadata file, compressed or not, within the limits.
/// Errors: `kCorrupt`, saying `what` it was to be; `kResourceExhausted` over a limit.
Result<Json> ParseMetadataJson(std::string_view bytes, const MetadataLimits& limits,
                               std::string_view what);
/// Compresses the text of a metadata file as `codec` says.
Result<std::string> PackMetadata(std::string text, MetadataCodec codec);

/// Writes metadata to a new file, gzip-compressed when the property
/// write.metadata.compression-codec says so.
Status WriteMetadataFile(const TableMetadata& metadata, io::FileIO& files,
                         std::string_view location);

/// Names a metadata file: "00003-<uuid>.metadata.json", or ".gz.metadata.json" when compressed.
std::string MetadataFileName(const TableMetadata& metadata, int64_t version, Env& env);
std::string MetadataFileName(int64_t version, MetadataCodec codec, Env& env);
/// The version a metadata file's name begins with; -1 where it has none.
int64_t VersionOfMetadataFile(std::string_view location);

}  // namespace firn::table
