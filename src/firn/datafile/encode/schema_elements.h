// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parquet/schema.h>

#include "firn/datafile/encode/thrift_writer.h"

namespace firn::datafile {

/// Writes the nodes of a schema, each before those in it, as the list that is field `field`
/// (parquet.thrift, SchemaElement).
void WriteSchema(const parquet::SchemaDescriptor& schema, int16_t field, ThriftWriter& thrift);

}  // namespace firn::datafile
