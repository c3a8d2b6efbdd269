// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect_reports.h"

#include <utility>

#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/user_table.h"

namespace firn::lakehouse {
namespace {

// A pattern or path that leads nowhere is a mistake here: nothing was asked of usual places.
Status CheckFound(const ingest::Discovery& discovery) {
  if (!discovery.files.empty() || discovery.problems.empty()) return Ok();
  return discovery.problems.front().error;
}

}  // namespace

Result<IngestReport> CollectReports(const Collector& collector, const IngestRequest& request) {
  FIRN_ASSIGN(const ingest::FileFormat format, ingest::ParseFileFormat(request.source));
  if (request.into.empty()) {
    return InvalidArgument("no table named for " + request.source)
        .WithHint("say where the rows go: --into NAMESPACE.TABLE");
  }
  if (request.paths.empty()) return InvalidArgument("no files named for " + request.source);
  FIRN_ASSIGN(catalog::TableName target, catalog::TableName::Parse(request.into));
  FIRN_ASSIGN(const ingest::Discovery discovery, ingest::Discover(request.paths, collector.env));
  FIRN_TRY(CheckFound(discovery));

  ingest::UserTableOptions options;
  options.ingest = OptionsOf(collector, request, std::move(target));
  options.format = format;
  options.create = request.create;
  if (request.append_rewritten) options.on_rewritten = ingest::OnRewritten::kAppend;
  ingest::DecodedFileIO decoded(collector.files, collector.folder.TemporaryPath());
  const bool is_text = format != ingest::FileFormat::kParquet;
  const ingest::IngestContext context = ContextOf(collector, is_text ? decoded : collector.files);
  FIRN_ASSIGN(const ingest::UserTableReport done,
              ingest::IngestIntoTable(context, discovery, options));
  IngestReport report = ReportOf(done.ingest);
  report.table = request.into;
  if (done.created) report.created_schema = request.into + "\n" + done.created->schema.ToString();
  return report;
}

}  // namespace firn::lakehouse
