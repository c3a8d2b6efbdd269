// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/json/json_source.h"

#include <utility>

#include "firn/base/json.h"
#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/json/json_rows.h"
#include "firn/ingest/source_reader.h"

namespace firn::ingest {
namespace {

constexpr size_t kBatchBytes = size_t{8} << 20;
constexpr int64_t kBatchRows = 128 * 1024;
constexpr size_t kBatchRejects = 4096;
constexpr int64_t kMicrosPerMilli = 1000;

class JsonSource : public RecordSource {
 public:
  JsonSource(SourceReader& reader, JsonFraming framing, const JsonPlace& place, JsonPath records,
             bool finished, RowBuilder rows)
      : reader_(reader),
        framing_(framing),
        finished_(finished),
        records_(reader, framing, place, kRecordBytesMax, std::move(records)),
        rows_(std::move(rows)) {}

  std::string_view kind() const override {
    return framing_ == JsonFraming::kLines ? "jsonl" : "json";
  }

  std::string state() const override {
    Json json;
    json.Set("line", records_.place().line);
    json.Set("in_array", records_.place().in_array);
    json.Set("open", records_.place().open);
    return json.Dump();
  }

  bool divides() const override { return framing_ == JsonFraming::kLines; }

  Result<bool> Cut(size_t size_bytes, RecordBlock& block) override {
    if (!divides() || !rows_.empty()) return false;
    FIRN_ASSIGN(const size_t length, records_.WholeLines(size_bytes));
    if (length == 0) return false;
    block.bytes = reader_.window().substr(0, length);
    block.offset = reader_.offset();
    block.line = records_.place().line;
    records_.SkipLines(length);
    return true;
  }

  Result<std::unique_ptr<RecordSource>> ForBlocks(SourceReader& reader) const override {
    FIRN_ASSIGN(RowBuilder rows, rows_.MakeAlike());
    return std::unique_ptr<RecordSource>(std::make_unique<JsonSource>(
        reader, framing_, JsonPlace(), JsonPath(), finished_, std::move(rows)));
  }

  void BeginBlock(int64_t line) override {
    JsonPlace place;
    place.line = line;
    records_.set_place(place);
  }

  Result<std::optional<SourceBatch>> Next() override {
    std::optional<JsonPiece> piece;
    bool taken = true;
    while (taken && rows_.bytes() < kBatchBytes && rows_.rows() < kBatchRows &&
           rows_.reject_count() < kBatchRejects) {
      if (records_.is_behind_records() && !rows_.empty()) break;
      FIRN_ASSIGN(piece, records_.Next());
      if (!piece) break;
      if (piece->records_end) continue;
      FIRN_ASSIGN(taken, Add(*piece));
    }
    if (!rows_.empty()) {  // What is wrong with the end is found again by the next call.
      FIRN_ASSIGN(SourceBatch batch, rows_.Finish());
      return batch;
    }
    if (framing_ == JsonFraming::kDocument) FIRN_TRY(CheckEnd(piece, taken));
    return std::nullopt;
  }

 private:
  Status CheckEnd(const std::optional<JsonPiece>& piece, bool taken) const {
    constexpr std::string_view kAdvice =
        "the whole records before it are in the table; ingest the file again once it is complete";
    if (!taken) {
      return Corrupt("the file ends in the middle of the value that begins in line", piece->line)
          .WithHint(std::string(kAdvice));
    }
    if (!records_.place().in_array) return Ok();
    return Corrupt("the file ends before its array does: line", records_.place().line)
        .WithHint(std::string(kAdvice));
  }

  // False for an unfinished last record, which stays where it is.
  Result<bool> Add(const JsonPiece& piece) {
    const RowPlace place{piece.offset, piece.line, piece.bytes};
    if (piece.too_long) {
      rows_.AddReject(place, "record_size", "the line is longer than a record may be");
      return true;
    }
    if (piece.unfinished) {
      if (framing_ == JsonFraming::kDocument) return false;
      if (!finished_ && !parser_.IsObject(piece.bytes)) return false;
      FIRN_TRY(parser_.Add(piece.bytes, place, rows_));
      reader_.Consume(piece.bytes.size());
      return true;
    }
    FIRN_TRY(parser_.Add(piece.bytes, place, rows_));
    return true;
  }

  SourceReader& reader_;
  JsonFraming framing_;
  bool finished_;  // Nobody writes to the file any more.
  JsonFramer records_;
  JsonRows parser_;
  RowBuilder rows_;
};

Result<JsonPlace> PlaceFrom(std::string_view state) {
  FIRN_ASSIGN(const Json json, Json::Parse(state));
  JsonPlace place;
  FIRN_ASSIGN(place.line, json.GetInt64("line"));
  FIRN_ASSIGN(place.in_array, json.GetBool("in_array"));
  if (json.Find("open") != nullptr) {  // States of before there were paths to records.
    FIRN_ASSIGN(place.open, json.GetInt64("open"));
  }
  return place;
}

}  // namespace

Result<std::unique_ptr<RecordSource>> OpenJson(const FileTask& task, SourceReader& reader,
                                               const table::Schema& schema, RowOrigin origin,
                                               JsonFraming framing, const JsonOptions& options) {
  JsonPlace place;
  if (task.from > 0) {
    FIRN_ASSIGN(place, PlaceFrom(task.state()));
  }
  const bool finished =
      origin.ingested_at.value - task.mtime.value > kFinishedAfter.value * kMicrosPerMilli;
  FIRN_ASSIGN(RowBuilder rows, RowBuilder::Make(schema, std::move(origin)));
  return std::unique_ptr<RecordSource>(std::make_unique<JsonSource>(
      reader, framing, place, options.records, finished, std::move(rows)));
}

}  // namespace firn::ingest
