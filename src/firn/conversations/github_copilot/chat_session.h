// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::github_copilot {

/// Reads chat sessions of Visual Studio Code: an array of requests, each a prompt with its answer.
class ChatReader : public RecordNormaliser {
 protected:
  using RecordNormaliser::RecordNormaliser;

  std::optional<std::string> NativeIdOf(const JsonObject& record) const override;
  void Save(JsonMembersOut& state) const override;
  void Restore(const Json& state) override;

  /// What the session says beside its requests.
  void ReadSession(const JsonObject& session);
  /// Gives out the rows of the request at `index`, said for the `step`-th time.
  void ReadRequest(const JsonObject& request, int64_t index, int64_t step, bool is_active,
                   SilverRows& rows);

 private:
  struct Place;
  class Parts;
  void AddPrompt(const JsonObject& request, const Place& place, SilverRows& rows);
  void AddAnswer(const JsonObject& request, const Place& place, SilverRows& rows);
  void AddError(const JsonObject& result, const Place& place, SilverRows& rows);
  static void CompleteCalls(const JsonObject& metadata, Parts& parts);
  void ChooseTitle();
  void NoteEdits(const JsonObject& request);
  /// True the first time that an error or an unknown part is met: requests are read many times.
  bool IsNew(const std::string& id);

  std::unordered_set<std::string> counted_;
  std::string given_title_;
  std::string prompt_title_;
};

}  // namespace firn::conversations::github_copilot
