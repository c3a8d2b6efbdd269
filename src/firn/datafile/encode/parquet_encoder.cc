// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/parquet_encoder.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>

#include "firn/base/aes_gcm.h"
#include "firn/base/parallel.h"
#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/encode/ordered_queue.h"

namespace firn::datafile {
namespace {

constexpr size_t kHeldBytesMax = size_t{16} << 20;
// Below this a second thread is not worth its start.
constexpr int64_t kThreadBytesMin = int64_t{1} << 20;
constexpr int64_t kPageBytes = int64_t{1} << 20;
constexpr int64_t kPageBytesMax = int64_t{1} << 30;
constexpr size_t kFileUniqueBytes = 8;

// What was chosen for a row group holds for those of so many rows: to choose takes a good part of
// the time that a small one takes, and what fits one fits the next.
constexpr int64_t kRowsOfChoice = 1 << 19;

// The override of the column itself, else of what it lies in, else the table's.
const Compression& CompressionOf(const WriterOptions& options, std::string_view column) {
  for (;;) {
    const auto found = options.columns.find(column);
    if (found != options.columns.end()) return found->second;
    const size_t dot = column.rfind('.');
    if (dot == std::string_view::npos) return options.compression;
    column = column.substr(0, dot);
  }
}

// What pages say of their sizes has 32 bits.
PageLimits LimitsOf(const WriterOptions& options) {
  const auto within = [](int64_t bytes) {
    return static_cast<size_t>(std::min(bytes, kPageBytesMax));
  };
  return {static_cast<size_t>(options.page_rows), within(options.page_bytes.value_or(0)),
          within(options.dictionary_bytes), options.bloom_filter_bytes_max};
}

int64_t TotalBytes(const ParquetEncoder::Batches& batches) {
  int64_t bytes = 0;
  for (const auto& batch : batches)
    bytes += BytesOf(*batch);
  return bytes;
}

struct Piece {
  size_t chunk = 0, number = 0;
};

std::vector<Piece> PiecesOf(const std::vector<ChunkEncoder>& chunks) {
  std::vector<Piece> pieces;
  for (size_t chunk = 0; chunk < chunks.size(); ++chunk) {
    for (size_t number = 0; number < chunks[chunk].piece_count(); ++number)
      pieces.push_back({chunk, number});
  }
  return pieces;
}

}  // namespace

// The tools of the threads that encode a row group; as many as work at a time.
class ParquetEncoder::Toolbox {
 public:
  Status With(const std::function<Status(EncodingTools&)>& work) {
    std::unique_ptr<EncodingTools> tools = Take();
    Status done = work(*tools);
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(tools));
    return done;
  }

 private:
  std::unique_ptr<EncodingTools> Take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return std::make_unique<EncodingTools>();
    std::unique_ptr<EncodingTools> tools = std::move(free_.back());
    free_.pop_back();
    return tools;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<EncodingTools>> free_;
};

ParquetEncoder::ParquetEncoder(std::shared_ptr<arrow::Schema> layout, Sink sink)
    : layout_(std::move(layout)), sink_(std::move(sink)) {}

Result<std::unique_ptr<ParquetEncoder>> ParquetEncoder::Open(
    std::shared_ptr<arrow::Schema> layout, const table::Schema& schema,
    const WriterOptions& options, Sink sink, const std::optional<io::StreamKey>& key) {
  std::unique_ptr<ParquetEncoder> encoder(new ParquetEncoder(std::move(layout), std::move(sink)));
  FIRN_TRY(WithoutExceptions([&] { return encoder->SetColumns(schema, options); }));
  if (key) FIRN_TRY(encoder->SetKey(*key));
  FIRN_TRY(encoder->Write(MagicOf(encoder->encryption_)));
  return encoder;
}

