// SPDX-License-Identifier: Apache-2.0
//
// A stored model: "FIRNLSA1", dimensions and terms (4 bytes each), corpus (8 bytes), the hashes of
// terms in order (8 bytes each), their weights (4 bytes each), their places (4 bytes each number),
// and the CRC-32 of all that. Little-endian. The checksum is also the model's version.

#include "firn/search/latent_model.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "firn/base/bytes.h"
#include "firn/base/digest.h"
#include "firn/search/truncated_svd.h"

namespace firn::search {
namespace {

constexpr std::string_view kMagic = "FIRNLSA1";
constexpr std::string_view kMethod = "1.";  // Begins versions: how terms are counted and weighed.
constexpr size_t kHeadBytes = 24;
constexpr size_t kChecksumBytes = 4;
constexpr size_t kDimensionsMax = 4096;
constexpr size_t kTermsMax = size_t{1} << 24;
constexpr size_t kFewTexts = 50;

// A word counts for more the more often it occurs, but not as much as often.
float Damped(uint32_t count) {
  return 1 + std::log(static_cast<float>(count));
}

template <typename Number>
void AppendAll(const std::vector<Number>& numbers, std::string& out) {
  out.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
}

template <typename Number>
std::vector<Number> TakeAll(std::string_view& bytes, size_t count) {
  std::vector<Number> numbers(count);
  std::copy_n(bytes.data(), count * sizeof(Number), reinterpret_cast<char*>(numbers.data()));
  bytes.remove_prefix(count * sizeof(Number));
  return numbers;
}

// The words to go by: in more than one text (where there are many), in less than half of them, the
// most frequent ones.
LatentTerms ChooseTerms(const std::unordered_map<uint64_t, uint32_t>& texts_with, size_t texts,
                        size_t terms_max) {
  const bool few = texts < kFewTexts;
  std::vector<std::pair<uint32_t, uint64_t>> ranked;
  for (const auto& [term, count] : texts_with) {
    if (few || (count > 1 && count <= texts / 2)) ranked.emplace_back(count, term);
  }
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (ranked.size() > terms_max) ranked.resize(terms_max);
  std::ranges::sort(ranked, {}, &std::pair<uint32_t, uint64_t>::second);
  LatentTerms chosen;
  for (const auto& [count, term] : ranked) {
    chosen.terms.push_back(term);
    chosen.weights.push_back(
        std::log(static_cast<float>(texts + 1) / static_cast<float>(count + 1)) + 1);
  }
  return chosen;
}

std::optional<size_t> Find(const std::vector<uint64_t>& sorted, uint64_t term) {
  const auto found = std::ranges::lower_bound(sorted, term);
  if (found == sorted.end() || *found != term) return std::nullopt;
  return static_cast<size_t>(found - sorted.begin());
}

// Ends a row, giving it the length 1.
void EndRow(size_t begin, SparseMatrix& matrix) {
  double squares = 0;
  for (size_t at = begin; at < matrix.values.size(); ++at)
    squares += double{matrix.values[at]} * matrix.values[at];
  for (size_t at = begin; at < matrix.values.size(); ++at)
    matrix.values[at] /= static_cast<float>(std::sqrt(squares));
  matrix.EndRow();
}

}  // namespace

Result<std::vector<Vector>> LatentModel::Embed(std::span<const std::string_view> texts) const {
  std::vector<Vector> vectors;
  for (const std::string_view text : texts)
    vectors.push_back(VectorOf(CountTerms(text)));
  return vectors;
}

// In the order of terms: sums of floats depend on it.
Vector LatentModel::VectorOf(const TermCounts& counts) const {
  std::vector<std::pair<size_t, float>> known;
  for (const auto& [term, count] : counts) {
    const auto at = Find(learnt_.terms, term);
    if (at) known.emplace_back(*at, Damped(count) * learnt_.weights[*at]);
  }
  std::ranges::sort(known);
  Vector vector(learnt_.dimensions);
  for (const auto& [at, weight] : known) {
    const float* const place = &learnt_.places[at * vector.size()];
    for (size_t i = 0; i < vector.size(); ++i)
      vector[i] += weight * place[i];
  }
  Normalise(vector);
  return vector;
}

std::string LatentModel::Serialise() const {
  std::string bytes(kMagic);
  AppendLittleEndian(bytes, static_cast<uint32_t>(learnt_.dimensions));
  AppendLittleEndian(bytes, static_cast<uint32_t>(learnt_.terms.size()));
  AppendLittleEndian(bytes, learnt_.corpus);
  AppendAll(learnt_.terms, bytes);
  AppendAll(learnt_.weights, bytes);
  AppendAll(learnt_.places, bytes);
  AppendLittleEndian(bytes, Crc32(bytes));
  return bytes;
}

LatentModel::LatentModel(LatentTerms learnt) : learnt_(std::move(learnt)) {
  const std::string bytes = Serialise();
  const std::string checksum = bytes.substr(bytes.size() - kChecksumBytes);
  version_ = std::string(kMethod) + HexEncode(checksum);
}

Result<LatentModel> LatentModel::Parse(std::string_view bytes) {
  const Error broken = Corrupt("the model of embeddings is damaged");
  if (bytes.size() < kHeadBytes + kChecksumBytes || !bytes.starts_with(kMagic)) return broken;
  const std::string_view checksum = bytes.substr(bytes.size() - kChecksumBytes);
  bytes.remove_suffix(kChecksumBytes);
  if (Crc32(bytes) != ReadLittleEndian<uint32_t>(checksum)) return broken;
  LatentTerms learnt;
  learnt.dimensions = ReadLittleEndian<uint32_t>(bytes.substr(8));
  const size_t terms = ReadLittleEndian<uint32_t>(bytes.substr(12));
  learnt.corpus = ReadLittleEndian<int64_t>(bytes.substr(16));
  bytes.remove_prefix(kHeadBytes);
  if (learnt.dimensions > kDimensionsMax || terms > kTermsMax ||
      bytes.size() != terms * (sizeof(uint64_t) + (1 + learnt.dimensions) * sizeof(float))) {
    return broken;
  }
  learnt.terms = TakeAll<uint64_t>(bytes, terms);
  learnt.weights = TakeAll<float>(bytes, terms);
  learnt.places = TakeAll<float>(bytes, terms * learnt.dimensions);
  return LatentModel(std::move(learnt));
}

Result<std::vector<Vector>> LatentFitter::Embed(std::span<const std::string_view> texts) const {
  for (const std::string_view text : texts) {
    const TermCounts counts = CountTerms(text);
    Text learnt{SipHash128(text, 0, 0), {counts.begin(), counts.end()}};
    std::ranges::sort(learnt.counts);
    const std::scoped_lock lock(mutex_);
    texts_.push_back(std::move(learnt));
  }
  return std::vector<Vector>(texts.size());
}

size_t LatentFitter::texts() const {
  const std::scoped_lock lock(mutex_);
  return texts_.size();
}

LatentModel LatentFitter::Fit(int64_t corpus) {
  const std::scoped_lock lock(mutex_);
  std::ranges::sort(texts_, {}, &Text::hash);
  std::unordered_map<uint64_t, uint32_t> texts_with;
  for (const Text& text : texts_) {
    for (const auto& [term, count] : text.counts)
      ++texts_with[term];
  }
  LatentTerms chosen = ChooseTerms(texts_with, texts_.size(), options_.terms_max);
  SparseMatrix matrix;
  for (const Text& text : texts_) {
    const size_t begin = matrix.values.size();
    for (const auto& [term, count] : text.counts) {
      const auto column = Find(chosen.terms, term);
      if (!column) continue;
      matrix.columns.push_back(static_cast<uint32_t>(*column));
      matrix.values.push_back(Damped(count) * chosen.weights[*column]);
    }
    EndRow(begin, matrix);
  }
  SingularVectors found =
      ComputeSingularVectors(matrix, chosen.terms, options_.dimensions_max, options_.threads);
  chosen.corpus = corpus;
  chosen.dimensions = found.count;
  chosen.places = std::move(found.values);
  return LatentModel(std::move(chosen));
}

}  // namespace firn::search
