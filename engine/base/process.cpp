#include "engine/base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/base/output_capture.h"
#include "engine/base/process_end.h"
#include "engine/base/stray.h"
#include "engine/base/supervisor/protocol.h"
#include "engine/base/unique_fd.h"

namespace pland::engine {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using supervisor::Message;

/// How much longer than the grace the supervisor may take before it is taken to be stuck itself.
constexpr milliseconds supervisor_margin{10'000};

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return io_error("making", "a pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A copy of `fd` above the numbers that the child gives a meaning, so that dup2 there overwrites none of our
/// own.
Result<UniqueFd> moved_up(UniqueFd fd) {
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, supervisor::status_fd + 1));
  if (!moved) return io_error("duplicating", "a descriptor", errno);
  return moved;
}

Status check_spec(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return Error{ErrorCode::invalid_argument, "no command given"};
  }
  for (const auto* list : {&spec.argv, &spec.environment}) {
    for (const std::string& text : *list) {
      if (text.find('\0') != std::string::npos) {
        return Error{ErrorCode::invalid_argument, "a NUL byte in '" + std::string(text.c_str()) + "...'"};
      }
    }
  }
  std::error_code error;
  if (!std::filesystem::is_directory(spec.cwd, error)) {
    return Error{
        ErrorCode::not_found,
        "cannot run '" + spec.argv.front() + "': its folder '" + spec.cwd.string() + "' does not exist",
        {{"path", spec.cwd.string()}}};
  }
  return {};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// One command from start to end. The coroutine and every pending operation share it.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(const asio::any_io_executor& executor, ProcessSpec spec, ProcessHooks hooks, OutputCapture capture)
      : spec_(std::move(spec)),
        hooks_(std::move(hooks)),
        capture_(std::move(capture)),
        output_(executor),
        status_(executor),
        process_(executor),
        wall_timer_(executor),
        idle_timer_(executor),
        stuck_timer_(executor),
        finished_(executor, steady_clock::time_point::max()) {}

  Status start();
  asio::steady_timer& finished() { return finished_; }
  bool is_finished() const { return is_finished_; }
  /// Whether descendants may live on: their supervisor was killed, or gave up.
  bool may_have_left_some() const { return supervisor_killed_ || outcome_.survivors > 0; }
  void set_survivors(std::size_t count) { outcome_.survivors = static_cast<int>(count); }
  const ProcessSpec& spec() const { return spec_; }
  Result<ProcessOutcome> outcome();
  void cancel() {
    if (end_early()) outcome_.cancelled = true;
  }

 private:
  Status spawn(const std::filesystem::path& supervisor, int output, int control, int status);
  void read_output();
  void read_status();
  void wait_for_exit();
  void arm_idle_timer();
  void on_message(const Message& message);
  void on_command_ended();
  void drain_output();
  void take_output(std::string_view bytes);
  bool end_early();
  void arm_stuck_timer();
  void finish_if_complete();

  ProcessSpec spec_;
  ProcessHooks hooks_;
  OutputCapture capture_;
  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor status_;
  asio::posix::stream_descriptor process_;  ///< pidfd of the supervisor
  UniqueFd control_;                        ///< closing it ends everything
  asio::steady_timer wall_timer_;
  asio::steady_timer idle_timer_;
  asio::steady_timer stuck_timer_;
  asio::steady_timer finished_;  ///< never expires; cancelled when the run is complete
  std::array<char, 65536> output_buffer_{};
  std::array<char, 16 * sizeof(Message)> status_buffer_{};
  std::string status_bytes_;
  steady_clock::time_point started_at_;
  steady_clock::time_point last_output_;
  ProcessOutcome outcome_;
  std::optional<int> exec_errno_;
  bool reading_ = false;  ///< the command has started, its output is read as it comes
  bool command_ended_ = false;
  bool ending_ = false;
  bool supervisor_gone_ = false;
  bool supervisor_killed_ = false;
  bool output_done_ = false;
  bool status_done_ = false;
  bool is_finished_ = false;
};

