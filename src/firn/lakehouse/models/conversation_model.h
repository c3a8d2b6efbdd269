// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "firn/conversations/privacy/column_actions.h"
#include "firn/conversations/privacy/policy.h"
#include "firn/conversations/tables.h"
#include "firn/pipeline/native_model.h"

namespace firn::lakehouse {

/// The native model "conversations": turns the slices of `bronze.conversations` into
/// `silver.messages`, `silver.tool_calls`, `silver.telemetry_calls` and
/// `silver.conversation_sources`.
///
/// This is where the normalisers (which know no pipeline) and the pipeline (which knows no
/// conversation) meet.
/// `privacy` says what is replaced in silver's texts, `columns` what becomes of whole values. `key`
/// gives the lake's key, and is asked for it once there are texts.
std::unique_ptr<pipeline::NativeModel> MakeConversationModel(
    conversations::Scale scale, const conversations::privacy::Policy& privacy,
    conversations::privacy::ColumnPolicy columns, std::function<Result<std::string>()> key);

}  // namespace firn::lakehouse
