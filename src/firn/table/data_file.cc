// SPDX-License-Identifier: Apache-2.0

#include "firn/table/data_file.h"

namespace firn::table {

std::string_view FormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kAvro:
      return "AVRO";
    case FileFormat::kOrc:
      return "ORC";
    case FileFormat::kPuffin:
      return "PUFFIN";
    default:
      return "PARQUET";
  }
}

}  // namespace firn::table
