// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::roo_code {

/// The files of a task's folder.
enum class Document : uint8_t {
  kNone,
  kUi,           ///< ui_messages.json, once claude_messages.json
  kApi,          ///< api_conversation_history.json
  kHistoryItem,  ///< history_item.json
  kMetadata,     ///< task_metadata.json
};

Document DocumentOf(std::string_view path);

/// Makes the normaliser for the document that `key.source_file` names.
std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key);

}  // namespace firn::conversations::roo_code
