#include "server/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pland::server {

using engine::FailureKind;
using engine::ProcessingState;

std::string duration_text(std::chrono::milliseconds duration) {
  const auto ms = std::max<std::int64_t>(0, duration.count());
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 10'000) return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
  const auto seconds = ms / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string age_text(engine::Timestamp then, engine::Timestamp now) {
  constexpr std::int64_t day = 1440;  // minutes
  const auto minutes = (now - then) / 60'000;
  if (minutes < 1) return "just now";
  if (minutes < 60) return count_text(static_cast<std::size_t>(minutes), "minute") + " ago";
  if (minutes < day) return count_text(static_cast<std::size_t>(minutes / 60), "hour") + " ago";
  return count_text(static_cast<std::size_t>(minutes / day), "day") + " ago";
}

std::string count_text(std::size_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, many);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1023.95 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

int attempts_allowed(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan) {
  if (!plan.subplan_defaults.retry_failed) return 1;
  return std::max(1, subplan.spec.max_retries.value_or(plan.subplan_defaults.max_retries));
}

std::string attempt_text(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan) {
  return fmt::format("attempt {} of {}", subplan.attempt_number,
                     std::max(subplan.attempt_number, attempts_allowed(subplan, plan)));
}

namespace {

std::string took(const engine::SubplanStatus& subplan) {
  if (!subplan.started_at || !subplan.completed_at) return "";
  return " in " + duration_text(std::chrono::milliseconds(*subplan.completed_at - *subplan.started_at));
}

/// The failure in two or three words, for a lens.
std::string short_failure(const engine::SubplanStatus& subplan) {
  switch (subplan.failure) {
    case FailureKind::exit_code:
      return subplan.exit_code ? fmt::format("exit code {}", *subplan.exit_code) : "exit code";
    case FailureKind::check_failed:
      return "check failed";
    case FailureKind::timed_out:
      return "timed out";
    case FailureKind::idle:
      return "no output";
    case FailureKind::killed:
      return "killed";
    case FailureKind::missing_command:
      return "command not found";
    case FailureKind::setup_failed:
      return "setup failed";
    case FailureKind::tool_failed:
      return "tool failed";
    case FailureKind::dependency:
      return "not started";
    case FailureKind::children:
      return "children failed";
    case FailureKind::conflict:
      return "conflicts";
    case FailureKind::guard:
      return "stopped by the profile";
    case FailureKind::interrupted:
      return "interrupted";
    case FailureKind::internal:
      return "internal error";
    case FailureKind::none:
      break;
  }
  return "failed";
}

}  // namespace

std::string state_text(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan) {
  switch (subplan.state) {
    case ProcessingState::queued:
      return "queued";
    case ProcessingState::processing:
      return "running, " + attempt_text(subplan, plan);
    case ProcessingState::complete:
      return "done" + took(subplan) + ", " + count_text(subplan.files_changed.size(), "file");
    case ProcessingState::errored:
      return "failed" + took(subplan) + ": " + short_failure(subplan) + ", " + attempt_text(subplan, plan);
    case ProcessingState::cancelled:
      // Why something never began is not seen anywhere else.
      return !subplan.started_at && !subplan.error.empty() ? subplan.error : "cancelled";
    case ProcessingState::applied:
      return "applied";
    case ProcessingState::constrained:
      return "constrained";
  }
  return "";
}

std::string progress_text(const engine::LivePlan& plan) {
  std::size_t done = 0;
  std::size_t running = 0;
  std::size_t failed = 0;
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    done += subplan.state == ProcessingState::complete || subplan.state == ProcessingState::applied ? 1U : 0U;
    running += subplan.state == ProcessingState::processing ? 1U : 0U;
    failed += subplan.state == ProcessingState::errored ? 1U : 0U;
  }
  std::string text = fmt::format("{}/{} done", done, plan.subplans.size());
  if (running > 0) text += fmt::format(", {} running", running);
  if (failed > 0) text += fmt::format(", {} failed", failed);
  return text;
}

