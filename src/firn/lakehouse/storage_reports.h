// SPDX-License-Identifier: Apache-2.0
//
// What is said of how a table is stored, and what one may change about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/lakehouse/reports.h"

namespace firn::lakehouse {

/// What one column takes in data files.
struct ColumnSizeRow {
  int32_t id = 0;
  std::string name;  ///< Dotted.
  std::string type;
  int64_t values = 0;
  std::optional<int64_t> plain_bytes;  ///< Before encoding; unset where a file does not tell.
  int64_t encoded_bytes = 0;           ///< Before compression,
  int64_t compressed_bytes = 0;        ///< and after it.
  std::string codecs;                  ///< "zstd"
  std::string encodings;               ///< "dictionary, plain"
  bool bloom_filter = false;
};

struct ColumnSizeReport {
  std::string table;
  int64_t files = 0;
  int64_t files_read = 0;  ///< Of which the rest speaks; fewer than `files` in large tables.
  int64_t rows = 0;
  std::vector<ColumnSizeRow> columns;
};

/// One change that a trial found worth it.
struct Advice {
  std::string subject;  ///< "codec", "encoding", "sort order", "bloom filter".
  std::string column;   ///< Empty where it is about the table.
  std::string change;   ///< "zstd, level 9"
  int64_t bytes_now = 0;
  int64_t bytes_then = 0;
  std::string note;                    ///< What else was measured.
  std::vector<NamedValue> properties;  ///< That bring it about.
};

struct AdviceReport {
  std::string table;
  int64_t sample_rows = 0;
  int64_t sample_bytes = 0;  ///< As files, the way the table is written now.
  std::vector<Advice> advice;
  std::string sort_by;  ///< The sort order advised; empty: none.
};

/// Changes of a table that no row notices: how it is written from now on.
struct AlterRequest {
  std::string table;
  std::vector<NamedValue> set;                      ///< Properties.
  std::vector<std::string> unset;                   ///< Names of properties.
  std::optional<std::vector<std::string>> sort_by;  ///< "a", "b desc"; empty: unsorted.
};

}  // namespace firn::lakehouse
