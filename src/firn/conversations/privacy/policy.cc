// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/policy.h"

#include <algorithm>
#include <utility>

#include "firn/base/digest.h"

namespace firn::conversations::privacy {
namespace {

constexpr std::pair<std::string_view, Action> kActions[] = {{"keep", Action::kKeep},
                                                            {"mask", Action::kMask},
                                                            {"hash", Action::kHash},
                                                            {"encrypt", Action::kEncrypt},
                                                            {"drop", Action::kDrop}};

}  // namespace

Result<Action> ParseAction(std::string_view text) {
  for (const auto& [name, action] : kActions) {
    if (name == text) return action;
  }
  return InvalidArgument("neither keep, mask, hash, encrypt nor drop", text);
}

std::string_view ActionName(Action action) {
  const auto found = std::find_if(std::begin(kActions), std::end(kActions),
                                  [action](const auto& entry) { return entry.second == action; });
  return found->first;
}

Action Policy::For(const Rule& rule) const {
  if (rule.tier == Tier::kCandidate) return candidates;
  const auto found = by_kind.find(rule.kind);
  return found == by_kind.end() ? Action::kKeep : found->second;
}

bool Policy::keeps_all() const {
  return candidates == Action::kKeep &&
         std::all_of(by_kind.begin(), by_kind.end(),
                     [](const auto& entry) { return entry.second == Action::kKeep; });
}

std::string Policy::Fingerprint() const {
  if (keeps_all()) return "keep";
  std::string text = "rules " + std::string(kRuleSetVersion);
  for (const auto& [kind, action] : by_kind) {
    if (action == Action::kKeep) continue;
    text += "," + std::string(KindName(kind)) + "=" + std::string(ActionName(action));
  }
  text += ",candidate=" + std::string(ActionName(candidates));
  if (names.empty()) return text;
  constexpr size_t kDigits = 8;
  std::string all;
  for (const std::string& name : names)
    all += name + "\n";
  return text + ",names=" + Md5Hex(all).substr(0, kDigits);
}

People Policy::people() const {
  People all = found_people;
  all.names.insert(all.names.begin(), names.begin(), names.end());
  return all;
}

Policy MaskingPolicy() {
  Policy policy;
  for (const Kind kind :
       {Kind::kSecret, Kind::kEmail, Kind::kPhone, Kind::kIban, Kind::kCard, Kind::kName}) {
    policy.by_kind[kind] = Action::kMask;
  }
  return policy;
}

Policy PolicyOfExports(Policy policy, const std::map<Kind, Action>& asked) {
  Policy least = MaskingPolicy();
  least.by_kind[Kind::kAccount] = Action::kMask;
  for (const auto& [kind, action] : least.by_kind) {
    Action& chosen = policy.by_kind.emplace(kind, Action::kKeep).first->second;
    if (chosen == Action::kKeep) chosen = action;
  }
  for (const auto& [kind, action] : asked)
    policy.by_kind[kind] = action;
  return policy;
}

}  // namespace firn::conversations::privacy
