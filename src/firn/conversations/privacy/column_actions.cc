// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/column_actions.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arrow/api.h>

#include "firn/conversations/privacy/redactor.h"

namespace firn::conversations::privacy {
namespace {

constexpr std::array<std::string_view, 14> kColumns = {"silver.conversation_sources.git_branch",
                                                       "silver.conversation_sources.git_repo",
                                                       "silver.conversation_sources.project_path",
                                                       "silver.conversation_sources.source_file",
                                                       "silver.conversation_sources.title",
                                                       "silver.conversation_sources.user_id",
                                                       "silver.messages.content",
                                                       "silver.messages.project_path",
                                                       "silver.messages.raw",
                                                       "silver.messages.reasoning",
                                                       "silver.messages.user_id",
                                                       "silver.tool_calls.parameters",
                                                       "silver.tool_calls.result",
                                                       "silver.tool_calls.user_id"};

constexpr std::string_view kStates = "silver.conversation_sources";
constexpr const char* kState = "state";

constexpr Rule kValue{.id = "value", .meaning = "Value of a column", .head = {}};

bool HoldsJson(std::string_view column) {
  return column == "silver.tool_calls.parameters" || column == "silver.tool_calls.result";
}

// What takes the place of a value; JSON stays JSON.
using Replace = std::function<std::string(std::string_view value)>;

Result<std::shared_ptr<arrow::Array>> Replaced(const arrow::Array& column, const Replace* replace) {
  const auto* texts = dynamic_cast<const arrow::StringArray*>(&column);
  if (texts == nullptr) return Internal("a column with a policy is no text", column.type_id());
  arrow::StringBuilder builder;
  arrow::Status status;
  for (int64_t row = 0; row < texts->length() && status.ok(); ++row) {
    const bool drop = replace == nullptr || texts->IsNull(row);
    status = drop ? builder.AppendNull() : builder.Append((*replace)(texts->GetView(row)));
  }
  std::shared_ptr<arrow::Array> replaced;
  if (status.ok()) status = builder.Finish(&replaced);
  if (!status.ok()) return Internal("columns cannot be replaced", status.message());
  return replaced;
}

Status Put(const std::string& name, const Replace* replace,
           std::shared_ptr<arrow::RecordBatch>& rows) {
  const int at = rows->schema()->GetFieldIndex(name);
  if (at < 0) return Internal("a column with a policy is not there", name);
  FIRN_ASSIGN(auto column, Replaced(*rows->column(at), replace));
  auto changed = rows->SetColumn(at, rows->schema()->field(at), std::move(column));
  if (!changed.ok()) return Internal("columns cannot be replaced", changed.status().message());
  rows = *std::move(changed);
  return Ok();
}

}  // namespace

std::span<const std::string_view> ColumnsWithPolicies() {
  return kColumns;
}

std::string FingerprintOf(const ColumnPolicy& policy) {
  std::string text;
  for (const auto& [column, action] : policy)
    text += "," + column + "=" + std::string(ActionName(action));
  return text;
}

Result<std::shared_ptr<arrow::RecordBatch>> ColumnActions::Apply(
    std::string_view table, std::shared_ptr<arrow::RecordBatch> rows) const {
  if (rows == nullptr || policy_.empty()) return rows;
  const std::string prefix = std::string(table) + ".";
  for (const auto& [column, action] : policy_) {
    if (!column.starts_with(prefix) || action == Action::kKeep) continue;
    const bool json = HoldsJson(column);
    const Replace replace = [this, action = action, json](std::string_view value) {
      const std::string mark = Replacement(kValue, action, value, key_);
      return json ? '"' + mark + '"' : mark;
    };
    FIRN_TRY(Put(column.substr(prefix.size()), action == Action::kDrop ? nullptr : &replace, rows));
  }
  if (table != kStates) return rows;
  const Replace seal = [this](std::string_view state) {
    return Replacement(kValue, Action::kEncrypt, state, key_);
  };
  FIRN_TRY(Put(kState, &seal, rows));
  return rows;
}

Result<std::string> ColumnActions::OpenState(std::string_view state) const {
  constexpr std::string_view kBegin = "[SEALED:value:";
  if (!state.starts_with(kBegin)) return std::string(state);
  return UnsealAll(state, key_);
}

}  // namespace firn::conversations::privacy
