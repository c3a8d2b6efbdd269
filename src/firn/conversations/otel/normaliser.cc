// SPDX-License-Identifier: Apache-2.0
//
// Telemetry has no conversation of its own: it speaks of one that the tool keeps, or does not keep.
// So it fills silver.telemetry_calls alone; silver.api_calls joins that with what histories hold.

#include "firn/conversations/otel/normaliser.h"

#include <utility>

#include "firn/conversations/otel/event.h"

namespace firn::conversations::otel {
namespace {

class OtelNormaliser : public RecordNormaliser {
 public:
  explicit OtelNormaliser(SourceKey key) : RecordNormaliser(std::move(key), Framing::kJsonLines) {}

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    return IsLine(record) ? std::optional(SessionOf(record)) : std::nullopt;
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    if (!IsLine(record)) return AddOther("", text, std::nullopt, rows);
    Event event = ReadEvent(record);
    NoteTime(event.time);
    if (!facts().platform && event.platform != key().platform) facts().platform = event.platform;
    if (event.is_error) ++facts().error_count;
    if (!event.call) return Skip();
    event.call->revision = Revision(1, 0);
    rows.telemetry_calls.push_back(std::move(*event.call));
  }
};

}  // namespace

std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) {
  return std::make_unique<OtelNormaliser>(std::move(key));
}

}  // namespace firn::conversations::otel
