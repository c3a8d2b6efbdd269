// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as JSON lines and as a JSON document: reading ends, every record becomes a row or a
// reject, and no column of a batch gets out of step.

#include <memory>
#include <string_view>

#include <arrow/api.h>

#include "firn/base/assert.h"
#include "firn/ingest/json/json_source.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/nested_field.h"

namespace firn {
namespace {

table::Schema FuzzSchema() {
  using table::NestedField;
  using table::Type;
  const Type items = Type::List(NestedField::Optional(5, "element", Type::Int()));
  return table::Schema::Make(
             table::SchemaId(0),
             {NestedField::Required(1, "a", Type::Long()),
              NestedField::Optional(2, "b", Type::String()),
              NestedField::Optional(3, "c",
                                    Type::Struct({NestedField::Optional(4, "d", items),
                                                  NestedField::Required(6, "e", Type::Date())})),
              NestedField::Optional(7, "f",
                                    Type::Map(NestedField::Required(8, "key", Type::String()),
                                              NestedField::Optional(9, "value", Type::Double())))})
      .value();
}

void ReadAs(ingest::JsonFraming framing, std::string_view bytes, const table::Schema& schema,
            const ingest::JsonOptions& options = {}) {
  constexpr char kLocation[] = "file:///fuzz";
  io::MemoryFileIO files;
  files.Replace(kLocation, std::string(bytes));
  auto input = files.Open(kLocation);
  FIRN_ASSERT(input.has_value());
  auto reader =
      ingest::SourceReader::Open(std::move(*input), 0, static_cast<int64_t>(bytes.size()));
  FIRN_ASSERT(reader.has_value());
  const auto source = ingest::OpenJson({}, **reader, schema, {}, framing, options);
  FIRN_ASSERT(source.has_value());
  while (true) {
    const auto batch = (*source)->Next();
    // A document may end before its array or a value does, or have no records.
    if (!batch.has_value()) {
      FIRN_ASSERT(framing == ingest::JsonFraming::kDocument);
      FIRN_ASSERT(batch.error().kind == ErrorKind::kCorrupt || !options.records.empty());
      break;
    }
    if (!*batch) break;
    FIRN_ASSERT((*batch)->rows == nullptr || (*batch)->rows->ValidateFull().ok());
    FIRN_ASSERT((*batch)->rows != nullptr || !(*batch)->rejects.empty());
  }
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  static const table::Schema schema = FuzzSchema();
  ReadAs(ingest::JsonFraming::kLines, bytes, schema);
  ReadAs(ingest::JsonFraming::kDocument, bytes, schema);
  ReadAs(ingest::JsonFraming::kDocument, bytes, schema, {.records = {"c"}, .flatten = false});
}

}  // namespace firn
