// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_source.h"

#include <utility>

#include <arrow/api.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/ingest/csv/csv_source.h"
#include "firn/ingest/report/advisor_rows.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/ingest/report/summary_rows.h"
#include "firn/ingest/row_builder.h"
#include "firn/ingest/source_reader.h"

namespace firn::ingest {
namespace {

constexpr size_t kDocumentBytesMax = size_t{64} << 20;

// A report that is read whole.
class DocumentSource : public RecordSource {
 public:
  DocumentSource(ReportKind kind, SourceReader& reader, RowBuilder rows)
      : kind_(kind), reader_(reader), rows_(std::move(rows)) {}

  std::string_view kind() const override { return ReportKindName(kind_); }
  std::string state() const override { return ""; }

  Result<std::optional<SourceBatch>> Next() override {
    if (std::exchange(done_, true)) return std::nullopt;
    FIRN_TRY(ReadAll());
    const std::string_view text = reader_.window();
    FIRN_TRY(kind_ == ReportKind::kIndexAdvisor ? AddAdvisorRows(text, rows_)
                                                : AddSummaryRows(text, rows_));
    reader_.Consume(text.size());
    if (rows_.empty()) return std::nullopt;
    FIRN_ASSIGN(SourceBatch batch, rows_.Finish());
    return batch;
  }

 private:
  Status ReadAll() {
    while (true) {
      FIRN_ASSIGN(const bool more, reader_.More());
      if (!more) return Ok();
      if (reader_.window().size() > kDocumentBytesMax) {
        return ResourceExhausted("the report is longer than may be", kDocumentBytesMax);
      }
    }
  }

  ReportKind kind_;
  SourceReader& reader_;
  RowBuilder rows_;
  bool done_ = false;
};

// Gives the rows of another source their day.
class DatedSource : public RecordSource {
 public:
  DatedSource(const ReportName& report, std::unique_ptr<RecordSource> inner, const TimeZone& zone,
              int32_t fallback_day)
      : report_(report), inner_(std::move(inner)), zone_(zone), fallback_day_(fallback_day) {}

  std::string_view kind() const override { return ReportKindName(report_.kind); }
  std::string state() const override { return inner_->state(); }

  Result<std::optional<SourceBatch>> Next() override {
    FIRN_ASSIGN(auto batch, inner_->Next());
    if (batch && batch->rows != nullptr) {
      FIRN_ASSIGN(batch->rows, WithDays(*batch->rows));
    }
    return batch;
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> WithDays(const arrow::RecordBatch& rows) const {
    const auto times =
        std::dynamic_pointer_cast<arrow::TimestampArray>(rows.GetColumnByName("timestamp"));
    FIRN_ASSERT(times != nullptr);
    arrow::Date32Builder days;
    FIRN_TRY(datafile::FromArrow(days.Reserve(rows.num_rows())));
    for (int64_t row = 0; row < rows.num_rows(); ++row)
      days.UnsafeAppend(DayOf(*times, row));
    FIRN_ASSIGN(const auto column, datafile::FromArrow(days.Finish()));
    return datafile::FromArrow(
        rows.AddColumn(rows.num_columns(), std::string(kDatePartition), column));
  }

  int32_t DayOf(const arrow::TimestampArray& times, int64_t row) const {
    if (report_.kind == ReportKind::kDaily) return report_.first_day;
    return times.IsNull(row) ? fallback_day_ : DayIn(zone_, times.Value(row));
  }

  const ReportName& report_;
  std::unique_ptr<RecordSource> inner_;
  const TimeZone& zone_;
  int32_t fallback_day_;
};

Result<std::unique_ptr<RecordSource>> OpenRows(const ReportName& report, const FileTask& task,
                                               SourceReader& reader, RowOrigin origin,
                                               std::vector<std::string>& left_out) {
  const table::Schema schema = ReportInputSchema(report.kind);
  if (report.kind == ReportKind::kDaily || report.kind == ReportKind::kWeekly) {
    CsvOptions options;
    options.left_out = &left_out;
    FIRN_ASSIGN(auto rows, OpenCsv(task, reader, schema, std::move(origin), options));
    std::erase(left_out, kDatePartition);
    return rows;
  }
  FIRN_ASSIGN(RowBuilder rows, RowBuilder::Make(schema, std::move(origin)));
  return std::unique_ptr<RecordSource>(
      std::make_unique<DocumentSource>(report.kind, reader, std::move(rows)));
}

}  // namespace

int32_t DayIn(const TimeZone& zone, int64_t micros) {
  constexpr int64_t kMicros = 1'000'000, kDaySeconds = 86'400;
  const int64_t seconds = FloorDiv(micros, kMicros);
  return static_cast<int32_t>(FloorDiv(seconds + zone.OffsetAt(seconds), kDaySeconds));
}

Result<std::unique_ptr<RecordSource>> OpenReport(const ReportName& report, const FileTask& task,
                                                 SourceReader& reader, const TimeZone& zone,
                                                 int32_t fallback_day,
                                                 std::vector<std::string>& left_out) {
  RowOrigin origin;
  origin.zone = &zone;
  FIRN_ASSIGN(auto rows, OpenRows(report, task, reader, std::move(origin), left_out));
  return std::unique_ptr<RecordSource>(
      std::make_unique<DatedSource>(report, std::move(rows), zone, fallback_day));
}

}  // namespace firn::ingest
