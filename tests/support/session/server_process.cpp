#include "tests/support/session/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

extern char** environ;

namespace pland::session {
namespace {

[[noreturn]] void fail(int code, const std::string& what) {
  throw std::system_error(code, std::generic_category(), what);
}

int left_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

ServerProcess::ServerProcess(const ServerOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);  // a server that has died must not end who talks to it
  int input[2];
  int output[2];
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) fail(errno, "pipe");
  std::vector<std::string> arguments{options.program.string()};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (options.environment.count(text.substr(0, text.find('='))) == 0) environment.push_back(text);
  }
  for (const auto& [name, value] : options.environment) environment.push_back(name + "=" + value);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], 0);
  posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  const std::string log = options.log.empty() ? "/dev/null" : options.log.string();
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (!options.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
  const int spawned = ::posix_spawn(&pid_, options.program.c_str(), &actions, nullptr,
                                    pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  input_ = input[1];
  output_ = output[0];
  if (spawned != 0) fail(spawned, "starting " + options.program.string());
  ::fcntl(input_, F_SETFL, ::fcntl(input_, F_GETFL) | O_NONBLOCK);
  ::fcntl(output_, F_SETFL, ::fcntl(output_, F_GETFL) | O_NONBLOCK);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) fail(errno, "pidfd_open");
}

ServerProcess::~ServerProcess() {
  if (!status_) {
    kill(SIGKILL);
    wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  }
  for (const int descriptor : {input_, output_, pidfd_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

void ServerProcess::close_input() {
  closing_input_ = true;
  if (to_write_.empty() && input_ >= 0) {
    ::close(input_);
    input_ = -1;
  }
}

bool ServerProcess::pump(std::chrono::steady_clock::time_point deadline,
                         const std::function<void(std::string_view)>& receive) {
  if (output_ < 0) return false;
  pollfd watched[2] = {{output_, POLLIN, 0}, {input_, POLLOUT, 0}};
  const nfds_t count = input_ >= 0 && !to_write_.empty() ? 2 : 1;
  const int ready = ::poll(watched, count, left_until(deadline));
  if (ready < 0 && errno == EINTR) return true;
  if (ready <= 0) return false;
  if (count == 2 && (watched[1].revents & POLLOUT) != 0) {
    const ssize_t written = ::write(input_, to_write_.data(), to_write_.size());
    if (written > 0) to_write_.erase(0, static_cast<std::size_t>(written));
    if (closing_input_) close_input();
  } else if (count == 2 && (watched[1].revents & (POLLERR | POLLHUP)) != 0) {
    to_write_.clear();  // nobody reads it any more; the output says what became of the server
  }
  if (watched[0].revents != 0) {
    char buffer[65536];
    const ssize_t got = ::read(output_, buffer, sizeof buffer);
    if (got > 0) {
      receive(std::string_view(buffer, static_cast<std::size_t>(got)));
    } else if (got == 0) {
      ::close(output_);
      output_ = -1;
      return false;
    }
  }
  return true;
}

void ServerProcess::kill(int signal) {
  if (pidfd_ >= 0 && !status_) ::syscall(SYS_pidfd_send_signal, pidfd_, signal, nullptr, 0);
}

std::optional<int> ServerProcess::wait(std::chrono::steady_clock::time_point deadline) {
  if (status_) return status_;
  pollfd watched = {pidfd_, POLLIN, 0};
  if (::poll(&watched, 1, left_until(deadline)) <= 0) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

}  // namespace pland::session
