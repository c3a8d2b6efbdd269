// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a Puffin file: its footer, its blobs under every codec, and each blob as a deletion
// vector and as a theta sketch. Then the bytes themselves as those two. What is read writes back.

#include "firn/base/assert.h"
#include "firn/datafile/deletion_vector.h"
#include "firn/datafile/puffin.h"
#include "firn/datafile/theta_sketch.h"
#include "firn/io/memory_file_io.h"

namespace firn {
namespace {

constexpr int64_t kBlobBytesMax = int64_t{1} << 20;

void TryBitmap(const Result<datafile::PositionBitmap>& bitmap) {
  if (!bitmap) return;
  const auto again = datafile::PositionBitmap::Parse(bitmap->Serialize());
  FIRN_ASSERT(again.has_value() && *again == *bitmap);
  const auto first = bitmap->Within(0, int64_t{1} << 20);
  FIRN_ASSERT(static_cast<int64_t>(first.size()) <= bitmap->cardinality());
}

void TryPayload(std::string_view payload) {
  TryBitmap(datafile::DecodeDeletionVector(payload));
  TryBitmap(datafile::PositionBitmap::Parse(payload));
  const auto sketch = datafile::CompactTheta::Parse(payload);
  if (!sketch) return;
  const auto again = datafile::CompactTheta::Parse(sketch->Serialize());
  FIRN_ASSERT(again.has_value() && *again == *sketch);
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  TryPayload(bytes);
  io::MemoryFileIO files;
  files.Replace("file:///fuzz", std::string(bytes));
  const auto reader = datafile::PuffinReader::Open(files, "file:///fuzz");
  if (!reader) return;
  for (const datafile::PuffinBlob& blob : reader->footer().blobs) {
    const auto payload = reader->Read(blob, kBlobBytesMax);
    if (payload) TryPayload(*payload);
  }
}

}  // namespace firn
