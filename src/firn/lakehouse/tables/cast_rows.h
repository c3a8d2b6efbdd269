// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/ingest/source.h"
#include "firn/lakehouse/tables/schema_casts.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Reads the rows of a relation that `engine` knows as `casts` say, in batches; those that cannot
/// be cast, or break the JSON Schema, are rejects, whole, their rule "cast" or the schema's
/// keyword. All arguments outlive it.
class CastRows {
 public:
  CastRows(sql::Engine& engine, std::string_view relation, const std::vector<ColumnCast>& casts,
           const Json& schema);
  ~CastRows();

  /// The next batch; unset at the end.
  Result<std::optional<ingest::SourceBatch>> Next();

 private:
  std::unique_ptr<ingest::SourceFormat> casts_, validated_;
  const ingest::FileTask no_file_;
  std::unique_ptr<ingest::SourceReader> no_bytes_;
  std::unique_ptr<ingest::RecordSource> rows_;
};

}  // namespace firn::lakehouse
