#include "engine/git/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace pland::engine::git {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The input as a file in memory: no pipe to feed, and no SIGPIPE when git does not read it.
Result<Descriptor> input_file(std::string_view bytes) {
  Descriptor file(::memfd_create("pland-git-input", MFD_CLOEXEC));
  if (file.get() < 0) return io_error("making", "git's input", errno);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("writing", "git's input", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return io_error("rewinding", "git's input", errno);
  return file;
}

std::vector<std::string> scrubbed_environment(const std::filesystem::path& directory) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (variable.starts_with("GIT_") || variable.starts_with("LC_") || variable.starts_with("LANG=") ||
        variable.starts_with("LANGUAGE=") || variable.starts_with("PAGER=")) {
      continue;
    }
    environment.emplace_back(variable);
  }
  environment.insert(environment.end(),
                     {"LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
                      "GIT_ATTR_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_EDITOR=false",
                      "GIT_OPTIONAL_LOCKS=0", "GIT_CEILING_DIRECTORIES=" + directory.parent_path().string()});
  return environment;
}

/// Both pipes to their ends.
Status drain(Descriptor out, Descriptor err, GitOutput& output) {
  std::array<pollfd, 2> waiting{{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
  const std::array<std::string*, 2> texts{&output.out, &output.err};
  std::array<char, 65536> buffer;
  for (int open = 2; open > 0;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return io_error("waiting for", "git", errno);
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      const ssize_t count = ::read(waiting[i].fd, buffer.data(), buffer.size());
      if (count > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || errno != EINTR) {
        waiting[i].fd = -1;
        --open;
      }
    }
  }
  return {};
}

}  // namespace

Result<GitOutput> run_git(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                          std::string_view input) {
  std::vector<std::string> words = {"git", "--no-pager",
                                    "-C",  directory.string(),
                                    "-c",  "safe.directory=*",
                                    "-c",  "core.hooksPath=/dev/null",
                                    "-c",  "core.fsmonitor=false",
                                    "-c",  "gc.auto=0",
                                    "-c",  "maintenance.auto=false",
                                    "-c",  "commit.gpgSign=false"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = scrubbed_environment(directory);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  };
  std::vector<char*> argv = pointers(words);
  std::vector<char*> envp = pointers(environment);

  PLAND_TRY(const Descriptor in, input_file(input));
  int pipes[2][2];
  if (::pipe2(pipes[0], O_CLOEXEC) < 0) return io_error("making", "a pipe", errno);
  Descriptor out(pipes[0][0]);
  Descriptor out_end(pipes[0][1]);
  if (::pipe2(pipes[1], O_CLOEXEC) < 0) return io_error("making", "a pipe", errno);
  Descriptor err(pipes[1][0]);
  Descriptor err_end(pipes[1][1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out_end.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err_end.get(), 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t set;
  sigemptyset(&set);
  posix_spawnattr_setsigmask(&attributes, &set);
  sigaddset(&set, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &set);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int failure = ::posix_spawnp(&pid, "git", &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    Error error = io_error("starting", "git", failure);
    error.message += "; is git installed and on PATH?";
    return error;
  }
  out_end.reset();
  err_end.reset();

  GitOutput output;
  const Status drained = drain(std::move(out), std::move(err), output);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return io_error("waiting for", "git", errno);
  }
  PLAND_CHECK(drained);
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace pland::engine::git
