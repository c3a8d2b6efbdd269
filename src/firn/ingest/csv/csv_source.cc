// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "firn/base/bytes.h"
#include "firn/base/json.h"
#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/csv/csv_rows.h"
#include "firn/ingest/csv/csv_sniff.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/file_io.h"

namespace firn::ingest {
namespace {

constexpr size_t kSniffBytes = 64 * 1024;
constexpr size_t kBatchBytes = size_t{8} << 20;
constexpr int64_t kBatchRows = 128 * 1024;
constexpr size_t kBatchRejects = 4096;

// The table's columns, by position in the file; unset where the file's is left out.
using Columns = std::vector<std::optional<size_t>>;

// What a later run must know to go on in the middle of a file.
struct CsvState {
  CsvLayout layout;
  int64_t line = 1;
  bool open_end = false;  // The last record had no line end.
};

std::string ToText(std::optional<char> byte) {
  return byte ? std::string(1, *byte) : std::string();
}

Result<std::optional<char>> ByteFrom(const Json& json, std::string_view name) {
  if (json.Find(name) == nullptr) return std::nullopt;  // States of before there were escapes.
  FIRN_ASSIGN(const std::string text, json.GetString(name));
  if (text.size() > 1) return Corrupt("csv state", json.Dump());
  return text.empty() ? std::nullopt : std::optional(text.front());
}

std::string ToText(const CsvState& state) {
  Json json;
  json.Set("delimiter", std::string(1, state.layout.dialect.delimiter));
  json.Set("quote",
           ToText(state.layout.dialect.quote == 0 ? std::nullopt
                                                  : std::optional(state.layout.dialect.quote)));
  json.Set("escape", ToText(state.layout.dialect.escape));
  json.Set("header", state.layout.has_header);
  json.Set("line", state.line);
  json.Set("open_end", state.open_end);
  Json::Array columns(state.layout.columns.begin(), state.layout.columns.end());
  json.Set("columns", std::move(columns));
  return json.Dump();
}

Result<CsvState> StateFrom(std::string_view text) {
  FIRN_ASSIGN(const Json json, Json::Parse(text));
  CsvState state;
  FIRN_ASSIGN(const std::optional<char> delimiter, ByteFrom(json, "delimiter"));
  FIRN_ASSIGN(const std::optional<char> quote, ByteFrom(json, "quote"));
  FIRN_ASSIGN(const std::optional<char> escape, ByteFrom(json, "escape"));
  if (!delimiter) return Corrupt("csv state", text);
  state.layout.dialect = {*delimiter, quote.value_or('\0'), escape};
  FIRN_ASSIGN(state.layout.has_header, json.GetBool("header"));
  FIRN_ASSIGN(state.line, json.GetInt64("line"));
  FIRN_ASSIGN(state.open_end, json.GetBool("open_end"));
  FIRN_ASSIGN(const Json::Array* columns, json.GetArray("columns"));
  for (const Json& column : *columns) {
    if (column.as_string() == nullptr) return Corrupt("csv state", text);
    state.layout.columns.push_back(*column.as_string());
  }
  if (columns->empty()) return Corrupt("csv state", text);
  return state;
}

// Whether fields of text in UTF-8 are that, too.
bool IsAscii(const CsvDialect& dialect) {
  const auto is = [](char byte) { return static_cast<uint8_t>(byte) < 0x80; };
  return is(dialect.delimiter) && is(dialect.quote) && is(dialect.escape.value_or('\0'));
}

class CsvSource : public RecordSource {
 public:
  CsvSource(SourceReader& reader, CsvState state, RowBuilder rows, Columns columns,
            std::optional<std::string> null_text, bool skip_header)
      : reader_(reader),
        null_text_(std::move(null_text)),
        state_(std::move(state)),
        rows_(std::move(rows)),
        columns_(std::move(columns)),
        records_(reader, state_.layout.dialect, state_.line),
        found_(state_.layout.dialect, columns_.size()),
        skip_header_(skip_header) {}

  std::string_view kind() const override { return "csv"; }
  std::string state() const override { return ToText(state_); }

  bool divides() const override { return true; }

  Result<bool> Cut(size_t size_bytes, RecordBlock& block) override {
    while (skip_header_ && rows_.empty()) {
      FIRN_ASSIGN(const bool any, TakeRecord());
      if (!any) return false;
    }
    if (!rows_.empty()) return false;
    FIRN_ASSIGN(const size_t length, records_.WholeRecords(size_bytes));
    if (length == 0) return false;
    block.bytes = reader_.window().substr(0, length);
    block.offset = reader_.offset();
    block.line = records_.line();
    records_.Skip(length);
    state_.line = records_.line();
    state_.open_end = false;
    return true;
  }

