#include "engine/base/stray.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/process_end.h"
#include "engine/base/unique_fd.h"

namespace pland::engine {

namespace {

constexpr std::string_view variable = "PLAND_PROCESS_TOKEN=";

/// A file of /proc, empty when it cannot be read (gone, another user's).
std::string read_proc(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[16 * 1024];
  for (ssize_t size = 0; file && (size = ::read(file.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

/// The token in a process's environment, when it is one of `tokens`.
std::optional<std::string> token_of(pid_t pid, const std::vector<std::string>& tokens) {
  const std::string environment = read_proc(pid, "environ");
  for (std::string_view rest = environment; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    if (entry.starts_with(variable)) {
      const std::string_view value = entry.substr(variable.size());
      if (std::find(tokens.begin(), tokens.end(), value) != tokens.end()) return std::string(value);
    }
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
  }
  return std::nullopt;
}

struct Held {
  Stray stray;
  asio::posix::stream_descriptor process;  ///< pidfd
};

/// Opens each stray so that its number cannot change its meaning, then looks at the token again.
std::vector<Held> hold(const std::vector<std::string>& tokens, const asio::any_io_executor& executor) {
  std::vector<Held> held;
  for (Stray& stray : find_strays(tokens)) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, stray.pid, 0)));
    if (!fd || token_of(stray.pid, tokens) != stray.token) continue;
    held.push_back(Held{std::move(stray), asio::posix::stream_descriptor(executor, fd.release())});
  }
  return held;
}

/// Sends the signal to all and waits until all have ended, at most `limit`.
asio::awaitable<void> signal_and_wait(std::vector<Held>& held, int signal, std::chrono::milliseconds limit) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  bool expired = false;
  timer.async_wait([&held, &expired](const asio::error_code& error) {
    if (error) return;
    expired = true;
    for (Held& one : held) one.process.cancel();
  });
  for (Held& one : held) ::syscall(SYS_pidfd_send_signal, one.process.native_handle(), signal, nullptr, 0);
  for (Held& one : held) {
    if (expired) break;
    asio::error_code error;
    do {  // see process_end.h
      co_await one.process.async_wait(asio::posix::stream_descriptor::wait_read,
                                      asio::redirect_error(asio::use_awaitable, error));
    } while (!error && !expired && !has_ended(one.process.native_handle()));
  }
  // When the timer has just expired its handler is already queued and refers to our locals: let it run first.
  if (timer.cancel() == 0 && !expired) {
    asio::steady_timer turn(timer.get_executor(), std::chrono::seconds(0));
    while (!expired) {
      asio::error_code error;
      co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

}  // namespace

std::vector<Stray> find_strays(const std::vector<std::string>& tokens) {
  std::vector<Stray> strays;
  if (tokens.empty()) return strays;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), ::closedir);
  if (!directory) return strays;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const pid_t pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid == ::getpid()) continue;
    std::optional<std::string> token = token_of(pid, tokens);
    if (!token) continue;
    std::string command = read_proc(pid, "cmdline");
    while (command.ends_with('\0')) command.pop_back();
    std::replace(command.begin(), command.end(), '\0', ' ');
    strays.push_back(Stray{pid, std::move(*token), std::move(command)});
  }
  return strays;
}

asio::awaitable<StraysEnded> end_strays(std::vector<std::string> tokens, std::chrono::milliseconds grace) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  StraysEnded report;
  const auto remember = [&report](const std::vector<Held>& held) {
    for (const Held& one : held) {
      const auto same = [&](const Stray& known) { return known.pid == one.stray.pid; };
      if (std::none_of(report.ended.begin(), report.ended.end(), same)) report.ended.push_back(one.stray);
    }
  };
  std::vector<Held> held = hold(tokens, executor);
  remember(held);
  if (!held.empty()) co_await signal_and_wait(held, SIGTERM, grace);
  // What forks while it is looked for shows up in the next round.
  for (int round = 0; round < 20; ++round) {
    held = hold(tokens, executor);
    if (held.empty()) break;
    remember(held);
    co_await signal_and_wait(held, SIGKILL, std::chrono::milliseconds(250));
  }
  report.left = find_strays(tokens);
  std::erase_if(report.ended, [&](const Stray& stray) {
    return std::any_of(report.left.begin(), report.left.end(),
                       [&](const Stray& one) { return one.pid == stray.pid; });
  });
  co_return report;
}

}  // namespace pland::engine
