// SPDX-License-Identifier: Apache-2.0
//
// The slices of a conversation come source by source. For each source a normaliser goes on from the
// state of its row in silver.conversation_sources. A refresh begins from nothing, but only if
// bronze still has, of every source silver knows, the slice it began with.

#include "firn/conversations/normalise_group.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <arrow/api.h>

#include "firn/conversations/bronze.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/privacy/redact_silver.h"

namespace firn::conversations {
namespace {

// Rows are handed on when they hold about so much text.
constexpr int64_t kFlushBytes = int64_t{4} << 20;

using SourceName = std::pair<std::string, int32_t>;

struct Known {
  std::string state;
  int64_t first_offset = 0;
  std::optional<TimeUs> first_ingested;
};

Result<std::map<SourceName, Known>> ReadKnown(const arrow::RecordBatch* rows,
                                              const privacy::ColumnActions& columns) {
  std::map<SourceName, Known> known;
  if (rows == nullptr) return known;
  const auto column = [&]<typename ArrayType>(const char* name, const ArrayType*& array) {
    array = dynamic_cast<const ArrayType*>(rows->GetColumnByName(name).get());
    return array != nullptr ? Ok() : Status(Corrupt("column absent or of another type", name));
  };
  const arrow::StringArray *ids = nullptr, *states = nullptr;
  const arrow::Int32Array* generations = nullptr;
  const arrow::Int64Array* offsets = nullptr;
  const arrow::TimestampArray* times = nullptr;
  FIRN_TRY(column("source_id", ids));
  FIRN_TRY(column("state", states));
  FIRN_TRY(column("source_generation", generations));
  FIRN_TRY(column("first_offset", offsets));
  FIRN_TRY(column("first_ingested", times));
  for (int64_t i = 0; i < rows->num_rows(); ++i) {
    Known& one = known[{ids->GetString(i), generations->Value(i)}];
    if (!states->IsNull(i)) {
      FIRN_ASSIGN(one.state, columns.OpenState(states->GetView(i)));
    }
    if (!offsets->IsNull(i)) one.first_offset = offsets->Value(i);
    if (!times->IsNull(i)) one.first_ingested = TimeUs{times->Value(i)};
  }
  return known;
}

// One source of the group, being read.
struct OpenSource {
  SourceKey key;
  std::unique_ptr<Normaliser> normaliser;
  int64_t first_offset = 0;
  std::optional<TimeUs> first_ingested;
  std::optional<TimeUs> last_ingested;
};

Result<OpenSource> OpenAt(const SliceRow& slice, const Known* known) {
  const Platform* platform = FindPlatform(slice.source.platform);
  if (platform == nullptr) {
    return Unsupported("no normaliser for this platform", slice.source.platform);
  }
  OpenSource open;
  open.key = slice.source;
  open.first_offset = known != nullptr ? known->first_offset : slice.place.offset;
  open.first_ingested = known != nullptr ? known->first_ingested : slice.ingested_at;
  FIRN_ASSIGN(open.normaliser,
              platform->MakeNormaliser(open.key, known != nullptr ? known->state : ""));
  return open;
}

Status Close(OpenSource& open, privacy::Redactor* redactor, const privacy::ColumnPolicy& columns,
             SilverBatchBuilder& builder) {
  SilverRows rows;
  SourceFacts facts;
  std::string state = open.normaliser->Finish(rows, facts);
  facts.first_offset = open.first_offset;
  facts.first_ingested = open.first_ingested;
  facts.last_ingested = open.last_ingested;
  if (redactor != nullptr) {
    FIRN_TRY(privacy::RedactRows(*redactor, columns, rows));
    FIRN_TRY(privacy::RedactFacts(*redactor, columns, facts));
    FIRN_TRY(redactor->Redact(state));
  }
  builder.Add(open.key, rows);
  builder.Add(open.key, facts, open.normaliser->next_offset(), state);
  return Ok();
}

// Every row of the group in memory order: batch by batch, each kept while its rows are used.
class SliceReader {
 public:
  explicit SliceReader(const SliceGroup& group) : group_(group) {}

  // The next row, null after the last; valid until the next call.
  Result<const SliceRow*> Next() {
    while (at_ == rows_.size()) {
      FIRN_ASSIGN(batch_, group_.next());
      if (batch_ == nullptr) return static_cast<const SliceRow*>(nullptr);
      FIRN_ASSIGN(rows_, ReadSliceRows(*batch_));
      at_ = 0;
    }
    return &rows_[at_++];
  }

