// SPDX-License-Identifier: Apache-2.0
//
// The one place that sees yaml-cpp: its nodes become ours, its exceptions become `Error`.

#include <set>

#include <yaml-cpp/yaml.h>

#include "firn/pipeline/yaml.h"

namespace firn::pipeline {
namespace {

constexpr int kNodesMax = 20'000;
constexpr int kDepthMax = 32;

class Converter {
 public:
  Converter(std::string_view file, int first_line) : file_(file), first_line_(first_line) {}

  Result<YamlNode> Convert(const YAML::Node& from, int depth) {
    if (++nodes_ > kNodesMax || depth > kDepthMax) return Refuse(from, "too many values");
    YamlNode node;
    node.line = LineOf(from.Mark());
    if (from.IsScalar()) {
      node.kind = YamlNode::Kind::kScalar;
      node.scalar = from.Scalar();
    } else if (from.IsSequence()) {
      node.kind = YamlNode::Kind::kList;
      for (const auto& item : from) {
        FIRN_ASSIGN(auto value, Convert(item, depth + 1));
        node.list.push_back(std::move(value));
      }
    } else if (from.IsMap()) {
      FIRN_TRY(ConvertMap(from, depth, node));
    }
    return node;
  }

  Error Refuse(const YAML::Node& at, std::string_view why) const { return At(at.Mark(), why); }
  Error At(const YAML::Mark& mark, std::string_view why) const {
    return InvalidArgument(file_ + ":" + std::to_string(LineOf(mark)) + ": " + std::string(why));
  }

 private:
  Status ConvertMap(const YAML::Node& from, int depth, YamlNode& node) {
    node.kind = YamlNode::Kind::kMap;
    std::set<std::string> seen;
    for (const auto& entry : from) {
      if (!entry.first.IsScalar()) return Refuse(entry.first, "a key must be a plain word");
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) return Refuse(entry.first, "key given twice: " + key);
      FIRN_ASSIGN(auto value, Convert(entry.second, depth + 1));
      value.line = LineOf(entry.first.Mark());
      node.map.emplace_back(key, std::move(value));
    }
    return Ok();
  }

  int LineOf(const YAML::Mark& mark) const {
    return mark.is_null() ? first_line_ : first_line_ + mark.line;
  }

  std::string file_;
  int first_line_;
  int nodes_ = 0;
};

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, value] : map) {
    if (name == key) return &value;
  }
  return nullptr;
}

Result<YamlNode> ParseYaml(std::string_view text, std::string_view file, int first_line) {
  Converter converter(file, first_line);
  try {
    return converter.Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    return converter.At(error.mark, error.msg);
  } catch (const std::exception& error) {
    return InvalidArgument(std::string(file) + ": " + error.what());
  }
}

}  // namespace firn::pipeline
