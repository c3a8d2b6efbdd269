// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/tables.h"

#include "firn/base/assert.h"

namespace firn::conversations {
namespace {

using table::FieldId;
using table::NestedField;
using table::PartitionFieldRequest;
using table::Transform;
using table::Type;

// Gives out field ids, in the end those that a new table has.
class Columns {
 public:
  Columns& Add(std::string name, Type type, std::string doc = {}) {
    return Put(std::move(name), std::move(type), false, std::move(doc));
  }
  Columns& Need(std::string name, Type type, std::string doc = {}) {
    return Put(std::move(name), std::move(type), true, std::move(doc));
  }
  NestedField Field(std::string name, Type type) {
    return NestedField::Optional(next_id_++, std::move(name), std::move(type));
  }
  Type Texts() { return Type::List(Field("element", Type::String())); }

  table::Schema Build() {
    Result<table::Schema> schema = table::Schema::Make(table::SchemaId(0), std::move(fields_));
    FIRN_ASSERT(schema.has_value());
    return table::AssignFreshIds(*schema);
  }

 private:
  Columns& Put(std::string name, Type type, bool required, std::string doc) {
    fields_.push_back(
        {FieldId(next_id_++), std::move(name), std::move(type), required, std::move(doc), {}, {}});
    return *this;
  }