 private:
  const SliceGroup& group_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::vector<SliceRow> rows_;
  size_t at_ = 0;
};

Status WriteAll(const SilverBatches& batches, const WriteSilver& write) {
  const auto put = [&](std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) {
    return rows == nullptr ? Ok() : write(table, rows);
  };
  FIRN_TRY(put("silver.messages", batches.messages));
  FIRN_TRY(put("silver.tool_calls", batches.tool_calls));
  FIRN_TRY(put("silver.telemetry_calls", batches.telemetry_calls));
  return put("silver.conversation_sources", batches.conversation_sources);
}

// Hands rows on; in a refresh only once every source that silver knows was seen to begin as it did.
class GatedWriter {
 public:
  GatedWriter(const SliceGroup& group, const std::map<SourceName, Known>& known) : group_(group) {
    if (!group.refresh) return;
    for (const auto& [name, one] : known)
      awaited_.emplace(name, one.first_offset);
  }

  void Saw(const SourceName& name, int64_t offset) {
    const auto found = awaited_.find(name);
    if (found != awaited_.end() && offset <= found->second) awaited_.erase(found);
  }
  bool is_open() const { return awaited_.empty(); }

  Status Write(SilverBatches batches) {
    held_.push_back(std::move(batches));
    if (!is_open()) return Ok();
    for (const SilverBatches& one : held_)
      FIRN_TRY(WriteAll(one, group_.write));
    held_.clear();
    return Ok();
  }

 private:
  const SliceGroup& group_;
  std::map<SourceName, int64_t> awaited_;
  std::vector<SilverBatches> held_;
};

}  // namespace

Result<GroupNormaliser> GroupNormaliser::Make(std::unique_ptr<privacy::Redactor> redactor,
                                              privacy::ColumnActions columns) {
  FIRN_ASSIGN(SilverBatchBuilder builder, SilverBatchBuilder::Make());
  return GroupNormaliser(std::move(builder), std::move(redactor), std::move(columns));
}

GroupNormaliser::GroupNormaliser(SilverBatchBuilder builder,
                                 std::unique_ptr<privacy::Redactor> redactor,
                                 privacy::ColumnActions columns)
    : builder_(std::move(builder)), redactor_(std::move(redactor)), columns_(std::move(columns)) {}

Result<SilverBatches> GroupNormaliser::TakeBatches() {
  FIRN_ASSIGN(SilverBatches batches, builder_.Finish());
  FIRN_ASSIGN(batches.messages, columns_.Apply("silver.messages", batches.messages));
  FIRN_ASSIGN(batches.tool_calls, columns_.Apply("silver.tool_calls", batches.tool_calls));
  FIRN_ASSIGN(batches.conversation_sources,
              columns_.Apply("silver.conversation_sources", batches.conversation_sources));
  return batches;
}

Result<GroupNormaliser::Outcome> GroupNormaliser::Process(const SliceGroup& group) {
  FIRN_ASSIGN(const auto known, ReadKnown(group.state.get(), columns_));
  GatedWriter writer(group, known);
  SliceReader reader(group);
  std::optional<OpenSource> open;
  // Rows that may have to be dropped do not mix with those of other groups.
  const bool gated = !writer.is_open();
  if (gated) FIRN_TRY(Flush(group.write));
  while (true) {
    FIRN_ASSIGN(const SliceRow* slice, reader.Next());
    const bool same = slice != nullptr && open && open->key.source_id == slice->source.source_id &&
                      open->key.source_generation == slice->source.source_generation;
    if (open && !same) FIRN_TRY(Close(*open, redactor_.get(), columns_.policy(), builder_));
    if (slice == nullptr) break;
    if (!same) {
      const SourceName name(slice->source.source_id, slice->source.source_generation);
      writer.Saw(name, slice->place.offset);
      const auto found = known.find(name);
      const bool goes_on = found != known.end() && !group.refresh;
      FIRN_ASSIGN(open, OpenAt(*slice, goes_on ? &found->second : nullptr));
    }
    SilverRows rows;
    FIRN_TRY(open->normaliser->Add(slice->place, slice->bytes, rows));
    open->last_ingested = slice->ingested_at;
    if (redactor_ != nullptr) FIRN_TRY(privacy::RedactRows(*redactor_, columns_.policy(), rows));
    builder_.Add(open->key, rows);
    if (builder_.size_bytes() < kFlushBytes) continue;
    FIRN_ASSIGN(SilverBatches batches, TakeBatches());
    FIRN_TRY(writer.Write(std::move(batches)));
  }
  if (!gated) return Outcome::kDone;
  FIRN_ASSIGN(SilverBatches batches, TakeBatches());
  if (!writer.is_open()) return Outcome::kKeepStored;
  FIRN_TRY(writer.Write(std::move(batches)));
  return Outcome::kDone;
}

Status GroupNormaliser::Flush(const WriteSilver& write) {
  FIRN_ASSIGN(const SilverBatches batches, TakeBatches());
  return WriteAll(batches, write);
}

}  // namespace firn::conversations
