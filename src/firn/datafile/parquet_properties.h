// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <arrow/type_fwd.h>
#include <parquet/properties.h>

#include "firn/base/result.h"
#include "firn/datafile/data_file_writer.h"

namespace firn::datafile {

/// Decides how a file is encoded, from the settings and its first rows: all of them, if the file is
/// `whole`.
/// Errors: `kUnsupported` for a codec the library was built without.
Result<std::shared_ptr<parquet::WriterProperties>> ParquetProperties(const FileSettings& settings,
                                                                     const arrow::Table& first_rows,
                                                                     bool whole);

std::shared_ptr<parquet::ArrowWriterProperties> ParquetArrowProperties();

parquet::Compression::type CodecOf(Codec codec);

}  // namespace firn::datafile
