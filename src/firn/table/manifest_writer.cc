// SPDX-License-Identifier: Apache-2.0

#include "firn/avro/file_writer.h"
#include "firn/base/saturate.h"
#include "firn/io/file_io.h"
#include "firn/table/manifest_avro.h"
#include "firn/table/schema_json.h"

namespace firn::table {
namespace {

Status CheckEntry(const ManifestEntry& entry, const ManifestWriteOptions& options,
                  const Type& partition_type) {
  const DataFile& file = entry.file;
  const bool is_data = file.content == FileContent::kData;
  if (is_data != (options.content == ManifestContent::kData)) {
    return InvalidArgument("data and deletes do not mix in a manifest", file.file_path);
  }
  if (file.partition.size() != options.spec.fields.size()) {
    return InvalidArgument("partition tuple is not of the spec", file.file_path,
                           file.partition.size());
  }
  for (size_t at = 0; at < file.partition.size(); ++at) {
    const NestedField& field = partition_type.fields()[at];
    if (file.partition[at] && file.partition[at]->type() != field.type) {
      return InvalidArgument("partition value of field '" + field.name + "' is a " +
                             file.partition[at]->type().ToString() + ", not a " +
                             field.type.ToString());
    }
  }
  if (entry.status != EntryStatus::kAdded &&
      (!entry.sequence_number || !entry.file_sequence_number || !entry.snapshot_id)) {
    return InvalidArgument("entry that is not new needs its snapshot and sequence numbers",
                           file.file_path);
  }
  return Ok();
}

// Collects the range of one partition field over a manifest.
class SummaryBuilder {
 public:
  void Add(const std::optional<Literal>& value) {
    if (!value) {
      contains_null_ = true;
    } else if (value->is_nan()) {
      contains_nan_ = true;
    } else {
      if (!lower_ || Compare(*value, *lower_) < 0) lower_ = value;
      if (!upper_ || Compare(*value, *upper_) > 0) upper_ = value;
    }
  }

  FieldSummary Finish() const {
    FieldSummary summary{contains_null_, contains_nan_, {}, {}};
    if (lower_) summary.lower_bound = lower_->ToBytes();
    if (upper_) summary.upper_bound = upper_->ToBytes();
    return summary;
  }

 private:
  bool contains_null_ = false;
  bool contains_nan_ = false;
  std::optional<Literal> lower_, upper_;
};

// What the manifest list says of a manifest, from its entries.
class ManifestTotals {
 public:
  explicit ManifestTotals(size_t partition_fields) : summaries_(partition_fields) {
    manifest_.added_files_count = manifest_.existing_files_count = manifest_.deleted_files_count =
        0;
    manifest_.added_rows_count = manifest_.existing_rows_count = manifest_.deleted_rows_count = 0;
  }

  void Add(const ManifestEntry& entry) {
    const int64_t rows = entry.file.record_count;
    switch (entry.status) {
      case EntryStatus::kAdded:
        Count(manifest_.added_files_count, manifest_.added_rows_count, rows);
        break;
      case EntryStatus::kExisting:
        Count(manifest_.existing_files_count, manifest_.existing_rows_count, rows);
        break;
      case EntryStatus::kDeleted:
        Count(manifest_.deleted_files_count, manifest_.deleted_rows_count, rows);
        break;
    }
    if (entry.is_live() && entry.sequence_number &&
        (!min_sequence_number_ || *entry.sequence_number < *min_sequence_number_)) {
      min_sequence_number_ = entry.sequence_number;
    }
    for (size_t at = 0; at < summaries_.size(); ++at) {
      summaries_[at].Add(entry.file.partition[at]);
    }
  }

  ManifestFile Finish() && {
    for (const SummaryBuilder& summary : summaries_) {
      manifest_.partitions.push_back(summary.Finish());
    }
    // Entries that inherit get the commit's number, which is above all others.
    manifest_.min_sequence_number = min_sequence_number_.value_or(kInheritedSequenceNumber);
    return std::move(manifest_);
  }

 private:
  static void Count(std::optional<int64_t>& files, std::optional<int64_t>& rows, int64_t more) {
    *files += 1;
    *rows = AddSaturated(*rows, more);
  }

  ManifestFile manifest_;
  std::vector<SummaryBuilder> summaries_;
  std::optional<SequenceNumber> min_sequence_number_;
};

std::map<std::string, std::string> HeaderOf(const ManifestWriteOptions& options) {
  return {{"schema", SchemaToJson(options.schema).Dump()},
          {"schema-id", options.schema.id().ToString()},
          {"partition-spec", PartitionSpecToJson(options.spec).Find("fields")->Dump()},
          {"partition-spec-id", options.spec.id.ToString()},
          {"format-version", std::to_string(options.format_version)},
          {"content", options.content == ManifestContent::kData ? "data" : "deletes"}};
}

}  // namespace

Result<ManifestFile> WriteManifest(io::FileIO& io, const std::string& location,
                                   const ManifestWriteOptions& options,
                                   const std::vector<ManifestEntry>& entries) {
  if (options.format_version < 2)
    return Unsupported("manifests of format version 1 are not written");
  if (entries.empty()) return InvalidArgument("manifest without entries", location);
  const ManifestContext context{
      options.format_version, options.spec, PartitionType(options.spec, options.schema), {}};
  for (const ManifestEntry& entry : entries) {
    FIRN_TRY(CheckEntry(entry, options, context.partition_type));
  }
  const Json schema = RecordSchema<ManifestEntry, ManifestContext>(EntryFields(), "manifest_entry",
                                                                   options.format_version, context);
  FIRN_ASSIGN(auto file, io.Create(location));
  FIRN_ASSIGN(auto writer,
              avro::FileWriter::Open(std::move(file), schema.Dump(), HeaderOf(options)));
  ManifestTotals totals(options.spec.fields.size());
  std::string object;
  for (const ManifestEntry& entry : entries) {
    object.clear();
    EncodeRecord<ManifestEntry, ManifestContext>(EntryFields(), options.format_version, context,
                                                 entry, object);
    FIRN_TRY(writer.Append(object));
    totals.Add(entry);
  }
  ManifestFile manifest = std::move(totals).Finish();
  FIRN_ASSIGN(manifest.length_bytes, writer.Close());
  manifest.path = location;
  manifest.spec_id = options.spec.id;
  manifest.content = options.content;
  manifest.sequence_number = kInheritedSequenceNumber;
  manifest.added_snapshot_id = options.snapshot_id;
  return manifest;
}

}  // namespace firn::table
