// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/ingest_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace firn::ingest {
namespace {

constexpr Millis kPollEvery{50};

}  // namespace

IngestLock::IngestLock(const std::string& path, Env& env, Millis wait_max) {
  if (path.empty()) return;
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) return;
  for (int64_t waited = 0; waited <= wait_max.value; waited += kPollEvery.value) {
    held_ = flock(file_, LOCK_EX | LOCK_NB) == 0;
    if (held_) return;
    env.Sleep(kPollEvery);
  }
}

IngestLock::~IngestLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace firn::ingest