  Result<std::unique_ptr<RecordSource>> ForBlocks(SourceReader& reader) const override {
    FIRN_ASSIGN(RowBuilder rows, rows_.MakeAlike());
    CsvState state;
    state.layout = state_.layout;
    return std::unique_ptr<RecordSource>(std::make_unique<CsvSource>(
        reader, std::move(state), std::move(rows), columns_, null_text_, false));
  }

  void BeginBlock(int64_t line) override { records_.set_line(line); }

  Result<std::optional<SourceBatch>> Next() override {
    while (rows_.bytes() < kBatchBytes && rows_.rows() < kBatchRows &&
           rows_.reject_count() < kBatchRejects) {
      FIRN_ASSIGN(const bool any, TakeRows());
      if (!any) break;
    }
    if (rows_.empty()) return std::nullopt;
    FIRN_ASSIGN(SourceBatch batch, rows_.Finish());
    return batch;
  }

 private:
  // Rows together, column by column, where there are any; else the one record. False at the end.
  Result<bool> TakeRows() {
    if (skip_header_ || !records_.NextRows(found_)) return TakeRecord();
    const bool is_utf8 = IsAscii(state_.layout.dialect) && IsValidUtf8(found_.bytes());
    for (size_t at = 0; at < columns_.size(); ++at) {
      if (columns_[at]) FIRN_TRY(rows_.AppendTexts(*columns_[at], TextsOf(at, is_utf8)));
    }
    places_.clear();
    for (size_t row = 0; row < found_.count(); ++row) {
      const auto offset = static_cast<int64_t>(found_.offset(row));
      places_.push_back({offset_of_rows() + offset, found_.line(row), found_.raw(row)});
    }
    FIRN_TRY(rows_.EndRows(places_));
    state_.line = records_.line();
    state_.open_end = false;
    return true;
  }

  // Of rows that were just taken over.
  int64_t offset_of_rows() const {
    return reader_.offset() - static_cast<int64_t>(found_.bytes().size());
  }

  // A column of the rows that were found, by its position in the file. Valid until the next call.
  TextColumn TextsOf(size_t at, bool is_utf8) {
    const bool is_text = IsText(*columns_[at]);
    texts_.resize(found_.count());
    values_.clear();
    for (size_t row = 0; row < texts_.size(); ++row)
      texts_[row] = TextOf(found_.field(row, at), is_text);
    return {texts_, found_.bytes(), is_utf8};
  }

  std::string_view TextOf(const CsvField& field, bool is_text) {
    const bool is_plain = !field.escaped && !null_text_ && !field.text.empty();
    if (is_plain) return field.text;
    if (IsNull(field, is_text)) return {};
    if (!field.escaped) return field.text;
    values_.reserve(found_.bytes().size());  // Which all values of them fit into.
    const size_t begin = values_.size();
    field.AppendTo(values_, state_.layout.dialect);
    return std::string_view(values_).substr(begin);
  }

  // False at the end.
  Result<bool> TakeRecord() {
    FIRN_ASSIGN(const CsvRecord* record, records_.Next());
    if (record == nullptr) return false;
    state_.line = records_.line();
    state_.open_end = !record->ended;
    FIRN_TRY(Add(*record));
    return true;
  }

  Status Add(const CsvRecord& record) {
    const RowPlace place{record.offset, record.line, record.raw};
    if (record.fields == nullptr) {
      rows_.AddReject(place, std::string(record.rule), std::string(record.message));
      return Ok();
    }
    const std::vector<CsvField>& fields = *record.fields;
    if (fields.size() == 1 && fields[0].text.empty() && !fields[0].quoted) return Ok();
    if (std::exchange(skip_header_, false)) return Ok();
    if (fields.size() != columns_.size()) {
      rows_.AddReject(
          place, "field_count",
          std::to_string(fields.size()) + " fields instead of " + std::to_string(columns_.size()));
      return Ok();
    }
    for (size_t at = 0; at < fields.size(); ++at) {
      if (columns_[at]) AddField(*columns_[at], fields[at]);
    }
    return rows_.EndRow(place);
  }

  void AddField(size_t column, const CsvField& field) {
    if (IsNull(field, IsText(column))) {
      rows_.AppendText(column, std::nullopt);
    } else {
      rows_.AppendText(column, field.Value(state_.layout.dialect, values_));
    }
  }

