// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace firn::search {

/// A matrix that is mostly 0, row by row.
struct SparseMatrix {
  std::vector<size_t> row_ends;  ///< Of each row, where its entries end in the two below.
  std::vector<uint32_t> columns;
  std::vector<float> values;

  size_t rows() const { return row_ends.size(); }
  void EndRow() { row_ends.push_back(columns.size()); }
};

/// The directions in which the rows of a matrix differ most: its first right singular vectors.
struct SingularVectors {
  size_t count = 0;
  std::vector<float> values;  ///< A row of `count` numbers for each column of the matrix.
};

/// Computes up to `count_max` right singular vectors by subspace iteration (Halko, Martinsson,
/// Tropp 2011, algorithm 4.4). `seeds`, one for each column, is where the iteration begins: equal
/// matrices and seeds give equal vectors, on however many threads. Vectors that nothing of the
/// matrix lies along are left out; the largest number of each is positive.
SingularVectors ComputeSingularVectors(const SparseMatrix& matrix, std::span<const uint64_t> seeds,
                                       size_t count_max, size_t threads);

}  // namespace firn::search
