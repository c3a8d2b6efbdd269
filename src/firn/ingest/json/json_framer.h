// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/ingest/json/json_path.h"

namespace firn::ingest {

class SourceReader;

/// How records follow each other in a file.
enum class JsonFraming {
  kLines,     ///< One value a line.
  kDocument,  ///< An array of values, or values one after the other, laid out in any way.
};

/// One record's bytes, or bytes that are none.
struct JsonPiece {
  std::string_view bytes;  ///< Of one that is too long, the first.
  int64_t offset = 0;
  int64_t line = 0;  ///< Of its first byte, from 1.
  bool too_long = false;
  bool unfinished = false;   ///< The file ends in its middle; nothing of it was taken over.
  bool records_end = false;  ///< No record: those of a document ended, the rest of it is next.
};

/// Where in a file a framer stands.
struct JsonPlace {
  int64_t line = 1;
  bool in_array = false;  ///< Of a document: within the array of its records.
  int64_t open = 0;       ///< So many objects around the records have not ended.
};

/// Cuts a file into JSON records without reading them. Memory is bounded by `record_bytes_max`. Not
/// thread-safe.
class JsonFramer {
 public:
  /// `records` leads to the records of each document: an array of them, or one; what is around
  /// them is passed over, however long it is.
  JsonFramer(SourceReader& reader, JsonFraming framing, const JsonPlace& place,
             size_t record_bytes_max, JsonPath records = {});

  /// The next record; unset at the end. Blank lines and what stands between records is skipped.
  /// The bytes stay valid until the next call. Once one is unfinished, so is every further call.
  /// Errors: `kResourceExhausted` for a value of a document that is too long: nobody can tell where
  /// the next one begins. A line that is too long is a piece that says so. `kInvalidArgument`
  /// where a document has nothing at the path of the records; `kCorrupt` where it ends before.
  Result<std::optional<JsonPiece>> Next();

  /// The length of the whole lines among the next `size_bytes`; 0 where the first is longer, or not
  /// ended.
  Result<size_t> WholeLines(size_t size_bytes);
  /// Takes over what `WholeLines` gave.
  void SkipLines(size_t size_bytes);

  const JsonPlace& place() const { return place_; }  ///< At the reader's offset.
  /// Says that the reader stands elsewhere now.
  void set_place(const JsonPlace& place) { place_ = place; }
  /// Whether the next call passes over the rest of a document, and a later one cannot go on within
  /// that: what came before is to be handed out first.
  bool is_behind_records() const { return place_.open > 0 && !place_.in_array; }

 private:
  Result<bool> SkipBlanks();
  bool StepOverPunctuation();
  Result<bool> GoToRecords();
  Status EnterMember(const std::string& name, std::string_view& wrong);
  Status CloseDocument();
  Result<std::string> ReadName();
  Status PassOverValue();
  Result<char> Front();
  Result<std::optional<JsonPiece>> NextLine();
  Result<std::optional<JsonPiece>> NextValue();
  Result<JsonPiece> SkipLongLine(JsonPiece piece);
  JsonPiece Take(size_t length, int64_t lines);
  size_t ScanValue(std::string_view window);

  SourceReader& reader_;
  JsonFraming framing_;
  JsonPlace place_;
  size_t record_bytes_max_;
  JsonPath records_;
  std::string cut_;  // The first bytes of a record that is too long.
  // How far the value at the front of the window was scanned.
  size_t scanned_ = 0;
  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace firn::ingest
