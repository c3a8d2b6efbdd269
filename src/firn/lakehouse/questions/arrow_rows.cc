// SPDX-License-Identifier: Apache-2.0
//
// Values as text. Numbers keep their exact digits (decimals, 64-bit integers; doubles in the
// shortest form that reads back equal), instants are ISO 8601 in UTC, bytes are hexadecimal,
// nested values are JSON. JSON has no NaN or infinity: those are texts.

#include "firn/lakehouse/questions/arrow_rows.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <arrow/api.h>

#include "firn/base/bytes.h"
#include "firn/base/json.h"
#include "firn/base/time.h"
#include "firn/datafile/parquet_export.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

Cell Text(std::string text) {
  return {Cell::Kind::kText, std::move(text)};
}
Cell Number(std::string digits) {
  return {Cell::Kind::kNumber, std::move(digits)};
}

template <typename Real>
Cell RealCell(Real value) {
  if (std::isnan(value)) return Text("NaN");
  if (std::isinf(value)) return Text(value > 0 ? "Infinity" : "-Infinity");
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return Number(std::move(text));
}

std::string TimeOfDayText(int64_t micros) {
  return TimeUs{micros}.ToString().substr(11, 15);
}

// Zoned instants end in Z; those without a zone do not claim one.
Cell TimestampCell(const arrow::TimestampArray& array, int64_t row) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  int64_t micros = array.Value(row);
  switch (type.unit()) {
    case arrow::TimeUnit::SECOND:
      micros *= 1'000'000;
      break;
    case arrow::TimeUnit::MILLI:
      micros *= 1'000;
      break;
    case arrow::TimeUnit::NANO:
      micros = FloorDiv(micros, 1'000);
      break;
    case arrow::TimeUnit::MICRO:
      break;
  }
  std::string text = TimeUs{micros}.ToString();
  if (type.timezone().empty()) text.pop_back();
  return Text(std::move(text));
}

std::string CellJson(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return "null";
  return cell.kind == Cell::Kind::kText ? Json(cell.text).Dump() : cell.text;
}

Cell ListCell(const arrow::Array& items, int64_t from, int64_t to) {
  std::string json = "[";
  for (int64_t at = from; at < to; ++at) {
    json += (at > from ? "," : "") + CellJson(CellOf(items, at));
  }
  return {Cell::Kind::kJson, json + "]"};
}

Cell StructCell(const arrow::StructArray& array, int64_t row) {
  std::string json = "{";
  for (int at = 0; at < array.num_fields(); ++at) {
    json += (at > 0 ? "," : "") + Json(array.struct_type()->field(at)->name()).Dump() + ":" +
            CellJson(CellOf(*array.field(at), row));
  }
  return {Cell::Kind::kJson, json + "}"};
}

// A map with text keys is an object, any other an array of {"key", "value"}.
Cell MapCell(const arrow::MapArray& array, int64_t row) {
  const bool text_keys = array.map_type()->key_type()->id() == arrow::Type::STRING;
  std::string json = text_keys ? "{" : "[";
  for (int64_t at = array.value_offset(row); at < array.value_offset(row + 1); ++at) {
    const std::string key = CellJson(CellOf(*array.keys(), at));
    const std::string value = CellJson(CellOf(*array.items(), at));
    if (at > array.value_offset(row)) json += ",";
    json += text_keys ? key + ":" + value : R"({"key":)" + key + R"(,"value":)" + value + "}";
  }
  return {Cell::Kind::kJson, json + (text_keys ? "}" : "]")};
}

template <typename ArrayType>
Cell WholeCell(const arrow::Array& array, int64_t row) {
  return Number(std::to_string(static_cast<const ArrayType&>(array).Value(row)));
}

template <typename ArrayType>
std::string_view View(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

Cell NestedCell(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      return ListCell(*list.values(), list.value_offset(row), list.value_offset(row + 1));
    }
    case arrow::Type::LARGE_LIST: {
      const auto& list = static_cast<const arrow::LargeListArray&>(array);
      return ListCell(*list.values(), list.value_offset(row), list.value_offset(row + 1));
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      return ListCell(*list.values(), list.value_offset(row), list.value_offset(row + 1));
    }
    case arrow::Type::STRUCT:
      return StructCell(static_cast<const arrow::StructArray&>(array), row);
    case arrow::Type::MAP:
      return MapCell(static_cast<const arrow::MapArray&>(array), row);
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return CellOf(*dictionary.dictionary(), dictionary.GetValueIndex(row));
    }
    case arrow::Type::EXTENSION:
      return CellOf(*static_cast<const arrow::ExtensionArray&>(array).storage(), row);
    default: {
      const auto scalar = array.GetScalar(row);
      return Text(scalar.ok() ? (*scalar)->ToString() : "?");
    }
  }
}

}  // namespace

