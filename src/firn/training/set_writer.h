// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/training/example.h"

namespace firn::io {
class FileIO;
}

namespace firn::training {

enum class SetFormat : uint8_t { kOpenAiJsonl, kHuggingFace, kCommonCrawl };

/// Reads "openai_jsonl", "huggingface" or "common_crawl". Errors: `kInvalidArgument`.
Result<SetFormat> ParseSetFormat(std::string_view name);
std::string_view SetFormatName(SetFormat format);

/// What the files of a set say of it, beside its conversations. Equal settings and conversations
/// give equal bytes.
struct SetSettings {
  std::string dataset_id;
  TimeUs made_at;  ///< When the set was first made,
  TimeUs as_of;    ///< and when the conversations were so.
  std::vector<std::string> splits;
  std::vector<std::pair<std::string, std::string>> facts;  ///< For people, in order.
};

/// A file of a set; durable.
struct SetFile {
  std::string path;    ///< Below the folder of the set.
  std::string split;   ///< Empty for what describes the set.
  int64_t rows = 0;    ///< Conversations.
  int64_t tokens = 0;  ///< Of them.
  int64_t bytes = 0;
  std::string sha256;
};

/// Files of at least so many bytes are followed by another.
inline constexpr int64_t kSetFileBytes = int64_t{1} << 30;

/// What stands of a conversation in the files of a format, wherever it stands in them.
using RenderedExample = std::vector<std::string>;

/// Writes conversations into the files of one format, one conversation after the other; parts that
/// get none have no file. Not thread-safe, but for `Render`. What was written before an error, its
/// folder's owner removes.
class SetWriter {
 public:
  virtual ~SetWriter() = default;
  /// Does what can be done for a conversation beside others. Thread-safe, also beside `Write`.
  virtual Result<RenderedExample> Render(const Example& example) const = 0;
  /// `split` is an index of `SetSettings::splits`, `rendered` what `Render` made of the example.
  virtual Status Write(size_t split, const Example& example, const RenderedExample& rendered) = 0;
  /// Ends all files and describes them, in the order of their paths.
  virtual Result<std::vector<SetFile>> Close() = 0;
};

/// Begins a set in the folder at location `folder`. `files` outlives the writer; `file_bytes` is
/// when a file is followed by another.
std::unique_ptr<SetWriter> OpenSet(SetFormat format, io::FileIO& files, std::string folder,
                                   SetSettings settings, int64_t file_bytes = kSetFileBytes);

}  // namespace firn::training
