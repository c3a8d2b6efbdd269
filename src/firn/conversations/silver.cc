// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/silver.h"

#include "firn/conversations/batch_columns.h"
#include "firn/conversations/tables.h"
#include "firn/datafile/arrow_schema.h"

namespace firn::conversations {
namespace {

int64_t SizeOf(const std::optional<std::string>& text) {
  return text ? static_cast<int64_t>(text->size()) : 0;
}

std::optional<std::string> TextOrNull(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

void AppendTokens(BatchColumns& columns, const TokenUsage& usage) {
  auto& tokens = static_cast<arrow::StructBuilder&>(columns.Next());
  if (!usage.known()) {
    columns.Note(tokens.AppendNull());
    return;
  }
  columns.Note(tokens.Append());
  const std::optional<int64_t> values[] = {usage.prompt(), usage.completion(), usage.total()};
  for (int i = 0; i < 3; ++i) {
    auto& builder = static_cast<arrow::Int64Builder&>(*tokens.field_builder(i));
    columns.Note(values[i] ? builder.Append(*values[i]) : builder.AppendNull());
  }
}

void AppendMessage(BatchColumns& columns, const SourceKey& source, const Message& row) {
  columns.Text(row.message_id).Text(source.conversation_id).Int(row.sequence).Text(row.role);
  columns.Text(row.content).Time(row.timestamp).Text(row.model);
  AppendTokens(columns, row.usage);
  columns.Int(row.latency_ms)
      .Text(source.platform)
      .Text(TextOrNull(source.user_id))
      .Text(row.session_id)
      .Text(row.project_path)
      .Text(row.kind)
      .Text(row.reasoning)
      .Text(row.parent_message_id)
      .Text(row.api_call_id)
      .Long(row.usage.input)
      .Long(row.usage.cache_read)
      .Long(row.usage.cache_write_5m)
      .Long(row.usage.cache_write_1h)
      .Long(row.usage.output)
      .Long(row.usage.reasoning)
      .Text(row.usage.known() ? std::optional<std::string>("reported") : std::nullopt)
      .Decimal(row.reported_cost_nanos)
      .Int(row.records)
      .Flag(row.is_active_path)
      .Text(row.raw)
      .Long(row.revision)
      .Text(source.source_id)
      .Int(source.source_generation)
      .Text(row.request_id)
      .EndRow();
}

void AppendToolCall(BatchColumns& columns, const SourceKey& source, const ToolCall& row) {
  columns.Text(row.tool_call_id)
      .Text(row.message_id)
      .Text(row.tool_name)
      .Text(row.parameters)
      .Text(row.result)
      .Int(row.execution_time_ms)
      .Flag(row.success)
      .Text(source.conversation_id)
      .Text(source.platform)
      .Text(TextOrNull(source.user_id))
      .Time(row.timestamp)
      .Long(row.revision)
      .Text(source.source_id)
      .Int(source.source_generation)
      .EndRow();
}

void AppendTelemetryCall(BatchColumns& columns, const SourceKey& source, const TelemetryCall& row) {
  columns.Text(row.telemetry_call_id)
      .Text(source.conversation_id)
      .Text(row.platform)
      .Text(TextOrNull(source.user_id))
      .Text(row.session_id)
      .Text(row.request_id)
      .Time(row.timestamp)
      .Text(row.model)
      .Long(row.usage.input)
      .Long(row.usage.cache_read)
      .Long(row.usage.cache_write_5m)
      .Long(row.usage.output)
      .Long(row.usage.reasoning)
      .Int(row.duration_ms)
      .Decimal(row.reported_cost_nanos)
      .Text(row.account_id)
      .Text(row.organization_id)
      .Text(row.terminal)
      .Text(row.tool_version)
      .Long(row.revision)
      .Text(source.source_id)
      .Int(source.source_generation)
      .EndRow();
}

void AppendNewKeys(BatchColumns& columns, const std::vector<NewKey>& keys) {
  auto& list = static_cast<arrow::ListBuilder&>(columns.Next());
  if (keys.empty()) {
    columns.Note(list.AppendNull());
    return;
  }
  columns.Note(list.Append());
  auto& row = static_cast<arrow::StructBuilder&>(*list.value_builder());
  for (const NewKey& key : keys) {
    columns.Note(row.Append());
    int at = 0;
    for (const std::string* text : {&key.version, &key.type, &key.key})
      columns.Note(static_cast<arrow::StringBuilder&>(*row.field_builder(at++)).Append(*text));
    columns.Note(static_cast<arrow::Int64Builder&>(*row.field_builder(at)).Append(key.records));
  }
}

void AppendFacts(BatchColumns& columns, const SourceKey& source, const SourceFacts& facts,
                 int64_t next_offset, std::string_view state) {
  columns.Text(source.conversation_id)
      .Text(source.source_id)
      .Int(source.source_generation)
      .Text(facts.platform.value_or(source.platform))
      .Text(TextOrNull(source.user_id))
      .Text(TextOrNull(source.native_id))
      .Text(facts.session_id)
      .Text(facts.parent_conversation_id)
      .Text(facts.title)
      .Text(facts.project_path)
      .Text(facts.git_repo)
      .Text(facts.git_branch)
      .Text(facts.language)
      .Texts(facts.files_modified)
      .Long(facts.error_count)
      .Time(facts.first_timestamp)
      .Time(facts.last_timestamp)
      .Long(facts.records)
      .Long(facts.records_skipped)
      .Long(facts.records_other)
      .Long(facts.records_unreadable)
      .Text(TextOrNull(source.source_file))
      .Long(facts.first_offset)
      .Long(next_offset)
      .Time(facts.first_ingested)
      .Time(facts.last_ingested)
      .Long(next_offset)
      .Text(state);
  AppendNewKeys(columns, facts.new_keys);
  columns.EndRow();
}

Result<std::shared_ptr<arrow::RecordBatch>> FinishOrNull(BatchColumns& columns) {
  if (columns.rows() == 0) return std::shared_ptr<arrow::RecordBatch>();
  return columns.Finish();
}

}  // namespace

struct SilverBatchBuilder::Columns {
  BatchColumns messages;
  BatchColumns tool_calls;
  BatchColumns telemetry_calls;
  BatchColumns conversation_sources;
  int64_t size_bytes = 0;
};

SilverBatchBuilder::SilverBatchBuilder(std::unique_ptr<Columns> columns)
    : columns_(std::move(columns)) {}
SilverBatchBuilder::~SilverBatchBuilder() = default;
SilverBatchBuilder::SilverBatchBuilder(SilverBatchBuilder&&) noexcept = default;
SilverBatchBuilder& SilverBatchBuilder::operator=(SilverBatchBuilder&&) noexcept = default;

Result<SilverBatchBuilder> SilverBatchBuilder::Make() {
  using MaybeSchema = Result<std::shared_ptr<arrow::Schema>>;
  static const MaybeSchema kMessages = datafile::ToArrow(SilverMessages(Scale::kInitial).schema);
  static const MaybeSchema kCalls = datafile::ToArrow(SilverToolCalls(Scale::kInitial).schema);
  static const MaybeSchema kTelemetry =
      datafile::ToArrow(SilverTelemetryCalls(Scale::kInitial).schema);
  static const MaybeSchema kSources =
      datafile::ToArrow(SilverConversationSources(Scale::kInitial).schema);
  FIRN_TRY(kMessages);
  FIRN_TRY(kCalls);
  FIRN_TRY(kTelemetry);
  FIRN_TRY(kSources);
  FIRN_ASSIGN(BatchColumns messages, BatchColumns::Make(*kMessages));
  FIRN_ASSIGN(BatchColumns calls, BatchColumns::Make(*kCalls));
  FIRN_ASSIGN(BatchColumns telemetry, BatchColumns::Make(*kTelemetry));
  FIRN_ASSIGN(BatchColumns sources, BatchColumns::Make(*kSources));
  return SilverBatchBuilder(std::unique_ptr<Columns>(new Columns{
      std::move(messages), std::move(calls), std::move(telemetry), std::move(sources), 0}));
}

void SilverBatchBuilder::Add(const SourceKey& source, const SilverRows& rows) {
  for (const Message& row : rows.messages) {
    AppendMessage(columns_->messages, source, row);
    columns_->size_bytes += 512 + SizeOf(row.content) + SizeOf(row.reasoning) + SizeOf(row.raw);
  }
  for (const ToolCall& row : rows.tool_calls) {
    AppendToolCall(columns_->tool_calls, source, row);
    columns_->size_bytes += 256 + SizeOf(row.parameters) + SizeOf(row.result);
  }
  for (const TelemetryCall& row : rows.telemetry_calls) {
    AppendTelemetryCall(columns_->telemetry_calls, source, row);
    columns_->size_bytes += 512;
  }
}

void SilverBatchBuilder::Add(const SourceKey& source, const SourceFacts& facts, int64_t next_offset,
                             std::string_view state) {
  AppendFacts(columns_->conversation_sources, source, facts, next_offset, state);
  columns_->size_bytes += 512 + static_cast<int64_t>(state.size());
}

int64_t SilverBatchBuilder::size_bytes() const {
  return columns_->size_bytes;
}

Result<SilverBatches> SilverBatchBuilder::Finish() {
  SilverBatches batches;
  FIRN_ASSIGN(batches.messages, FinishOrNull(columns_->messages));
  FIRN_ASSIGN(batches.tool_calls, FinishOrNull(columns_->tool_calls));
  FIRN_ASSIGN(batches.telemetry_calls, FinishOrNull(columns_->telemetry_calls));
  FIRN_ASSIGN(batches.conversation_sources, FinishOrNull(columns_->conversation_sources));
  columns_->size_bytes = 0;
  return batches;
}

}  // namespace firn::conversations
