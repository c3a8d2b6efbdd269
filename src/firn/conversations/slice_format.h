// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/conversations/slicer.h"
#include "firn/ingest/source.h"

namespace firn::conversations {

struct SliceFormatOptions {
  std::string platform{};  ///< Only files of this platform; empty: of any.
  std::string user_id{};   ///< Whose histories these are.
  /// A file that was not written to for so long gives up its unfinished last record, too.
  Millis finished_after = ingest::kFinishedAfter;
  size_t record_bytes_max = kRecordBytesMax;
  /// Conversations whose slices are passed over; unset: none. Thread-safe.
  std::function<bool(std::string_view conversation_id)> is_forgotten{};
  /// Cleans slices before they are stored; null leaves them as they are.
  std::shared_ptr<const privacy::Redactor> redactor{};
};

/// Reads histories of any known platform into `bronze.conversations`. Thread-safe.
class SliceFormat : public ingest::SourceFormat {
 public:
  /// `env` outlives the format.
  SliceFormat(SliceFormatOptions options, Env& env);

  Result<std::unique_ptr<ingest::RecordSource>> Open(const ingest::FileTask& task,
                                                     ingest::SourceReader& reader) const override;
  /// A rewritten history is a new generation, kept whole.
  Status AllowRewritten(const ingest::FileTask& task) const override;

 private:
  SliceFormatOptions options_;
  Env& env_;
};

}  // namespace firn::conversations
