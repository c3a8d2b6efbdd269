// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/conversations/model.h"
#include "firn/conversations/normaliser.h"

namespace firn::conversations {

/// How a platform's files are cut into records.
enum class Framing : uint8_t {
  kJsonLines,  ///< One JSON object a line, now and then two.
  kJsonArray,  ///< One document: an array of conversations, or a single one.
};

/// What one record tells about the slice it is in.
struct Description {
  std::optional<std::string> native_id;
  std::optional<TimeUs> first_timestamp;
  std::optional<TimeUs> last_timestamp;
  std::vector<SliceMessage> messages;
  std::optional<std::string> project_path;
  std::optional<std::string> git_repo;
  std::optional<std::string> environment;
  int64_t records = 0;
  int64_t unreadable = 0;
};

/// Reads records for bronze. Belongs to one file. Not thread-safe.
class Describer {
 public:
  virtual ~Describer() = default;
  /// Describes the record `bytes`, after which at least `kPadding` more bytes are readable.
  virtual void Describe(std::string_view bytes, Description& description) = 0;
};

/// Bytes that must be readable behind a record; their value does not matter.
inline constexpr size_t kPadding = 64;
/// Bytes from the beginning of a file that `Platform::Recognise` is content with.
inline constexpr size_t kHeadBytes = 65536;

/// Variables of the process, as `getenv` names them.
using Variables = std::map<std::string, std::string, std::less<>>;

/// One kind of assistant history. Stateless and thread-safe. To add one: write its folder,
/// name it in platforms.cc, and put samples with their expected rows beside its tests.
class Platform {
 public:
  virtual ~Platform() = default;

  /// As it stands in the tables: "claude_code".
  virtual std::string_view name() const = 0;
  /// As it is shown to people: "Claude Code".
  virtual std::string_view title() const = 0;
  /// Folders or files in which the tool keeps its histories on this machine; they need not exist.
  /// In them "*" stands for one folder of any name.
  virtual std::vector<std::string> DefaultRoots(const Variables& variables) const = 0;
  /// Tells by its name whether a file is worth opening at all.
  virtual bool MayHold(std::string_view path) const = 0;
  /// Tells by its first bytes (up to `kHeadBytes`) whether a file is this platform's.
  virtual bool Recognise(std::string_view path, std::string_view head) const = 0;
  /// How the file of this name is cut.
  virtual Framing framing(std::string_view path) const = 0;
  virtual std::unique_ptr<Describer> MakeDescriber(std::string_view path) const = 0;
  /// Makes the normaliser of one conversation and source; `state` is empty or what `Finish` gave.
  /// Errors: `kUnsupported` for the state of another version: begin again with an empty one.
  virtual Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key,
                                                             std::string_view state) const = 0;
};

}  // namespace firn::conversations
