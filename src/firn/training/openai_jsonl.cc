// SPDX-License-Identifier: Apache-2.0
//
// OpenAI's format for training on chats: an object a line with the members "messages" and, where a
// function is called, "tools". A file a part: train.jsonl, then train-00001.jsonl.

#include <optional>
#include <vector>

#include "firn/training/formats.h"

namespace firn::training {
namespace {

class OpenAiSet : public SetWriter {
 public:
  explicit OpenAiSet(SetPlace place)
      : place_(std::move(place)), parts_(place_.settings.splits.size()) {}

  Result<RenderedExample> Render(const Example& example) const override {
    Json line{Json::Object()};
    line.Set("messages", MessagesOf(example));
    if (Json::Array tools = ToolsOf(example); !tools.empty()) line.Set("tools", std::move(tools));
    return RenderedExample{line.Dump() + "\n"};
  }

  Status Write(size_t split, const Example& example, const RenderedExample& rendered) override {
    Part& part = parts_[split];
    if (part.file && part.file->bytes() >= place_.file_bytes) FIRN_TRY(End(part));
    if (!part.file) FIRN_TRY(Begin(part, place_.settings.splits[split]));
    part.file->Count(example);
    return part.file->Write(rendered.front());
  }

  Result<std::vector<SetFile>> Close() override {
    for (Part& part : parts_) {
      if (part.file) FIRN_TRY(End(part));
    }
    SortByPath(done_);
    return std::move(done_);
  }

 private:
  struct Part {
    std::optional<OpenSetFile> file;
    int count = 0;
  };

  Status Begin(Part& part, const std::string& split) {
    const std::string number = part.count == 0 ? "" : "-" + FileNumber(part.count);
    ++part.count;
    FIRN_ASSIGN(part.file, OpenSetFile::Create(place_, split + number + ".jsonl", split));
    return Ok();
  }

  Status End(Part& part) {
    FIRN_ASSIGN(SetFile done, part.file->Close());
    done_.push_back(std::move(done));
    part.file.reset();
    return Ok();
  }

  SetPlace place_;
  std::vector<Part> parts_;
  std::vector<SetFile> done_;
};

}  // namespace

std::unique_ptr<SetWriter> OpenOpenAiSet(SetPlace place) {
  return std::make_unique<OpenAiSet>(std::move(place));
}

}  // namespace firn::training
