#include "engine/plan/change.h"

#include <algorithm>
#include <set>

namespace pland::engine {
namespace {

bool same(const Conflict& a, const Conflict& b) {
  return a.kind == b.kind && a.base == b.base && a.ours == b.ours && a.theirs == b.theirs &&
         a.ours_authors == b.ours_authors && nlohmann::json(a.hunks) == nlohmann::json(b.hunks) &&
         a.resolution == b.resolution && a.manual_oid == b.manual_oid && a.detail == b.detail &&
         a.resolved_by == b.resolved_by && a.resolved_at == b.resolved_at;
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
  plan_->updated_at = state_.clock.now();
  PLAND_CHECK(transaction.update_plan(*plan_));
  for (const auto& [index, subplan] : subplans_) {
    PLAND_CHECK(transaction.update_subplan(subplan));
    PLAND_TRY(Plan child, state_.store->plan(subplan.subplan_id));
    if (child.state != subplan.state || child.phase != Phase::execute || child.error != subplan.error) {
      child.phase = Phase::execute;
      child.state = subplan.state;
      child.error = subplan.error;
      child.updated_at = plan_->updated_at;
      PLAND_CHECK(transaction.update_plan(child));
    }
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
  for (const auto& decision : decisions_) PLAND_CHECK(transaction.insert_decision(decision));
  for (const auto& decision : changed_decisions_) PLAND_CHECK(transaction.update_decision(decision));
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
