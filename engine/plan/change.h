// One state change of a plan: rows and their event rows in one transaction, then memory, then listeners
// (design invariant 4). Loop thread only; never kept across a suspension.
//
//   Change change(state, plan, "finishing subplan net");
//   change.subplan(2).state = ProcessingState::complete;
//   change.event("subplan.state_changed", id);
//   PLAND_CHECK(change.commit());
//
// Until commit() nothing is different; on its error nothing is different either. A step of the plan's phase
// and state that is not in engine/model/transitions is refused.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/engine_state.h"

namespace pland::engine {

class Change {
 public:
  Change(EngineState& state, PlanRuntime& plan, std::string purpose);

  /// Copies to work on; what is never asked for is not written.
  Plan& plan();
  SubplanStatus& subplan(std::size_t index);
  /// The plan's conflicts as they shall be; those gone are deleted, by id.
  std::vector<Conflict>& conflicts();

  void begin_attempt(Attempt attempt) { new_attempts_.push_back(std::move(attempt)); }
  void end_attempt(Attempt attempt) { attempts_.push_back(std::move(attempt)); }
  void add(Checkpoint checkpoint) { checkpoints_.push_back(std::move(checkpoint)); }
  /// Of this plan or of one of its children; below that plan's root when it names no parent. Must be legal in
  /// the phase that the plan has then (#973). Its sequence is given when it is stored.
  void add(Decision decision) { decisions_.push_back(std::move(decision)); }
  void learn(ErrorPattern pattern) { patterns_.push_back(std::move(pattern)); }
  void update(Decision decision) { changed_decisions_.push_back(std::move(decision)); }
  /// A value of the project that belongs to no plan.
  void remember(std::string key, std::string value) { remembered_[std::move(key)] = std::move(value); }
  void begin_operation(Operation operation) { new_operations_.push_back(std::move(operation)); }
  void end_operation(Operation operation) { operations_.push_back(std::move(operation)); }
  /// Replaces the plan's rows by a dump (Store::dump_plan); the other edits of this change come on top.
  void load(nlohmann::json dump) { dump_ = std::move(dump); }

  void event(std::string type, std::string subplan_id = {},
             nlohmann::json payload = nlohmann::json::object());

  Status commit(Durability durability = Durability::normal);

  /// After a commit that failed: plan and subplans take the new values in memory alone, so that a person can
  /// go on where the store cannot be written (disk full). Whatever next changes the same rows writes them.
  void keep_in_memory();

 private:
  Status write(Transaction& transaction);
  Status write_child(Transaction& transaction, const SubplanStatus& subplan) const;
  Status write_decision(Transaction& transaction, Decision decision) const;
  EngineState& state_;
  PlanRuntime& runtime_;
  std::string purpose_;
  std::optional<Plan> plan_;
  std::map<std::size_t, SubplanStatus> subplans_;
  std::optional<std::vector<Conflict>> conflicts_;
  std::vector<Attempt> new_attempts_, attempts_;
  std::vector<Checkpoint> checkpoints_;
  std::vector<Decision> decisions_, changed_decisions_;
  std::map<std::string, std::string> remembered_;
  std::vector<ErrorPattern> patterns_;
  std::vector<Operation> new_operations_, operations_;
  std::vector<Event> events_;
  nlohmann::json dump_;
};

}  // namespace pland::engine