Status Run::start() {
  PLAND_CHECK(check_spec(spec_));
  PLAND_TRY(const auto supervisor, supervisor_program(spec_.supervisor));
  PLAND_TRY(Pipe output, make_pipe());
  PLAND_TRY(Pipe control, make_pipe());
  PLAND_TRY(Pipe status, make_pipe());
  PLAND_TRY(const UniqueFd output_end, moved_up(std::move(output.write)));
  PLAND_TRY(const UniqueFd control_end, moved_up(std::move(control.read)));
  PLAND_TRY(const UniqueFd status_end, moved_up(std::move(status.write)));
  started_at_ = last_output_ = steady_clock::now();
  PLAND_CHECK(spawn(supervisor, output_end.get(), control_end.get(), status_end.get()));
  control_ = std::move(control.write);
  output_.assign(output.read.release());
  status_.assign(status.read.release());

  read_status();
  wait_for_exit();
  if (spec_.timeout) {
    wall_timer_.expires_after(*spec_.timeout);
    wall_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && self->end_early()) self->outcome_.timed_out = true;
    });
  }
  if (spec_.idle_timeout) arm_idle_timer();
  return {};
}

Status Run::spawn(const std::filesystem::path& supervisor, int output, int control, int status) {
  // Ignored SIGCHLD, which a parent can hand down to us, would throw our children's ends away.
  struct sigaction on_child {};
  if (::sigaction(SIGCHLD, nullptr, &on_child) == 0 && on_child.sa_handler == SIG_IGN)
    ::signal(SIGCHLD, SIG_DFL);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  int failure = ::posix_spawn_file_actions_init(&actions);
  if (failure == 0) failure = ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (failure == 0) failure = ::posix_spawn_file_actions_adddup2(&actions, output, 1);
  if (failure == 0) failure = ::posix_spawn_file_actions_adddup2(&actions, output, 2);
  if (failure == 0) failure = ::posix_spawn_file_actions_adddup2(&actions, control, supervisor::control_fd);
  if (failure == 0) failure = ::posix_spawn_file_actions_adddup2(&actions, status, supervisor::status_fd);
  if (failure == 0) failure = ::posix_spawn_file_actions_addchdir_np(&actions, spec_.cwd.c_str());
  if (failure == 0) failure = ::posix_spawnattr_init(&attributes);
  if (failure != 0) return io_error("preparing to run", spec_.argv.front(), failure);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

  std::vector<std::string> arguments = {"pland-supervisor", std::to_string(spec_.grace.count())};
  arguments.insert(arguments.end(), spec_.argv.begin(), spec_.argv.end());
  Environment environment = spec_.environment;
  if (!spec_.token.empty()) {
    environment = with_variables(std::move(environment), {{"PLAND_PROCESS_TOKEN", spec_.token}});
  }
  pid_t pid = -1;
  failure = ::posix_spawn(&pid, supervisor.c_str(), &actions, &attributes, pointers(arguments).data(),
                          pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return io_error("running", spec_.argv.front(), failure);
  // The child is not waited for yet, so the number is still its own.
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    // Returning closes the control pipe, which makes the supervisor end everything.
    return io_error("watching (pidfd_open, Linux 5.3) the process of", spec_.argv.front(), errno);
  }
  process_.assign(pidfd);
  return {};
}

void Run::read_output() {
  reading_ = true;
  output_.async_read_some(asio::buffer(output_buffer_),
                          [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
                            self->take_output(std::string_view(self->output_buffer_.data(), size));
                            if (self->supervisor_gone_) {
                              self->drain_output();
                            } else if (error) {
                              self->output_done_ = true;
                              self->finish_if_complete();
                            } else {
                              self->read_output();
                            }
                          });
}

void Run::take_output(std::string_view bytes) {
  if (bytes.empty()) return;
  last_output_ = steady_clock::now();
  capture_.append(bytes);
  if (hooks_.on_output) hooks_.on_output(bytes);
}

