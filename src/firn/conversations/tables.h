// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/partition_spec.h"
#include "firn/table/schema.h"

namespace firn::conversations {

/// How large a lake is to become; decides how tables are partitioned. A change evolves the
/// partition spec and rewrites nothing.
enum class Scale {
  kInitial,  ///< A person.
  kMedium,   ///< 100 thousand conversations.
  kLarge,    ///< 10 million.
  kMassive,
};

/// Reads "initial", "medium", "large" or "massive". Errors: `kInvalidArgument`.
Result<Scale> ParseScale(std::string_view text);

/// What a table of the conversation package is made with.
struct TableDefinition {
  std::string name;  ///< "silver.messages"
  table::Schema schema;
  std::vector<std::string> keys;  ///< Empty for append-only tables.
  std::vector<table::PartitionFieldRequest> partition;
  std::map<std::string, std::string> properties;
};

/// `bronze.conversations`: one row per slice; append-only.
TableDefinition BronzeConversations(Scale scale);

/// Tables that the normalisers fill. They are upserted by key: of several rows with one key, be
/// they new or in the table, the one with the largest `revision` stays. So the order in which
/// sources come, and the runs they come in, make no difference.
///
/// `silver.messages`, `kind` is one of: prompt (a person), task (an agent asks its subagent),
/// command, meta, compact_summary, tool_result, response, notice (of the tool itself), error,
/// system, attachment, context (what a model was given, or what a whole session took: beside the
/// talk, not counted as part of it), other (a record no rule knows, kept in `raw`), unreadable (no
/// record at all, kept in `raw`).
TableDefinition SilverMessages(Scale scale);
TableDefinition SilverToolCalls(Scale scale);
TableDefinition SilverTelemetryCalls(Scale scale);
/// One row per conversation, source file and generation, with the normaliser's state: what
/// `silver.conversations` is made from.
TableDefinition SilverConversationSources(Scale scale);

}  // namespace firn::conversations
