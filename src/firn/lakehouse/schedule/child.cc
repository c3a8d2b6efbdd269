// SPDX-License-Identifier: Apache-2.0
//
// fork and exec, because priorities are set between the two. The child has a process group of its
// own, so that a timeout ends whatever it has started as well.

#include "firn/lakehouse/schedule/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#  include <sys/syscall.h>
#endif

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kOutputBytesMax = size_t{1} << 20;
constexpr int kNice = 10;
constexpr int kTimedOut = 124;
constexpr int64_t kGraceMs = 10'000;
constexpr int kPollMs = 50;

int64_t NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

Result<std::string> FindProgram(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return name;
  for (size_t from = 0; from <= path.size();) {
    const size_t end = std::min(path.find(':', from), path.size());
    const std::string candidate = path.substr(from, end - from) + "/" + name;
    if (end > from && access(candidate.c_str(), X_OK) == 0) return candidate;
    from = end + 1;
  }
  return NotFound("no such program", name);
}

class Pipe {
 public:
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  Status Open() {
    if (pipe2(ends_.data(), O_CLOEXEC) == 0) return Ok();
    return Io("cannot make a pipe", std::string(std::strerror(errno)));
  }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void CloseRead() { Close(ends_[0]); }
  void CloseWrite() { Close(ends_[1]); }

 private:
  static void Close(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
  std::array<int, 2> ends_ = {-1, -1};
};

void LowerPriority() {
  setpriority(PRIO_PROCESS, 0, kNice);
#ifdef __linux__
  constexpr int kWhoProcess = 1, kClassIdle = 3, kClassShift = 13;
  syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle << kClassShift);
#endif
}

// What runs in the child until it becomes the program.
[[noreturn]] void BecomeProgram(const std::string& program, char* const* words,
                                char* const* variables, const Pipe& in, const Pipe& out,
                                const ChildOptions& options) {
  setpgid(0, 0);
  dup2(in.read_end(), STDIN_FILENO);
  if (options.keep_output) {
    dup2(out.write_end(), STDOUT_FILENO);
    dup2(out.write_end(), STDERR_FILENO);
  }
  if (options.low_priority) LowerPriority();
  execve(program.c_str(), words, variables);
  _exit(127);
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Gathers output and waits, up to the timeout.
class Waiting {
 public:
  Waiting(pid_t child, Pipe& out, const ChildOptions& options)
      : child_(child), out_(out), options_(options) {}

  Result<ChildResult> Run() {
    const int64_t began = NowMs();
    while (true) {
      Gather();
      int status = 0;
      const pid_t ended = waitpid(child_, &status, WNOHANG);
      if (ended < 0) return Io("cannot wait for the process", std::string(std::strerror(errno)));
      if (ended == child_) {
        Gather();
        result_.exit_code = timed_out_ ? kTimedOut : CodeOf(status);
        return std::move(result_);
      }
      EndLate(NowMs() - began);
    }
  }

 private:
  static int CodeOf(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  // Reads what there is, waiting a moment for it.
  void Gather() {
    pollfd ready{out_.read_end(), POLLIN, 0};
    if (!options_.keep_output || ended_output_) {
      poll(nullptr, 0, kPollMs);
      return;
    }
    while (poll(&ready, 1, kPollMs) > 0) {
      std::array<char, 4096> bytes{};
      const ssize_t got = read(out_.read_end(), bytes.data(), bytes.size());
      if (got <= 0) {
        ended_output_ = true;
        return;
      }
      const size_t room = kOutputBytesMax - result_.output.size();
      result_.output.append(bytes.data(), std::min(static_cast<size_t>(got), room));
    }
  }

  void EndLate(int64_t elapsed_ms) {
    const int64_t timeout = options_.timeout.value;
    if (timeout == 0 || elapsed_ms < timeout) return;
    kill(-child_, elapsed_ms < timeout + kGraceMs ? SIGTERM : SIGKILL);
    timed_out_ = true;
  }

  pid_t child_;
  Pipe& out_;
  const ChildOptions& options_;
  ChildResult result_;
  bool timed_out_ = false;
  bool ended_output_ = false;
};

}  // namespace

Result<ChildResult> RunChild(const std::vector<std::string>& words, const ChildOptions& options) {
  const auto path = options.environment.find("PATH");
  FIRN_ASSIGN(const std::string program,
              FindProgram(words.at(0), path == options.environment.end() ? "" : path->second));
  std::vector<std::string> arguments = words;
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment)
    variables.push_back(name + "=" + value);
  const std::vector<char*> argument_list = Pointers(arguments);
  const std::vector<char*> variable_list = Pointers(variables);
  Pipe in, out;
  FIRN_TRY(in.Open());
  FIRN_TRY(out.Open());
  const pid_t child = fork();
  if (child < 0) return Io("cannot start a process", std::string(std::strerror(errno)));
  if (child == 0) {
    BecomeProgram(program, argument_list.data(), variable_list.data(), in, out, options);
  }
  in.CloseRead();
  out.CloseWrite();
  // A pipe holds what we have to say; a child that does not listen ends the write, not us.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const ssize_t written = write(in.write_end(), options.input.data(), options.input.size());
  std::signal(SIGPIPE, before);
  in.CloseWrite();
  auto result = Waiting(child, out, options).Run();
  if (result && written != static_cast<ssize_t>(options.input.size())) {
    return Io("the process did not take its input", program);
  }
  return result;
}

std::string OwnProgram() {
  std::error_code error;
  const std::string file = fs::read_symlink("/proc/self/exe", error).string();
  return error ? "firn" : file;
}

}  // namespace firn::lakehouse
