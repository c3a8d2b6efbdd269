// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/chatgpt/message.h"

namespace firn::conversations::chatgpt {
namespace {

void AppendPart(std::string& text, std::string_view part) {
  if (part.empty()) return;
  if (!text.empty()) text.append("\n\n");
  text.append(part);
}

std::string PartsText(const JsonObject& content) {
  std::string text;
  const std::optional<JsonArray> parts = FindArray(content, "parts");
  if (!parts) return std::string(FindString(content, "text").value_or(""));
  for (const JsonElement& element : *parts) {
    std::string_view words;
    JsonObject part;
    if (element.get(words) == simdjson::SUCCESS) {
      AppendPart(text, words);
    } else if (element.get(part) == simdjson::SUCCESS) {
      const std::string_view type = FindString(part, "content_type").value_or("");
      if (type.starts_with("image"))
        AppendPart(text, "[image]");
      else if (const auto spoken = FindText(part, "text"))
        AppendPart(text, *spoken);
      else if (type.starts_with("audio"))
        AppendPart(text, "[audio]");
    }
  }
  return text;
}

std::string ThoughtsText(const JsonObject& content) {
  std::string text;
  const std::optional<JsonArray> thoughts = FindArray(content, "thoughts");
  if (!thoughts) return std::string(FindString(content, "content").value_or(""));
  for (const JsonElement& element : *thoughts) {
    JsonObject thought;
    if (element.get(thought) != simdjson::SUCCESS) continue;
    AppendPart(text, FindString(thought, "summary").value_or(""));
    AppendPart(text, FindString(thought, "content").value_or(""));
  }
  return text;
}

}  // namespace

std::string_view RoleOf(const JsonObject& message) {
  const std::optional<JsonObject> author = FindObject(message, "author");
  return author ? FindString(*author, "role").value_or("") : "";
}

std::string_view NameOf(const JsonObject& message) {
  const std::optional<JsonObject> author = FindObject(message, "author");
  return author ? FindString(*author, "name").value_or("") : "";
}

std::string_view ContentTypeOf(const JsonObject& message) {
  const std::optional<JsonObject> content = FindObject(message, "content");
  return content ? FindString(*content, "content_type").value_or("") : "";
}

std::optional<TimeUs> FindSeconds(const JsonObject& object, std::string_view key) {
  const std::optional<double> seconds = FindNumber(object, key);
  if (!seconds || *seconds <= 0) return std::nullopt;
  return ToTime(*seconds);
}

Words WordsOf(const JsonObject& message) {
  const std::optional<JsonObject> content = FindObject(message, "content");
  if (!content) return {};
  const std::string_view type = ContentTypeOf(message);
  if (type == "text" || type == "multimodal_text") return {PartsText(*content)};
  if (type == "thoughts" || type == "reasoning_recap") return {ThoughtsText(*content), true};
  if (type == "tether_quote") {
    std::string text(FindString(*content, "title").value_or(""));
    AppendPart(text, FindString(*content, "url").value_or(""));
    AppendPart(text, FindString(*content, "text").value_or(""));
    return {std::move(text)};
  }
  if (type == "tether_browsing_display") {
    return {std::string(FindString(*content, "result").value_or(""))};
  }
  if (type == "user_editable_context") {
    std::string text(FindString(*content, "user_profile").value_or(""));
    AppendPart(text, FindString(*content, "user_instructions").value_or(""));
    return {std::move(text)};
  }
  if (type == "model_editable_context") {
    return {std::string(FindString(*content, "model_set_context").value_or(""))};
  }
  const std::optional<std::string_view> text = FindString(*content, "text");
  return {std::string(text.value_or("")), false, text.has_value()};
}

bool IsHidden(const JsonObject& message) {
  const std::optional<JsonObject> metadata = FindObject(message, "metadata");
  return FindNumber(message, "weight").value_or(1) == 0 ||
         (metadata && FindBool(*metadata, "is_visually_hidden_from_conversation").value_or(false));
}

std::optional<std::string> ModelOf(const JsonObject& message) {
  const std::optional<JsonObject> metadata = FindObject(message, "metadata");
  return metadata ? Copy(FindText(*metadata, "model_slug")) : std::nullopt;
}

}  // namespace firn::conversations::chatgpt