/// Everything that wrote here is gone, or is no descendant: takes what is in the pipe and stops.
void Run::drain_output() {
  asio::error_code error;
  output_.non_blocking(true, error);
  // A pipe holds at most a mebibyte; more than that comes from somebody who will not stop.
  for (std::size_t taken = 0; !error && taken < std::size_t{1} << 20U;) {
    const std::size_t size = output_.read_some(asio::buffer(output_buffer_), error);
    take_output(std::string_view(output_buffer_.data(), size));
    taken += size;
  }
  output_done_ = true;
  finish_if_complete();
}

void Run::read_status() {
  status_.async_read_some(asio::buffer(status_buffer_),
                          [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
                            self->status_bytes_.append(self->status_buffer_.data(), size);
                            while (self->status_bytes_.size() >= sizeof(Message)) {
                              Message message{};
                              std::memcpy(&message, self->status_bytes_.data(), sizeof message);
                              self->status_bytes_.erase(0, sizeof message);
                              self->on_message(message);
                            }
                            if (error) {
                              self->status_done_ = true;
                              if (!self->reading_) self->drain_output();
                              self->finish_if_complete();
                            } else {
                              self->read_status();
                            }
                          });
}

void Run::on_message(const Message& message) {
  switch (message.kind) {
    case Message::started:
      if (hooks_.on_started) hooks_.on_started(message.value);
      if (!supervisor_gone_) read_output();  // not before, so that the hooks are called in this order
      break;
    case Message::exec_failed:
      exec_errno_ = message.value;
      break;
    case Message::exited:
      outcome_.exit_code = message.value;
      on_command_ended();
      break;
    case Message::signalled:
      outcome_.signal = message.value;
      on_command_ended();
      break;
    case Message::survivors:
      outcome_.survivors = message.value;
      break;
    default:
      break;
  }
}

void Run::on_command_ended() {
  command_ended_ = true;
  outcome_.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - started_at_);
  wall_timer_.cancel();
  idle_timer_.cancel();
  if (!ending_) arm_stuck_timer();
}

void Run::wait_for_exit() {
  wait_for_end(process_, [self = shared_from_this()](const asio::error_code& error) {
    if (error) return;
    siginfo_t info{};
    // So that no zombie stays; how the command ended is in the status pipe.
    const int waited = ::waitid(static_cast<idtype_t>(P_PIDFD),
                                static_cast<id_t>(self->process_.native_handle()), &info, WEXITED | WNOHANG);
    self->supervisor_killed_ = waited == 0 && info.si_code != CLD_EXITED;
    self->supervisor_gone_ = true;
    self->stuck_timer_.cancel();
    // A read that waits is called off and drains the pipe then.
    if (self->reading_ && !self->output_done_) self->output_.cancel();
    self->finish_if_complete();
  });
}

void Run::arm_idle_timer() {
  idle_timer_.expires_at(last_output_ + *spec_.idle_timeout);
  idle_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (error || self->command_ended_) return;
    if (steady_clock::now() < self->last_output_ + *self->spec_.idle_timeout) {
      self->arm_idle_timer();  // there was output since
    } else if (self->end_early()) {
      self->outcome_.idle_timed_out = true;
    }
  });
}

/// Asks the supervisor to end everything. False when the command has ended or is being ended already.
bool Run::end_early() {
  if (command_ended_ || ending_ || supervisor_gone_) return false;
  ending_ = true;
  wall_timer_.cancel();
  idle_timer_.cancel();
  const char byte = supervisor::end_everything;
  // The pipe is empty, so this cannot block; when the supervisor is gone, its end is on the way.
  while (::write(control_.get(), &byte, 1) < 0 && errno == EINTR) {
  }
  arm_stuck_timer();
  return true;
}

void Run::arm_stuck_timer() {
  stuck_timer_.expires_after(spec_.grace + supervisor_margin);
  stuck_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    // Stopped or stuck: the command dies with it (PR_SET_PDEATHSIG), the rest is found by its token.
    if (!error) ::syscall(SYS_pidfd_send_signal, self->process_.native_handle(), SIGKILL, nullptr, 0);
  });
}