Cell CellOf(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return {};
  switch (array.type_id()) {
    case arrow::Type::NA:
      return {};
    case arrow::Type::BOOL:
      return {Cell::Kind::kBool,
              static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false"};
    case arrow::Type::INT8:
      return WholeCell<arrow::Int8Array>(array, row);
    case arrow::Type::INT16:
      return WholeCell<arrow::Int16Array>(array, row);
    case arrow::Type::INT32:
      return WholeCell<arrow::Int32Array>(array, row);
    case arrow::Type::INT64:
      return WholeCell<arrow::Int64Array>(array, row);
    case arrow::Type::UINT8:
      return WholeCell<arrow::UInt8Array>(array, row);
    case arrow::Type::UINT16:
      return WholeCell<arrow::UInt16Array>(array, row);
    case arrow::Type::UINT32:
      return WholeCell<arrow::UInt32Array>(array, row);
    case arrow::Type::UINT64:
      return WholeCell<arrow::UInt64Array>(array, row);
    case arrow::Type::FLOAT:
      return RealCell(static_cast<const arrow::FloatArray&>(array).Value(row));
    case arrow::Type::DOUBLE:
      return RealCell(static_cast<const arrow::DoubleArray&>(array).Value(row));
    case arrow::Type::DECIMAL128:
      return Number(static_cast<const arrow::Decimal128Array&>(array).FormatValue(row));
    case arrow::Type::STRING:
      return Text(std::string(View<arrow::StringArray>(array, row)));
    case arrow::Type::LARGE_STRING:
      return Text(std::string(View<arrow::LargeStringArray>(array, row)));
    case arrow::Type::STRING_VIEW:
      return Text(std::string(View<arrow::StringViewArray>(array, row)));
    case arrow::Type::BINARY:
      return Text(HexEncode(View<arrow::BinaryArray>(array, row)));
    case arrow::Type::LARGE_BINARY:
      return Text(HexEncode(View<arrow::LargeBinaryArray>(array, row)));
    case arrow::Type::FIXED_SIZE_BINARY:
      return Text(HexEncode(View<arrow::FixedSizeBinaryArray>(array, row)));
    case arrow::Type::DATE32:
      return Text(FormatDate(static_cast<const arrow::Date32Array&>(array).Value(row)));
    case arrow::Type::TIME64:
      return Text(TimeOfDayText(static_cast<const arrow::Time64Array&>(array).Value(row)));
    case arrow::Type::TIMESTAMP:
      return TimestampCell(static_cast<const arrow::TimestampArray&>(array), row);
    default:
      return NestedCell(array, row);
  }
}

namespace {

bool IsNumeric(arrow::Type::type id) {
  return arrow::is_integer(id) || arrow::is_floating(id) || id == arrow::Type::DECIMAL128;
}

class ArrowRows : public RowStream {
 public:
  explicit ArrowRows(std::unique_ptr<sql::ResultStream> stream) : stream_(std::move(stream)) {
    for (const auto& field : stream_->schema()->fields()) {
      columns_.push_back(
          {field->name(), field->type()->ToString(), IsNumeric(field->type()->id())});
    }
  }

  const std::vector<Column>& columns() const override { return columns_; }

  Result<bool> Next(Row& row) override {
    while (batch_ == nullptr || at_ == batch_->num_rows()) {
      FIRN_ASSIGN(batch_, stream_->Next());
      at_ = 0;
      if (batch_ == nullptr) return false;
    }
    row.clear();
    for (int column = 0; column < batch_->num_columns(); ++column) {
      row.push_back(CellOf(*batch_->column(column), at_));
    }
    ++at_;
    return true;
  }

  Status WriteParquet(const ByteSink& sink) override {
    FIRN_ASSIGN(const auto file, datafile::ParquetExport::Open(stream_->schema(), sink));
    if (batch_ != nullptr) FIRN_TRY(file->Write(batch_->Slice(at_)));
    while (true) {
      FIRN_ASSIGN(batch_, stream_->Next());
      if (batch_ == nullptr) return file->Close();
      FIRN_TRY(file->Write(batch_));
    }
  }

 private:
  std::unique_ptr<sql::ResultStream> stream_;
  std::vector<Column> columns_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t at_ = 0;
};

}  // namespace

std::unique_ptr<RowStream> MakeRowStream(std::unique_ptr<sql::ResultStream> stream) {
  return std::make_unique<ArrowRows>(std::move(stream));
}

}  // namespace firn::lakehouse