// The schema is Arrow's translation, so that Arrow's reader gives back the types it was given.
Status ParquetEncoder::SetColumns(const table::Schema& schema, const WriterOptions& options) {
  parquet::WriterProperties::Builder builder;
  builder.enable_store_decimal_as_integer();
  FIRN_TRY(
      FromArrow(parquet::arrow::ToParquetSchema(layout_.get(), *builder.build(), &descriptor_)));
  FIRN_ASSIGN(file_.leaves, LeafColumnsOf(*layout_, *descriptor_));
  for (const LeafColumn& leaf : file_.leaves) {
    const std::string column(schema.NameOf(leaf.field));
    compressions_.push_back(CompressionOf(options, column));
    const auto storage = options.storage.find(column);
    storage_.push_back(storage == options.storage.end() ? ColumnStorage() : storage->second);
  }
  for (const auto& field : layout_->fields()) {
    const auto id = FieldIdOf(*field);
    const table::NestedField* column = id ? schema.FindField(*id) : nullptr;
    const bool is_variant = column != nullptr && column->type.id() == table::TypeId::kVariant;
    if (is_variant) file_.variants.insert(id->value);
  }
  choices_.resize(file_.leaves.size());
  page_index_ = options.page_index;
  limits_ = LimitsOf(options);
  style_.version_2 = options.page_version == 2;
  return Ok();
}

// Of a page of version 2 Java leaves the levels out of what it encrypts, Arrow does not; version 1
// is what both read.
Status ParquetEncoder::SetKey(const io::StreamKey& key) {
  const std::string file_unique = SecretBytes(kFileUniqueBytes);
  FIRN_ASSIGN(ModuleCipher cipher, ModuleCipher::Make(key, file_unique));
  encryption_ = FileEncryption{std::move(cipher), file_unique};
  style_.encrypted = true;
  style_.version_2 = false;
  return Ok();
}

Status ParquetEncoder::Write(std::string_view bytes) {
  FIRN_TRY(sink_(bytes));
  position_ += static_cast<int64_t>(bytes.size());
  return Ok();
}

std::vector<ChunkEncoder> ParquetEncoder::ChunksOf(const Batches& batches) const {
  std::vector<ChunkEncoder> chunks;
  for (size_t i = 0; i < file_.leaves.size(); ++i) {
    PageStyle style = style_;
    style.compression.compression = compressions_[i];
    chunks.emplace_back(LeafReader(file_.leaves[i], batches), style, storage_[i], limits_);
  }
  return chunks;
}

// Whether no column of a file with these rows has more than one page.
bool ParquetEncoder::IsOnePage(const Batches& batches) const {
  int64_t rows = 0;
  for (const auto& batch : batches)
    rows += batch->num_rows();
  const int64_t page_bytes = limits_.bytes > 0 ? static_cast<int64_t>(limits_.bytes) : kPageBytes;
  return rows <= static_cast<int64_t>(limits_.rows) && TotalBytes(batches) <= page_bytes;
}

Status ParquetEncoder::WriteRowGroup(const Batches& batches, bool is_last) {
  if (file_.row_groups.empty()) {
    file_.has_index = page_index_.value_or(!(is_last && IsOnePage(batches)));
  }
  std::vector<ChunkEncoder> chunks = ChunksOf(batches);
  RowGroupInfo& group = file_.row_groups.emplace_back();
  for (const auto& batch : batches)
    group.rows += batch->num_rows();
  group.chunks.resize(chunks.size());
  const size_t threads = TotalBytes(batches) < kThreadBytesMin ? 1 : kThreads;
  Toolbox toolbox;
  ForgetOldChoices(group.rows);
  FIRN_TRY(Plan(chunks, threads, toolbox));
  for (size_t i = 0; i < chunks.size(); ++i) {
    group.chunks[i].codec = chunks[i].codec();
    group.chunks[i].geospatial = chunks[i].geospatial();
  }
  FIRN_TRY(Encode(chunks, threads, toolbox));
  return WriteBloomFilters(chunks);
}

// A row group of far more rows than were sampled has its own choice, too.
void ParquetEncoder::ForgetOldChoices(int64_t rows) {
  if (rows_since_ >= kRowsOfChoice || rows > 2 * rows_sampled_) {
    choices_.assign(choices_.size(), std::nullopt);
    rows_sampled_ = rows;
    rows_since_ = 0;
  }
  rows_since_ += rows;
}

Status ParquetEncoder::Plan(std::vector<ChunkEncoder>& chunks, size_t threads, Toolbox& toolbox) {
  FIRN_TRY(ParallelFor(chunks.size(), threads, [&](size_t i) {
    return toolbox.With([&](EncodingTools& tools) { return chunks[i].Plan(choices_[i], tools); });
  }));
  for (size_t i = 0; i < chunks.size(); ++i)
    choices_[i] = chunks[i].choice();
  return Ok();
}

