// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "firn/base/result.h"
#include "firn/training/example.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// The name of the relation that says which conversations are read; its column is conversation_id.
inline constexpr const char* kChosenConversations = "chosen_conversations";

/// Reads chosen conversations out of silver, one after the other, by their ids: three sorted
/// queries side by side, so only one conversation is in memory. Not thread-safe.
class TrainingRows {
 public:
  /// `engine` knows `kChosenConversations` and outlives this.
  static Result<TrainingRows> Open(sql::Engine& engine);
  ~TrainingRows();
  TrainingRows(TrainingRows&&) noexcept;

  /// The next conversation; unset after the last.
  Result<std::optional<training::Conversation>> Next();

 private:
  class Cursor;
  TrainingRows();

  std::unique_ptr<Cursor> conversations_, messages_, calls_;
};

}  // namespace firn::lakehouse
