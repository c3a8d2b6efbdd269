// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/testing.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"

namespace firn::conversations {

std::vector<Slice> SliceAll(const Platform& platform, std::string_view path, std::string_view text,
                            SlicerOptions options, size_t block_bytes) {
  TextWindow window(text, block_bytes);
  Slicer slicer(platform, path, window, {}, options);
  std::vector<Slice> slices;
  while (true) {
    Result<std::optional<Slice>> slice = slicer.Next();
    EXPECT_TRUE(slice.has_value());
    if (!slice || !*slice) return slices;
    slices.push_back(std::move(**slice));
  }
}

std::vector<Slice> SliceGrowing(const Platform& platform, std::string_view path,
                                std::string_view text, const std::vector<size_t>& sizes,
                                SlicerOptions options) {
  std::vector<Slice> slices;
  SlicerStart start;
  for (const size_t size : sizes) {
    const auto from = static_cast<size_t>(start.offset);
    TextWindow window(text.substr(from, std::max(size, from) - from));
    SlicerOptions now = options;
    now.take_unfinished = options.take_unfinished && size == sizes.back();
    Slicer slicer(platform, path, window, start, now);
    while (true) {
      Result<std::optional<Slice>> slice = slicer.Next();
      EXPECT_TRUE(slice.has_value());
      if (!slice || !*slice) break;
      slices.push_back(std::move(**slice));
    }
    start.offset = slicer.offset();
    start.state = slicer.state();
  }
  return slices;
}

std::string Joined(const std::vector<Slice>& slices) {
  std::string text;
  for (const Slice& slice : slices) {
    EXPECT_EQ(slice.offset, static_cast<int64_t>(text.size()));
    text += slice.bytes;
  }
  return text;
}

void SilverStore::Add(const std::vector<Slice>& slices, const std::string& source_id,
                      int32_t generation) {
  std::map<std::string, std::vector<const Slice*>> conversations;
  for (const Slice& slice : slices)
    conversations[slice.conversation_id].push_back(&slice);
  for (const auto& [id, parts] : conversations) {
    const Slice& first = *parts.front();
    const SourceKey source{first.platform, id,        first.native_id, source_id,
                           generation,     source_id, "someone"};
    SourceRow& kept = sources[{id, source_id + "#" + std::to_string(generation)}];
    Result<std::unique_ptr<Normaliser>> normaliser =
        FindPlatform(first.platform)->MakeNormaliser(source, kept.state);
    ASSERT_TRUE(normaliser.has_value()) << normaliser.error().message;
    SilverRows rows;
    for (const Slice* slice : parts) {
      ASSERT_TRUE((*normaliser)->Add(slice->place(), slice->bytes, rows).ok());
    }
    kept.state = (*normaliser)->Finish(rows, kept.facts);
    Upsert(source, rows);
  }
}

void SilverStore::AddOneByOne(const std::vector<Slice>& slices, const std::string& source_id) {
  for (const Slice& slice : slices)
    Add({slice}, source_id);
}

namespace {

template <typename Rows>
const auto& RowOf(const Rows& rows, const std::string& id) {
  for (const auto& [key, stored] : rows) {
    if (key.second == id) return stored.row;
  }
  static const decltype(rows.begin()->second.row) kNone{};
  ADD_FAILURE() << "no row " << id;
  return kNone;
}

}  // namespace

const Message& SilverStore::message(const std::string& id) const {
  return RowOf(messages, id);
}

const ToolCall& SilverStore::tool_call(const std::string& id) const {
  return RowOf(tool_calls, id);
}

const TelemetryCall& SilverStore::telemetry_call(const std::string& id) const {
  return RowOf(telemetry_calls, id);
}

const SourceFacts& SilverStore::facts() const {
  EXPECT_EQ(sources.size(), 1u);
  static const SourceFacts kNone;
  return sources.empty() ? kNone : sources.begin()->second.facts;
}

void SilverStore::Upsert(const SourceKey& source, const SilverRows& rows) {
  const auto put = [&](auto& table, const std::string& id, const auto& row) {
    const auto [at, added] = table.try_emplace({source.conversation_id, id});
    if (added || row.revision > at->second.row.revision) at->second = {row, source};
  };
  for (const Message& row : rows.messages)
    put(messages, row.message_id, row);
  for (const ToolCall& row : rows.tool_calls)
    put(tool_calls, row.tool_call_id, row);
  for (const TelemetryCall& row : rows.telemetry_calls)
    put(telemetry_calls, row.telemetry_call_id, row);
}

SilverStore StoreOf(const Platform& platform, const std::string& path, std::string_view text) {
  SilverStore store;
  store.Add(SliceAll(platform, path, text, {.take_unfinished = true}), path);
  return store;
}

SilverStore StoreOfFile(const Platform& platform, const std::string& path) {
  return StoreOf(platform, path, ReadSample(path));
}

std::map<std::string, ApiCall> ApiCallsOf(const SilverStore& store) {
  std::map<std::string, ApiCall> calls;
  const auto owner_rank = [](const ApiCall& call) {
    return std::tuple(call.timestamp.value_or(TimeUs{INT64_MAX}), call.conversation_id);
  };
  for (const auto& [key, message] : store.messages) {
    const Message& row = message.row;
    if (!row.api_call_id) continue;
    ApiCall one{key.first, row.timestamp, row.model.value_or(""), row.usage, 1};
    const auto [at, added] = calls.try_emplace(*row.api_call_id, one);
    if (added) continue;
    ApiCall& call = at->second;
    ++call.copies;
    if (row.usage.output.value_or(0) > call.usage.output.value_or(0)) call.usage = row.usage;
    if (owner_rank(one) < owner_rank(call)) {
      call.conversation_id = one.conversation_id;
      call.timestamp = one.timestamp;
    }
  }
  return calls;
}

TokenTotals TotalsOf(const std::map<std::string, ApiCall>& calls) {
  TokenTotals totals;
  for (const auto& [id, call] : calls) {
    totals.input += call.usage.input.value_or(0);
    totals.cache_read += call.usage.cache_read.value_or(0);
    totals.cache_write_5m += call.usage.cache_write_5m.value_or(0);
    totals.cache_write_1h += call.usage.cache_write_1h.value_or(0);
    totals.output += call.usage.output.value_or(0);
  }
  return totals;
}

void PrintTo(const TokenTotals& totals, std::ostream* out) {
  *out << "{input " << totals.input << ", cache read " << totals.cache_read << ", write 5m "
       << totals.cache_write_5m << ", write 1h " << totals.cache_write_1h << ", output "
       << totals.output << "}";
}

std::string SamplesFolder() {
#ifdef FIRN_SHARED_DIR
  const std::string folder = std::string(FIRN_SHARED_DIR) + "/samples";
  if (std::filesystem::is_directory(folder)) return folder;
#endif
  return {};
}

std::string ReadSample(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> FilesUnder(const std::string& folder, std::string_view ending) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (entry.is_regular_file() && path.ends_with(ending)) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace firn::conversations