std::string failure_text(const engine::SubplanStatus& subplan, const engine::Attempt* last) {
  const auto seconds_of = [](const std::optional<std::chrono::milliseconds>& limit) {
    return limit ? " after " + duration_text(*limit) : std::string();
  };
  switch (subplan.failure) {
    case FailureKind::exit_code:
      return fmt::format("the command ended with exit code {}", subplan.exit_code.value_or(1));
    case FailureKind::check_failed:
      return fmt::format("the work succeeded, but its check `{}` did not (exit code {})", subplan.spec.check,
                         subplan.exit_code.value_or(1));
    case FailureKind::timed_out:
      return "the time limit ran out" + seconds_of(subplan.spec.timeout);
    case FailureKind::idle:
      return "it gave no output for too long" + seconds_of(subplan.spec.idle_timeout);
    case FailureKind::killed:
      return last != nullptr && last->signal ? fmt::format("it was killed by signal {}", *last->signal)
                                             : "it was killed by a signal";
    case FailureKind::missing_command:
      return fmt::format("the shell found no such command (exit code {})", subplan.exit_code.value_or(127));
    default:
      break;
  }
  if (!subplan.error.empty()) return subplan.error;
  return short_failure(subplan);
}

std::string remedy_text(const engine::SubplanStatus& subplan) {
  switch (subplan.failure) {
    case FailureKind::exit_code:
    case FailureKind::killed:
      return "Read its log, mend the cause, then retry.";
    case FailureKind::check_failed:
      return "Mend the work or the check, then retry.";
    case FailureKind::timed_out:
      return "Raise `timeout` or make the work shorter, then spawn again.";
    case FailureKind::idle:
      return "Raise `idle_timeout` or let the work report, then spawn again.";
    case FailureKind::missing_command:
      return "Install the command or correct `run`; files that git ignores are only in the sandbox when "
             ".worktreeinclude or `setup` puts them there.";
    case FailureKind::setup_failed:
      return "Correct `setup`, then spawn again.";
    case FailureKind::tool_failed:
      return "Correct the tool call, then spawn again.";
    case FailureKind::dependency:
      return "Retry what it waits for (see its `after`).";
    case FailureKind::children:
      return "Mend what failed among its subplans, then retry.";
    case FailureKind::conflict:
      return "Resolve the conflicts among its subplans.";
    case FailureKind::guard:
      return "Choose a profile that allows it, then spawn again.";
    case FailureKind::interrupted:
      return "Retry: pland ended while it ran.";
    default:
      return "Retry; if it stays, look into the log.";
  }
}

std::string ours_name(const engine::Conflict& conflict) {
  if (conflict.ours_authors.empty()) return conflict.subplan_id.empty() ? "you" : "the plan";
  return list_text(conflict.ours_authors);
}

std::string theirs_name(const engine::Conflict& conflict, const engine::LivePlan& plan) {
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    if (subplan.subplan_id == conflict.subplan_id) return subplan.spec.name;
  }
  return "plan " + plan.plan.name;
}

std::string conflict_text(const engine::Conflict& conflict, const engine::LivePlan& plan) {
  const std::string sides = fmt::format("{} and {}", ours_name(conflict), theirs_name(conflict, plan));
  switch (conflict.kind) {
    case engine::ConflictKind::content:
      return sides + " both changed these lines";
    case engine::ConflictKind::creation:
      return fmt::format("{} both created {} with different content", sides, conflict.path);
    case engine::ConflictKind::deletion: {
      const bool ours_deleted = conflict.ours.oid.empty();
      return fmt::format("{} deleted {}, {} changed it",
                         ours_deleted ? ours_name(conflict) : theirs_name(conflict, plan), conflict.path,
                         ours_deleted ? theirs_name(conflict, plan) : ours_name(conflict));
    }
    case engine::ConflictKind::mode:
      return fmt::format("{} changed the kind or permissions of {} differently", sides, conflict.path);
    case engine::ConflictKind::binary:
      return fmt::format("{} both changed {}, which is not text{}", sides, conflict.path,
                         conflict.detail.empty() ? "" : ": " + conflict.detail);
    case engine::ConflictKind::row:
      return fmt::format("{} disagree about {}: {}", sides, conflict.path, conflict.detail);
    case engine::ConflictKind::rename:
      break;
  }
  const std::string what = sides + " renamed " + conflict.path + " in ways that contradict each other";
  return conflict.detail.empty() ? what : what + ": " + conflict.detail;
}

std::string last_lines(std::string_view text, std::size_t lines) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::size_t start = text.size();
  for (std::size_t found = 0; start > 0; --start) {
    if (text[start - 1] == '\n' && ++found == lines) break;
  }
  return std::string(text.substr(start));
}

}  // namespace pland::server