// They stand behind the row group's pages.
Status ParquetEncoder::WriteBloomFilters(const std::vector<ChunkEncoder>& chunks) {
  ByteBuffer filter;
  for (size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i].bloom_filter() == nullptr) continue;
    filter.Clear();
    FIRN_TRY(chunks[i].bloom_filter()->AppendTo(filter));
    if (encryption_) FIRN_TRY(EncryptFilter(i, chunks[i].bloom_filter()->blocks_bytes(), filter));
    ColumnChunk& chunk = file_.row_groups.back().chunks[i];
    chunk.bloom_filter_offset = position_;
    chunk.bloom_filter_bytes = static_cast<int64_t>(filter.size());
    FIRN_TRY(Write(filter.view()));
  }
  return Ok();
}

Status ParquetEncoder::Encode(const std::vector<ChunkEncoder>& chunks, size_t threads,
                              Toolbox& toolbox) {
  const std::vector<Piece> pieces = PiecesOf(chunks);
  RowGroupInfo& group = file_.row_groups.back();
  OrderedQueue queue(kHeldBytesMax, [&](size_t number, EncodedPages pages) -> Status {
    const size_t chunk = pieces[number].chunk;
    if (encryption_) FIRN_TRY(Encrypt(chunk, pages));
    group.chunks[chunk].Add(file_.leaves[chunk], position_, std::move(pages.pages));
    return Write(pages.bytes.view());
  });
  return ParallelFor(pieces.size(), threads, [&](size_t number) {
    const Piece& piece = pieces[number];
    return queue.Run(number, [&](EncodedPages& pages) {
      return toolbox.With([&](EncodingTools& tools) {
        return chunks[piece.chunk].EncodePiece(piece.number, tools, pages);
      });
    });
  });
}

// Pages come in their order, so the chunk knows how many there were.
Status ParquetEncoder::Encrypt(size_t column, EncodedPages& pages) const {
  const ModuleCipher& cipher = encryption_->cipher;
  Module module{ModuleType::kDataPage, file_.row_groups.size() - 1, column,
                file_.row_groups.back().chunks[column].pages().size()};
  ByteBuffer encrypted;
  std::string_view rest = pages.bytes.view();
  for (PageInfo& page : pages.pages) {
    const bool is_data = page.type != PageType::kDictionary;
    const std::string_view plain = rest.substr(0, static_cast<size_t>(page.size_bytes));
    const auto header = static_cast<size_t>(page.header_bytes);
    const size_t before = encrypted.size();
    module.type = is_data ? ModuleType::kDataPageHeader : ModuleType::kDictionaryPageHeader;
    FIRN_TRY(cipher.Append(module, plain.substr(0, header), encrypted));
    module.type = is_data ? ModuleType::kDataPage : ModuleType::kDictionaryPage;
    FIRN_TRY(cipher.Append(module, plain.substr(header), encrypted));
    rest.remove_prefix(plain.size());
    page.size_bytes = static_cast<int64_t>(encrypted.size() - before);
    if (is_data) ++module.page;
  }
  pages.bytes = std::move(encrypted);
  return Ok();
}

Status ParquetEncoder::EncryptFilter(size_t column, size_t blocks_bytes, ByteBuffer& filter) const {
  const std::string plain(filter.view());
  const size_t header = plain.size() - blocks_bytes;
  const size_t group = file_.row_groups.size() - 1;
  filter.Clear();
  FIRN_TRY(encryption_->cipher.Append({ModuleType::kBloomFilterHeader, group, column},
                                      std::string_view(plain).substr(0, header), filter));
  return encryption_->cipher.Append({ModuleType::kBloomFilterBitset, group, column},
                                    std::string_view(plain).substr(header), filter);
}

Status ParquetEncoder::WriteFooter() {
  ByteBuffer footer;
  FIRN_TRY(AppendFooter(file_, *descriptor_, *layout_, position_, encryption_, footer));
  return Write(footer.view());
}

}  // namespace firn::datafile
