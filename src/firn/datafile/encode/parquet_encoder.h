// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/schema.h>

#include "firn/base/result.h"
#include "firn/datafile/encode/chunk_encoder.h"
#include "firn/datafile/encode/footer.h"
#include "firn/datafile/writer_options.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// Makes the bytes of a Parquet file of rows. Leaves of a row group are encoded side by side on up
/// to `kThreads` threads; the bytes do not depend on how many there are. Not thread-safe.
class ParquetEncoder {
 public:
  using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;
  /// Takes the bytes of the file in their order.
  using Sink = std::function<Status(std::string_view)>;

  static constexpr size_t kThreads = 2;

  /// `layout` is that of the rows; `schema` names the columns that `options` speak of. With a key
  /// the whole file is encrypted with it, its footer, too.
  /// Errors: `kUnsupported`, naming the column, for a type that no table has.
  static Result<std::unique_ptr<ParquetEncoder>> Open(std::shared_ptr<arrow::Schema> layout,
                                                      const table::Schema& schema,
                                                      const WriterOptions& options, Sink sink,
                                                      const std::optional<io::StreamKey>& key = {});

  /// Encodes one row group; `is_last` tells that no other follows. There is at least one row.
  /// Errors: those of the sink; then nothing more can be written.
  Status WriteRowGroup(const Batches& batches, bool is_last);
  /// Encodes what ends the file.
  Status WriteFooter();

  int64_t position() const { return position_; }     ///< Bytes given to the sink.
  const EncodedFile& file() const { return file_; }  ///< What was written.

 private:
  class Toolbox;

  ParquetEncoder(std::shared_ptr<arrow::Schema> layout, Sink sink);

  Status SetColumns(const table::Schema& schema, const WriterOptions& options);
  Status SetKey(const io::StreamKey& key);
  Status Write(std::string_view bytes);
  Status Encrypt(size_t column, EncodedPages& pages) const;
  Status EncryptFilter(size_t column, size_t blocks_bytes, ByteBuffer& filter) const;
  std::vector<ChunkEncoder> ChunksOf(const Batches& batches) const;
  Status Plan(std::vector<ChunkEncoder>& chunks, size_t threads, Toolbox& toolbox);
  void ForgetOldChoices(int64_t rows);
  Status Encode(const std::vector<ChunkEncoder>& chunks, size_t threads, Toolbox& toolbox);
  Status WriteBloomFilters(const std::vector<ChunkEncoder>& chunks);
  bool IsOnePage(const Batches& batches) const;

  std::shared_ptr<arrow::Schema> layout_;
  Sink sink_;
  std::shared_ptr<parquet::SchemaDescriptor> descriptor_;
  EncodedFile file_;
  std::vector<Compression> compressions_;               // Of the leaves.
  std::vector<ColumnStorage> storage_;                  // Of the leaves.
  std::vector<std::optional<EncodingChoice>> choices_;  // Of the leaves, while they hold.
  int64_t rows_sampled_ = 0;  // Of the row group that they were chosen for.
  int64_t rows_since_ = 0;    // Of that and of those since.
  std::optional<bool> page_index_;
  PageLimits limits_;
  PageStyle style_;
  std::optional<FileEncryption> encryption_;
  int64_t position_ = 0;
};

}  // namespace firn::datafile
