// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/tables.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "firn/catalog/catalog.h"
#include "firn/io/location.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

// A counter of a snapshot's summary; foreign writers may leave it out.
int64_t Total(const table::TableMetadata& metadata, const std::string& key) {
  const table::Snapshot* current = metadata.current_snapshot();
  if (current == nullptr) return 0;
  const auto found = current->summary.find(key);
  int64_t number = 0;
  if (found != current->summary.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  }
  return number;
}

TableRow SummaryOf(const catalog::LoadedTable& table) {
  const table::TableMetadata& metadata = *table.metadata;
  return {table.name.ToString(),
          false,
          Total(metadata, "total-records"),
          Total(metadata, "total-data-files"),
          Total(metadata, "total-files-size"),
          static_cast<int64_t>(metadata.snapshots.size()),
          metadata.last_updated,
          std::nullopt};
}

std::string SortText(const table::TableMetadata& metadata) {
  std::string text;
  for (const table::SortField& field : metadata.sort_order().fields) {
    const std::string column(metadata.schema().NameOf(field.source_id));
    const std::string transform = field.transform.ToString();
    text += (text.empty() ? "" : ", ") +
            (transform == "identity" ? column : transform + "(" + column + ")");
    if (field.direction == table::SortDirection::kDescending) text += " desc";
  }
  return text.empty() ? "no" : text;
}

std::string PartitionText(const table::TableMetadata& metadata) {
  std::string text;
  for (const table::PartitionField& field : metadata.spec().fields) {
    const std::string column(metadata.schema().NameOf(field.source_id));
    const std::string transform = field.transform.ToString();
    text += (text.empty() ? "" : ", ") +
            (transform == "identity" ? column : transform + "(" + column + ")");
  }
  return text.empty() ? "no" : text;
}

std::vector<NamedValue> Pairs(const std::map<std::string, std::string>& map) {
  std::vector<NamedValue> pairs;
  for (const auto& [name, value] : map)
    pairs.push_back({name, value});
  return pairs;
}

Result<std::vector<TableRow>> ListViews(catalog::Catalog& catalog) {
  FIRN_ASSIGN(const std::vector<catalog::Namespace> namespaces, catalog.ListNamespaces());
  std::vector<TableRow> rows;
  for (const catalog::Namespace& levels : namespaces) {
    FIRN_ASSIGN(const std::vector<catalog::TableName> names, catalog.views().ListViews(levels));
    for (const catalog::TableName& name : names) {
      TableRow& row = rows.emplace_back();
      row.name = name.ToString();
      row.is_view = true;
      const auto view = catalog.views().LoadView(name);
      if (view.has_value()) {
        row.updated = view->metadata->current_version().timestamp;
      } else {
        row.problem = view.error();
      }
    }
  }
  return rows;
}

}  // namespace

Result<catalog::LoadedTable> LoadForReport(catalog::Catalog& catalog, std::string_view name) {
  FIRN_ASSIGN(const catalog::TableName parsed, catalog::TableName::Parse(name));
  auto table = catalog.LoadTable(parsed);
  const bool absent = !table.has_value() && table.error().kind == ErrorKind::kNotFound;
  if (absent && catalog.views().ViewExists(parsed).value_or(false)) {
    return InvalidArgument("this is a view, not a table", name)
        .WithHint("'firn sql' selects from it; DESCRIBE shows its columns");
  }
  if (absent) {
    return std::move(table).error().WithHint("'firn table list' shows the tables there are");
  }
  return table;
}

namespace {

std::string ContentOf(const table::DataFile& file) {
  if (file.content == table::FileContent::kData) return "data";
  if (file.content == table::FileContent::kEqualityDeletes) return "equality deletes";
  return file.file_format == table::FileFormat::kPuffin ? "deletion vector" : "position deletes";
}

// Of a deletion vector, which shares its file with others, only its own bytes.
int64_t SizeOf(const table::DataFile& file) {
  return file.content_size_bytes.value_or(file.file_size_bytes);
}

}  // namespace

std::string LocationOfPath(std::string_view path) {
  if (path.find("://") != std::string_view::npos) return std::string(path);
  return io::FileLocation(std::filesystem::absolute(path).lexically_normal().string());
}

