// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a CSV file: reading ends, the pieces tile the file in order, lines count up.

#include <memory>
#include <string_view>

#include "firn/base/assert.h"
#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/csv/csv_sniff.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/memory_file_io.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  constexpr char kLocation[] = "file:///fuzz";
  io::MemoryFileIO files;
  files.Replace(kLocation, std::string(bytes));
  auto input = files.Open(kLocation);
  FIRN_ASSERT(input.has_value());
  const auto size = static_cast<int64_t>(bytes.size());
  auto reader = ingest::SourceReader::Open(std::move(*input), 0, size);
  FIRN_ASSERT(reader.has_value());
  const auto layout = ingest::SniffCsv(bytes.substr(0, 65536), true);
  ingest::CsvReader records(**reader, layout ? layout->dialect : ingest::CsvDialect{}, 1, 64);
  const bool marked = bytes.starts_with("\xef\xbb\xbf");
  int64_t end = marked ? 3 : 0;
  while (true) {
    const auto record = records.Next();
    FIRN_ASSERT(record.has_value());
    if (!*record) break;
    FIRN_ASSERT((*record)->offset == end);
    end = (*reader)->offset();
    FIRN_ASSERT(end > (*record)->offset);
    FIRN_ASSERT(records.line() >= (*record)->line);
  }
  FIRN_ASSERT((*reader)->offset() == size);
}

}  // namespace firn
