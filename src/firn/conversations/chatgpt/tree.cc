// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/chatgpt/tree.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "firn/conversations/chatgpt/message.h"

namespace firn::conversations::chatgpt {
namespace {

// Adds to `order` what `stack` reaches, parents first.
void Walk(const std::vector<Node>& nodes, std::vector<size_t>& stack, std::vector<bool>& seen,
          std::vector<size_t>& order) {
  while (!stack.empty()) {
    const size_t at = stack.back();
    stack.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    order.push_back(at);
    const std::vector<size_t>& children = nodes[at].children;
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
}

}  // namespace

Tree::Tree(const JsonObject& conversation) {
  const std::optional<JsonObject> mapping = FindObject(conversation, "mapping");
  if (!mapping) return;
  std::vector<Node> nodes;
  for (const auto& [id, element] : *mapping) {
    JsonObject object;
    if (element.get(object) != simdjson::SUCCESS) continue;
    index_.emplace(id, nodes.size());
    nodes.push_back(
        {id, FindString(object, "parent").value_or(""), FindObject(object, "message"), {}, false});
  }
  AdoptByChildren(*mapping, nodes);
  std::vector<size_t> roots = LinkChildren(nodes);
  SortChildren(*mapping, nodes);
  const std::vector<size_t> order = OrderOf(nodes, std::move(roots));
  TakeInOrder(std::move(nodes), order);
  MarkActive(FindString(conversation, "current_node").value_or(""));
}

const Node* Tree::Find(std::string_view id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : &nodes_[found->second];
}

// Where a node names no parent, the node that names it as a child is it.
void Tree::AdoptByChildren(const JsonObject& mapping, std::vector<Node>& nodes) const {
  for (const auto& [id, element] : mapping) {
    JsonObject object;
    if (element.get(object) != simdjson::SUCCESS) continue;
    ForEachChild(object, [&, own_id = id](size_t child) {
      if (nodes[child].parent.empty() && nodes[child].id != own_id) nodes[child].parent = own_id;
    });
  }
}

template <typename Use>
void Tree::ForEachChild(const JsonObject& object, Use use) const {
  const std::optional<JsonArray> children = FindArray(object, "children");
  if (!children) return;
  for (const JsonElement& element : *children) {
    std::string_view id;
    if (element.get(id) != simdjson::SUCCESS) continue;
    const auto found = index_.find(id);
    if (found != index_.end()) use(found->second);
  }
}

// Tells parents of their children; returns the roots.
std::vector<size_t> Tree::LinkChildren(std::vector<Node>& nodes) const {
  std::vector<size_t> roots;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto parent = index_.find(nodes[i].parent);
    if (parent == index_.end() || parent->second == i) {
      nodes[i].parent = {};
      roots.push_back(i);
    } else {
      nodes[parent->second].children.push_back(i);
    }
  }
  return roots;
}

// The order of the children lists; those they do not name come last, as the mapping has them.
void Tree::SortChildren(const JsonObject& mapping, std::vector<Node>& nodes) const {
  for (const auto& [id, element] : mapping) {
    JsonObject object;
    const auto at = index_.find(id);
    if (at == index_.end() || element.get(object) != simdjson::SUCCESS) continue;
    std::unordered_map<size_t, size_t> rank;
    ForEachChild(object, [&](size_t child) { rank.emplace(child, rank.size()); });
    std::ranges::stable_sort(nodes[at->second].children, {}, [&](size_t child) {
      const auto found = rank.find(child);
      return found == rank.end() ? rank.size() : found->second;
    });
  }
}

std::vector<size_t> Tree::OrderOf(std::vector<Node>& nodes, std::vector<size_t> roots) {
  std::reverse(roots.begin(), roots.end());
  std::vector<size_t> order;
  std::vector<bool> seen(nodes.size());
  Walk(nodes, roots, seen, order);
  for (size_t i = 0; i < nodes.size(); ++i) {  // Parents in a loop are reached by no root.
    if (seen[i]) continue;
    nodes[i].parent = {};
    roots.push_back(i);
    Walk(nodes, roots, seen, order);
  }
  return order;
}

void Tree::TakeInOrder(std::vector<Node> nodes, const std::vector<size_t>& order) {
  std::vector<size_t> place(nodes.size());
  for (const size_t i : order) {
    place[i] = index_[nodes[i].id] = nodes_.size();
    nodes_.push_back(std::move(nodes[i]));
  }
  for (Node& node : nodes_) {
    for (size_t& child : node.children)
      child = place[child];
  }
}

// Without a current node, the newest leaf is what was last seen.
void Tree::MarkActive(std::string_view current) {
  auto at = index_.find(current);
  if (at == index_.end()) at = index_.find(NewestLeaf());
  for (size_t steps = 0; at != index_.end() && steps <= nodes_.size(); ++steps) {
    Node& node = nodes_[at->second];
    node.is_active = true;
    at = index_.find(node.parent);
  }
}

std::string_view Tree::NewestLeaf() const {
  const Node* newest = nullptr;
  int64_t newest_time = INT64_MIN;
  for (const Node& node : nodes_) {
    if (!node.children.empty()) continue;
    const std::optional<TimeUs> time =
        node.message ? FindSeconds(*node.message, "create_time") : std::nullopt;
    if (newest != nullptr && time.value_or(TimeUs{0}).value < newest_time) continue;
    newest = &node;
    newest_time = time.value_or(TimeUs{0}).value;
  }
  return newest == nullptr ? "" : newest->id;
}

}  // namespace firn::conversations::chatgpt
