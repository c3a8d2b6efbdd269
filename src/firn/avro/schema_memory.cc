// SPDX-License-Identifier: Apache-2.0

#include <list>
#include <map>
#include <mutex>
#include <utility>

#include "firn/avro/schema.h"

namespace firn::avro {
namespace {

using SchemaPtr = std::shared_ptr<const Schema>;

constexpr size_t kTextBytesMax = size_t{1} << 20;

// Remembers the schemas read last by their text. Thread-safe.
class SchemaMemory {
 public:
  SchemaPtr Find(const std::string& text) {
    const std::lock_guard lock(mutex_);
    const auto found = by_text_.find(text);
    if (found == by_text_.end()) return nullptr;
    texts_.splice(texts_.begin(), texts_, found->second.place);
    return found->second.schema;
  }

  void Insert(const std::string& text, const SchemaPtr& schema) {
    if (text.size() > kTextBytesMax / 4) return;  // One odd file does not drive out the others.
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = by_text_.try_emplace(text, Entry{schema, texts_.end()});
    if (!is_new) return;  // Another thread was first.
    entry->second.place = texts_.insert(texts_.begin(), &entry->first);
    bytes_ += text.size();
    while (bytes_ > kTextBytesMax)
      ForgetOldest();
  }

 private:
  struct Entry {
    SchemaPtr schema;
    std::list<const std::string*>::iterator place;
  };

  void ForgetOldest() {
    const auto entry = by_text_.find(*texts_.back());
    bytes_ -= entry->first.size();
    texts_.pop_back();
    by_text_.erase(entry);
  }

  std::mutex mutex_;
  size_t bytes_ = 0;
  std::map<std::string, Entry> by_text_;
  std::list<const std::string*> texts_;  // Used last first; what they point at is in `by_text_`.
};

SchemaMemory& Memory() {
  static SchemaMemory memory;
  return memory;
}

}  // namespace

Result<SchemaPtr> ParseSchemaOnce(const std::string& text) {
  if (SchemaPtr known = Memory().Find(text)) return known;
  FIRN_ASSIGN(SchemaPtr schema, ParseSchema(text));
  Memory().Insert(text, schema);
  return schema;
}

}  // namespace firn::avro
