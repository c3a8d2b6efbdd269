// SPDX-License-Identifier: Apache-2.0

#include "firn/avro/file_writer.h"

#include "firn/avro/encoder.h"
#include "firn/base/compression.h"
#include "firn/base/digest.h"

namespace firn::avro {
namespace {

constexpr size_t kBlockBytes = size_t{64} << 10;
constexpr size_t kSyncBytes = 16;

}  // namespace

Result<FileWriter> FileWriter::Open(std::unique_ptr<io::OutputFile> file, std::string_view schema,
                                    const std::map<std::string, std::string>& metadata,
                                    Codec codec) {
  FileWriter writer(std::move(file), codec);
  std::string header("Obj\1", 4);
  AppendLong(header, static_cast<int64_t>(metadata.size()) + 2);
  AppendBytes(header, "avro.schema");
  AppendBytes(header, schema);
  AppendBytes(header, "avro.codec");
  AppendBytes(header, codec == Codec::kDeflate ? "deflate" : "null");
  for (const auto& [key, value] : metadata) {
    AppendBytes(header, key);
    AppendBytes(header, value);
  }
  AppendLong(header, 0);
  const auto digest = Sha1(header + std::string(writer.file_->location()));
  writer.sync_.assign(reinterpret_cast<const char*>(digest.data()), kSyncBytes);
  FIRN_TRY(writer.file_->Write(header + writer.sync_));
  return writer;
}

Status FileWriter::Append(std::string_view object) {
  block_.append(object);
  ++objects_;
  return block_.size() < kBlockBytes ? Ok() : FlushBlock();
}

Status FileWriter::FlushBlock() {
  if (objects_ == 0) return Ok();
  std::string packed;
  if (codec_ == Codec::kDeflate) {
    FIRN_ASSIGN(packed, Deflate(block_, DeflateFormat::kRaw));
    block_.swap(packed);
  }
  std::string head;
  AppendLong(head, objects_);
  AppendLong(head, static_cast<int64_t>(block_.size()));
  FIRN_TRY(file_->Write(head));
  FIRN_TRY(file_->Write(block_));
  FIRN_TRY(file_->Write(sync_));
  block_.clear();
  objects_ = 0;
  return Ok();
}

Result<int64_t> FileWriter::Close() {
  FIRN_TRY(FlushBlock());
  const int64_t size = file_->position();
  FIRN_TRY(file_->Close());
  return size;
}

}  // namespace firn::avro
