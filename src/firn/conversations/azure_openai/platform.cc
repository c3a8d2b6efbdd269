// SPDX-License-Identifier: Apache-2.0
//
// Azure OpenAI keeps no histories by itself: what there is, are recorded exchanges with its
// endpoints and the diagnostic logs that Azure writes to storage (PT1H.json: JSON Lines, whatever
// its name says).

#include "firn/conversations/azure_openai/normaliser.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/record_normaliser.h"

namespace firn::conversations {
namespace {

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

bool IsAzure(const JsonObject& record) {
  if (azure_openai::IsLogLine(record)) return true;
  const std::optional<JsonObject> request = FindObject(record, "request");
  for (const char* key : {"uri", "url"}) {
    const std::string_view uri = request ? FindString(*request, key).value_or("") : "";
    if (Holds(uri, ".openai.azure.com/") || Holds(uri, ".cognitiveservices.azure.com/openai/"))
      return true;
  }
  return FindArray(record, "choices") && FindArray(record, "prompt_filter_results");
}

class AzureOpenAiPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "azure_openai"; }
  std::string_view title() const override { return "Azure OpenAI"; }

  // Logs lie where a person put them.
  std::vector<std::string> DefaultRoots(const Variables&) const override { return {}; }

  bool MayHold(std::string_view path) const override {
    return path.ends_with(".jsonl") || path.ends_with(".ndjson") || path.ends_with(".json");
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    if (!MayHold(path)) return false;
    const bool one_line = head.find('\n') == head.npos;
    return AnyLine(head, IsAzure) ||
           (one_line && Holds(head, "\"request\"") && Holds(head, ".openai.azure.com/"));
  }

  Framing framing(std::string_view) const override { return Framing::kJsonLines; }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    return azure_openai::NewNormaliser(std::move(key), Framing::kJsonLines);
  }
  std::string NativeIdOf(std::string_view) const override { return ""; }
};

}  // namespace

const Platform& AzureOpenAi() {
  static const AzureOpenAiPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
