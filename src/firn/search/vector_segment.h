// SPDX-License-Identifier: Apache-2.0
//
// Vectors of many conversations in a file, a byte a number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/search/embedder.h"

namespace firn::search {

/// What is shown of a conversation that was found by its vector.
struct VectorPlace {
  std::string conversation_id;
  std::string platform;
  std::string summary;
  std::optional<int64_t> timestamp_micros;
};

/// Collects conversations, and writes them as a part of a file.
class VectorPartWriter {
 public:
  /// How many conversations make a part.
  static constexpr size_t kCountMax = 16 * 1024;

  /// `model` names what made the vectors, which have `dimensions` numbers.
  VectorPartWriter(std::string model, size_t dimensions);

  void Add(const VectorPlace& place, const Vector& vector);
  bool is_full() const { return scales_.size() == kCountMax; }
  bool empty() const { return scales_.empty(); }
  /// The bytes of the part; begins the next.
  std::string Finish();

 private:
  std::string model_;
  size_t dimensions_;
  std::vector<float> scales_;
  std::string numbers_, text_ends_, texts_;
};

/// A vector that others are compared with.
class VectorProbe {
 public:
  explicit VectorProbe(const Vector& vector);
  size_t dimensions() const { return numbers_.size(); }
  /// The product with a vector of as many bytes.
  float Dot(const char* numbers) const;

 private:
  std::vector<int16_t> numbers_;
  float scale_ = 0;
};

/// A part of a file. `file` outlives it.
class VectorPart {
 public:
  /// The part that begins at `offset`. Errors: `kCorrupt`.
  static Result<VectorPart> Open(const io::InputFile& file, int64_t offset);

  const std::string& model() const { return model_; }
  size_t count() const { return count_; }
  size_t dimensions() const { return dimensions_; }
  int64_t end() const { return end_; }  ///< Where the next part would begin.

  /// The products with all vectors of the part, appended to `scores`.
  Status AppendScores(const VectorProbe& probe, std::vector<float>& scores) const;
  Result<VectorPlace> PlaceAt(size_t row) const;
  Result<Vector> VectorAt(size_t row) const;
  /// Where a conversation is.
  Result<std::optional<size_t>> Find(std::string_view conversation_id) const;

 private:
  explicit VectorPart(const io::InputFile& file) : file_(&file) {}
  Result<std::string> ReadExactly(int64_t offset, size_t length) const;
  Result<std::vector<uint32_t>> ReadTextEnds() const;

  const io::InputFile* file_;
  std::string model_;
  size_t count_ = 0, dimensions_ = 0;
  int64_t scales_at_ = 0, numbers_at_ = 0, text_ends_at_ = 0, texts_at_ = 0, end_ = 0;
};

}  // namespace firn::search
