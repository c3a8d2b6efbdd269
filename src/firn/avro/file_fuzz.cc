// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an Avro file: every object is passed over, whatever the file says it is.

#include "firn/avro/file_reader.h"
#include "firn/io/memory_file_io.h"

namespace firn {
namespace {

Status ReadWhole(io::FileIO& io) {
  FIRN_ASSIGN(auto file, io.Open("file:///fuzz"));
  FIRN_ASSIGN(auto reader, avro::FileReader::Open(std::move(file), {1 << 20, 1 << 20}));
  while (true) {
    FIRN_ASSIGN(const bool more, reader.Next());
    if (!more) return Ok();
    FIRN_TRY(reader.decoder().Skip(reader.schema()));
  }
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  io::MemoryFileIO io;
  io.Replace("file:///fuzz", std::string(bytes));
  ReadWhole(io).Ignore("an error is a fine answer");
}

}  // namespace firn
