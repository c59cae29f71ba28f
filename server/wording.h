// How plans read to a person: the same sentences for lenses, hovers, diagnostics, progress and the terminal.
// Pure functions of values, no thread affinity.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/conflict.h"
#include "engine/plan/engine.h"

namespace pland::server {

/// "420 ms", "3.2 s", "4 min 5 s", "2 h 3 min".
std::string duration_text(std::chrono::milliseconds duration);
/// "just now" (also for the future), "42 minutes ago", "3 hours ago", "2 days ago".
std::string age_text(engine::Timestamp then, engine::Timestamp now);
/// "1 file", "2 files"; `many` replaces the plain plural in -s.
std::string count_text(std::size_t count, std::string_view one, std::string_view many = {});
/// "512 B", "1.5 MiB": bytes in powers of 1024.
std::string size_text(std::uint64_t bytes);
/// "a", "a and b", "a, b and c".
std::string list_text(const std::vector<std::string>& items);

/// How many attempts a subplan may make by itself: `max_retries` bounds attempts (requirements 3.3).
int attempts_allowed(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan);
/// "attempt 2 of 3"; more attempts than allowed (a person asked) count as they are.
std::string attempt_text(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan);
/// "queued", "running, attempt 1 of 2", "done in 3 s, 2 files", "failed in 1 s: exit code 3, attempt 2 of 2"
/// ... Does not change while the state does not, so that a lens does not flicker.
std::string state_text(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan);
/// "3/8 done, 2 running, 1 failed"; what is none of it is queued.
std::string progress_text(const engine::LivePlan& plan);
/// One sentence on why the subplan failed: "the command ended with exit code 3".
std::string failure_text(const engine::SubplanStatus& subplan, const engine::Attempt* last);
/// What a person can do about it.
std::string remedy_text(const engine::SubplanStatus& subplan);

/// Names of a conflict's sides: the subplans that wrote `ours` ("net and docs", "you"), the one merged onto
/// it.
std::string ours_name(const engine::Conflict& conflict);
std::string theirs_name(const engine::Conflict& conflict, const engine::LivePlan& plan);
/// "'net' and 'docs' both changed these lines", for the kind of conflict.
std::string conflict_text(const engine::Conflict& conflict, const engine::LivePlan& plan);

/// The last lines of an output, without a trailing line end; at most `lines`.
std::string last_lines(std::string_view text, std::size_t lines);

}  // namespace pland::server
