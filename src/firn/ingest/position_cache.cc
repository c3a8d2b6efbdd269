// SPDX-License-Identifier: Apache-2.0
//
// Layout: 64 hexadecimal digits, the SHA-256 of the rest; then an Arrow IPC stream of position rows
// whose schema metadata name the table ("table_uuid") and the snapshot ("snapshot_id"). Written
// beside the file and renamed over it, without fsync: a torn file fails its digest.

#include "firn/ingest/position_cache.h"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <fcntl.h>
#include <unistd.h>

#include "firn/base/digest.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::ingest {
namespace {

constexpr size_t kDigestChars = 64;
constexpr char kTableKey[] = "table_uuid";
constexpr char kSnapshotKey[] = "snapshot_id";

Result<std::string> Serialize(const PositionSet& positions, const std::string& table_uuid) {
  std::vector<Position> list;
  list.reserve(positions.latest.size());
  for (const auto& [source_id, position] : positions.latest)
    list.push_back(position);
  FIRN_ASSIGN(auto rows, PositionRows(list));
  const auto about = arrow::key_value_metadata(
      {{kTableKey, table_uuid}, {kSnapshotKey, positions.snapshot->ToString()}});
  rows = rows->ReplaceSchemaMetadata(about);
  FIRN_ASSIGN(auto out, datafile::FromArrow(arrow::io::BufferOutputStream::Create()));
  FIRN_ASSIGN(auto writer, datafile::FromArrow(arrow::ipc::MakeStreamWriter(out, rows->schema())));
  FIRN_TRY(datafile::FromArrow(writer->WriteRecordBatch(*rows)));
  FIRN_TRY(datafile::FromArrow(writer->Close()));
  FIRN_ASSIGN(auto buffer, datafile::FromArrow(out->Finish()));
  return buffer->ToString();
}

std::optional<table::SnapshotId> SnapshotNamed(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return table::SnapshotId(number);
}

Result<PositionSet> Parse(std::string stream, const std::string& table_uuid) {
  auto input =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(stream)));
  FIRN_ASSIGN(auto reader, datafile::FromArrow(arrow::ipc::RecordBatchStreamReader::Open(input)));
  const auto about = reader->schema()->metadata();
  if (about == nullptr) return Corrupt("position cache without a table");
  PositionSet positions;
  FIRN_ASSIGN(const std::string table, datafile::FromArrow(about->Get(kTableKey)));
  FIRN_ASSIGN(const std::string snapshot, datafile::FromArrow(about->Get(kSnapshotKey)));
  if (table != table_uuid) return Corrupt("position cache of another table", table);
  positions.snapshot = SnapshotNamed(snapshot);
  if (!positions.snapshot) return Corrupt("position cache without a snapshot", snapshot);
  while (true) {
    std::shared_ptr<arrow::RecordBatch> rows;
    FIRN_TRY(datafile::FromArrow(reader->ReadNext(&rows)));
    if (rows == nullptr) return positions;
    FIRN_TRY(MergePositions(*rows, positions.latest));
  }
}

}  // namespace

std::optional<PositionSet> PositionCache::Load() const {
  std::ifstream file(path_, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (bytes.size() < kDigestChars) return std::nullopt;
  std::string stream = bytes.substr(kDigestChars);
  if (Sha256Hex(stream) != bytes.substr(0, kDigestChars)) return std::nullopt;
  auto positions = Parse(std::move(stream), table_uuid_);
  if (!positions) return std::nullopt;
  return std::move(*positions);
}

void PositionCache::Store(const PositionSet& positions) const {
  if (!positions.snapshot) return;
  const auto stream = Serialize(positions, table_uuid_);
  if (!stream) return;
  const std::string beside = path_ + "." + std::to_string(getpid());
  close(open(beside.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600));  // Private from its beginning.
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << Sha256Hex(*stream) << *stream;
  file.close();
  if (!file || std::rename(beside.c_str(), path_.c_str()) != 0) std::remove(beside.c_str());
}

}  // namespace firn::ingest
