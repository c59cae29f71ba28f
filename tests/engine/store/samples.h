// Values with every field set to something that is not its default.
//
// `all_fields_differ` unpacks the whole struct, so a new field fails to compile here until it is compared; a
// sample that leaves one at its default fails the test.
#pragma once

#include <string>

#include "engine/store/store.h"

namespace pland::test {

/// A path or line that is not UTF-8, with a NUL: what files and file names may hold.
inline const std::string kBytes("caf\xe9\0\xff end", 10);

inline engine::SubplanSpec sample_subplan_spec(const std::string& name) {
  engine::SubplanSpec spec;
  spec.name = name;
  spec.goal = "move " + name + " to spdlog, \u2713";
  spec.scope = {"src/" + name + "/**", kBytes};
  spec.after = {"first"};
  spec.run = "./tools/migrate.sh";
  spec.tools = {{"builtin/write_file", {{"path", "a"}, {"content", "b"}}}};
  spec.check = "make";
  spec.environment = {{"CC", "g++"}};
  spec.timeout = std::chrono::minutes(10);
  spec.idle_timeout = std::chrono::seconds(7);
  spec.max_retries = 4;
  spec.project = "api";
  spec.repair = {"./mend.sh", 3};
  engine::SubplanSpec grandchild;
  grandchild.name = "inner";
  grandchild.run = "true";
  spec.subplans = {grandchild};
  spec.subplan_defaults.emplace().max_parallel = 2;
  return spec;
}

inline engine::Plan sample_plan(const std::string& id) {
  engine::Plan plan;
  plan.plan_id = id;
  plan.parent_plan_id = "parent";
  plan.root_plan_id = "root";
  plan.name = "local/retire";
  plan.goal = "goal";
  plan.uri = "file:///a%20b/x.plan.yaml";
  plan.source_text = std::string("plan: x\r\n\0tail", 14);
  plan.spec.name = "local/retire";
  plan.spec.goal = "goal";
  plan.spec.done = "done";
  plan.spec.profile = "trusted";
  plan.spec.invariants = {{"one", "", false}, {"two", "make check", true}};
  plan.spec.regenerate = {{"package-lock.json", "npm install --package-lock-only"}};
  plan.spec.opaque = {"*.onnx"};
  plan.spec.max_child_depth = 3;
  plan.spec.projects = {{"core", "."}, {"api", "../api"}};
  plan.spec.subplan_defaults.mode = engine::ExecutionMode::sequential;
  plan.spec.subplan_defaults.merge = engine::MergeStrategy::last_wins;
  plan.spec.subplan_defaults.max_parallel = 9;
  plan.spec.subplan_defaults.fail_fast = true;
  plan.spec.subplan_defaults.timeout = std::chrono::milliseconds(1500);
  plan.spec.subplan_defaults.idle_timeout = std::chrono::milliseconds(250);
  plan.spec.subplan_defaults.retry_failed = false;
  plan.spec.subplan_defaults.max_retries = 7;
  plan.spec.setup = {"cp -n a b"};
  plan.spec.subplans = {sample_subplan_spec("net"), sample_subplan_spec("docs")};
  plan.phase = engine::Phase::apply;
  plan.state = engine::ProcessingState::constrained;
  plan.revision = 41;
  plan.created_at = 1469918176385;
  plan.updated_at = 1469918176386;
  plan.applied_at = 1469918176387;
  plan.error = "it failed";
  plan.error_details = {{"retry_count", 2}, {"conflict_files", {"a", kBytes}}, {"ratio", 0.1}};
  plan.base_commit = "b1";
  plan.merged_commit = "m1";
  plan.sandbox_id = "s1";
  plan.base_ref_commit = "r1";
  plan.depth = 2;
  plan.attempt = 3;
  plan.action_name = "local/retire";
  plan.arguments = {{"module", "net"}, {"count", 2}};
  plan.arguments_order = {"module", "count"};
  plan.description = "retire the logger of net";
  plan.definition_of_done = "net builds";
  plan.actors = {{"strategy", "local/planner"}, {"execution", "local/worker"}};
  plan.invariants = {{{"one", "", false}, engine::InvariantSource::plan, "action local/retire"},
                     {{"two", "make check", true}, engine::InvariantSource::global, "global"}};
  plan.profile = {"trusted", engine::ProfileSource::action};
  plan.effective_profile = {{"thresholds", {{"select_tool", 1.0}}}};
  plan.execution_environment = "container";
  plan.execution_env_priority = "override";
  engine::ProjectLink link;
  link.project_name = "/work/api";
  link.alias = "api";
  link.read_only = true;
  link.base_commit = "b3";
  link.merged_commit = "m3";
  link.base_ref_commit = "r3";
  link.applied_at = 1469918176388;
  link.error = "disk full";
  plan.project_links = {link};
  plan.decision_root_id = "d1";
  plan.changeset_id = "c1";
  plan.validation_summary = {{"passed", 3}};
  plan.tool_calls = 7;
  plan.reversion_count = 2;
  plan.last_completed_step = 4;
  plan.last_checkpoint_id = "cp1";
  plan.phase_times = {{"execute_started", 5}};
  plan.created_by = "local/worker";
  plan.reusable = true;
  plan.read_only = true;
  return plan;
}

inline engine::SubplanStatus sample_subplan(const std::string& id, const std::string& plan_id) {
  engine::SubplanStatus subplan;
  subplan.subplan_id = id;
  subplan.plan_id = plan_id;
  subplan.ordinal = 3;
  subplan.spec = sample_subplan_spec("net");
  subplan.state = engine::ProcessingState::errored;
  subplan.attempt_number = 2;
  subplan.failure = engine::FailureKind::check_failed;
  subplan.exit_code = 0;
  subplan.error = "check failed";
  subplan.started_at = 0;
  subplan.completed_at = 12;
  subplan.base_commit = "b2";
  subplan.result_commit = "c2";
  subplan.files_changed = {"a", "b/c", kBytes};
  subplan.sandbox_id = "s2";
  return subplan;
}

inline engine::Attempt sample_attempt(const std::string& subplan_id, int number) {
  engine::Attempt attempt;
  attempt.subplan_id = subplan_id;
  attempt.number = number;
  attempt.started_at = 5;
  attempt.completed_at = 6;
  attempt.state = engine::ProcessingState::cancelled;
  attempt.failure = engine::FailureKind::killed;
  attempt.exit_code = 137;
  attempt.signal = 9;
  attempt.error = "killed by signal 9";
  attempt.output_tail = kBytes;
  attempt.output_path = "output/x.log";
  attempt.was_retried = true;
  return attempt;
}

inline engine::Decision sample_decision(const std::string& id, const std::string& plan_id,
                                        const std::string& parent) {
  engine::Decision decision;
  decision.decision_id = id;
  decision.plan_id = plan_id;
  decision.parent_decision_id = parent;
  decision.decision_type = engine::DecisionType::subplan_parallel_spawn;
  decision.sequence = 4;
  decision.question = "how?";
  decision.chosen_option = "in parallel";
  decision.alternatives = {"one by one"};
  decision.confidence = 0.1 + 0.2;
  decision.rationale = "faster";
  decision.context_snapshot = {{"relevant_resources", {"a"}}};
  decision.created_at = 77;
  decision.superseded_by = "other";
  decision.superseded_at = 78;
  return decision;
}

inline engine::Checkpoint sample_checkpoint(const std::string& id, const std::string& plan_id) {
  engine::Checkpoint checkpoint;
  checkpoint.checkpoint_id = id;
  checkpoint.plan_id = plan_id;
  checkpoint.subplan_id = "sub";
  checkpoint.label = "before the \u2603";
  checkpoint.trigger = "manual";
  checkpoint.created_at = 9;
  checkpoint.commit = "abc";
  checkpoint.files = 38001;
  checkpoint.left_out = {{"big.bin", "larger than 100 MB"}, {kBytes, "socket"}};
  checkpoint.place = {{"plan", {{"state", "queued"}}}};
  return checkpoint;
}

inline engine::Conflict sample_conflict(const std::string& id, const std::string& plan_id) {
  engine::Conflict conflict;
  conflict.conflict_id = id;
  conflict.plan_id = plan_id;
  conflict.subplan_id = "sub";
  conflict.path = kBytes;
  conflict.kind = engine::ConflictKind::rename;
  conflict.base = {"01", 0100644, "old"};
  conflict.ours = {"02", 0100755, "new"};
  conflict.theirs = {"03", 0120000, kBytes};
  conflict.ours_authors = {"net", "you"};
  engine::ConflictHunk hunk;
  hunk.base = {10, 2};
  hunk.ours = {11, 3};
  hunk.theirs = {12, 0};
  hunk.base_text = "a\r\n";
  hunk.ours_text = kBytes;
  hunk.theirs_text = "c";
  hunk.resolution = engine::Resolution::manual;
  hunk.manual_text = "d\n";
  conflict.hunks = {hunk, engine::ConflictHunk{}};
  conflict.resolution = engine::Resolution::both;
  conflict.manual_oid = "04";
  conflict.detail = "renamed twice";
  conflict.resolved_by = "user";
  conflict.resolved_at = 99;
  return conflict;
}

inline engine::Operation sample_operation(const std::string& id, const std::string& plan_id) {
  engine::Operation operation;
  operation.operation_id = id;
  operation.plan_id = plan_id;
  operation.verb = "apply";
  operation.created_at = 8;
  operation.state = "done";
  operation.before = {{"files", {{"a", kBytes}}}};
  operation.after = {{"files", {"b"}}};
  operation.description = "applied 3 files";
  return operation;
}

inline engine::Event sample_event(const std::string& plan_id) {
  engine::Event event;
  event.sequence = 1;
  event.created_at = 3;
  event.type = "plan.created";
  event.plan_id = plan_id;
  event.subplan_id = "sub";
  event.payload = {{"path", kBytes}};
  return event;
}

inline engine::ProcessRecord sample_process(const std::string& token) {
  return {token, "p", "s", 4194304, 55};
}

inline engine::SandboxRecord sample_sandbox(const std::string& id) {
  return {id, "p", "s", "git_worktree", kBytes, "abc", "ready", 56};
}

inline engine::ErrorPattern sample_error_pattern(const std::string& pattern) {
  engine::ErrorPattern known;
  known.pattern = pattern;
  known.historical_failures = {"local/x/net: exit code 2"};
  known.preventive_checks = {"look before it runs"};
  known.created_at = 11;
  known.frequency = 3;
  known.last_seen = 12;
  return known;
}

inline bool all_fields_differ(const engine::ErrorPattern& x, const engine::ErrorPattern& y) {
  const auto& [a, b, c, d, e, f] = x;
  const auto& [A, B, C, D, E, F] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F;
}

inline bool all_fields_differ(const engine::Plan& x, const engine::Plan& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, a2, b2, c2, d2, e2, f2, g2, h2, i2,
               j2, k2, l2, m2, n2, o2, p2, q2, r2, s2, t2, u2, v2, w2, x2, y2] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, A2, B2, C2, D2, E2, F2, G2, H2, I2,
               J2, K2, L2, M2, N2, O2, P2, Q2, R2, S2, T2, U2, V2, W2, X2, Y2] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L && m != M && n != N && o != O && p != P && q != Q && r != R && s != S && t != T &&
         a2 != A2 && b2 != B2 && c2 != C2 && d2 != D2 && e2 != E2 && f2 != F2 && g2 != G2 && h2 != H2 &&
         i2 != I2 && j2 != J2 && k2 != K2 && l2 != L2 && m2 != M2 && n2 != N2 && o2 != O2 && p2 != P2 &&
         q2 != Q2 && r2 != R2 && s2 != S2 && t2 != T2 && u2 != U2 && v2 != V2 && w2 != W2 && x2 != X2 &&
         y2 != Y2;
}

