// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/stop_signal.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/signalfd.h>
#include <unistd.h>

namespace firn::cli {

Result<StopSignal> StopSignal::Make() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0)
    return ResourceExhausted("no signal can be waited for", std::string(std::strerror(errno)));
  return StopSignal(descriptor);
}

StopSignal::~StopSignal() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace firn::cli
