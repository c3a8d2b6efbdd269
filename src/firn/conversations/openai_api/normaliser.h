// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "firn/conversations/openai_api/event_stream.h"
#include "firn/conversations/openai_api/exchange.h"
#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::openai_api {

/// Reads exchanges with the API. A request repeats the conversation before it: a message is known
/// by all messages up to it, and given out once.
class ExchangeNormaliser : public RecordNormaliser {
 public:
  ExchangeNormaliser(SourceKey source, Framing framing)
      : RecordNormaliser(std::move(source), framing) {}

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override;
  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override;
  void Save(JsonMembersOut& state) const override;
  void Restore(const Json& state) override;

  /// Reads an exchange of the record `text`.
  void ReadExchange(const Exchange& exchange, std::string_view text, SilverRows& rows);
  /// The conversation an exchange belongs to.
  static std::optional<std::string> ConversationOf(const Exchange& exchange);
  ExchangeReader& reader() const { return reader_; }

 private:
  struct Said;
  class Chain;
  Chain ReadRequest(const JsonObject& request, std::optional<TimeUs> time, SilverRows& rows);
  void ReadMessage(const JsonObject& message, Chain& chain, std::optional<TimeUs> time,
                   SilverRows& rows);
  void AddResponse(const JsonObject& response, Said said, Chain chain, SilverRows& rows);
  void AddStream(const Streamed& streamed, Said said, Chain chain, SilverRows& rows);
  void AddAnswer(const Said& said, Chain chain, SilverRows& rows);
  void AddError(std::string_view message, std::string_view text, std::optional<TimeUs> time,
                SilverRows& rows);
  void AddThreadMessage(const JsonObject& message, SilverRows& rows);
  void AddRun(const JsonObject& run, SilverRows& rows);
  void AddEmbedding(const JsonObject& response, const Said& said, SilverRows& rows);
  bool ReadThreads(const JsonObject& response, std::string_view kind, SilverRows& rows);
  bool IsNew(const std::string& hash);

  mutable ExchangeReader reader_;
  std::set<std::string> seen_;
  int64_t step_ = 0;
};

}  // namespace firn::conversations::openai_api
