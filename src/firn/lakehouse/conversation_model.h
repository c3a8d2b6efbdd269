// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/conversations/privacy/policy.h"
#include "firn/conversations/tables.h"
#include "firn/pipeline/native_model.h"

namespace firn::lakehouse {

/// The native model "conversations": turns the slices of `bronze.conversations` into
/// `silver.messages`, `silver.tool_calls` and `silver.conversation_sources`.
///
/// This is where the normalisers (which know no pipeline) and the pipeline (which knows no
/// conversation) meet.
/// `privacy` says what is replaced in silver's texts, `key` with what: the lake's.
std::unique_ptr<pipeline::NativeModel> MakeConversationModel(
    conversations::Scale scale, const conversations::privacy::Policy& privacy, std::string key);

}  // namespace firn::lakehouse
