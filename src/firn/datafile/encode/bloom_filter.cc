// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/bloom_filter.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

uint32_t BytesOf(const BloomFilterSize& size) {
  const auto values = static_cast<uint64_t>(std::max<int64_t>(size.values, 1));
  const uint32_t fitting = parquet::BlockSplitBloomFilter::OptimalNumOfBytes(values, size.fpp);
  // Sizes are powers of two.
  uint32_t bytes = parquet::BlockSplitBloomFilter::kMinimumBloomFilterBytes;
  while (bytes < fitting && int64_t{bytes} * 2 <= size.bytes_max)
    bytes *= 2;
  return bytes;
}

}  // namespace

BloomFilter::BloomFilter(const BloomFilterSize& size)
    : filter_(std::make_unique<parquet::BlockSplitBloomFilter>()) {
  filter_->Init(BytesOf(size));
}

Status BloomFilter::Add(const LeafRows& rows) {
  return WithoutExceptions([&]() -> Status {
    std::vector<uint64_t> hashes(SizeOf(rows.values));
    const auto count = static_cast<int>(hashes.size());
    const auto hash = [&](const auto& values) {
      using Value = typename std::decay_t<decltype(values)>::value_type;
      if constexpr (std::is_same_v<Value, std::string_view>) {
        // Those of one length are hashed like others: by their bytes.
        const std::vector<parquet::ByteArray> texts(values.begin(), values.end());
        filter_->Hashes(texts.data(), count, hashes.data());
      } else if constexpr (!std::is_same_v<Value, uint8_t>) {
        filter_->Hashes(values.data(), count, hashes.data());
      }
    };
    std::visit(hash, rows.values);
    filter_->InsertHashes(hashes.data(), count);
    return Ok();
  });
}

Status BloomFilter::AppendTo(ByteBuffer& out) const {
  return WithoutExceptions([&]() -> Status {
    auto stream = arrow::io::BufferOutputStream::Create();
    FIRN_TRY(FromArrow(stream.status()));
    filter_->WriteTo(stream->get());
    const auto bytes = (*stream)->Finish();
    FIRN_TRY(FromArrow(bytes.status()));
    out.Append(std::string_view(**bytes));
    return Ok();
  });
}

}  // namespace firn::datafile
