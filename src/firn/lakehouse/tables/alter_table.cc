// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/alter_table.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/commit.h"
#include "firn/datafile/sort_keys.h"
#include "firn/datafile/writer_options.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/pipeline/column_type.h"
#include "firn/table/metadata_operations.h"

namespace firn::lakehouse {
namespace {

using Properties = std::map<std::string, std::string>;

// What a writer would be given afterwards.
Status CheckProperties(const table::TableMetadata& metadata, const Properties& set,
                       const std::vector<std::string>& unset) {
  Properties after = metadata.properties;
  for (const std::string& key : unset)
    after.erase(key);
  for (const auto& [key, value] : set)
    after[key] = value;
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(after));
  return datafile::ApplyToColumns(metadata.schema(), options);
}

Result<std::vector<table::SortFieldRequest>> SortFields(const table::Schema& schema,
                                                        const std::vector<std::string>& sort_by) {
  FIRN_ASSIGN(const table::SortOrder order, pipeline::BuildSortOrder(schema, sort_by));
  FIRN_TRY(datafile::SortKeys::Make(schema, order));
  std::vector<table::SortFieldRequest> fields;
  for (const table::SortField& field : order.fields) {
    fields.push_back({std::string(schema.NameOf(field.source_id)), field.transform, field.direction,
                      field.null_order});
  }
  return fields;
}

}  // namespace

Status AlterTable(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                  const AlterRequest& request) {
  FIRN_ASSIGN(const catalog::LoadedTable table, LoadForReport(catalog, request.table));
  Properties set;
  for (const NamedValue& property : request.set)
    set[property.name] = property.value;
  FIRN_TRY(CheckProperties(*table.metadata, set, request.unset));
  std::vector<catalog::PendingChange> changes;
  if (!set.empty() || !request.unset.empty()) {
    changes.push_back({table.name, table::UpdateProperties(std::move(set), request.unset)});
  }
  if (request.sort_by) {
    FIRN_ASSIGN(auto fields, SortFields(table.metadata->schema(), *request.sort_by));
    changes.push_back({table.name, table::ReplaceSortOrder(std::move(fields))});
  }
  if (changes.empty()) {
    return InvalidArgument("nothing to change", request.table)
        .WithHint("--set NAME=VALUE, --unset NAME, --sort-by COLUMNS");
  }
  FIRN_TRY(catalog::CommitOperations(catalog, files, env, changes));
  return Ok();
}

}  // namespace firn::lakehouse
