// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/conversations/github_copilot/chat_session.h"
#include "firn/conversations/github_copilot/operation_log.h"

namespace firn::conversations::github_copilot {

/// Reads a session that is one document, with or without an id of its own.
class DocumentNormaliser : public ChatReader {
 public:
  explicit DocumentNormaliser(SourceKey source, Framing framing = Framing::kJsonArray)
      : ChatReader(std::move(source), framing) {}

 protected:
  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override;
  void Save(JsonMembersOut& state) const override;
  void Restore(const Json& state) override;
  /// Reads an operation that lies alone: what it adds can be read, its place cannot be known.
  void ReadPushed(const JsonObject& record, std::string_view text, SilverRows& rows);

 private:
  int64_t pushed_ = 0;
};

/// Reads the log of operations on such a document. Every state that a request had is given out, so
/// that rows do not depend on where a run ended; a request that was taken back stays, off the
/// active path. The log is preferred to a document of the same session.
class OperationLogNormaliser : public DocumentNormaliser {
 public:
  explicit OperationLogNormaliser(SourceKey source)
      : DocumentNormaliser(std::move(source), Framing::kJsonLines) {}

 protected:
  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override;
  void ReadAlone(const JsonObject& record, std::string_view text, SilverRows& rows) override;
  void Save(JsonMembersOut& state) const override;
  void Restore(const Json& state) override;

 private:
  struct Touched {
    bool session = false;
    bool list = false;  // Of requests, from `from` on.
    size_t from = 0;
    std::optional<int64_t> one;
  };

  Touched TouchedBy(const Operation& operation) const;
  std::vector<Json> Requests() const;
  template <typename Use>
  void WithObject(const Json& json, Use use);
  void Give(const Json& request, size_t index, bool is_active, SilverRows& rows);
  void GiveTouched(const Touched& touched, const std::vector<Json>& before, SilverRows& rows);
  void GiveTakenBack(const std::vector<Json>& before, const std::vector<Json>& after,
                     SilverRows& rows);
  void GiveSession();

  int64_t step_ = 0;
  int64_t bytes_ = 0;  // Of the lines that made the document.
  Json document_;
  JsonRecordReader document_reader_;
};

}  // namespace firn::conversations::github_copilot
