// SPDX-License-Identifier: Apache-2.0
//
// Any bytes, as a request in JSON and as one of each signal in protobuf: what is taken is lines, of
// which each is a record that can be read, and bytes read twice give the same.

#include <cstdint>
#include <string_view>

#include "firn/base/assert.h"
#include "firn/base/json.h"
#include "firn/conversations/otel/lines.h"
#include "firn/conversations/platforms.h"

namespace firn {
namespace {

using namespace conversations;

void CheckLines(const otel::RecordLines& lines) {
  FIRN_ASSERT(lines.text.empty() || lines.text.ends_with('\n'));
  const auto normaliser = Otel().MakeNormaliser({"otel", "c", "n", "s", 0, "a.jsonl", "u"}, "");
  FIRN_ASSERT(normaliser.has_value());
  SilverRows rows;
  const SlicePlace place{0, static_cast<int64_t>(lines.text.size())};
  FIRN_ASSERT((*normaliser)->Add(place, lines.text, rows).ok());
  SourceFacts facts;
  (*normaliser)->Finish(rows, facts);
  FIRN_ASSERT(facts.records_unreadable == 0 && facts.records_other == 0);
}

void CheckProtobuf(otel::Signal signal, std::string_view bytes) {
  const Result<std::string> json = otel::JsonOfProtobuf(signal, bytes);
  if (!json) return;
  otel::RecordLines lines, again;
  const Status added = otel::AddJsonLines(*json, lines);
  FIRN_ASSERT(added.ok() == otel::AddProtobufLines(signal, bytes, again).ok());
  FIRN_ASSERT(lines.text == again.text && lines.records == again.records);
  if (added.ok()) CheckLines(lines);
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  for (const otel::Signal signal :
       {otel::Signal::kLogs, otel::Signal::kSpans, otel::Signal::kMetrics})
    CheckProtobuf(signal, bytes);
  (void)otel::SignalOfProtobuf(bytes);
  otel::RecordLines lines;
  if (otel::AddJsonLines(bytes, lines).ok()) CheckLines(lines);
}

}  // namespace firn