void Run::finish_if_complete() {
  if (is_finished_ || !supervisor_gone_ || !output_done_ || !status_done_) return;
  is_finished_ = true;
  wall_timer_.cancel();
  idle_timer_.cancel();
  stuck_timer_.cancel();
  control_.reset();
  asio::error_code ignored;  // closing is all that is left to do
  output_.close(ignored);
  status_.close(ignored);
  process_.close(ignored);
  finished_.cancel();
}

Result<ProcessOutcome> Run::outcome() {
  capture_.finish();
  if (exec_errno_) {
    const std::string& command = spec_.argv.front();
    const bool missing = *exec_errno_ == ENOENT;
    return Error{missing ? ErrorCode::not_found : ErrorCode::io,
                 "cannot run '" + command + "': " + std::strerror(*exec_errno_) +
                     (missing ? ". Is it installed, and in PATH?" : ""),
                 {{"command", command}, {"errno", *exec_errno_}}};
  }
  if (!command_ended_) {
    if (!ending_) {
      return Error{ErrorCode::io,
                   "the supervisor of '" + spec_.argv.front() + "' was killed, and the command with it",
                   {{"command", spec_.argv.front()}}};
    }
    on_command_ended();
    outcome_.signal = SIGKILL;
  }
  outcome_.tail = capture_.tail();
  outcome_.total_bytes = capture_.total_bytes();
  outcome_.truncated = capture_.truncated();
  outcome_.output_problem = capture_.problem();
  return std::move(outcome_);
}

}  // namespace

Result<std::filesystem::path> supervisor_program(const std::filesystem::path& given) {
  std::filesystem::path path = given;
  if (path.empty()) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return io_error("reading", "/proc/self/exe", error.value());
    path = self.parent_path() / "pland-supervisor";
    // As it is installed: it is no command for people.
    const std::filesystem::path installed =
        self.parent_path().parent_path() / "libexec/pland/pland-supervisor";
    if (::access(path.c_str(), X_OK) != 0 && ::access(installed.c_str(), X_OK) == 0) path = installed;
  }
  if (::access(path.c_str(), X_OK) != 0) {
    return Error{ErrorCode::not_found,
                 "cannot run commands: '" + path.string() + "' is missing or not executable (" +
                     std::strerror(errno) +
                     "). It belongs beside the pland program, or into ../libexec/pland: install both from "
                     "the same build",
                 {{"path", path.string()}}};
  }
  return path;
}

asio::awaitable<Result<ProcessOutcome>> run_process(ProcessSpec spec, Cancellation cancellation,
                                                    ProcessHooks hooks) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  if (cancellation.cancelled())
    co_return Error{ErrorCode::cancelled, "not started: " + cancellation.reason()};
  OutputCapture capture(spec.tail_bytes, spec.tail_lines);
  if (!spec.output_path.empty()) {
    PLAND_CO_TRY(capture, OutputCapture::into_file(spec.output_path, spec.output_cap, spec.tail_bytes,
                                                   spec.tail_lines));
  }
  const auto run = std::make_shared<Run>(executor, std::move(spec), std::move(hooks), std::move(capture));
  PLAND_CO_CHECK(run->start());
  // Also when this coroutine is destroyed while it waits, nothing refers to the run any more after the
  // io_context is gone; its control pipe closes, and the supervisor ends everything.
  const auto registration = cancellation.on_cancel([&run] { run->cancel(); });
  while (!run->is_finished()) {
    asio::error_code interrupted;
    co_await run->finished().async_wait(asio::redirect_error(asio::use_awaitable, interrupted));
  }
  if (run->may_have_left_some() && !run->spec().token.empty()) {
    // They would go on writing where the next attempt works.
    const std::vector<std::string> tokens = {run->spec().token};
    const StraysEnded strays = co_await end_strays(tokens, run->spec().grace);
    run->set_survivors(strays.left.size());
  }
  co_return run->outcome();
}

std::string signal_name(int signal) {
  const char* abbreviation = ::sigabbrev_np(signal);
  return abbreviation != nullptr ? "SIG" + std::string(abbreviation) : "signal " + std::to_string(signal);
}

}  // namespace pland::engine
