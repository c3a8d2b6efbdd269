// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/otel/otlp_file_io.h"

#include <optional>
#include <utility>

#include "firn/conversations/framer.h"
#include "firn/conversations/otel/lines.h"
#include "firn/ingest/decoded_file_io.h"

namespace firn::conversations::otel {
namespace {

constexpr int64_t kHeadBytes = 4096;
constexpr int64_t kBlockBytes = int64_t{1} << 20;
constexpr size_t kRequestBytesMax = size_t{64} << 20;
constexpr int64_t kTextBytesMax = int64_t{1} << 38;
constexpr size_t kLengthBytes = 4;

bool IsProtobufName(std::string_view location) {
  return location.ends_with(".pb") || location.ends_with(".otlp");
}

// Whether a text begins with the first member of a request.
bool IsJsonRequest(std::string_view head) {
  std::string_view text = TrimRecord(head);
  if (!text.starts_with('{')) return false;
  text = TrimRecord(text.substr(1));
  return text.starts_with("\"resourceLogs\"") || text.starts_with("\"resourceSpans\"") ||
         text.starts_with("\"resourceMetrics\"");
}

// The length that a request has before it.
size_t LengthAt(std::string_view text) {
  size_t length = 0;
  for (const char byte : text.substr(0, kLengthBytes))
    length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

class Reader {
 public:
  Reader(const io::InputFile& file, ingest::DecodedText& text) : file_(file), text_(text) {}

  Status ReadJson() {
    return ForEachUnit(
        [&](std::string_view window) -> Result<std::optional<size_t>> {
          const std::string_view unit = TrimRecord(window);
          const auto begin = static_cast<size_t>(unit.data() - window.data());
          if (unit.starts_with('{')) {  // It may be laid out over several lines.
            const auto end = EndOfValue(unit);
            if (!end) return std::optional<size_t>();
            return std::optional(begin + *end);
          }
          const size_t newline = window.find('\n', begin);
          if (newline != window.npos) return std::optional(newline + 1);
          return at_end_ ? std::optional(window.size()) : std::nullopt;
        },
        [](std::string_view unit, RecordLines& lines) { return AddLine(unit, lines); });
  }

  Status ReadDelimited(Signal signal) {
    return ForEachUnit(
        [](std::string_view window) -> Result<std::optional<size_t>> {
          if (window.size() < kLengthBytes) return std::optional<size_t>();
          const size_t length = kLengthBytes + LengthAt(window);
          if (length > kRequestBytesMax) return TooLong();
          return window.size() < length ? std::nullopt : std::optional(length);
        },
        [&](std::string_view unit, RecordLines& lines) {
          return AddProtobufLines(signal, unit.substr(kLengthBytes), lines);
        });
  }

  Status ReadWhole(Signal signal) {
    return ForEachUnit(
        [&](std::string_view window) -> Result<std::optional<size_t>> {
          return at_end_ ? std::optional(window.size()) : std::nullopt;
        },
        [&](std::string_view unit, RecordLines& lines) {
          return AddProtobufLines(signal, unit, lines);
        });
  }

 private:
  static Error TooLong() {
    return ResourceExhausted("an OTLP request is longer than may be, in bytes",
                             static_cast<int64_t>(kRequestBytesMax));
  }

  // What is no request stays as it is: nothing of a file is lost.
  static Status AddLine(std::string_view unit, RecordLines& lines) {
    const std::string_view text = TrimRecord(unit);
    if (text.empty()) return Ok();
    Status added = AddJsonLines(text, lines);
    if (added.ok() || added.error().kind != ErrorKind::kCorrupt) return added;
    lines.text.append(text).append("\n");
    return Ok();
  }

  // Cuts units off the front of the file; the last may be one that its writer has not finished.
  template <typename Cut, typename Add>
  Status ForEachUnit(Cut cut, Add add) {
    std::string window;
    size_t begin = 0;
    int64_t at = 0;
    while (true) {
      const std::string_view rest = std::string_view(window).substr(begin);
      FIRN_ASSIGN(const std::optional<size_t> length, cut(rest));
      if (length && *length > 0) {
        RecordLines lines;
        FIRN_TRY(add(rest.substr(0, *length), lines));
        FIRN_TRY(text_.Append(lines.text));
        begin += *length;
        continue;
      }
      if (at_end_) break;
      if (rest.size() > kRequestBytesMax) return TooLong();
      window.erase(0, std::exchange(begin, 0));
      FIRN_ASSIGN(const std::string block, file_.Read(at, kBlockBytes));
      at += static_cast<int64_t>(block.size());
      at_end_ = block.empty() || at >= file_.size_bytes();
      window += block;
    }
    return text_.Finish();
  }

  const io::InputFile& file_;
  ingest::DecodedText& text_;
  bool at_end_ = false;
};

// Which signal protobuf is of, and whether it is one request.
struct Protobuf {
  Signal signal = Signal::kLogs;
  bool delimited = false;
};

Result<std::optional<Protobuf>> ProtobufIn(const io::InputFile& file) {
  FIRN_ASSIGN(const std::string head, file.Read(0, static_cast<int64_t>(kLengthBytes)));
  const size_t length = LengthAt(head);
  const auto size = static_cast<size_t>(file.size_bytes());
  if (length > 0 && length <= size - kLengthBytes && length <= kRequestBytesMax) {
    FIRN_ASSIGN(const std::string first, file.Read(kLengthBytes, static_cast<int64_t>(length)));
    if (const auto signal = SignalOfProtobuf(first)) return std::optional(Protobuf{*signal, true});
  }
  if (size > kRequestBytesMax) return std::optional<Protobuf>();
  FIRN_ASSIGN(const std::string whole, file.Read(0, file.size_bytes()));
  const auto signal = SignalOfProtobuf(whole);
  return signal ? std::optional(Protobuf{*signal, false}) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<io::InputFile>> OtlpFileIO::Open(std::string_view location) {
  FIRN_ASSIGN(auto file, SourceFileIO::Open(location));
  auto text = std::make_unique<ingest::DecodedText>(folder_, kTextBytesMax);
  Reader reader(*file, *text);
  if (IsProtobufName(location)) {
    if (file->size_bytes() < static_cast<int64_t>(kLengthBytes)) return file;
    FIRN_ASSIGN(const std::optional<Protobuf> found, ProtobufIn(*file));
    if (!found) return file;
    FIRN_TRY(found->delimited ? reader.ReadDelimited(found->signal)
                              : reader.ReadWhole(found->signal));
  } else {
    FIRN_ASSIGN(const std::string head, file->Read(0, kHeadBytes));
    if (!IsJsonRequest(head)) return file;
    FIRN_TRY(reader.ReadJson());
  }
  return std::unique_ptr<io::InputFile>(std::move(text));
}

}  // namespace firn::conversations::otel