Result<std::vector<catalog::TableName>> AllTableNames(catalog::Catalog& catalog) {
  FIRN_ASSIGN(const std::vector<catalog::Namespace> namespaces, catalog.ListNamespaces());
  std::vector<catalog::TableName> names;
  for (const catalog::Namespace& levels : namespaces) {
    FIRN_ASSIGN(const std::vector<catalog::TableName> tables, catalog.ListTables(levels));
    names.insert(names.end(), tables.begin(), tables.end());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<TableRow>> ListTables(catalog::Catalog& catalog) {
  FIRN_ASSIGN(const std::vector<catalog::TableName> names, AllTableNames(catalog));
  FIRN_ASSIGN(std::vector<TableRow> rows, ListViews(catalog));
  for (const catalog::TableName& name : names) {
    const auto table = catalog.LoadTable(name);
    if (table.has_value()) {
      rows.push_back(SummaryOf(*table));
    } else {
      rows.emplace_back().name = name.ToString();
      rows.back().problem = table.error();
    }
  }
  std::ranges::sort(rows, {}, &TableRow::name);
  return rows;
}

Result<TableDetails> DescribeTable(catalog::Catalog& catalog, std::string_view name) {
  FIRN_ASSIGN(const catalog::LoadedTable table, LoadForReport(catalog, name));
  const table::TableMetadata& metadata = *table.metadata;
  TableDetails details;
  details.summary = SummaryOf(table);
  details.uuid = metadata.table_uuid ? metadata.table_uuid->ToString() : "";
  details.location = metadata.location;
  details.metadata_location = table.metadata_location;
  details.format_version = metadata.format_version;
  details.partitioning = PartitionText(metadata);
  details.sort_order = SortText(metadata);
  details.properties = Pairs(metadata.properties);
  for (const table::NestedField& field : metadata.schema().fields()) {
    details.columns.push_back(
        {field.id.value, field.name, field.type.ToString(), field.required, field.doc});
  }
  return details;
}

Result<std::vector<SnapshotRow>> SnapshotsOf(catalog::Catalog& catalog, std::string_view name) {
  FIRN_ASSIGN(const catalog::LoadedTable table, LoadForReport(catalog, name));
  const table::TableMetadata& metadata = *table.metadata;
  std::set<table::SnapshotId> ancestors;
  if (metadata.current_snapshot_id) {
    FIRN_ASSIGN(const std::vector<const table::Snapshot*> line,
                table::Ancestors(metadata, *metadata.current_snapshot_id));
    for (const table::Snapshot* snapshot : line)
      ancestors.insert(snapshot->id);
  }
  std::vector<SnapshotRow> rows;
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    SnapshotRow row;
    row.snapshot_id = snapshot.id.value;
    row.parent_id = snapshot.parent_id ? snapshot.parent_id->value : 0;
    row.sequence_number = snapshot.sequence_number.value;
    row.committed_at = snapshot.timestamp;
    row.operation = snapshot.operation();
    row.summary = Pairs(snapshot.summary);
    row.is_current_ancestor = ancestors.contains(snapshot.id);
    for (const auto& [ref_name, ref] : metadata.refs) {
      if (ref.snapshot_id == snapshot.id) row.refs.push_back(ref_name);
    }
    rows.push_back(std::move(row));
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

Result<std::vector<FileRow>> FilesOf(catalog::Catalog& catalog, io::FileIO& io,
                                     std::string_view name) {
  FIRN_ASSIGN(const catalog::LoadedTable table, LoadForReport(catalog, name));
  const table::TableMetadata& metadata = *table.metadata;
  std::vector<FileRow> rows;
  if (metadata.current_snapshot() == nullptr) return rows;
  FIRN_ASSIGN(const auto manifests, table::ManifestsOf(metadata, *metadata.current_snapshot(), io));
  for (const table::ManifestFile& manifest : manifests) {
    const table::PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(const auto entries, table::ReadManifest(io, manifest, *spec));
    for (const table::ManifestEntry& entry : entries) {
      if (!entry.is_live()) continue;
      rows.push_back({entry.file.file_path, table::PartitionPath(*spec, entry.file.partition),
                      entry.file.record_count, SizeOf(entry.file), ContentOf(entry.file)});
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const FileRow& a, const FileRow& b) { return a.path < b.path; });
  return rows;
}

}  // namespace firn::lakehouse
