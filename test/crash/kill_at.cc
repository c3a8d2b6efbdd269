// SPDX-License-Identifier: Apache-2.0
//
// kill_at [--count FILE] N PROGRAM ARGUMENT...
//
// Runs a program and kills it (SIGKILL, all threads) just before its N-th operation that changes
// what is stored: a write, a sync, a rename, a new file. Ends with the program's exit code, or with
// 137 when it was killed. FILE receives how many such operations there were; N = 0 only counts.
//
// The program runs unchanged. A seccomp filter stops it at those system calls alone (so it keeps
// its speed), ptrace tells us of each stop. See seccomp(2), SECCOMP_RET_TRACE, and ptrace(2). Ends
// with 125 where this kernel or sandbox does not allow that.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kNotPossible = 125;
constexpr int kKilled = 137;

// Operations that change what is stored, whatever they are given.
constexpr long kChanging[] = {
    SYS_fsync,     SYS_fdatasync, SYS_ftruncate, SYS_truncate, SYS_fallocate,
    SYS_renameat2, SYS_linkat,    SYS_unlinkat,  SYS_mkdirat,  SYS_symlinkat,
#ifdef SYS_rename
    SYS_rename,    SYS_renameat,  SYS_link,      SYS_unlink,   SYS_mkdir,
    SYS_rmdir,     SYS_symlink,   SYS_creat,
#endif
};

// Writes; those to standard input, output and error do not count.
constexpr long kWriting[] = {SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2};

class Filter {
 public:
  Filter() {
    Load(offsetof(seccomp_data, nr));
    for (const long number : kChanging)
      TraceIfEqual(number);
    for (const long number : kWriting)
      TraceIfBeyondStandardStreams(number);
    TraceIfCreating(SYS_openat, 2);
#ifdef SYS_open
    TraceIfCreating(SYS_open, 1);
#endif
    Add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }

  bool Install() {
    const sock_fprog program = {static_cast<uint16_t>(code_.size()), code_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  void Add(int code, uint32_t k, uint8_t if_true = 0, uint8_t if_false = 0) {
    code_.push_back({static_cast<uint16_t>(code), if_true, if_false, k});
  }
  void Load(size_t offset) {
    Add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
  }
  void Trace() {
    Add(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  }

  void TraceIfEqual(long number) {
    Add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1);
    Trace();
  }
  void TraceIfBeyondStandardStreams(long number) {
    Add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 4);
    Load(offsetof(seccomp_data, args[0]));
    Add(BPF_JMP | BPF_JGT | BPF_K, STDERR_FILENO, 0, 1);
    Trace();
    Add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  void TraceIfCreating(long number, size_t flags_argument) {
    Add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 4);
    Load(offsetof(seccomp_data, args) + flags_argument * sizeof(uint64_t));
    Add(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 0, 1);
    Trace();
    Add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }

  std::vector<sock_filter> code_;
};

[[noreturn]] void RunProgram(char** command) {
  Filter filter;
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(kNotPossible);
  ::raise(SIGSTOP);
  if (!filter.Install()) ::_exit(kNotPossible);
  ::execvp(command[0], command);
  std::perror(command[0]);
  ::_exit(127);
}

// Follows a program, its threads and its children from stop to stop.
class Tracer {
 public:
  Tracer(pid_t program, int64_t kill_at) : program_(program), kill_at_(kill_at) {}

  // Returns the exit code.
  int Follow() {
    int status = 0;
    if (::waitpid(program_, &status, 0) != program_ || !WIFSTOPPED(status)) return kNotPossible;
    constexpr long kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (::ptrace(PTRACE_SETOPTIONS, program_, nullptr, kOptions) != 0) return kNotPossible;
    Continue(program_, 0);
    for (;;) {
      const pid_t stopped = ::waitpid(-1, &status, __WALL);
      if (stopped < 0) return kNotPossible;
      if (WIFSTOPPED(status)) {
        HandleStop(stopped, status);
      } else if (stopped == program_) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
    }
  }

  int64_t operations() const { return operations_; }

 private:
  static void Continue(pid_t process, int signal) {
    ::ptrace(PTRACE_CONT, process, nullptr, static_cast<long>(signal));
  }

  void HandleStop(pid_t process, int status) {
    const int event = status >> 16;
    const int signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP && ++operations_ == kill_at_) {
      ::kill(program_, SIGKILL);
      return;
    }
    // Events, and the stop every new thread begins with, are ours; other signals are the program's.
    const bool ours = event != 0 || signal == SIGSTOP || signal == SIGTRAP;
    Continue(process, ours ? 0 : signal);
  }

  pid_t program_;
  int64_t kill_at_;
  int64_t operations_ = 0;
};

int Usage() {
  std::fputs("usage: kill_at [--count FILE] N PROGRAM ARGUMENT...\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  int at = 1;
  std::string count_file;
  if (argc > 2 && std::strcmp(argv[1], "--count") == 0) {
    count_file = argv[2];
    at = 3;
  }
  if (argc < at + 2) return Usage();
  const int64_t kill_at = std::strtoll(argv[at], nullptr, 10);
  const pid_t program = ::fork();
  if (program < 0) return kNotPossible;
  if (program == 0) RunProgram(argv + at + 1);
  Tracer tracer(program, kill_at);
  const int code = tracer.Follow();
  if (!count_file.empty()) std::ofstream(count_file) << tracer.operations() << '\n';
  return code == 128 + SIGKILL ? kKilled : code;
}
