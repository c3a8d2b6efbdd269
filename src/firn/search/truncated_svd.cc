// SPDX-License-Identifier: Apache-2.0
//
// A dense matrix is kept as strips of 16 columns, each row by row: a strip is multiplied without
// regard to the others, so strips go to threads, and the innermost loops have a length that the
// compiler knows and turns into vector instructions.

#include "firn/search/truncated_svd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "firn/base/parallel.h"

namespace firn::search {
namespace {

constexpr size_t kStripWidth = 16;
constexpr size_t kOversampling = 16;
constexpr int kIterations = 4;
constexpr int kSweepsMax = 40;
constexpr double kSmallestShare = 1e-9;  // Of the largest eigenvalue.

using Lane = std::array<float, kStripWidth>;

// Rows by `strips.size() * kStripWidth` numbers.
struct StripMatrix {
  StripMatrix(size_t rows, size_t width)
      : strips((width + kStripWidth - 1) / kStripWidth, std::vector<Lane>(rows, Lane{})) {}

  size_t width() const { return strips.size() * kStripWidth; }
  size_t rows() const { return strips.front().size(); }
  float& At(size_t row, size_t column) {
    return strips[column / kStripWidth][row][column % kStripWidth];
  }
  float At(size_t row, size_t column) const {
    return strips[column / kStripWidth][row][column % kStripWidth];
  }

  std::vector<std::vector<Lane>> strips;
};

void ForEachStrip(size_t count, size_t threads, const std::function<void(size_t)>& body) {
  const auto run = [&body](size_t strip) -> Status {
    body(strip);
    return Ok();
  };
  ParallelFor(count, threads, run).Ignore("the body cannot fail");
}

inline void AddScaled(float factor, const Lane& from, Lane& to) {
  for (size_t i = 0; i < kStripWidth; ++i)
    to[i] += factor * from[i];
}

// `matrix * dense`
StripMatrix Multiply(const SparseMatrix& matrix, const StripMatrix& dense, size_t threads) {
  StripMatrix product(matrix.rows(), dense.width());
  ForEachStrip(dense.strips.size(), threads, [&](size_t strip) {
    const std::vector<Lane>& from = dense.strips[strip];
    size_t entry = 0;
    for (size_t row = 0; row < matrix.rows(); ++row) {
      Lane& to = product.strips[strip][row];
      for (; entry < matrix.row_ends[row]; ++entry)
        AddScaled(matrix.values[entry], from[matrix.columns[entry]], to);
    }
  });
  return product;
}

// `transpose(matrix) * dense`
StripMatrix MultiplyTransposed(const SparseMatrix& matrix, const StripMatrix& dense, size_t columns,
                               size_t threads) {
  StripMatrix product(columns, dense.width());
  ForEachStrip(dense.strips.size(), threads, [&](size_t strip) {
    std::vector<Lane>& to = product.strips[strip];
    size_t entry = 0;
    for (size_t row = 0; row < matrix.rows(); ++row) {
      const Lane& from = dense.strips[strip][row];
      for (; entry < matrix.row_ends[row]; ++entry)
        AddScaled(matrix.values[entry], from, to[matrix.columns[entry]]);
    }
  });
  return product;
}

// splitmix64 (Steele, Lea, Flood 2014).
uint64_t NextRandom(uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
  return z ^ (z >> 31U);
}

// A number of -1 to 1: any distribution does that prefers no direction much.
float RandomNumber(uint64_t& state) {
  return static_cast<float>(static_cast<double>(NextRandom(state) >> 11U) / 4503599627370496.0 - 1);
}

StripMatrix RandomStart(std::span<const uint64_t> seeds, size_t width) {
  StripMatrix start(seeds.size(), width);
  for (size_t row = 0; row < seeds.size(); ++row) {
    uint64_t state = seeds[row];
    for (size_t column = 0; column < width; ++column)
      start.At(row, column) = RandomNumber(state);
  }
  return start;
}

float Dot(const std::vector<float>& a, const std::vector<float>& b) {
  Lane sums{};
  const size_t whole = a.size() / kStripWidth * kStripWidth;
  for (size_t at = 0; at < whole; at += kStripWidth) {
    for (size_t i = 0; i < kStripWidth; ++i)
      sums[i] += a[at + i] * b[at + i];
  }
  double sum = 0;
  for (const float part : sums)
    sum += part;
  for (size_t at = whole; at < a.size(); ++at)
    sum += double{a[at]} * b[at];
  return static_cast<float>(sum);
}

void Subtract(float factor, const std::vector<float>& from, std::vector<float>& to) {
  const size_t whole = to.size() / kStripWidth * kStripWidth;
  for (size_t at = 0; at < whole; at += kStripWidth) {
    for (size_t i = 0; i < kStripWidth; ++i)
      to[at + i] -= factor * from[at + i];
  }
  for (size_t at = whole; at < to.size(); ++at)
    to[at] -= factor * from[at];
}

// Makes the columns of a matrix orthogonal and of length 1 (Gram-Schmidt, modified; a second time
// makes good what numbers of 24 bits lose the first); columns that lie among those before them
// become 0.
void Orthonormalise(StripMatrix& matrix, int times) {
  std::vector<std::vector<float>> columns(matrix.width(), std::vector<float>(matrix.rows()));
  for (size_t column = 0; column < columns.size(); ++column) {
    for (size_t row = 0; row < matrix.rows(); ++row)
      columns[column][row] = matrix.At(row, column);
  }
  for (size_t column = 0; column < columns.size(); ++column) {
    std::vector<float>& own = columns[column];
    const float before = std::sqrt(Dot(own, own));
    for (int time = 0; time < times; ++time) {
      for (size_t other = 0; other < column; ++other)
        Subtract(Dot(own, columns[other]), columns[other], own);
    }
    const float length = std::sqrt(Dot(own, own));
    const float scale = length > 1e-5F * before ? 1 / length : 0;
    for (size_t row = 0; row < matrix.rows(); ++row)
      matrix.At(row, column) = own[row] *= scale;
  }
}

// A square matrix, row by row.
struct Square {
  explicit Square(size_t edge) : size(edge), values(edge * edge) {}
  double& At(size_t row, size_t column) { return values[row * size + column]; }

