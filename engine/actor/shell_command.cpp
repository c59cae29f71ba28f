#include "engine/actor/shell_command.h"

#include <signal.h>

#include <algorithm>
#include <array>

namespace pland::engine {

namespace {

using std::chrono::milliseconds;

/// A command as a message shows it: its first line, shortened.
std::string shown(const std::string& command) {
  std::string text = command.substr(0, command.find('\n'));
  if (text.size() > 80) {
    std::size_t end = 77;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
  }
  if (text.size() < command.size()) text += "...";
  return "`" + text + "`";
}

std::string seconds(milliseconds duration) {
  const auto ms = duration.count();
  if (ms % 1000 == 0) return std::to_string(ms / 1000) + "s";
  return std::to_string(ms) + "ms";
}

std::string_view subject(CommandPurpose purpose) {
  switch (purpose) {
    case CommandPurpose::work:
      return "subplan";
    case CommandPurpose::check:
      return "check";
    case CommandPurpose::setup:
      return "setup";
  }
  return "command";
}

/// A shell reports a signal that ended its last command as 128 + number. Only those that programs do not use
/// as an exit code of their own (git exits with 129).
std::optional<int> signal_behind(int exit_code) {
  constexpr std::array signals = {SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGTERM};
  const int signal = exit_code - 128;
  if (std::find(signals.begin(), signals.end(), signal) == signals.end()) return std::nullopt;
  return signal;
}

std::string killed_text(int signal) {
  std::string text = "killed by " + signal_name(signal);
  if (signal == SIGKILL) text += " (out of memory, or by hand)";
  return text;
}

/// Without the quotes that some shells put around a name.
std::string_view unquoted(std::string_view name) {
  for (const std::string_view quote : {"'", "\"", "`", "\u2018", "\u2019"}) {
    if (name.starts_with(quote)) name.remove_prefix(quote.size());
    if (name.ends_with(quote)) name.remove_suffix(quote.size());
  }
  return name;
}

}  // namespace

std::string command_not_found(std::string_view output_tail) {
  // "sh: 1: foo: not found", "bash: line 1: foo: command not found", "zsh: command not found: foo",
  // "env: 'foo': No such file or directory", "sh: 1: ./foo: Permission denied"
  static constexpr std::array<std::string_view, 5> endings = {
      ": command not found", ": not found", ": No such file or directory", ": Permission denied",
      ": cannot execute: required file not found"};
  static constexpr std::string_view zsh = "command not found: ";
  while (!output_tail.empty()) {
    const std::size_t newline = output_tail.rfind('\n');
    std::string_view line = newline == std::string_view::npos ? output_tail : output_tail.substr(newline + 1);
    output_tail = newline == std::string_view::npos ? std::string_view() : output_tail.substr(0, newline);
    for (const std::string_view ending : endings) {
      if (!line.ends_with(ending)) continue;
      const std::string_view before = line.substr(0, line.size() - ending.size());
      const std::size_t colon = before.rfind(": ");
      if (colon != std::string_view::npos) return std::string(unquoted(before.substr(colon + 2)));
    }
    if (const std::size_t at = line.find(zsh); at != std::string_view::npos) {
      return std::string(unquoted(line.substr(at + zsh.size())));
    }
  }
  return {};
}

WorkOutcome classify(const ProcessOutcome& process, const std::string& command, CommandPurpose purpose,
                     const WorkRequest& limits) {
  WorkOutcome outcome;
  outcome.exit_code = process.exit_code;
  outcome.signal = process.signal;
  outcome.output_tail = process.tail;
  outcome.output_path = limits.output_path;
  outcome.duration = process.duration;
  if (process.survivors > 0) {
    outcome.output_tail += "\npland: " + std::to_string(process.survivors) +
                           " of its processes could not be ended and may still write into the sandbox";
  }
  if (!process.output_problem.empty())
    outcome.output_tail += "\npland: the log of the output is incomplete: " + process.output_problem;
  const std::string who = std::string(subject(purpose));
  const std::string what = (purpose == CommandPurpose::work ? "" : who + " ") + shown(command);
  if (process.cancelled) {
    outcome.cancelled = true;
    outcome.error = "cancelled while " + what + " ran";
    return outcome;
  }
  if (process.timed_out) {
    outcome.failure = FailureKind::timed_out;
    outcome.error = who + " timed out after " + seconds(limits.timeout.value_or(process.duration)) + ": " +
                    shown(command) + " was still running; raise `timeout`, or split the work";
  } else if (process.idle_timed_out) {
    outcome.failure = FailureKind::idle;
    outcome.error = who + " was idle: " + shown(command) + " wrote nothing for " +
                    seconds(limits.idle_timeout.value_or(process.duration)) +
                    "; does it wait for input (it gets none)? Else raise `idle_timeout`";
  } else if (process.signal) {
    outcome.failure = FailureKind::killed;
    outcome.error = what + " was " + killed_text(*process.signal);
  } else if (const int code = process.exit_code.value_or(0); code == 126 || code == 127) {
    outcome.failure = FailureKind::missing_command;
    const std::string name = command_not_found(process.tail);
    const std::string missing = name.empty() ? "a command of " + what : "'" + name + "'";
    outcome.error = process.exit_code == 127
                        ? missing + " was not found (exit code 127); install it, or mend PATH or the command"
                        : missing + " cannot be run (exit code 126); is it executable (chmod +x)?";
  } else if (const auto signal = signal_behind(process.exit_code.value_or(0))) {
    outcome.failure = FailureKind::killed;
    outcome.signal = signal;
    outcome.error = "a command of " + what + " was " + killed_text(*signal) + " (exit code " +
                    std::to_string(*process.exit_code) + ")";
  } else if (process.exit_code != 0) {
    outcome.failure = purpose == CommandPurpose::check ? FailureKind::check_failed : FailureKind::exit_code;
    outcome.error = what + " failed with exit code " + std::to_string(process.exit_code.value_or(-1));
  }
  if (purpose == CommandPurpose::setup && outcome.failure != FailureKind::none) {
    outcome.failure = FailureKind::setup_failed;
  }
  return outcome;
}

asio::awaitable<Result<WorkOutcome>> run_shell_command(std::string command, CommandPurpose purpose,
                                                       WorkRequest request, Cancellation cancellation) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", command};
  spec.cwd = request.sandbox;
  spec.environment = without_git_variables(inherited_environment());
  spec.environment = with_variables(std::move(spec.environment), request.environment);
  spec.environment = with_variables(std::move(spec.environment), request.spec.environment);
  // The shell's own idea of where it is, which would otherwise be pland's.
  const std::map<std::string, std::string> folder = {{"PWD", request.sandbox.string()}};
  spec.environment = with_variables(std::move(spec.environment), folder);
  spec.timeout = request.timeout;
  spec.idle_timeout = request.idle_timeout;
  spec.grace = request.grace;
  spec.output_path = request.output_path;
  spec.token = request.token;
  spec.supervisor = request.supervisor;
  PLAND_CO_TRY(const ProcessOutcome process, co_await run_process(std::move(spec), cancellation));
  co_return classify(process, command, purpose, request);
}

asio::awaitable<Result<WorkOutcome>> ShellActor::perform(WorkRequest request, Cancellation cancellation) {
  std::string command = request.spec.run;
  co_return co_await run_shell_command(std::move(command), CommandPurpose::work, std::move(request),
                                       cancellation);
}

}  // namespace pland::engine
