// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_at_clause.h"

#include <charconv>
#include <utility>

#include "firn/table/scan.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

std::optional<int64_t> WholeNumber(const std::string& text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

Error NoSuchRef(const std::string& name) {
  return NotFound("no branch or tag of that name", name)
      .WithHint("t$refs lists them, t$snapshots the snapshot ids");
}

Result<table::ScanRequest> VersionRequest(const Value& version,
                                          const table::TableMetadata& metadata) {
  table::ScanRequest request;
  const std::string text = version.ToString();
  if (version.type().id() == LogicalTypeId::VARCHAR && metadata.FindRef(text) != nullptr) {
    request.ref = text;
    return request;
  }
  const auto id = WholeNumber(text);
  if (!id) return NoSuchRef(text);
  request.snapshot = table::SnapshotId(*id);
  return request;
}

Result<table::ScanRequest> TimeRequest(duckdb::ClientContext& context, const Value& time) {
  Value instant;
  std::string problem;
  if (!time.TryCastAs(context, LogicalType::TIMESTAMP_TZ, instant, &problem)) {
    return InvalidArgument("AT (TIMESTAMP => ...) takes a timestamp", time.ToString());
  }
  table::ScanRequest request;
  request.as_of = TimeMs{FloorDiv(instant.GetValueUnsafe<int64_t>(), 1000)};
  return request;
}

Result<table::ScanRequest> RequestOf(duckdb::ClientContext& context,
                                     const duckdb::BoundAtClause& at,
                                     const table::TableMetadata& metadata) {
  if (at.GetValue().IsNull()) return InvalidArgument("AT takes no null");
  const std::string unit = duckdb::StringUtil::Lower(at.Unit());
  if (unit == "version") return VersionRequest(at.GetValue(), metadata);
  if (unit == "timestamp") return TimeRequest(context, at.GetValue());
  return InvalidArgument("AT takes VERSION or TIMESTAMP", at.Unit());
}

bool IsInstant(const Value& value, const table::TableMetadata& metadata) {
  const LogicalTypeId type = value.type().id();
  if (type != LogicalTypeId::VARCHAR) return value.type().IsTemporal();
  const std::string text = value.ToString();
  Value instant;
  std::string problem;
  return metadata.FindRef(text) == nullptr && !WholeNumber(text) &&
         value.DefaultTryCastAs(LogicalType::TIMESTAMP, instant, &problem);
}

// A branch is read with the table's columns of today, a tag or snapshot with its own.
bool ReadsOwnSchema(const table::ScanRequest& request, const table::TableMetadata& metadata) {
  const table::Ref* ref = metadata.FindRef(request.ref);
  return ref == nullptr || !ref->is_branch();
}

// The table as it is now or, with a request, as it asks.
Result<std::shared_ptr<const ScanSource>> SourceOf(const catalog::LoadedTable& table,
                                                   const Lake& lake,
                                                   const std::optional<table::ScanRequest>& asked) {
  auto source = std::make_shared<ScanSource>();
  const std::shared_ptr<const table::TableMetadata>& metadata = table.metadata;
  source->name = table.name.ToString();
  source->metadata = metadata;
  source->metadata_location = table.metadata_location;
  source->snapshot = metadata->current_snapshot_id;
  source->schema = metadata->schema();
  source->io = &lake.io;
  source->manifests = lake.manifests.get();
  if (asked) {
    FIRN_ASSIGN(const table::Snapshot* snapshot, table::ResolveSnapshot(*metadata, *asked));
    source->snapshot = std::nullopt;
    if (snapshot != nullptr) {
      source->snapshot = snapshot->id;
      if (ReadsOwnSchema(*asked, *metadata)) source->schema = metadata->SchemaOf(*snapshot);
    }
  }
  return std::shared_ptr<const ScanSource>(std::move(source));
}

}  // namespace

std::optional<std::string> RefOfSuffix(std::string_view suffix) {
  for (const std::string_view kind : {"branch_", "tag_"}) {
    const bool is_kind =
        duckdb::StringUtil::CIEquals(std::string(suffix.substr(0, kind.size())), std::string(kind));
    if (is_kind && suffix.size() > kind.size()) return std::string(suffix.substr(kind.size()));
  }
  return std::nullopt;
}

Result<std::shared_ptr<const ScanSource>> SourceAt(duckdb::ClientContext& context,
                                                   const catalog::LoadedTable& table,
                                                   const Lake& lake,
                                                   duckdb::optional_ptr<duckdb::BoundAtClause> at) {
  if (!at) return SourceOf(table, lake, std::nullopt);
  FIRN_ASSIGN(auto request, RequestOf(context, *at, *table.metadata));
  return SourceOf(table, lake, std::move(request));
}

Result<std::shared_ptr<const ScanSource>> SourceOfRef(const catalog::LoadedTable& table,
                                                      const Lake& lake, const std::string& ref) {
  if (table.metadata->FindRef(ref) == nullptr) return NoSuchRef(ref);
  table::ScanRequest request;
  request.ref = ref;
  return SourceOf(table, lake, std::move(request));
}

Result<std::optional<table::SnapshotId>> SnapshotAt(duckdb::ClientContext& context,
                                                    const Value& value,
                                                    const table::TableMetadata& metadata) {
  const bool instant = IsInstant(value, metadata);
  FIRN_ASSIGN(const table::ScanRequest request,
              instant ? TimeRequest(context, value) : VersionRequest(value, metadata));
  const auto snapshot = table::ResolveSnapshot(metadata, request);
  std::optional<table::SnapshotId> id;
  if (!snapshot && instant && snapshot.error().kind == ErrorKind::kNotFound) return id;
  if (!snapshot) return snapshot.error();
  if (*snapshot != nullptr) id = (*snapshot)->id;
  return id;
}

std::string TextOf(duckdb::optional_ptr<duckdb::BoundAtClause> at) {
  return at ? at->Unit() + "=" + at->GetValue().ToSQLString() : std::string();
}

}  // namespace firn::sql