  size_t size;
  std::vector<double> values;
};

// `transpose(matrix) * matrix`
Square GramOf(const StripMatrix& matrix) {
  Square gram(matrix.width());
  std::vector<double> row(gram.size);
  for (size_t at = 0; at < matrix.rows(); ++at) {
    for (size_t column = 0; column < gram.size; ++column)
      row[column] = matrix.At(at, column);
    for (size_t i = 0; i < gram.size; ++i) {
      double* const out = &gram.values[i * gram.size];
      for (size_t j = 0; j < gram.size; ++j)
        out[j] += row[i] * row[j];
    }
  }
  return gram;
}

// Turns rows and columns p and q of a symmetric matrix so that its entry (p, q) becomes 0.
void Rotate(size_t p, size_t q, Square& symmetric, Square& vectors) {
  const double off = symmetric.At(p, q);
  const double theta = (symmetric.At(q, q) - symmetric.At(p, p)) / (2 * off);
  const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1);
  const double s = t * c;
  for (size_t i = 0; i < symmetric.size; ++i) {
    const double ip = symmetric.At(i, p), iq = symmetric.At(i, q);
    symmetric.At(i, p) = c * ip - s * iq;
    symmetric.At(i, q) = s * ip + c * iq;
  }
  for (size_t i = 0; i < symmetric.size; ++i) {
    const double pi = symmetric.At(p, i), qi = symmetric.At(q, i);
    symmetric.At(p, i) = c * pi - s * qi;
    symmetric.At(q, i) = s * pi + c * qi;
    const double vp = vectors.At(i, p), vq = vectors.At(i, q);
    vectors.At(i, p) = c * vp - s * vq;
    vectors.At(i, q) = s * vp + c * vq;
  }
}

// Jacobi's method: `symmetric` ends as its eigenvalues on the diagonal; returns the vectors, each a
// column.
Square Diagonalise(Square& symmetric) {
  Square vectors(symmetric.size);
  double trace = 0;
  for (size_t i = 0; i < symmetric.size; ++i) {
    vectors.At(i, i) = 1;
    trace += symmetric.At(i, i);
  }
  const double enough = trace * 1e-12;
  for (int sweep = 0; sweep < kSweepsMax; ++sweep) {
    bool turned = false;
    for (size_t p = 0; p < symmetric.size; ++p) {
      for (size_t q = p + 1; q < symmetric.size; ++q) {
        if (std::abs(symmetric.At(p, q)) <= enough) continue;
        Rotate(p, q, symmetric, vectors);
        turned = true;
      }
    }
    if (!turned) break;
  }
  return vectors;
}

// `basis` times the chosen columns of `vectors`, the largest number of each made positive.
SingularVectors Combine(const StripMatrix& basis, Square& vectors,
                        const std::vector<size_t>& chosen) {
  SingularVectors made;
  made.count = chosen.size();
  made.values.resize(basis.rows() * made.count);
  std::vector<float> largest(made.count);
  for (size_t row = 0; row < basis.rows(); ++row) {
    for (size_t k = 0; k < made.count; ++k) {
      double sum = 0;
      for (size_t i = 0; i < vectors.size; ++i)
        sum += basis.At(row, i) * vectors.At(i, chosen[k]);
      const auto value = static_cast<float>(sum);
      made.values[row * made.count + k] = value;
      if (std::abs(value) > std::abs(largest[k])) largest[k] = value;
    }
  }
  for (size_t at = 0; at < made.values.size(); ++at)
    made.values[at] *= largest[at % made.count] < 0 ? -1.0F : 1.0F;
  return made;
}

}  // namespace

SingularVectors ComputeSingularVectors(const SparseMatrix& matrix, std::span<const uint64_t> seeds,
                                       size_t count_max, size_t threads) {
  const size_t columns = seeds.size();
  const size_t rank_max = std::min({count_max, matrix.rows(), columns});
  if (rank_max == 0) return {};
  StripMatrix basis = RandomStart(seeds, rank_max + kOversampling);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    basis = MultiplyTransposed(matrix, Multiply(matrix, basis, threads), columns, threads);
    Orthonormalise(basis, iteration + 1 < kIterations ? 1 : 2);
  }
  Square projected = GramOf(Multiply(matrix, basis, threads));
  Square vectors = Diagonalise(projected);
  std::vector<size_t> order(projected.size);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, [&](size_t a, size_t b) { return projected.At(a, a) > projected.At(b, b); });
  const double smallest = projected.At(order[0], order[0]) * kSmallestShare;
  order.resize(rank_max);
  std::erase_if(order, [&](size_t i) { return projected.At(i, i) <= smallest; });
  return order.empty() ? SingularVectors{} : Combine(basis, vectors, order);
}

}  // namespace firn::search
