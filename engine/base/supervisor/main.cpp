// pland-supervisor: runs one command and makes sure that nothing of it survives.
//
//   pland-supervisor GRACE_MS PROGRAM [ARGUMENT...]     (with the descriptors of protocol.h open)
//
// It makes itself the reaper of all its descendants (PR_SET_CHILD_SUBREAPER), so a process that daemonises
// becomes its child instead of leaving the tree. It starts the program in a process group of its own, and
// ends every descendant (SIGTERM, grace, SIGKILL until none is left) when
//   - the program has ended,
//   - pland asks for it through the control pipe, or a SIGTERM, SIGINT or SIGHUP arrives here,
//   - the control pipe closes: pland died, also by SIGKILL. The grace is then at most half a second.
// What became of the program goes out on the status pipe. The exit code is 0, or 1 when a descendant could
// not be ended, or 127 when nothing was started.
//
// Only libc is used: no allocation of note, no threads, nothing that can fail late.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "engine/base/supervisor/protocol.h"

namespace {

using namespace pland::engine::supervisor;

constexpr long orphan_grace_ms = 500;  ///< grace when nobody waits for us any more
constexpr long rescan_ms = 20;         ///< how often SIGKILL is sent again to what appeared meanwhile
constexpr long give_up_ms = 5000;      ///< after the first SIGKILL: what is left is stuck in the kernel

long now_ms() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void tell(Message::Kind kind, int value) {
  const Message message{kind, value};
  // When pland is gone nobody listens (SIGPIPE is ignored); there is nobody else to tell.
  while (write(status_fd, &message, sizeof message) < 0 && errno == EINTR) {
  }
}

/// A process of /proc. The start time tells it from a later one with the same number.
struct Process {
  pid_t pid;
  pid_t parent;
  unsigned long long start;
  bool below;  ///< a descendant of ours
};

bool read_process(pid_t pid, Process& process) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return false;
  text[size] = '\0';
  // "pid (name) state ppid ..." where the name may hold anything, also ')' and blanks.
  const char* rest = std::strrchr(text, ')');
  if (rest == nullptr) return false;
  int parent = 0;
  unsigned long long start = 0;
  if (std::sscanf(rest + 1,
                  " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &parent,
                  &start) != 2) {
    return false;
  }
  process = Process{pid, parent, start, false};
  return true;
}

/// A growing list, freed at the end of the scope.
struct Processes {
  Process* items = nullptr;
  std::size_t count = 0;
  std::size_t capacity = 0;
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes() { std::free(items); }
  void add(const Process& process) {
    if (count == capacity) {
      const std::size_t more = capacity == 0 ? 256 : capacity * 2;
      void* grown = std::realloc(items, more * sizeof(Process));
      if (grown == nullptr)
        return;  // without memory: what is known already is ended, the next scan sees the rest
      items = static_cast<Process*>(grown);
      capacity = more;
    }
    items[count++] = process;
  }
  const Process* find(pid_t pid, unsigned long long start) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (items[i].pid == pid && items[i].start == start) return &items[i];
    }
    return nullptr;
  }
};

void scan(Processes& all) {
  DIR* directory = opendir("/proc");
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    Process process{};
    if (read_process(static_cast<pid_t>(std::atoi(entry->d_name)), process)) all.add(process);
  }
  closedir(directory);
  // Descendants: repeat until a round finds no further one, as a child may be listed before its parent.
  const pid_t self = getpid();
  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < all.count; ++i) {
      Process& process = all.items[i];
      if (process.below) continue;
      bool below = process.parent == self;
      for (std::size_t j = 0; j < all.count && !below; ++j) {
        below = all.items[j].below && all.items[j].pid == process.parent;
      }
      if (below) process.below = found = true;
    }
  }
}

/// Through a pidfd, so that a number used again in the meantime is never hit.
void send_signal(const Process& target, int signal) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, target.pid, 0));
  if (fd < 0) return;
  Process now{};
  if (read_process(target.pid, now) && now.start == target.start) {
    syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0);
  }
  close(fd);
}

/// SIGTERM to every descendant once, also to those born while we look.
void terminate_descendants() {
  Processes told;
  for (int round = 0; round < 5; ++round) {
    Processes all;
    scan(all);
    bool fresh = false;
    for (std::size_t i = 0; i < all.count; ++i) {
      const Process& process = all.items[i];
      if (!process.below || told.find(process.pid, process.start) != nullptr) continue;
      told.add(process);
      fresh = true;
      send_signal(process, SIGTERM);
      send_signal(process, SIGCONT);  // a stopped process would never see it
    }
    if (!fresh) return;
  }
}

/// SIGKILL to every descendant; returns how many there were.
int kill_descendants() {
  Processes all;
  scan(all);
  int killed = 0;
  for (std::size_t i = 0; i < all.count; ++i) {
    if (!all.items[i].below) continue;
    send_signal(all.items[i], SIGKILL);
    ++killed;
  }
  return killed;
}

