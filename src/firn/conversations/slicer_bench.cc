// SPDX-License-Identifier: Apache-2.0
//
// How fast one core takes a Claude Code history into slices (framing, parsing, plain text, MD5) and
// slices into silver rows. Lines are of the sizes found in real histories.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/slicer.h"

namespace firn::conversations {
namespace {

constexpr std::string_view kPath = "/p/0a1b2c3d-0000-4000-8000-000000000001.jsonl";

class WholeText : public ByteWindow {
 public:
  explicit WholeText(std::string_view text) : text_(text) {}
  std::string_view window() const override { return text_; }
  Result<bool> More() override { return false; }
  void Consume(size_t count) override { text_.remove_prefix(count); }

 private:
  std::string_view text_;
};

// Tool results with a median of 1.1 kB and one in a hundred of 50 kB, answers between them.
std::string MakeHistory(size_t bytes) {
  std::mt19937 random(5);
  std::lognormal_distribution<double> size(6.3, 1.7);
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) {
    const std::string n = std::to_string(i);
    text +=
        R"({"type":"assistant","uuid":"a)" + n + R"(","sessionId":"s","timestamp":)" +
        R"("2025-11-05T09:30:00.123Z","message":{"id":"m)" + n +
        R"(","model":"claude-opus-4-5","content":[{"type":"text","text":"Looking at it."},)" +
        R"({"type":"tool_use","id":"t)" + n + R"(","name":"Read","input":{"file_path":"/a"}}],)" +
        R"("usage":{"input_tokens":4,"cache_read_input_tokens":9000,"output_tokens":120}}})" + "\n";
    std::string content;
    const auto length = static_cast<size_t>(std::min(size(random), 5e5));
    while (content.size() < length)
      content += "    return value_of(thing); // and so on\\n";
    text += R"({"type":"user","uuid":"u)" + n + R"(","sessionId":"s","timestamp":)" +
            R"("2025-11-05T09:30:01.123Z","message":{"role":"user","content":[{"type":)" +
            R"("tool_result","tool_use_id":"t)" + n + R"(","content":")" + content + "\"}]}}\n";
  }
  return text;
}

std::vector<Slice> SlicesOf(std::string_view text) {
  WholeText window(text);
  Slicer slicer(ClaudeCode(), kPath, window, {});
  std::vector<Slice> slices;
  while (true) {
    Result<std::optional<Slice>> slice = slicer.Next();
    if (!slice || !*slice) return slices;
    slices.push_back(std::move(**slice));
  }
}

void CutIntoSlices(benchmark::State& state) {
  const std::string text = MakeHistory(size_t{32} << 20);
  for ([[maybe_unused]] auto round : state)
    benchmark::DoNotOptimize(SlicesOf(text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(CutIntoSlices)->Unit(benchmark::kMillisecond);

void MakeSilverRows(benchmark::State& state) {
  const std::string text = MakeHistory(size_t{32} << 20);
  const std::vector<Slice> slices = SlicesOf(text);
  const SourceKey key{
      "claude_code", slices[0].conversation_id, slices[0].native_id, "s", 0, "f", "u"};
  for ([[maybe_unused]] auto round : state) {
    SilverRows rows;
    SourceFacts facts;
    auto normaliser = ClaudeCode().MakeNormaliser(key, "").value();
    for (const Slice& slice : slices) {
      normaliser->Add(slice.place(), slice.bytes, rows).Ignore("content never fails");
    }
    benchmark::DoNotOptimize(normaliser->Finish(rows, facts));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(MakeSilverRows)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace firn::conversations
