// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>

#include <parquet/schema.h>

#include "firn/datafile/encode/thrift_writer.h"

namespace firn::datafile {

/// Writes the nodes of a schema, each before those in it, as the list that is field `field`
/// (parquet.thrift, SchemaElement). Groups of the field ids `variants` are marked as such.
void WriteSchema(const parquet::SchemaDescriptor& schema, const std::set<int32_t>& variants,
                 int16_t field, ThriftWriter& thrift);

}  // namespace firn::datafile
