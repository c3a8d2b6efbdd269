// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/user_table.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/json/json_source.h"
#include "firn/ingest/parquet/parquet_source.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/row_builder.h"
#include "firn/ingest/validated_format.h"
#include "firn/io/file_io.h"
#include "firn/registry/json_schema.h"
#include "firn/registry/validator.h"
#include "firn/table/schema_update.h"

namespace firn::ingest {
namespace {

using table::NestedField;
using table::Type;

// Text becomes rows faster than rows are encoded, so all that may wait does: a row group is enough.
constexpr int64_t kQueueBytesMax = int64_t{16} << 20;
constexpr size_t kBlockBytesMax = size_t{1} << 20;

class UserFileFormat : public SourceFormat {
 public:
  UserFileFormat(const UserTableOptions& options, table::Schema schema,
                 const IngestContext& context)
      : options_(options), schema_(std::move(schema)), context_(context) {}

  Result<std::unique_ptr<RecordSource>> Open(const FileTask& task,
                                             SourceReader& reader) const override {
    RowOrigin origin{context_.env.Now(), std::string(FileFormatName(options_.format)),
                     ColumnPath(task.path), nullptr, PathValuesOf(task.path)};
    switch (options_.format) {
      case FileFormat::kCsv:
        return OpenCsv(task, reader, schema_, std::move(origin), options_.text.csv);
      case FileFormat::kJson:
        return OpenJson(task, reader, schema_, std::move(origin), JsonFraming::kDocument,
                        options_.text.json);
      case FileFormat::kJsonLines:
        return OpenJson(task, reader, schema_, std::move(origin), JsonFraming::kLines);
      case FileFormat::kParquet:
        return OpenParquet(task, reader, context_.source_io, schema_, std::move(origin));
    }
    return Internal("unknown format");
  }

  Status AllowRewritten(const FileTask& task) const override {
    if (options_.on_rewritten == OnRewritten::kAppend) return Ok();
    return InvalidArgument("the file was ingested and has been rewritten since",
                           DisplayPath(task.path))
        .WithHint(
            "what it gave before is still in the table; to add all of its rows again, "
            "ask for it (--append-rewritten)");
  }

 private:
  const UserTableOptions& options_;
  const table::Schema schema_;
  const IngestContext& context_;
};

bool IsBronze(const catalog::TableName& name) {
  return !name.levels.empty() && name.levels.front() == "bronze";
}

Result<table::Schema> WithAuditColumns(const table::Schema& schema) {
  std::vector<NestedField> fields = schema.fields();
  int32_t next_id = schema.highest_field_id().value + 1;
  const auto add = [&](std::string_view name, Type type) {
    if (schema.FindByName(name) != nullptr) return;
    fields.push_back(NestedField::Optional(next_id++, std::string(name), std::move(type)));
  };
  add(kIngestionTimestamp, Type::TimestampTz());
  add(kSourceSystem, Type::String());
  add(kSourceFile, Type::String());
  add(kRecordHash, Type::String());
  return table::Schema::Make(schema.id(), std::move(fields));
}

// Bronze keeps raw data by day of arrival; elsewhere a table begins without partitions.
Result<table::NewTable> BlueprintOf(const catalog::TableName& name, const table::Schema& schema) {
  table::NewTable blueprint;
  blueprint.schema = schema;
  blueprint.properties["write.parquet.compression-codec"] = IsBronze(name) ? "snappy" : "zstd";
  if (!name.levels.empty()) blueprint.properties["firn.layer"] = name.levels.front();
  const NestedField* arrival = schema.FindByName(kIngestionTimestamp);
  const bool by_day =
      IsBronze(name) && arrival != nullptr && arrival->type.id() == table::TypeId::kTimestampTz;
  if (by_day) {
    const table::PartitionFieldRequest day{std::string(kIngestionTimestamp),
                                           table::Transform::Day(), ""};
    FIRN_ASSIGN(blueprint.spec, table::BuildPartitionSpec(table::SpecId(0), schema, {day}));
  }
  return blueprint;
}

// The columns of a table to be made: those the schema describes, else those found in the data.
Result<InferredSchema> InferFor(const IngestContext& context, const Discovery& files,
                                const UserTableOptions& options) {
  InferredSchema inferred;
  if (options.schema) {
    FIRN_ASSIGN(inferred.schema, registry::TableSchemaOf(*options.schema));
  } else {
    FIRN_ASSIGN(inferred,
                InferSchema(files.files, options.format, options.text, context.source_io));
  }
  if (IsBronze(options.ingest.target)) {
    FIRN_ASSIGN(inferred.schema, WithAuditColumns(inferred.schema));
  }
  return inferred;
}

// The columns of a table, with those that the schema describes beyond them.
Result<table::Schema> ColumnsOf(const table::TableMetadata& metadata,
                                const std::optional<table::Schema>& described) {
  if (!described) return metadata.schema();
  table::SchemaUpdate update(metadata.schema(), metadata.last_column_id, metadata.format_version);
  auto columns = update.UnionByName(*described).Apply();
  if (columns) return columns;
  return Conflict("the schema and the table cannot be one", columns.error().message);
}

}  // namespace

Result<UserTableReport> IngestIntoTable(const IngestContext& context, const Discovery& files,
                                        const UserTableOptions& options) {
  const catalog::TableName& target = options.ingest.target;
  UserTableReport report;
  table::Schema schema;
  IngestOptions ingest = options.ingest;
  ingest.hash_content = true;
  ingest.queue_bytes = std::min(ingest.queue_bytes, kQueueBytesMax);
  ingest.block_bytes = std::min(ingest.block_bytes, kBlockBytesMax);
  if (options.schema) {
    FIRN_TRY(registry::Validator::Compile(*options.schema));
    FIRN_ASSIGN(ingest.columns, registry::TableSchemaOf(*options.schema));
  }
  auto found = context.catalog.LoadTable(target);
  if (found) {
    FIRN_ASSIGN(schema, ColumnsOf(*found->metadata, ingest.columns));
    ingest.target_uuid = found->metadata->table_uuid;
  } else if (found.error().kind != ErrorKind::kNotFound) {
    return std::move(found).error();
  } else if (!options.create) {
    return NotFound("table not found", target.ToString())
        .WithHint("add --create to make it with the columns found in the data");
  } else {
    FIRN_ASSIGN(report.created, InferFor(context, files, options));
    schema = report.created->schema;
    if (!options.ingest.dry_run) {
      FIRN_ASSIGN(const table::NewTable blueprint, BlueprintOf(target, schema));
      FIRN_ASSIGN(const auto made, EnsureTable(context.catalog, target, blueprint));
      schema = made.metadata->schema();
      ingest.target_uuid = made.metadata->table_uuid;
    }
  }
  const UserFileFormat user_format(options, std::move(schema), context);
  std::unique_ptr<SourceFormat> validated;
  if (options.schema) validated = ValidatedFormat(user_format, *options.schema);
  const SourceFormat* format = validated.get();
  if (format == nullptr) format = &user_format;
  FIRN_ASSIGN(report.ingest, RunIngest(context, files, *format, ingest));
  return report;
}

}  // namespace firn::ingest
