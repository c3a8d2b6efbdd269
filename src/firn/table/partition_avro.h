// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "firn/avro/decoder.h"
#include "firn/avro/schema.h"
#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/partition_spec.h"

namespace firn::table {

/// Tells whether manifests of a spec may be written. Of the values of a transform that this version
/// does not know not even the type is known (spec, "Partition Transforms": writers must refuse).
bool IsWritable(const PartitionSpec& spec);

/// The Avro record of a partition tuple: one optional field per field of `partition_type`, names
/// made fit for Avro (spec, Appendix A, "Avro").
Json PartitionAvroSchema(const Type& partition_type);

/// Appends a tuple in that encoding; `data` is of `partition_type`.
void EncodePartition(const Type& partition_type, const PartitionData& data, std::string& out);

/// Reads a tuple written under any older or newer schema into the order of `spec`, fields matched
/// by id. A field the file lacks is null.
Result<PartitionData> DecodePartition(const PartitionSpec& spec, const avro::Schema& record,
                                      avro::Decoder& in);

}  // namespace firn::table
