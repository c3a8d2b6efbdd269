// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/tables.h"
#include "firn/pipeline/native_model.h"

namespace firn::lakehouse {

/// The native model "conversations": turns the slices of `bronze.conversations` into
/// `silver.messages`, `silver.tool_calls` and `silver.conversation_sources`.
///
/// This is where the normalisers (which know no pipeline) and the pipeline (which knows no
/// conversation) meet.
std::unique_ptr<pipeline::NativeModel> MakeConversationModel(conversations::Scale scale);

}  // namespace firn::lakehouse
