// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/schema_diff.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "firn/table/type.h"

namespace firn::registry {
namespace {

constexpr int kDepthMax = 64;
constexpr int kFormatVersion = 2;  // Its promotions are allowed in later ones too.
constexpr size_t kShownBytesMax = 60;

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Keywords that say nothing of what rows may be.
bool IsForPeople(std::string_view keyword) {
  return keyword != "x-iceberg-type" &&
         (keyword.starts_with("x-") ||
          IsOneOf(keyword, {"description", "$comment", "examples", "default", "$id", "$schema",
                            "readOnly", "writeOnly"}));
}

std::string Shown(const Json* value) {
  if (value == nullptr) return "none";
  std::string text = value->as_string() != nullptr ? *value->as_string() : value->Dump();
  if (text.size() > kShownBytesMax) text = text.substr(0, kShownBytesMax) + "...";
  return text;
}

// The values of an array, or the one that stands for itself; as texts.
std::set<std::string> SetOf(const Json* value) {
  std::set<std::string> values;
  if (value == nullptr) return values;
  const Json::Array* items = value->as_array();
  if (items == nullptr) return {value->Dump()};
  for (const Json& item : *items)
    values.insert(item.Dump());
  return values;
}

bool Includes(const std::set<std::string>& larger, const std::set<std::string>& smaller) {
  return std::ranges::includes(larger, smaller);
}

// Every whole number is a number.
std::set<std::string> TypesOf(const Json* value) {
  std::set<std::string> types = SetOf(value);
  if (types.contains("\"number\"")) types.insert("\"integer\"");
  return types;
}

// A bound that keeps values from being small (`is_least`) or large; absent ones keep from nothing.
ChangeLevel LevelOfBound(const Json* before, const Json* after, bool is_least) {
  if (after == nullptr) return ChangeLevel::kMinor;
  if (before == nullptr) return ChangeLevel::kMajor;
  const auto old_bound = before->ToDouble(), new_bound = after->ToDouble();
  if (!old_bound || !new_bound) return ChangeLevel::kMajor;
  const bool wider = is_least ? *new_bound < *old_bound : *new_bound > *old_bound;
  return wider ? ChangeLevel::kMinor : ChangeLevel::kMajor;
}

ChangeLevel LevelOfIcebergType(const Json* before, const Json* after) {
  if (before == nullptr || after == nullptr) return ChangeLevel::kMajor;
  if (before->as_string() == nullptr || after->as_string() == nullptr) return ChangeLevel::kMajor;
  const auto from = table::Type::ParsePrimitive(*before->as_string());
  const auto to = table::Type::ParsePrimitive(*after->as_string());
  const bool wider = from && to && table::IsPromotionAllowed(*from, *to, kFormatVersion);
  return wider ? ChangeLevel::kMinor : ChangeLevel::kMajor;
}

// The level of a keyword's change from one value to another; either may be absent.
ChangeLevel LevelOfKeyword(std::string_view keyword, const Json* before, const Json* after) {
  if (IsForPeople(keyword)) return ChangeLevel::kPatch;
  if (IsOneOf(keyword, {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})) {
    return LevelOfBound(before, after, true);
  }
  if (IsOneOf(keyword, {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})) {
    return LevelOfBound(before, after, false);
  }
  if (keyword == "x-iceberg-type") return LevelOfIcebergType(before, after);
  if (keyword == "type" || keyword == "enum") {
    if (after == nullptr) return ChangeLevel::kMinor;
    const bool is_type = keyword == "type";
    const auto old_set = is_type ? TypesOf(before) : SetOf(before);
    const auto new_set = is_type ? TypesOf(after) : SetOf(after);
    return before != nullptr && Includes(new_set, old_set) ? ChangeLevel::kMinor
                                                           : ChangeLevel::kMajor;
  }
  const bool constrains =
      IsOneOf(keyword, {"pattern", "format", "multipleOf", "uniqueItems", "const"});
  return constrains && after == nullptr ? ChangeLevel::kMinor : ChangeLevel::kMajor;
}

class Differ {
 public:
  std::vector<SchemaChange> Run(const Json& before, const Json& after) {
    Compare("", before, after, 0);
    return std::move(changes_);
  }

 private:
  void Add(const std::string& path, std::string what, ChangeLevel level) {
    changes_.push_back({path, std::move(what), level});
  }

