// SPDX-License-Identifier: Apache-2.0

#include "firn/training/set_writer.h"

#include <algorithm>

#include "firn/training/formats.h"

namespace firn::training {

Result<SetFormat> ParseSetFormat(std::string_view name) {
  for (const SetFormat format :
       {SetFormat::kOpenAiJsonl, SetFormat::kHuggingFace, SetFormat::kCommonCrawl}) {
    if (name == SetFormatName(format)) return format;
  }
  return InvalidArgument("not a format of training sets", name)
      .WithHint("openai_jsonl, huggingface or common_crawl");
}

std::string_view SetFormatName(SetFormat format) {
  switch (format) {
    case SetFormat::kOpenAiJsonl:
      return "openai_jsonl";
    case SetFormat::kHuggingFace:
      return "huggingface";
    case SetFormat::kCommonCrawl:
      return "common_crawl";
  }
  return "";
}

std::unique_ptr<SetWriter> OpenSet(SetFormat format, io::FileIO& files, std::string folder,
                                   SetSettings settings, int64_t file_bytes) {
  for (auto& [name, value] : settings.facts)
    std::ranges::replace_if(
        value, [](unsigned char c) { return c < ' '; }, ' ');
  SetPlace place{files, std::move(folder), std::move(settings), file_bytes};
  switch (format) {
    case SetFormat::kOpenAiJsonl:
      return OpenOpenAiSet(std::move(place));
    case SetFormat::kHuggingFace:
      return OpenHuggingFaceSet(std::move(place));
    case SetFormat::kCommonCrawl:
      return OpenCommonCrawlSet(std::move(place));
  }
  return nullptr;
}

void SortByPath(std::vector<SetFile>& files) {
  std::ranges::sort(files, {}, &SetFile::path);
}

}  // namespace firn::training
