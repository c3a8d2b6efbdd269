// SPDX-License-Identifier: Apache-2.0
//
// The rules of Visual Studio Code (objectMutationLog.ts): a push cuts first, so that an array may
// become shorter though something was added; a push to what is not there makes an array. An index
// beyond the end of an array is refused: following it would let one line ask for any memory.

#include "firn/conversations/github_copilot/operation_log.h"

#include <utility>

namespace firn::conversations::github_copilot {
namespace {

// What a step leads to; null where there is nothing, and where `make` is not wanted.
Json* Follow(Json& at, const Operation::Step& step, bool make) {
  if (const auto* index = std::get_if<int64_t>(&step)) {
    Json::Array* array = at.as_array();
    if (array == nullptr || *index < 0) return nullptr;
    const auto place = static_cast<size_t>(*index);
    if (place == array->size() && make) array->emplace_back();
    return place < array->size() ? &(*array)[place] : nullptr;
  }
  if (at.as_object() == nullptr) return nullptr;
  const std::string& key = std::get<std::string>(step);
  Json* member = at.Find(key);
  if (member == nullptr && make) {
    at.Set(key, Json());
    member = at.Find(key);
  }
  return member;
}

Json* ParentOf(const Operation& operation, Json& document) {
  Json* at = &document;
  for (size_t i = 0; at != nullptr && i + 1 < operation.path.size(); ++i)
    at = Follow(*at, operation.path[i], false);
  return at;
}

Status NoSuchPath() {
  return InvalidArgument("the session has nothing at the path of this operation");
}

Status Push(Operation operation, Json& target) {
  if (target.is_null()) target = Json(Json::Array());
  Json::Array* array = target.as_array();
  if (array == nullptr) return NoSuchPath();
  if (operation.length && *operation.length >= 0 &&
      static_cast<size_t>(*operation.length) < array->size()) {
    array->resize(static_cast<size_t>(*operation.length));
  }
  if (Json::Array* added = operation.value.as_array()) {
    for (Json& one : *added)
      array->push_back(std::move(one));
  }
  return Ok();
}

Status Delete(const Operation& operation, Json& parent) {
  Json* target = Follow(parent, operation.path.back(), false);
  if (target == nullptr) return NoSuchPath();
  if (const auto* key = std::get_if<std::string>(&operation.path.back())) {
    parent.Take(*key);
  } else {
    *target = Json();
  }
  return Ok();
}

}  // namespace

Result<Operation> ReadOperation(Json line) {
  Operation operation;
  const Result<int64_t> kind = line.GetInt64("kind");
  if (!kind || *kind < 0 || *kind > 3) return InvalidArgument("not an operation");
  operation.kind = static_cast<Operation::Kind>(*kind);
  if (const Result<int64_t> length = line.GetInt64("i"); length) operation.length = *length;
  operation.value = line.Take("v");
  if (operation.kind == Operation::Kind::kInitial) return operation;
  FIRN_ASSIGN(const Json::Array* path, line.GetArray("k"));
  for (const Json& step : *path) {
    if (const std::string* key = step.as_string()) {
      operation.path.emplace_back(*key);
    } else {
      FIRN_ASSIGN(const int64_t index, step.ToInt64());
      operation.path.emplace_back(index);
    }
  }
  if (operation.path.empty()) return InvalidArgument("an operation without a path");
  return operation;
}

Status Apply(Operation operation, Json& document) {
  if (operation.kind == Operation::Kind::kInitial) {
    document = std::move(operation.value);
    return Ok();
  }
  Json* parent = ParentOf(operation, document);
  if (parent == nullptr) return NoSuchPath();
  if (operation.kind == Operation::Kind::kDelete) return Delete(operation, *parent);
  Json* target = Follow(*parent, operation.path.back(), true);
  if (target == nullptr) return NoSuchPath();
  if (operation.kind == Operation::Kind::kPush) return Push(std::move(operation), *target);
  *target = std::move(operation.value);
  return Ok();
}

}  // namespace firn::conversations::github_copilot