enum class Reaped { none_left, some_left };

pid_t main_process = -1;
bool main_ended = false;

/// Collects everything that has ended, and reports the command.
Reaped reap() {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) {
      if (errno == EINTR) continue;
      return Reaped::none_left;  // ECHILD: as the reaper of all descendants, without a child we have no
                                 // descendant
    }
    if (info.si_pid == 0) return Reaped::some_left;
    if (info.si_pid == main_process && !main_ended) {
      main_ended = true;
      if (info.si_code == CLD_EXITED) {
        tell(Message::exited, info.si_status);
      } else {
        tell(Message::signalled, info.si_status);
      }
    }
  }
}

/// Starts the command; -1 with errno when the system refused to run it.
pid_t start(char** argv) {
  int failure[2];  // closed by a successful exec, else holds errno
  if (pipe2(failure, O_CLOEXEC) != 0) return -1;
  const pid_t supervisor = getpid();
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    // Should the supervisor itself be killed, the command at least goes with it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(127);
    for (int signal = 1; signal < NSIG; ++signal) {
      if (signal != SIGKILL && signal != SIGSTOP) std::signal(signal, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvp(argv[0], argv);
    const int why = errno;
    _exit(write(failure[1], &why, sizeof why) < 0 ? 126 : 127);
  }
  int why = errno;
  close(failure[1]);
  if (child > 0) {
    setpgid(child, child);  // here as well, so that it is done whoever comes first
    ssize_t size = 0;
    while ((size = read(failure[0], &why, sizeof why)) < 0 && errno == EINTR) {
    }
    if (size == 0) {
      close(failure[0]);
      return child;
    }
  }
  close(failure[0]);
  errno = why;
  return -1;
}

/// Waits for something to happen, at most `limit` ms (-1: no limit). True when pland asked for the end, or a
/// signal did; `orphaned` when pland is gone.
bool wait_for_news(int signals, bool listen, long limit, bool& orphaned) {
  pollfd watched[2] = {{signals, POLLIN, 0}, {listen ? control_fd : -1, POLLIN, 0}};
  if (poll(watched, 2, static_cast<int>(limit)) <= 0) return false;
  bool end = false;
  if (watched[0].revents != 0) {
    signalfd_siginfo info{};
    while (read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo != SIGCHLD) end = true;
    }
  }
  if (watched[1].revents != 0) {
    char byte = 0;
    const ssize_t size = read(control_fd, &byte, 1);
    if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) orphaned = true;
    if (size == 1 && byte == end_everything) end = true;
  }
  return end || orphaned;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || fcntl(control_fd, F_GETFD) < 0 || fcntl(status_fd, F_GETFD) < 0) {
    static constexpr char usage[] =
        "pland-supervisor is started by pland to run a command; it is no command itself\n";
    if (write(2, usage, sizeof usage - 1) < 0) return 126;
    return 127;
  }
  const long grace = std::atol(argv[1]);
  fcntl(control_fd, F_SETFD, FD_CLOEXEC);
  fcntl(status_fd, F_SETFD, FD_CLOEXEC);
  syscall(SYS_close_range, static_cast<unsigned>(status_fd + 1), ~0u, 0u);
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // were it inherited as ignored, children would vanish unreported
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&handled, signal);
  sigprocmask(SIG_SETMASK, &handled, nullptr);
  const int signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) {
    tell(Message::exec_failed, errno);
    return 127;
  }

  main_process = start(argv + 2);
  if (main_process < 0) {
    tell(Message::exec_failed, errno);
    return 127;
  }
  tell(Message::started, main_process);
  // The command's output must end when the command does: hold none of it.
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing >= 0) {
    dup2(nothing, 1);
    dup2(nothing, 2);
  } else {
    close(1);
    close(2);
  }

  bool orphaned = false;
  bool end = false;
  while (!main_ended && !end) {
    if (reap() == Reaped::none_left || main_ended) break;
    end = wait_for_news(signals, true, -1, orphaned);
  }

  // From here on everything ends.
  if (reap() == Reaped::none_left) return 0;
  terminate_descendants();
  long deadline = now_ms() + (orphaned && grace > orphan_grace_ms ? orphan_grace_ms : grace);
  for (long left = deadline - now_ms(); left > 0; left = deadline - now_ms()) {
    if (reap() == Reaped::none_left) return 0;
    const bool was_orphaned = orphaned;
    wait_for_news(signals, !orphaned, left, orphaned);
    if (orphaned && !was_orphaned && deadline > now_ms() + orphan_grace_ms)
      deadline = now_ms() + orphan_grace_ms;
  }
  deadline = now_ms() + give_up_ms;
  for (;;) {
    const int killed = kill_descendants();
    if (reap() == Reaped::none_left) return 0;
    if (now_ms() >= deadline) {
      tell(Message::survivors, killed);
      return 1;
    }
    wait_for_news(signals, false, rescan_ms, orphaned);
  }
}
