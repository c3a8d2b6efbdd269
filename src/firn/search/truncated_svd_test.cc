// SPDX-License-Identifier: Apache-2.0

#include "firn/search/truncated_svd.h"

#include <cmath>

#include "firn/base/testing.h"

namespace firn::search {
namespace {

using testing::FloatNear;
using testing::IsEmpty;

SparseMatrix MatrixOf(const std::vector<std::vector<float>>& rows) {
  SparseMatrix matrix;
  for (const std::vector<float>& row : rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      if (row[column] == 0) continue;
      matrix.columns.push_back(static_cast<uint32_t>(column));
      matrix.values.push_back(row[column]);
    }
    matrix.EndRow();
  }
  return matrix;
}

// A matrix of `rows` by `columns` that looks like chance, with some structure.
SparseMatrix Scattered(size_t rows, size_t columns) {
  SparseMatrix matrix;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = row % 3; column < columns; column += 1 + (row * 7 + column * 3) % 5) {
      matrix.columns.push_back(static_cast<uint32_t>(column));
      matrix.values.push_back(static_cast<float>((row * 31 + column * 17) % 11) / 5);
    }
    matrix.EndRow();
  }
  return matrix;
}

std::vector<uint64_t> Seeds(size_t count) {
  std::vector<uint64_t> seeds;
  for (size_t i = 0; i < count; ++i)
    seeds.push_back(i * 77 + 5);
  return seeds;
}

TEST(SingularVectors, AreTheAxesOfADiagonalMatrix) {
  const SparseMatrix matrix = MatrixOf({{1, 0, 0}, {0, 0, 5}, {0, -3, 0}});
  const SingularVectors found = ComputeSingularVectors(matrix, Seeds(3), 2, 1);
  ASSERT_EQ(found.count, 2U);
  const float wanted[3][2] = {{0, 0}, {0, 1}, {1, 0}};
  for (size_t column = 0; column < 3; ++column) {
    for (size_t k = 0; k < 2; ++k)
      EXPECT_THAT(found.values[column * 2 + k], FloatNear(wanted[column][k], 1e-3F));
  }
}

TEST(SingularVectors, AreOrthogonalAndOfLengthOne) {
  const SingularVectors found = ComputeSingularVectors(Scattered(60, 40), Seeds(40), 12, 2);
  ASSERT_EQ(found.count, 12U);
  for (size_t a = 0; a < found.count; ++a) {
    for (size_t b = 0; b <= a; ++b) {
      double product = 0;
      for (size_t row = 0; row < 40; ++row)
        product += double{found.values[row * 12 + a]} * found.values[row * 12 + b];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-4);
    }
  }
}

TEST(SingularVectors, SatisfyTheirEquation) {
  const SparseMatrix matrix = Scattered(60, 40);
  const SingularVectors found = ComputeSingularVectors(matrix, Seeds(40), 3, 2);
  for (size_t k = 0; k < 3; ++k) {  // A'A v is along v.
    std::vector<double> image(40);
    for (size_t row = 0, entry = 0; row < matrix.rows(); ++row) {
      double product = 0;
      for (size_t at = entry; at < matrix.row_ends[row]; ++at)
        product += double{matrix.values[at]} * found.values[matrix.columns[at] * 3 + k];
      for (; entry < matrix.row_ends[row]; ++entry)
        image[matrix.columns[entry]] += matrix.values[entry] * product;
    }
    double length = 0, along = 0;
    for (size_t row = 0; row < 40; ++row) {
      length += image[row] * image[row];
      along += image[row] * found.values[row * 3 + k];
    }
    EXPECT_GT(along / std::sqrt(length), 0.999);
  }
}

TEST(SingularVectors, DoNotDependOnThreads) {
  const SparseMatrix matrix = Scattered(60, 40);
  EXPECT_EQ(ComputeSingularVectors(matrix, Seeds(40), 9, 1).values,
            ComputeSingularVectors(matrix, Seeds(40), 9, 4).values);
}

TEST(SingularVectors, AreAsManyAsTheMatrixHas) {
  const SparseMatrix matrix = MatrixOf({{1, 1, 0}, {2, 2, 0}, {3, 3, 0}});
  const SingularVectors found = ComputeSingularVectors(matrix, Seeds(3), 3, 1);
  ASSERT_EQ(found.count, 1U);
  EXPECT_THAT(found.values[0], FloatNear(std::sqrt(0.5F), 1e-4F));
  EXPECT_EQ(ComputeSingularVectors({}, Seeds(3), 3, 1).count, 0U);
  EXPECT_THAT(ComputeSingularVectors(MatrixOf({{0}}), Seeds(1), 3, 1).values, IsEmpty());
}

}  // namespace
}  // namespace firn::search