  bool IsNull(const CsvField& field, bool is_text) const {
    if (field.text.empty()) return !(field.quoted && is_text);
    return !field.quoted && null_text_ && field.text == *null_text_;
  }

  bool IsText(size_t column) const {
    return rows_.schema().fields()[column].type.id() == table::TypeId::kString;
  }

  SourceReader& reader_;
  const std::optional<std::string> null_text_;
  CsvState state_;
  RowBuilder rows_;
  Columns columns_;
  CsvReader records_;
  CsvRows found_;
  bool skip_header_;
  std::vector<RowPlace> places_;
  std::vector<std::string_view> texts_;
  std::string values_;  // Of fields that are not what they stand for.
};

Result<std::optional<size_t>> MatchColumn(const RowBuilder& rows, const std::string& name,
                                          const CsvOptions& options) {
  auto column = rows.FindColumn(name);
  if (!column) column = rows.FindColumn(name, false);
  if (column) return column;
  if (options.left_out != nullptr) {
    options.left_out->push_back(name);
    return column;
  }
  return InvalidArgument("the file has a column that the table lacks", QuoteValue(name))
      .WithHint("add the column to the table, or take it out of the file");
}

Status CheckRequired(const RowBuilder& rows, const Columns& given) {
  const auto& fields = rows.schema().fields();
  for (size_t column = 0; column < fields.size(); ++column) {
    const std::string& name = fields[column].name;
    const bool is_given = std::find(given.begin(), given.end(), column) != given.end();
    if (fields[column].required && !is_given && !rows.FillsIn(column)) {
      return InvalidArgument("the file lacks a column that the table requires", name);
    }
  }
  return Ok();
}

// Finds the table's column for each of the file's.
Result<Columns> MatchColumns(const CsvLayout& layout, RowBuilder& rows, const CsvOptions& options) {
  Columns columns;
  if (!layout.has_header && layout.columns.size() > rows.schema().fields().size()) {
    return InvalidArgument("the file has more columns than the table", layout.columns.size());
  }
  for (size_t at = 0; at < layout.columns.size(); ++at) {
    std::optional<size_t> column = at;
    if (layout.has_header) {
      FIRN_ASSIGN(column, MatchColumn(rows, layout.columns[at], options));
    }
    if (column && std::find(columns.begin(), columns.end(), column) != columns.end()) {
      return InvalidArgument("the file has a column twice", QuoteValue(layout.columns[at]));
    }
    columns.push_back(column);
    if (column) rows.GiveUpAudit(rows.schema().fields()[*column].name);
  }
  FIRN_TRY(CheckRequired(rows, columns));
  return columns;
}

Result<CsvState> BeginState(SourceReader& reader, const CsvOptions& options) {
  FIRN_TRY(reader.Fill(kSniffBytes));
  const std::string_view head = reader.window().substr(0, kSniffBytes);
  const bool whole = reader.at_end() && head.size() == reader.window().size();
  CsvState state;
  FIRN_ASSIGN(state.layout, SniffCsv(head, whole, options.hints));
  return state;
}

Status CheckGrowth(const CsvState& state, SourceReader& reader) {
  if (!state.open_end || reader.offset() == reader.end()) return Ok();
  if (reader.window().empty()) FIRN_TRY(reader.More());
  const char next = reader.window().front();
  if (next == '\n' || next == '\r') return Ok();
  return Conflict("the file's last line, already ingested, was written on", state.line)
      .WithHint("end the last line of a file that still grows with a line end");
}

}  // namespace

Result<std::unique_ptr<RecordSource>> OpenCsv(const FileTask& task, SourceReader& reader,
                                              const table::Schema& schema, RowOrigin origin,
                                              const CsvOptions& options) {
  const bool goes_on = task.from > 0;
  FIRN_ASSIGN(CsvState state, goes_on ? StateFrom(task.state()) : BeginState(reader, options));
  if (goes_on) FIRN_TRY(CheckGrowth(state, reader));
  FIRN_ASSIGN(RowBuilder rows, RowBuilder::Make(schema, std::move(origin)));
  FIRN_ASSIGN(Columns columns, MatchColumns(state.layout, rows, options));
  const bool skip_header = !goes_on && state.layout.has_header;
  return std::unique_ptr<RecordSource>(
      std::make_unique<CsvSource>(reader, std::move(state), std::move(rows), std::move(columns),
                                  options.null_text, skip_header));
}

}  // namespace firn::ingest
