// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/slice_format.h"

#include "firn/conversations/bronze.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/privacy/redact_bronze.h"
#include "firn/conversations/slicer.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/reject.h"
#include "firn/ingest/source_reader.h"

namespace firn::conversations {
namespace {

// Source bytes that go into one batch.
constexpr size_t kBatchBytes = size_t{4} << 20;

class ReaderWindow : public ByteWindow {
 public:
  explicit ReaderWindow(ingest::SourceReader& reader) : reader_(reader) {}
  std::string_view window() const override { return reader_.window(); }
  Result<bool> More() override { return reader_.More(); }
  void Consume(size_t count) override { reader_.Consume(count); }

 private:
  ingest::SourceReader& reader_;
};

ingest::Reject LongRecordReject(const Slice& slice, size_t record_bytes_max) {
  const auto begin = static_cast<size_t>(*slice.long_record - slice.offset);
  ingest::Reject reject;
  reject.offset = *slice.long_record;
  reject.rule = "record_size";
  reject.message = "the record at byte " + std::to_string(*slice.long_record) +
                   " is longer than a record may be (" + std::to_string(record_bytes_max) +
                   " bytes): it is kept, but not read";
  if (begin < slice.bytes.size()) {
    reject.raw = slice.bytes.substr(begin, ingest::kRejectRawBytesMax);
  }
  return reject;
}

class SliceSource : public ingest::RecordSource {
 public:
  SliceSource(const Platform& platform, const ingest::FileTask& task, ingest::SourceReader& reader,
              SliceOrigin origin, SlicerOptions options,
              const std::function<bool(std::string_view)>& is_forgotten,
              std::optional<privacy::Redactor> redactor)
      : platform_(platform),
        record_bytes_max_(options.record_bytes_max),
        is_forgotten_(is_forgotten),
        redactor_(std::move(redactor)),
        origin_(std::move(origin)),
        window_(reader),
        slicer_(platform, task.path, window_, {task.from, std::string(task.state()), task.mtime},
                options) {}

  std::string_view kind() const override { return platform_.name(); }

  Result<std::optional<ingest::SourceBatch>> Next() override {
    std::vector<Slice> slices;
    size_t bytes = 0;
    while (bytes < kBatchBytes) {
      FIRN_ASSIGN(std::optional<Slice> slice, slicer_.Next());
      if (!slice) break;
      bytes += slice->bytes.size();
      slices.push_back(std::move(*slice));
    }
    if (slices.empty()) return std::optional<ingest::SourceBatch>();
    if (is_forgotten_) {
      std::erase_if(slices,
                    [&](const Slice& slice) { return is_forgotten_(slice.conversation_id); });
    }
    ingest::SourceBatch batch;
    if (slices.empty()) return std::optional(std::move(batch));
    for (Slice& slice : slices) {
      if (redactor_) FIRN_TRY(privacy::RedactSlice(*redactor_, slice));
      if (slice.long_record) batch.rejects.push_back(LongRecordReject(slice, record_bytes_max_));
    }
    FIRN_ASSIGN(batch.rows, SliceRows(slices, origin_));
    return std::optional(std::move(batch));
  }

  std::string state() const override { return slicer_.state(); }

 private:
  const Platform& platform_;
  const size_t record_bytes_max_;
  const std::function<bool(std::string_view)>& is_forgotten_;
  std::optional<privacy::Redactor> redactor_;
  SliceOrigin origin_;
  ReaderWindow window_;
  Slicer slicer_;
};

// The platform whose file this is, or the one asked for; null where it is none of its own.
Result<const Platform*> PlatformOf(const ingest::FileTask& task, const std::string& only,
                                   ingest::SourceReader& reader) {
  if (task.from > 0 && task.last) return FindPlatform(task.last->kind);
  const Platform* named = only.empty() ? nullptr : FindPlatform(only);
  bool worth_opening = false;
  for (const Platform* platform : Platforms()) {
    worth_opening = worth_opening || platform->MayHold(task.path);
  }
  if (!worth_opening) return static_cast<const Platform*>(nullptr);
  bool more = true;
  while (more && reader.window().size() < kHeadBytes) {
    FIRN_ASSIGN(more, reader.More());
  }
  const std::string_view head = reader.window().substr(0, kHeadBytes);
  if (named != nullptr) return named->Recognise(task.path, head) ? named : nullptr;
  return RecognisePlatform(task.path, head);
}

}  // namespace

SliceFormat::SliceFormat(SliceFormatOptions options, Env& env)
    : options_(std::move(options)), env_(env) {}

Result<std::unique_ptr<ingest::RecordSource>> SliceFormat::Open(
    const ingest::FileTask& task, ingest::SourceReader& reader) const {
  FIRN_ASSIGN(const Platform* platform, PlatformOf(task, options_.platform, reader));
  if (platform == nullptr) return std::unique_ptr<ingest::RecordSource>();
  const TimeUs now = env_.Now();
  SlicerOptions options;
  options.record_bytes_max = options_.record_bytes_max;
  // Half a record may hold half a secret, which nobody would know.
  options.take_unfinished = options_.redactor == nullptr &&
                            now.value - task.mtime.value > options_.finished_after.value * 1000;
  SliceOrigin origin{task.source_id,  task.machine,     ingest::ColumnPath(task.path),
                     task.generation, options_.user_id, now};
  std::optional<privacy::Redactor> redactor;
  if (options_.redactor != nullptr) {
    FIRN_ASSIGN(redactor, options_.redactor->Copy());
  }
  return std::unique_ptr<ingest::RecordSource>(
      std::make_unique<SliceSource>(*platform, task, reader, std::move(origin), options,
                                    options_.is_forgotten, std::move(redactor)));
}

Status SliceFormat::AllowRewritten(const ingest::FileTask&) const {
  return Ok();
}

}  // namespace firn::conversations
