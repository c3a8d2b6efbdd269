// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "firn/base/result.h"
#include "firn/datafile/encode/leaf_reader.h"
#include "firn/datafile/encode/page_compressor.h"
#include "firn/datafile/encode/parquet_format.h"

namespace firn::datafile {

/// How the values of a column chunk are encoded.
struct EncodingChoice {
  bool dictionary = false;
  Encoding encoding = Encoding::kPlain;  ///< Without one, or once the dictionary is full.
};

/// Which encodings files may have.
struct EncodingLimits {
  bool plain_only = false;      ///< Readers of old know no others, but dictionaries.
  size_t dictionary_bytes = 0;  ///< A dictionary is no larger.
};

/// Picks the encoding in which a sample of the values is smallest once compressed, the dictionary's
/// own size counted in.
Result<EncodingChoice> ChooseEncoding(const LeafReader& reader, const PageCompression& compression,
                                      const EncodingLimits& limits, PageCompressor& compressor);

}  // namespace firn::datafile
