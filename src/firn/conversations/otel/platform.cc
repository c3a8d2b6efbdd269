// SPDX-License-Identifier: Apache-2.0
//
// OpenTelemetry: what Claude Code and others export of themselves, and what a collector or Firn
// wrote down of it. `OtlpFileIO` shows all of these as lines of records.

#include "firn/conversations/otel/event.h"
#include "firn/conversations/otel/normaliser.h"
#include "firn/conversations/platforms.h"

namespace firn::conversations {
namespace {

class OtelPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "otel"; }
  std::string_view title() const override { return "OpenTelemetry"; }

  // Files lie where a person put them.
  std::vector<std::string> DefaultRoots(const Variables&) const override { return {}; }

  bool MayHold(std::string_view path) const override {
    for (const std::string_view ending : {".jsonl", ".ndjson", ".json", ".pb", ".otlp"}) {
      if (path.ends_with(ending)) return true;
    }
    return false;
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    return MayHold(path) && AnyLine(head, otel::IsLine);
  }

  Framing framing(std::string_view) const override { return Framing::kJsonLines; }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    return otel::NewNormaliser(std::move(key));
  }
  std::string NativeIdOf(std::string_view) const override { return ""; }
};

}  // namespace

const Platform& Otel() {
  static const OtelPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
