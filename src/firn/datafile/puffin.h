// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/table/ids.h"

namespace firn::datafile {

/// Properties in the order in which they are written.
using PuffinProperties = std::vector<std::pair<std::string, std::string>>;

/// The value of a property; null where there is none.
const std::string* FindProperty(const PuffinProperties& properties, std::string_view key);

enum class PuffinCodec : uint8_t { kNone, kLz4, kZstd };

/// Describes one blob (Puffin spec, "BlobMetadata").
struct PuffinBlob {
  std::string type;
  std::vector<table::FieldId> fields;  ///< The columns it was computed from, in that order.
  table::SnapshotId snapshot_id{-1};   ///< -1 where it is not known when the file is written.
  table::SequenceNumber sequence_number{-1};
  int64_t offset = 0;       ///< Of the first byte in the file.
  int64_t length = 0;       ///< As stored.
  std::string compression;  ///< "lz4", "zstd"; "" = stored as it is.
  PuffinProperties properties;
  Json unknown;  ///< Fields this version does not know, written back.

  friend bool operator==(const PuffinBlob&, const PuffinBlob&) = default;
};

/// The payload of a footer (Puffin spec, "FileMetadata").
struct PuffinFooter {
  std::vector<PuffinBlob> blobs;
  PuffinProperties properties;
  Json unknown;  ///< Fields this version does not know, written back.

  friend bool operator==(const PuffinFooter&, const PuffinFooter&) = default;
};

Json FooterToJson(const PuffinFooter& footer);
/// Errors: `kCorrupt`, naming the field.
Result<PuffinFooter> FooterFromJson(Json json);

/// Reads the blobs of a Puffin file, which holds statistics or deletion vectors. Thread-safe.
class PuffinReader {
 public:
  /// Reads the footer. Errors: `kCorrupt`, naming the file, where it is no Puffin file or blobs lie
  /// outside it; `kUnsupported` for flags this version does not know; those of `FileIO::Open`.
  static Result<PuffinReader> Open(io::FileIO& files, std::string_view location);

  const PuffinFooter& footer() const { return footer_; }
  int64_t footer_bytes() const { return footer_bytes_; }  ///< With its magics and lengths.
  int64_t file_bytes() const { return file_->size_bytes(); }

  /// Reads a blob and decompresses it.
  /// Errors: `kResourceExhausted` over the limit, before memory is taken; `kUnsupported` for an
  /// unknown codec; `kCorrupt`.
  Result<std::string> Read(const PuffinBlob& blob, int64_t size_bytes_max) const;

 private:
  PuffinReader() = default;

  Status ReadFooter();
  Status CheckBlobs() const;

  std::string location_;
  std::unique_ptr<io::InputFile> file_;
  PuffinFooter footer_;
  int64_t footer_bytes_ = 0;
};

/// Writes a Puffin file, blob by blob. Not thread-safe.
class PuffinWriter {
 public:
  /// `footer_codec` is none or LZ4.
  static Result<PuffinWriter> Create(io::FileIO& files, std::string_view location,
                                     PuffinProperties properties,
                                     PuffinCodec footer_codec = PuffinCodec::kNone);

  /// Adds a blob, compressed as `codec` says; returns its description with the place in the file.
  Result<PuffinBlob> Add(PuffinBlob blob, std::string_view payload,
                         PuffinCodec codec = PuffinCodec::kNone);

  /// Writes the footer. The file is complete and still invisible: `TakeFile` gives it for closing.
  Status Finish();
  const PuffinFooter& footer() const { return footer_; }
  int64_t footer_bytes() const { return footer_bytes_; }
  int64_t file_bytes() const { return file_->position(); }
  std::unique_ptr<io::OutputFile> TakeFile() { return std::move(file_); }

 private:
  PuffinWriter() = default;

  std::unique_ptr<io::OutputFile> file_;
  PuffinFooter footer_;
  PuffinCodec footer_codec_ = PuffinCodec::kNone;
  int64_t footer_bytes_ = 0;
};

}  // namespace firn::datafile
