// SPDX-License-Identifier: Apache-2.0

#include "firn/obs/progress.h"

namespace firn::obs {
namespace {

class Silent : public Progress {
 public:
  void Begin(std::string_view, int64_t) override {}
  void Advance(int64_t) override {}
  void End() override {}
};

}  // namespace

Progress& NoProgress() {
  static Silent progress;
  return progress;
}

}  // namespace firn::obs