inline bool all_fields_differ(const engine::SubplanStatus& x, const engine::SubplanStatus& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L && m != M && n != N && o != O;
}

inline bool all_fields_differ(const engine::Attempt& x, const engine::Attempt& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L;
}

inline bool all_fields_differ(const engine::Decision& x, const engine::Decision& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L, M, N] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L && m != M && n != N;
}

inline bool all_fields_differ(const engine::Checkpoint& x, const engine::Checkpoint& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J;
}

inline bool all_fields_differ(const engine::Conflict& x, const engine::Conflict& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L && m != M && n != N && o != O;
}

inline bool all_fields_differ(const engine::Operation& x, const engine::Operation& y) {
  const auto& [a, b, c, d, e, f, g, h] = x;
  const auto& [A, B, C, D, E, F, G, H] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H;
}

inline bool all_fields_differ(const engine::Event& x, const engine::Event& y) {
  const auto& [a, b, c, d, e, f] = x;
  const auto& [A, B, C, D, E, F] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F;
}

inline bool all_fields_differ(const engine::ProcessRecord& x, const engine::ProcessRecord& y) {
  const auto& [a, b, c, d, e] = x;
  const auto& [A, B, C, D, E] = y;
  return a != A && b != B && c != C && d != D && e != E;
}

inline bool all_fields_differ(const engine::SandboxRecord& x, const engine::SandboxRecord& y) {
  const auto& [a, b, c, d, e, f, g, h] = x;
  const auto& [A, B, C, D, E, F, G, H] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H;
}

inline bool all_fields_differ(const engine::SubplanConfig& x, const engine::SubplanConfig& y) {
  const auto& [a, b, c, d, e, f, g, h] = x;
  const auto& [A, B, C, D, E, F, G, H] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H;
}

inline bool all_fields_differ(const engine::SubplanSpec& x, const engine::SubplanSpec& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L && m != M && n != N && o != O;
}

inline bool all_fields_differ(const engine::PlanSpec& x, const engine::PlanSpec& y) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
  const auto& [A, B, C, D, E, F, G, H, I, J, K, L] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H && i != I && j != J &&
         k != K && l != L;
}

inline bool all_fields_differ(const engine::ConflictHunk& x, const engine::ConflictHunk& y) {
  const auto& [a, b, c, d, e, f, g, h] = x;
  const auto& [A, B, C, D, E, F, G, H] = y;
  return a != A && b != B && c != C && d != D && e != E && f != F && g != G && h != H;
}

}  // namespace pland::test
