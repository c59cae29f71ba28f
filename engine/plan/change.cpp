#include "engine/plan/change.h"

#include <algorithm>
#include <set>

#include "engine/model/transitions.h"

namespace pland::engine {
namespace {

bool same(const Conflict& a, const Conflict& b) {
  return a.kind == b.kind && a.base == b.base && a.ours == b.ours && a.theirs == b.theirs &&
         a.ours_authors == b.ours_authors && nlohmann::json(a.hunks) == nlohmann::json(b.hunks) &&
         a.resolution == b.resolution && a.manual_oid == b.manual_oid && a.detail == b.detail &&
         a.resolved_by == b.resolved_by && a.resolved_at == b.resolved_at;
}

/// "execute_started" when it first works there, "execute_completed" when it last ended there.
void note_phase_times(const Plan& before, Plan& after, Timestamp now) {
  if (before.phase == after.phase && before.state == after.state) return;
  const std::string phase(to_string(after.phase));
  const std::string started = phase + "_started";
  if (after.state == ProcessingState::processing && !after.phase_times.contains(started)) {
    after.phase_times[started] = now;
  }
  if (is_settled(after.state)) after.phase_times[phase + "_completed"] = now;
}

}  // namespace

Change::Change(EngineState& state, PlanRuntime& plan, std::string purpose)
    : state_(state), runtime_(plan), purpose_(std::move(purpose)) {}

Plan& Change::plan() {
  if (!plan_) plan_ = runtime_.live.plan;
  return *plan_;
}

SubplanStatus& Change::subplan(std::size_t index) {
  return subplans_.try_emplace(index, runtime_.live.subplans.at(index)).first->second;
}

std::vector<Conflict>& Change::conflicts() {
  if (!conflicts_) conflicts_ = runtime_.live.conflicts;
  return *conflicts_;
}

void Change::event(std::string type, std::string subplan_id, nlohmann::json payload) {
  Event event;
  event.created_at = state_.clock.now();
  event.type = std::move(type);
  event.plan_id = runtime_.live.plan.plan_id;
  event.subplan_id = std::move(subplan_id);
  event.payload = std::move(payload);
  events_.push_back(std::move(event));
}

/// The child's own row says what its parent's status says of it.
Status Change::write_child(Transaction& transaction, const SubplanStatus& subplan) const {
  const auto live = state_.plans.find(subplan.subplan_id);
  if (live != state_.plans.end()) return {};  // it has subplans and keeps its own row
  PLAND_TRY(Plan child, state_.store->plan(subplan.subplan_id));
  const Phase phase = subplan.started_at ? Phase::execute : Phase::strategize;
  const int retried = subplan.attempt_number;
  if (child.state == subplan.state && child.phase == phase && child.error == subplan.error &&
      child.attempt == retried && child.base_commit == subplan.base_commit &&
      child.merged_commit == subplan.result_commit) {
    return {};
  }
  child.phase = phase;
  child.state = subplan.state;
  child.error = subplan.error;
  child.attempt = retried;
  child.base_commit = subplan.base_commit;
  child.merged_commit = subplan.result_commit;
  child.sandbox_id = subplan.sandbox_id;
  child.updated_at = plan_->updated_at;
  return transaction.update_plan(child);
}

Status Change::write_decision(Transaction& transaction, Decision decision) const {
  Phase phase = plan_->phase;
  std::string root = plan_->decision_root_id;
  if (decision.plan_id != plan_->plan_id) {
    PLAND_TRY(const Plan child, state_.store->plan(decision.plan_id));
    phase = child.phase;
    root = child.decision_root_id;
  }
  if (!decision.parent_decision_id && decision.decision_type != DecisionType::prompt_definition) {
    decision.parent_decision_id = root;
  }
  PLAND_CHECK(check_decision(decision, phase));
  return transaction.append_decision(std::move(decision));
}

Status Change::write(Transaction& transaction) {
  if (!dump_.is_null()) {
    PLAND_TRY(Plan loaded, transaction.load_plan(dump_));
    if (plan_) {
      plan_->revision = std::max(plan_->revision, loaded.revision);
    } else {
      plan_ = std::move(loaded);
    }
  }
  plan();
  if (dump_.is_null()) {
    const Plan& before = runtime_.live.plan;
    PLAND_CHECK(check_transition({before.phase, before.state}, {plan_->phase, plan_->state}));
    note_phase_times(before, *plan_, state_.clock.now());
  }
  plan_->updated_at = state_.clock.now();
  PLAND_CHECK(transaction.update_plan(*plan_));
  for (const auto& [index, subplan] : subplans_) {
    PLAND_CHECK(transaction.update_subplan(subplan));
    PLAND_CHECK(write_child(transaction, subplan));
  }
  if (conflicts_) {
    const auto& before = runtime_.live.conflicts;
    std::set<std::string> kept;
    for (const auto& conflict : *conflicts_) {
      kept.insert(conflict.conflict_id);
      const auto old = std::find_if(before.begin(), before.end(), [&](const Conflict& candidate) {
        return candidate.conflict_id == conflict.conflict_id;
      });
      if (!dump_.is_null() || old == before.end()) {
        if (!dump_.is_null()) PLAND_CHECK(transaction.delete_conflict(conflict.conflict_id));
        PLAND_CHECK(transaction.insert_conflict(conflict));
      } else if (!same(*old, conflict)) {
        PLAND_CHECK(transaction.update_conflict(conflict));
      }
    }
    for (const auto& old : before) {
      if (kept.count(old.conflict_id) == 0) PLAND_CHECK(transaction.delete_conflict(old.conflict_id));
    }
  }
  for (const auto& attempt : new_attempts_) PLAND_CHECK(transaction.insert_attempt(attempt));
  for (const auto& attempt : attempts_) PLAND_CHECK(transaction.update_attempt(attempt));
  for (const auto& checkpoint : checkpoints_) PLAND_CHECK(transaction.insert_checkpoint(checkpoint));
  for (const auto& decision : decisions_) PLAND_CHECK(write_decision(transaction, decision));
  for (const auto& decision : changed_decisions_) PLAND_CHECK(transaction.update_decision(decision));
  for (const auto& [key, value] : remembered_) PLAND_CHECK(transaction.set_meta(key, value));
  for (const auto& pattern : patterns_) PLAND_CHECK(transaction.save_error_pattern(pattern));
  for (const auto& operation : new_operations_) PLAND_CHECK(transaction.insert_operation(operation));
  for (const auto& operation : operations_) PLAND_CHECK(transaction.update_operation(operation));
  for (const auto& event : events_) {
    PLAND_TRY([[maybe_unused]] const std::int64_t sequence, transaction.append_event(event));
  }
  return {};
}

Status Change::commit(Durability durability) {
  PLAND_TRY(const std::vector<Event> events,
            state_.store->transaction(
                purpose_, [this](Transaction& transaction) { return write(transaction); }, durability));
  LivePlan& live = runtime_.live;
  if (conflicts_ || !dump_.is_null()) ++runtime_.conflict_edits;
  if (!dump_.is_null()) {
    // The dump may hold any rows of the plan: memory is what the store has now.
    const std::string& id = live.plan.plan_id;
    PLAND_TRY(live.plan, state_.store->plan(id));
    PLAND_TRY(live.subplans, state_.store->subplans_of(id));
    PLAND_TRY(live.conflicts, state_.store->conflicts_of(id));
  } else {
    live.plan = std::move(*plan_);
    for (auto& [index, subplan] : subplans_) live.subplans[index] = std::move(subplan);
    if (conflicts_) live.conflicts = std::move(*conflicts_);
  }
  runtime_.changed.notify();
  for (const auto& event : events) state_.bus.publish(event);
  return {};
}

void Change::keep_in_memory() {
  if (plan_) runtime_.live.plan = std::move(*plan_);
  for (auto& [index, subplan] : subplans_) runtime_.live.subplans[index] = std::move(subplan);
  runtime_.changed.notify();
  for (const auto& event : events_) state_.bus.publish(event);
}

}  // namespace pland::engine