  void Compare(const std::string& path, const Json& before, const Json& after, int depth) {
    if (before == after) return;
    if (before.as_object() == nullptr || after.as_object() == nullptr || depth == kDepthMax) {
      Add(path, "another schema", ChangeLevel::kMajor);
      return;
    }
    CompareMembers(path, before, after, depth);
    CompareSchemas("items", path + "[]", before, after, depth);
    CompareSchemas("additionalProperties", path.empty() ? "*" : path + ".*", before, after, depth);
    for (const std::string& keyword : OtherKeywords(before, after))
      CompareKeyword(path, keyword, before.Find(keyword), after.Find(keyword));
  }

  void CompareKeyword(const std::string& path, const std::string& keyword, const Json* before,
                      const Json* after) {
    if (before != nullptr && after != nullptr && *before == *after) return;
    const bool sets = keyword == "type" || keyword == "enum";
    if (sets && before != nullptr && after != nullptr && SetOf(before) == SetOf(after)) return;
    Add(path, keyword + ": " + Shown(before) + " -> " + Shown(after),
        LevelOfKeyword(keyword, before, after));
  }

  static std::set<std::string> OtherKeywords(const Json& before, const Json& after) {
    std::set<std::string> keywords;
    for (const Json* schema : {&before, &after}) {
      for (const auto& [keyword, value] : *schema->as_object())
        keywords.insert(keyword);
    }
    for (const char* handled :
         {"properties", "required", "items", "additionalProperties", "version"})
      keywords.erase(handled);
    return keywords;
  }

  void CompareMembers(const std::string& path, const Json& before, const Json& after, int depth) {
    const auto needed_before = SetOf(before.Find("required"));
    const auto needed_after = SetOf(after.Find("required"));
    const std::set<std::string> names_before = NamesOf(before), names_after = NamesOf(after);
    for (const std::string& name : names_before) {
      const std::string own = path.empty() ? name : path + "." + name;
      if (!names_after.contains(name)) {
        Add(own, "removed", ChangeLevel::kMajor);
        continue;
      }
      CompareNeed(own, needed_before.contains(Json(name).Dump()),
                  needed_after.contains(Json(name).Dump()));
      Compare(own, *before.Find("properties")->Find(name), *after.Find("properties")->Find(name),
              depth + 1);
    }
    for (const std::string& name : names_after) {
      if (names_before.contains(name)) continue;
      const bool needed = needed_after.contains(Json(name).Dump());
      Add(path.empty() ? name : path + "." + name, needed ? "added, required" : "added, optional",
          needed ? ChangeLevel::kMajor : ChangeLevel::kMinor);
    }
  }

  void CompareNeed(const std::string& path, bool before, bool after) {
    if (before == after) return;
    Add(path, after ? "required now" : "optional now",
        after ? ChangeLevel::kMajor : ChangeLevel::kMinor);
  }

  static std::set<std::string> NamesOf(const Json& schema) {
    std::set<std::string> names;
    const Json* members = schema.Find("properties");
    if (members == nullptr || members->as_object() == nullptr) return names;
    for (const auto& [name, member] : *members->as_object())
      names.insert(name);
    return names;
  }

  // A keyword whose value is a schema, true (anything) where it is absent, or false (nothing).
  void CompareSchemas(const std::string& keyword, const std::string& path, const Json& before,
                      const Json& after, int depth) {
    const Json anything = true;
    const Json* const found_before = before.Find(keyword);
    const Json* const found_after = after.Find(keyword);
    const Json& old_schema = found_before != nullptr ? *found_before : anything;
    const Json& new_schema = found_after != nullptr ? *found_after : anything;
    if (old_schema == new_schema) return;
    const Json nothing = false;
    if (new_schema == anything || old_schema == nothing) {
      Add(path, keyword + " allows more", ChangeLevel::kMinor);
    } else if (old_schema == anything || new_schema == nothing) {
      Add(path, keyword + " allows less", ChangeLevel::kMajor);
    } else {
      Compare(path, old_schema, new_schema, depth + 1);
    }
  }

  std::vector<SchemaChange> changes_;
};

}  // namespace

std::vector<SchemaChange> DiffSchemas(const Json& before, const Json& after) {
  return Differ().Run(before, after);
}

ChangeLevel LevelOf(const std::vector<SchemaChange>& changes) {
  ChangeLevel level = ChangeLevel::kNone;
  for (const SchemaChange& change : changes)
    level = std::max(level, change.level);
  return level;
}

}  // namespace firn::registry
