// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/conversations/claude_code/state.h"
#include "firn/conversations/json_record.h"
#include "firn/conversations/normaliser.h"

namespace firn::conversations::claude_code {

/// The answers of one conversation whose records may not all have come.
///
/// An answer stays open for later records while it is among the newest and these hold little text;
/// both are counted in records, so it does not matter how a file was split into slices or slices
/// into runs.
class Answers {
 public:
  /// `key` and the open answers of a state outlive the object.
  Answers(const SourceKey& key, std::vector<OpenMessage>& open) : key_(key), open_(open) {}

  /// The open answer with this `message.id`; null for none, and for an empty id.
  OpenMessage* Find(std::string_view id);
  /// Takes a new answer; one without an id is given out at once. The oldest may close.
  void Add(OpenMessage answer, SilverRows& rows);
  /// Gives out the answers that changed and stay open.
  void GiveOut(SilverRows& rows);

  /// Adds a block of text; one that begins a later one was a stage of it and is replaced.
  static void AddBlock(OpenMessage& answer, TextBlock block);
  /// Takes the usage of a record if it has more output tokens than what is known.
  void TakeUsage(const JsonObject& record, const JsonObject& message, Message& row) const;
  /// Makes the revision larger with every record that joined.
  void Revise(Message& row) const;

 private:
  std::string CallId(const JsonObject& record, const JsonObject& message) const;
  void CloseOldest(SilverRows& rows);

  const SourceKey& key_;
  std::vector<OpenMessage>& open_;
};

}  // namespace firn::conversations::claude_code