  std::vector<NestedField> fields_;
  int32_t next_id_ = 1;
};

std::vector<PartitionFieldRequest> PartitionBy(Scale scale, const std::string& time) {
  std::vector<PartitionFieldRequest> fields = {{"platform", Transform::Identity(), ""}};
  if (scale == Scale::kInitial) {
    fields.push_back({time, Transform::Month(), ""});
    return fields;
  }
  if (scale == Scale::kMassive) return {{"user_id", Transform::Bucket(256), ""}};
  fields.push_back({time, Transform::Day(), ""});
  if (scale == Scale::kLarge) fields.push_back({"user_id", Transform::Bucket(16), ""});
  return fields;
}

std::map<std::string, std::string> Properties(const std::string& layer, std::string keys) {
  std::map<std::string, std::string> properties = {
      {"firn.layer", layer},
      {"format-version", "2"},
      {"write.parquet.compression-codec", "zstd"},
      {"write.parquet.compression-level", layer == "bronze" ? "3" : "9"}};
  if (!keys.empty()) properties.emplace("firn.keys", std::move(keys));
  return properties;
}

Type NewKeys(Columns& columns) {
  const NestedField version = columns.Field("version", Type::String());
  const NestedField type = columns.Field("type", Type::String());
  const NestedField key = columns.Field("key", Type::String());
  const NestedField records = columns.Field("records", Type::Long());
  return Type::List(columns.Field("element", Type::Struct({version, type, key, records})));
}

Type SliceMessages(Columns& columns) {
  NestedField role = columns.Field("role", Type::String());
  NestedField content = columns.Field("content", Type::String());
  NestedField timestamp = columns.Field("timestamp", Type::TimestampTz());
  NestedField metadata = columns.Field(
      "metadata",
      Type::Struct({columns.Field("model", Type::String()), columns.Field("tokens", Type::Int()),
                    columns.Field("latency_ms", Type::Int())}));
  return Type::List(columns.Field("element", Type::Struct({role, content, timestamp, metadata})));
}

}  // namespace

Result<Scale> ParseScale(std::string_view text) {
  if (text == "initial") return Scale::kInitial;
  if (text == "medium") return Scale::kMedium;
  if (text == "large") return Scale::kLarge;
  if (text == "massive") return Scale::kMassive;
  return InvalidArgument("not a scale", text).WithHint("use initial, medium, large or massive");
}

TableDefinition BronzeConversations(Scale scale) {
  Columns columns;
  const Type messages = SliceMessages(columns);
  const Type session = Type::Struct({columns.Field("project_path", Type::String()),
                                     columns.Field("git_repo", Type::String()),
                                     columns.Field("environment", Type::String())});
  columns.Need("conversation_id", Type::String())
      .Need("platform", Type::String())
      .Need("user_id", Type::String())
      .Need("timestamp", Type::TimestampTz(), "the first in the slice, or the last known before it")
      .Add("messages", messages, "plain text of the slice")
      .Add("session_metadata", session)
      .Add("raw_payload", Type::String(), "the source's bytes, unchanged where redaction is null")
      .Add("raw_bytes", Type::Binary(), "instead of raw_payload where they are not UTF-8")
      .Add("ingestion_timestamp", Type::TimestampTz())
      .Add("source_system", Type::String())
      .Add("source_file", Type::String())
      .Add("record_hash", Type::String(), "MD5 of raw_payload or raw_bytes")
      .Add("source_id", Type::String())
      .Add("source_machine", Type::String())
      .Add("source_generation", Type::Int())
      .Add("source_offset", Type::Long())
      .Add("source_length", Type::Long(), "bytes of the source that the slice stands for")
      .Add("native_id", Type::String(), "the platform's own name of the conversation")
      .Add("schema_version", Type::String())
      .Add("redaction", Type::String(), "the rules by which it was cleaned before it was stored");
  TableDefinition definition{"bronze.conversations", columns.Build(), {}, {}, {}};
  definition.partition = PartitionBy(scale, "timestamp");
  definition.properties = Properties("bronze", "");
  definition.properties["write.parquet.row-group-size-bytes"] = "33554432";
  if (scale != Scale::kInitial) definition.properties["firn.retention"] = "1095 days";
  return definition;
}

TableDefinition SilverMessages(Scale scale) {
  Columns columns;
  const Type tokens = Type::Struct({columns.Field("prompt", Type::Long()),
                                    columns.Field("completion", Type::Long()),
                                    columns.Field("total", Type::Long())});
  columns.Need("message_id", Type::String())
      .Need("conversation_id", Type::String())
      .Add("sequence", Type::Int(), "position in the conversation, from 0")
      .Add("role", Type::String())
      .Add("content", Type::String())
      .Add("timestamp", Type::TimestampTz())
      .Add("model", Type::String())
      .Add("tokens", tokens, "as reported")
      .Add("latency_ms", Type::Int())
      .Need("platform", Type::String())
      .Add("user_id", Type::String())
      .Add("session_id", Type::String())
      .Add("project_path", Type::String())
      .Add("kind", Type::String())
      .Add("reasoning", Type::String())
      .Add("parent_message_id", Type::String())
      .Add("api_call_id", Type::String())
      .Add("input_tokens", Type::Long(), "not from a cache")
      .Add("cache_read_tokens", Type::Long())
      .Add("cache_write_5m_tokens", Type::Long())
      .Add("cache_write_1h_tokens", Type::Long())
      .Add("output_tokens", Type::Long())
      .Add("reasoning_tokens", Type::Long(), "part of output_tokens")
      .Add("tokens_source", Type::String(), "reported, or null where nothing is")
      .Add("reported_cost_usd", Type::Decimal(18, 9))
      .Add("records", Type::Int(), "source records this row stands for")
      .Add("is_active_path", Type::Boolean())
      .Add("raw", Type::String(), "what no rule knows, as it came")
      .Add("revision", Type::Long(), "of rows with one key the largest stays")
      .Add("source_id", Type::String())
      .Add("source_generation", Type::Int())
      .Add("request_id", Type::String(), "of the API call, as its server names it");
  TableDefinition definition{"silver.messages", columns.Build(), {}, {}, {}};
  definition.keys = {"conversation_id", "message_id"};
  definition.partition = PartitionBy(scale, "timestamp");
  definition.properties = Properties("silver", "conversation_id,message_id");
  if (scale != Scale::kInitial) definition.properties["firn.retention"] = "2555 days";
  return definition;
}

TableDefinition SilverToolCalls(Scale scale) {
  Columns columns;
  columns.Need("tool_call_id", Type::String())
      .Add("message_id", Type::String())
      .Add("tool_name", Type::String())
      .Add("parameters", Type::String(), "JSON")
      .Add("result", Type::String(), "JSON")
      .Add("execution_time_ms", Type::Int())
      .Add("success", Type::Boolean())
      .Need("conversation_id", Type::String())
      .Need("platform", Type::String())
      .Add("user_id", Type::String())
      .Add("timestamp", Type::TimestampTz())
      .Add("revision", Type::Long(), "of rows with one key the largest stays")
      .Add("source_id", Type::String())
      .Add("source_generation", Type::Int());
  TableDefinition definition{"silver.tool_calls", columns.Build(), {}, {}, {}};
  definition.keys = {"conversation_id", "tool_call_id"};
  definition.partition = PartitionBy(scale, "timestamp");
  definition.properties = Properties("silver", "conversation_id,tool_call_id");
  if (scale != Scale::kInitial) definition.properties["firn.retention"] = "2555 days";
  return definition;
}

TableDefinition SilverTelemetryCalls(Scale scale) {
  Columns columns;
  columns.Need("telemetry_call_id", Type::String(), "the request's id where it has one")
      .Need("conversation_id", Type::String())
      .Need("platform", Type::String(), "whose call it is; otel: of no platform that is known")
      .Add("user_id", Type::String())
      .Add("session_id", Type::String())
      .Add("request_id", Type::String())
      .Add("timestamp", Type::TimestampTz(), "when it was answered")
      .Add("model", Type::String())
      .Add("input_tokens", Type::Long(), "not from a cache")
      .Add("cache_read_tokens", Type::Long())
      .Add("cache_write_tokens", Type::Long())
      .Add("output_tokens", Type::Long())
      .Add("reasoning_tokens", Type::Long(), "part of output_tokens")
      .Add("duration_ms", Type::Int())
      .Add("reported_cost_usd", Type::Decimal(18, 9))
      .Add("account_id", Type::String())
      .Add("organization_id", Type::String())
      .Add("terminal", Type::String())
      .Add("tool_version", Type::String())
      .Add("revision", Type::Long(), "of rows with one key the largest stays")
      .Add("source_id", Type::String())
      .Add("source_generation", Type::Int());
  TableDefinition definition{"silver.telemetry_calls", columns.Build(), {}, {}, {}};
  definition.keys = {"conversation_id", "telemetry_call_id"};
  definition.partition = PartitionBy(scale, "timestamp");
  definition.properties = Properties("silver", "conversation_id,telemetry_call_id");
  if (scale != Scale::kInitial) definition.properties["firn.retention"] = "2555 days";
  return definition;
}

TableDefinition SilverConversationSources(Scale scale) {
  Columns columns;
  const Type files = columns.Texts();
  const Type keys = NewKeys(columns);
  columns.Need("conversation_id", Type::String())
      .Need("source_id", Type::String())
      .Need("source_generation", Type::Int())
      .Need("platform", Type::String())
      .Add("user_id", Type::String())
      .Add("native_id", Type::String())
      .Add("session_id", Type::String())
      .Add("parent_conversation_id", Type::String())
      .Add("title", Type::String())
      .Add("project_path", Type::String())
      .Add("git_repo", Type::String())
      .Add("git_branch", Type::String())
      .Add("language", Type::String())
      .Add("files_modified", files)
      .Add("error_count", Type::Long())
      .Add("first_timestamp", Type::TimestampTz())
      .Add("last_timestamp", Type::TimestampTz())
      .Add("records", Type::Long())
      .Add("records_skipped", Type::Long())
      .Add("records_other", Type::Long())
      .Add("records_unreadable", Type::Long())
      .Add("source_file", Type::String())
      .Add("first_offset", Type::Long(), "of the first slice of the source")
      .Add("next_offset", Type::Long(), "bytes of the source that are in silver")
      .Add("first_ingested", Type::TimestampTz())
      .Add("last_ingested", Type::TimestampTz())
      .Add("revision", Type::Long(), "of rows with one key the largest stays")
      .Add("state", Type::String(), "what the normaliser must know to go on")
      .Add("new_keys", keys, "keys of records that no rule knows, the first 64");
  TableDefinition definition{"silver.conversation_sources", columns.Build(), {}, {}, {}};
  definition.keys = {"conversation_id", "source_id", "source_generation"};
  definition.partition = PartitionBy(scale, "first_timestamp");
  definition.properties = Properties("silver", "conversation_id,source_id,source_generation");
  return definition;
}

}  // namespace firn::conversations
