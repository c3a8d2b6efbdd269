// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/schema.h>

#include "firn/base/result.h"
#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/encode/column_chunk.h"
#include "firn/datafile/encode/leaf_column.h"
#include "firn/datafile/module_cipher.h"

namespace firn::datafile {

/// A row group as the footer speaks of it.
struct RowGroupInfo {
  int64_t rows = 0;
  std::vector<ColumnChunk> chunks;  ///< Of every leaf.
};

/// A file whose pages are written.
struct EncodedFile {
  std::vector<LeafColumn> leaves;
  std::vector<RowGroupInfo> row_groups;
  /// False where next to all the file is one page: what tells readers which pages to leave out
  /// would be half of it.
  bool has_index = true;
  std::set<int32_t> variants;  ///< Field ids of shredded variants, which rows have as structs.
};

/// How a file is encrypted: uniformly, with one key for all of it, footer included.
struct FileEncryption {
  ModuleCipher cipher;
  std::string file_unique;
};

/// The bytes that begin and end a file.
std::string_view MagicOf(const std::optional<FileEncryption>& encryption);

/// Appends what ends a file, from `offset` of it on: page index, footer, its length and the magic
/// bytes (Parquet's README, "File Format"; PageIndex.md; Encryption.md; parquet.thrift).
/// Errors: those of `ModuleCipher::Append`.
Status AppendFooter(const EncodedFile& file, const parquet::SchemaDescriptor& schema,
                    const arrow::Schema& layout, int64_t offset,
                    const std::optional<FileEncryption>& encryption, ByteBuffer& out);

}  // namespace firn::datafile
