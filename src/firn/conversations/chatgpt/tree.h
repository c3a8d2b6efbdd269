// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "firn/conversations/json_record.h"

namespace firn::conversations::chatgpt {

/// One node of a conversation. Its texts live as long as the record they were read from.
struct Node {
  std::string_view id;
  std::string_view parent;  ///< Empty at a root, and where the mapping has no such node.
  std::optional<JsonObject> message;
  std::vector<size_t> children;  ///< Places in `Tree::nodes`.
  bool is_active = false;        ///< On the path that a person last saw.
};

/// The nodes of one conversation: parents before children, siblings in their own order. What no
/// root reaches (parents in a loop) becomes a root.
class Tree {
 public:
  explicit Tree(const JsonObject& conversation);

  const std::vector<Node>& nodes() const { return nodes_; }
  /// The node with this id; null for none.
  const Node* Find(std::string_view id) const;

 private:
  void AdoptByChildren(const JsonObject& mapping, std::vector<Node>& nodes) const;
  template <typename Use>
  void ForEachChild(const JsonObject& object, Use use) const;
  std::vector<size_t> LinkChildren(std::vector<Node>& nodes) const;
  void SortChildren(const JsonObject& mapping, std::vector<Node>& nodes) const;
  static std::vector<size_t> OrderOf(std::vector<Node>& nodes, std::vector<size_t> roots);
  void TakeInOrder(std::vector<Node> nodes, const std::vector<size_t>& order);
  void MarkActive(std::string_view current);
  std::string_view NewestLeaf() const;

  std::unordered_map<std::string_view, size_t> index_;
  std::vector<Node> nodes_;
};

}  // namespace firn::conversations::chatgpt
