// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/bronze.h"

#include <array>

#include "firn/conversations/batch_columns.h"
#include "firn/conversations/tables.h"
#include "firn/datafile/arrow_schema.h"

namespace firn::conversations {
namespace {

constexpr std::array<std::string_view, 12> kNormaliserColumns = {
    "conversation_id", "platform",    "user_id",           "raw_payload",
    "raw_bytes",       "source_id",   "source_generation", "source_offset",
    "source_length",   "source_file", "native_id",         "ingestion_timestamp"};

constexpr std::string_view kSchemaVersion = "1.0.0";

// The builders inside list<struct<role, content, timestamp, metadata struct<...>>>.
class MessageColumns {
 public:
  MessageColumns(BatchColumns& columns, arrow::ArrayBuilder& builder)
      : columns_(columns),
        list_(static_cast<arrow::ListBuilder&>(builder)),
        row_(static_cast<arrow::StructBuilder&>(*list_.value_builder())),
        metadata_(static_cast<arrow::StructBuilder&>(*row_.field_builder(3))) {}

  void Append(std::span<const SliceMessage> messages) {
    columns_.Note(list_.Append());
    for (const SliceMessage& message : messages)
      Append(message);
  }

 private:
  template <typename Builder, typename Value>
  void Put(arrow::ArrayBuilder& builder, const std::optional<Value>& value) {
    columns_.Note(value ? static_cast<Builder&>(builder).Append(*value) : builder.AppendNull());
  }

  void Append(const SliceMessage& message) {
    columns_.Note(row_.Append());
    Put<arrow::StringBuilder>(*row_.field_builder(0), std::optional(message.role));
    Put<arrow::StringBuilder>(*row_.field_builder(1), std::optional(message.content));
    std::optional<int64_t> micros;
    if (message.timestamp) micros = message.timestamp->value;
    Put<arrow::TimestampBuilder>(*row_.field_builder(2), micros);
    columns_.Note(metadata_.Append());
    Put<arrow::StringBuilder>(*metadata_.field_builder(0), message.model);
    Put<arrow::Int32Builder>(*metadata_.field_builder(1), message.tokens);
    Put<arrow::Int32Builder>(*metadata_.field_builder(2), message.latency_ms);
  }

  BatchColumns& columns_;
  arrow::ListBuilder& list_;
  arrow::StructBuilder& row_;
  arrow::StructBuilder& metadata_;
};

void AppendSession(BatchColumns& columns, const Slice& slice) {
  auto& session = static_cast<arrow::StructBuilder&>(columns.Next());
  columns.Note(session.Append());
  const std::optional<std::string>* values[] = {&slice.project_path, &slice.git_repo,
                                                &slice.environment};
  for (int i = 0; i < 3; ++i) {
    auto& builder = static_cast<arrow::StringBuilder&>(*session.field_builder(i));
    columns.Note(*values[i] ? builder.Append(**values[i]) : builder.AppendNull());
  }
}

void AppendSlice(BatchColumns& columns, const Slice& slice, const SliceOrigin& origin) {
  columns.Text(slice.conversation_id).Text(slice.platform).Text(origin.user_id);
  columns.Time(slice.timestamp);
  MessageColumns(columns, columns.Next()).Append(slice.messages);
  AppendSession(columns, slice);
  if (slice.valid_utf8) {
    columns.Text(slice.bytes).Null();
  } else {
    columns.Null().Bytes(slice.bytes);
  }
  columns.Time(origin.ingested_at)
      .Text(slice.platform)
      .Text(origin.source_file)
      .Text(slice.record_hash)
      .Text(origin.source_id)
      .Text(origin.source_machine)
      .Int(origin.source_generation)
      .Long(slice.offset)
      .Long(slice.length)
      .Text(slice.native_id)
      .Text(kSchemaVersion)
      .Text(slice.redaction);
  columns.EndRow();
}

template <typename ArrayType>
Result<const ArrayType*> ColumnOf(const arrow::RecordBatch& rows, const std::string& name) {
  const auto* array = dynamic_cast<const ArrayType*>(rows.GetColumnByName(name).get());
  if (array == nullptr) return Corrupt("column absent or of another type", name);
  return array;
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> SliceRows(std::span<const Slice> slices,
                                                      const SliceOrigin& origin) {
  static const Result<std::shared_ptr<arrow::Schema>> kSchema =
      datafile::ToArrow(BronzeConversations(Scale::kInitial).schema);
  FIRN_TRY(kSchema);
  FIRN_ASSIGN(BatchColumns columns, BatchColumns::Make(*kSchema));
  for (const Slice& slice : slices)
    AppendSlice(columns, slice, origin);
  return columns.Finish();
}

std::span<const std::string_view> NormaliserColumns() {
  return kNormaliserColumns;
}

Result<std::vector<SliceRow>> ReadSliceRows(const arrow::RecordBatch& rows) {
  const auto text = [&](const char* name) { return ColumnOf<arrow::StringArray>(rows, name); };
  FIRN_ASSIGN(const arrow::StringArray* conversations, text("conversation_id"));
  FIRN_ASSIGN(const arrow::StringArray* platforms, text("platform"));
  FIRN_ASSIGN(const arrow::StringArray* users, text("user_id"));
  FIRN_ASSIGN(const arrow::StringArray* payloads, text("raw_payload"));
  FIRN_ASSIGN(const arrow::StringArray* sources, text("source_id"));
  FIRN_ASSIGN(const arrow::StringArray* files, text("source_file"));
  FIRN_ASSIGN(const arrow::StringArray* natives, text("native_id"));
  FIRN_ASSIGN(const auto* bytes, ColumnOf<arrow::BinaryArray>(rows, "raw_bytes"));
  FIRN_ASSIGN(const auto* generations, ColumnOf<arrow::Int32Array>(rows, "source_generation"));
  FIRN_ASSIGN(const auto* offsets, ColumnOf<arrow::Int64Array>(rows, "source_offset"));
  FIRN_ASSIGN(const auto* lengths, ColumnOf<arrow::Int64Array>(rows, "source_length"));
  FIRN_ASSIGN(const auto* times, ColumnOf<arrow::TimestampArray>(rows, "ingestion_timestamp"));
  const auto of = [](const arrow::StringArray& array, int64_t row) {
    return array.IsNull(row) ? std::string() : array.GetString(row);
  };
  std::vector<SliceRow> slices;
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    SliceRow& slice = slices.emplace_back();
    slice.source = {of(*platforms, i),
                    of(*conversations, i),
                    of(*natives, i),
                    of(*sources, i),
                    generations->IsNull(i) ? 0 : generations->Value(i),
                    of(*files, i),
                    of(*users, i)};
    slice.place = {offsets->IsNull(i) ? 0 : offsets->Value(i),
                   lengths->IsNull(i) ? 0 : lengths->Value(i)};
    if (!times->IsNull(i)) slice.ingested_at = TimeUs{times->Value(i)};
    if (!payloads->IsNull(i))
      slice.bytes = payloads->GetView(i);
    else if (!bytes->IsNull(i))
      slice.bytes = bytes->GetView(i);
  }
  return slices;
}

}  // namespace firn::conversations
