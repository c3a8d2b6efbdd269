// SPDX-License-Identifier: Apache-2.0
//
// The writer of data files without what makes the rows, for measurements beside other engines
// (bench/write runs both):
//
//   write_bench ROWS.arrow FOLDER [memory]
//                           writes the rows of an Arrow IPC file as a table's data files at zstd 3,
//                           from the file batch by batch, or from memory with all of them read
//                           before
//
// Prints one line of JSON: rows, files, bytes, seconds of writing and of CPU for it. Files are
// synced as always.

#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>

#include "firn/base/env.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/table/metadata.h"

namespace firn {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using Reader = arrow::ipc::RecordBatchFileReader;

Result<std::shared_ptr<Reader>> OpenRows(const std::string& path) {
  FIRN_ASSIGN(auto file, datafile::FromArrow(arrow::io::ReadableFile::Open(path)));
  return datafile::FromArrow(Reader::Open(file));
}

Result<std::unique_ptr<datafile::TableWriter>> OpenWriter(const arrow::Schema& schema,
                                                          const std::string& folder,
                                                          io::FileIO& files, Env& env) {
  table::NewTable wanted;
  FIRN_ASSIGN(wanted.schema, datafile::FromArrow(schema));
  wanted.location = io::FileLocation(folder);
  FIRN_ASSIGN(const auto metadata, table::NewTableMetadata(wanted, env));
  FIRN_ASSIGN(auto options,
              datafile::WriterOptionsFrom({{"write.parquet.compression-codec", "zstd"},
                                           {"write.parquet.compression-level", "3"}}));
  return datafile::TableWriter::Open(metadata, "bench", files, env, std::move(options));
}

Status Run(const std::string& rows, const std::string& folder, bool from_memory) {
  const auto env = MakeSystemEnv();
  io::LocalFileIO files(*env);
  FIRN_ASSIGN(const auto reader, OpenRows(rows));
  std::vector<BatchPtr> batches(static_cast<size_t>(reader->num_record_batches()));
  const auto read = [&](size_t i) -> Status {
    FIRN_ASSIGN(batches[i], datafile::FromArrow(reader->ReadRecordBatch(static_cast<int>(i))));
    return Ok();
  };
  for (size_t i = 0; from_memory && i < batches.size(); ++i)
    FIRN_TRY(read(i));
  const int64_t begin = env->MonotonicMicros();
  const std::clock_t cpu_begin = std::clock();
  FIRN_ASSIGN(const auto writer, OpenWriter(*reader->schema(), folder, files, *env));
  for (size_t i = 0; i < batches.size(); ++i) {
    if (!from_memory) FIRN_TRY(read(i));
    FIRN_TRY(writer->Write(batches[i]));
    batches[i].reset();
  }
  const int64_t written = writer->rows_written();
  FIRN_ASSIGN(const auto described, writer->Close());
  int64_t bytes = 0;
  for (const table::DataFile& file : described)
    bytes += file.file_size_bytes;
  std::printf(
      "{\"rows\": %lld, \"files\": %zu, \"bytes\": %lld, \"seconds\": %.4f, \"cpu\": %.4f}\n",
      static_cast<long long>(written), described.size(), static_cast<long long>(bytes),
      static_cast<double>(env->MonotonicMicros() - begin) / 1e6,
      static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC);
  return Ok();
}

}  // namespace
}  // namespace firn

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: write_bench ROWS.arrow FOLDER [memory]\n");
    return 2;
  }
  const firn::Status done =
      firn::Run(argv[1], argv[2], argc > 3 && std::string(argv[3]) == "memory");
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.error().ToString().c_str());
  return 1;
}
