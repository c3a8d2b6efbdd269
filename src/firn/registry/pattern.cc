// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/pattern.h"

#include <cstdint>
#include <string>
#include <utility>

#include <hs.h>

namespace firn::registry {
namespace {

constexpr size_t kPatternBytesMax = 1000;

int OnMatch(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
            void* context) {
  static_cast<void>(id), static_cast<void>(from), static_cast<void>(to), static_cast<void>(flags);
  *static_cast<bool*>(context) = true;
  return 1;  // One is enough.
}

}  // namespace

struct Pattern::Automaton {
  ~Automaton() {
    hs_free_scratch(scratch);
    hs_free_database(database);
  }

  hs_database_t* database = nullptr;
  hs_scratch_t* scratch = nullptr;
};

Pattern::Pattern(std::unique_ptr<Automaton> automaton) : automaton_(std::move(automaton)) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

Result<Pattern> Pattern::Compile(std::string_view text) {
  if (text.size() > kPatternBytesMax) {
    return InvalidArgument("a pattern has more bytes than are allowed", kPatternBytesMax);
  }
  if (hs_valid_platform() != HS_SUCCESS) {
    return Unsupported("this processor lacks SSE4.2, which patterns need");
  }
  const std::string pattern(text);
  auto automaton = std::make_unique<Automaton>();
  hs_compile_error_t* error = nullptr;
  if (hs_compile(pattern.c_str(), HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY | HS_FLAG_UTF8,
                 HS_MODE_BLOCK, nullptr, &automaton->database, &error) != HS_SUCCESS) {
    Error wrong = InvalidArgument("not a pattern that can be used: " + pattern,
                                  std::string_view(error->message));
    hs_free_compile_error(error);
    return wrong;
  }
  if (hs_alloc_scratch(automaton->database, &automaton->scratch) != HS_SUCCESS) {
    return ResourceExhausted("no memory for a pattern", pattern);
  }
  return Pattern(std::move(automaton));
}

Result<bool> Pattern::OccursIn(std::string_view text) const {
  if (text.size() > UINT32_MAX) return ResourceExhausted("the text is too long for a pattern");
  bool found = false;
  const hs_error_t scanned =
      hs_scan(automaton_->database, text.data(), static_cast<unsigned>(text.size()), 0,
              automaton_->scratch, OnMatch, &found);
  if (scanned != HS_SUCCESS && scanned != HS_SCAN_TERMINATED) {
    return Internal("looking for a pattern failed", scanned);
  }
  return found;
}

}  // namespace firn::registry
