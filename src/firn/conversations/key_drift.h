// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "firn/conversations/json_record.h"
#include "firn/conversations/model.h"

namespace firn::conversations {

/// Different new keys that are kept of one source.
inline constexpr size_t kNewKeysMax = 64;

/// Finds keys of records that none of those had from which Firn learned a platform's format:
/// formats change without notice, and what is new may be worth reading.
///
/// Looked at are a record's own keys, and those of the objects and lists of objects in which
/// platforms put what it says ("message.usage", "history"); not what tools and people put into it.
/// Keys of objects that have the same ones are looked up once. `known_keys.txt` lists what is
/// known, a platform and a key a line. Memory is bounded whatever keys there are.
class KeyDrift {
 public:
  explicit KeyDrift(std::string_view platform) : platform_(platform) {}

  /// Adds what is new in `record` to `found`.
  void Note(const JsonObject& record, std::vector<NewKey>& found) { NoteAs("", record, found); }
  /// Likewise, of an object somewhere within a record, under a name of its own ("message").
  void NoteMember(std::string_view name, const JsonObject& object, std::vector<NewKey>& found) {
    NoteAs(std::string(name).append("."), object, found);
  }

 private:
  using Keys = std::vector<std::string>;

  void NoteAs(const std::string& prefix, const JsonObject& object, std::vector<NewKey>& found);
  const Keys& NewIn(const std::string& prefix, const JsonObject& object);

  std::string platform_;
  std::unordered_map<uint64_t, Keys> shapes_;  // What is new in objects, by a hash of their keys.
};

/// Whether records of a platform are known to have a key ("message.usage.speed"); true for a
/// platform of which no record is known.
bool IsKnownKey(std::string_view platform, std::string_view key);

}  // namespace firn::conversations
