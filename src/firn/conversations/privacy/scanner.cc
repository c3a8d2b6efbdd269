// SPDX-License-Identifier: Apache-2.0
//
// Vectorscan finds the heads of all rules in one walk. It reports every end at which a head can
// match, with the leftmost beginning: of those with one beginning the last end counts.

#include "firn/conversations/privacy/scanner.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <hs.h>

#include "firn/conversations/privacy/checks.h"
#include "firn/conversations/privacy/escapes.h"
#include "firn/conversations/privacy/shapes.h"

namespace firn::conversations::privacy {
namespace {

// The longest head of each rule at each beginning.
using Heads = std::map<std::pair<size_t, unsigned>, size_t>;

int OnHead(unsigned rule, unsigned long long from, unsigned long long to, unsigned flags,
           void* context) {
  static_cast<void>(flags);
  size_t& end = (*static_cast<Heads*>(context))[{static_cast<size_t>(from), rule}];
  end = std::max(end, static_cast<size_t>(to));
  return 0;
}

// The more important rule takes its place first, the others what is left.
std::vector<Finding> WithoutOverlaps(std::vector<Finding> found) {
  std::stable_sort(found.begin(), found.end(), [](const Finding& left, const Finding& right) {
    return std::make_tuple(left.rule, left.begin, right.end) <
           std::make_tuple(right.rule, right.begin, left.end);
  });
  std::map<size_t, Finding> kept;  // By beginning.
  for (const Finding& finding : found) {
    const auto after = kept.lower_bound(finding.begin);
    const bool meets_after = after != kept.end() && after->second.begin < finding.end;
    const bool meets_before = after != kept.begin() && std::prev(after)->second.end > finding.begin;
    if (!meets_after && !meets_before) kept.emplace(finding.begin, finding);
  }
  std::vector<Finding> findings;
  for (const auto& [begin, finding] : kept)
    findings.push_back(finding);
  return findings;
}

}  // namespace

struct Scanner::Automaton {
  explicit Automaton(const People& people) : set(people) {}
  ~Automaton() { hs_free_database(database); }

  RuleSet set;
  hs_database_t* database = nullptr;
};

struct Scanner::Scratch {
  ~Scratch() { hs_free_scratch(scratch); }

  hs_scratch_t* scratch = nullptr;
};

Scanner::Scanner(std::shared_ptr<const Automaton> automaton, std::unique_ptr<Scratch> scratch)
    : automaton_(std::move(automaton)), scratch_(std::move(scratch)) {}
Scanner::~Scanner() = default;
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&&) noexcept = default;

Result<Scanner> Scanner::Make(const People& people) {
  if (hs_valid_platform() != HS_SUCCESS) {
    return Unsupported("this processor lacks SSE4.2, which looking for secrets needs");
  }
  auto automaton = std::make_shared<Automaton>(people);
  const std::span<const Rule> rules = automaton->set.rules();
  std::vector<std::string> heads;
  std::vector<unsigned> flags, ids;
  for (const Rule& rule : rules) {
    heads.emplace_back(rule.head);
    flags.push_back(HS_FLAG_SOM_LEFTMOST | (rule.any_case ? HS_FLAG_CASELESS : 0U));
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  std::vector<const char*> texts;
  for (const std::string& head : heads)
    texts.push_back(head.c_str());
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()),
                       HS_MODE_BLOCK, nullptr, &automaton->database, &error) != HS_SUCCESS) {
    const bool named = error->expression >= 0;
    const std::string id(named ? rules[static_cast<size_t>(error->expression)].id : "?");
    Error wrong = InvalidArgument("head of rule " + id, std::string_view(error->message));
    hs_free_compile_error(error);
    return wrong;
  }
  auto scratch = std::make_unique<Scratch>();
  if (hs_alloc_scratch(automaton->database, &scratch->scratch) != HS_SUCCESS) {
    return ResourceExhausted("no memory to look for secrets with");
  }
  return Scanner(std::move(automaton), std::move(scratch));
}

Result<Scanner> Scanner::Copy() const {
  auto scratch = std::make_unique<Scratch>();
  if (hs_clone_scratch(scratch_->scratch, &scratch->scratch) != HS_SUCCESS) {
    return ResourceExhausted("no memory to look for secrets with");
  }
  return Scanner(automaton_, std::move(scratch));
}

std::span<const Rule> Scanner::rules() const {
  return automaton_->set.rules();
}

Result<std::vector<Finding>> Scanner::Scan(std::string_view text) {
  FIRN_ASSIGN(std::vector<Finding> found, ScanPlain(text));
  if (text.find('\\') == std::string_view::npos) return found;
  FIRN_ASSIGN(const std::vector<Finding> behind, ScanPlain(Unescape(text)));
  EscapedPlaces places(text);
  for (const Finding& finding : behind) {
    const size_t begin = places.BeginOf(finding.begin);
    found.push_back({finding.rule, begin, places.EndOf(finding.end - 1)});
  }
  return WithoutOverlaps(std::move(found));
}

Result<std::vector<Finding>> Scanner::ScanPlain(std::string_view text) {
  if (text.size() > UINT32_MAX) return ResourceExhausted("text is too long to look for secrets in");
  Heads heads;
  const hs_error_t scanned =
      hs_scan(automaton_->database, text.data(), static_cast<unsigned>(text.size()), 0,
              scratch_->scratch, OnHead, &heads);
  if (scanned != HS_SUCCESS) return Internal("looking for secrets failed", scanned);
  std::vector<Finding> found;
  for (const auto& [key, end] : heads) {
    const Rule& rule = automaton_->set.rules()[key.second];
    const auto extent = ExtentOf(rule, text, {key.first, end});
    if (extent && PassesCheck(rule, text.substr(extent->begin, extent->end - extent->begin))) {
      found.push_back({&rule, extent->begin, extent->end});
    }
  }
  return WithoutOverlaps(std::move(found));
}

}  // namespace firn::conversations::privacy
