// The verbs `tree`, `errors` and `events` (requirements 3.13): they read the store and change nothing.
#include "engine/plan/look.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/plan/engine_state.h"

namespace pland::engine {
namespace {

bool is_spawn(DecisionType type) {
  return type == DecisionType::subplan_spawn || type == DecisionType::subplan_parallel_spawn;
}

/// Builds the tree of one plan; the trees of its children hang below the decisions that spawned them (#8972).
class TreeBuilder {
 public:
  TreeBuilder(const Store& store, bool superseded) : store_(store), superseded_(superseded) {}

  Result<DecisionNode> build(const std::string& plan_id, int level) {
    PLAND_TRY(const std::vector<Decision> decisions, store_.decisions_of(plan_id));
    std::map<std::string, std::vector<const Decision*>> below;
    std::vector<const Decision*> roots;
    std::set<std::string> gone;
    for (const Decision& decision : decisions) {
      if (decision.superseded_at) {
        ++tree.superseded;
        gone.insert(decision.decision_id);
        if (!superseded_) continue;
      }
      if (decision.parent_decision_id) {
        below[*decision.parent_decision_id].push_back(&decision);
      } else {
        roots.push_back(&decision);
      }
    }
    if (roots.empty()) {
      return Error{ErrorCode::not_found, "the plan '" + plan_id + "' has no decisions"};
    }
    const Decision* root = roots.back();  // the newest
    for (const Decision* other : roots) {
      if (other != root) below[root->decision_id].push_back(other);
    }
    // What a person decided stands, also where what it was decided on was replaced.
    if (!superseded_) {
      for (auto& [parent, children] : below) {
        if (gone.count(parent) == 0) continue;
        auto& standing = below[root->decision_id];
        standing.insert(standing.begin(), children.begin(), children.end());
      }
    }
    return grow(*root, below, level);
  }

  DecisionTree tree;

 private:
  Result<DecisionNode> grow(const Decision& decision,
                            const std::map<std::string, std::vector<const Decision*>>& below, int level) {
    DecisionNode node;
    node.decision = decision;
    ++tree.nodes;
    tree.depth = std::max(tree.depth, level);
    const auto found = below.find(decision.decision_id);
    if (found != below.end()) {
      for (const Decision* child : found->second) {
        PLAND_TRY(DecisionNode grown, grow(*child, below, level + 1));
        node.children.push_back(std::move(grown));
      }
    }
    if (!is_spawn(decision.decision_type)) return node;
    node.child_plan_id = decision.context_snapshot.value("subplan_id", std::string());
    PLAND_TRY(Plan child, store_.plan(node.child_plan_id));
    tree.child_plans.push_back(std::move(child));
    PLAND_TRY(DecisionNode below_child, build(node.child_plan_id, level + 1));
    node.children.push_back(std::move(below_child));
    return node;
  }

  const Store& store_;
  bool superseded_;
};

}  // namespace

Result<DecisionTree> Engine::tree(const std::string& plan_id, bool show_superseded) const {
  const Store& store = *state_->store;
  if (!store.plan(plan_id).ok()) return unknown_plan(plan_id);
  TreeBuilder builder(store, show_superseded);
  PLAND_TRY(builder.tree.root, builder.build(plan_id, 1));
  builder.tree.plan_id = plan_id;
  return std::move(builder.tree);
}

Result<ErrorReport> Engine::errors(const std::string& plan_id) const {
  const PlanRuntime* plan = state_->find_any(plan_id);
  if (plan == nullptr) return unknown_plan(plan_id);
  const bool whole = plan->live.plan.plan_id == plan_id;
  const Store& store = *state_->store;
  ErrorReport report;
  report.plan = plan->live.plan;
  PLAND_TRY(const std::vector<ErrorPattern> patterns, store.error_patterns());
  for (const auto& subplan : plan->live.subplans) {
    if (!whole && subplan.subplan_id != plan_id) continue;
    PLAND_TRY(const std::vector<Decision> decisions, store.decisions_of(subplan.subplan_id));
    bool failed = false;
    for (const Decision& decision : decisions) {
      if (decision.decision_type != DecisionType::error_recovery) continue;
      report.errors.push_back({decision, subplan.subplan_id, subplan.spec.name});
      failed = true;
    }
    if (!failed) continue;
    PLAND_TRY(const std::vector<Attempt> attempts, store.attempts_of(subplan.subplan_id));
    report.attempts.insert(report.attempts.end(), attempts.begin(), attempts.end());
    for (auto& pattern : patterns_for(patterns, subplan.spec)) {
      if (std::find(report.patterns.begin(), report.patterns.end(), pattern) == report.patterns.end()) {
        report.patterns.push_back(std::move(pattern));
      }
    }
  }
  std::stable_sort(report.errors.begin(), report.errors.end(),
                   [](const RecordedError& a, const RecordedError& b) {
                     return a.decision.created_at < b.decision.created_at;
                   });
  for (const auto& conflict : plan->live.conflicts) {
    if (!is_open(conflict) || (!whole && conflict.subplan_id != plan_id)) continue;
    if (std::find(report.conflicts.begin(), report.conflicts.end(), conflict.path) == report.conflicts.end())
      report.conflicts.push_back(conflict.path);
  }
  return report;
}

Result<EventPage> Engine::events_after(std::int64_t cursor, std::size_t limit,
                                       const std::optional<std::string>& plan_id) const {
  constexpr std::size_t kMost = 10'000;
  if (limit == 0 || limit > kMost) {
    return Error{ErrorCode::invalid_argument,
                 "limit is " + std::to_string(limit) + "; it must be from 1 to " + std::to_string(kMost)};
  }
  EventPage page;
  // One more than wanted says whether there are more.
  PLAND_TRY(page.events, plan_id ? state_->store->events_after(cursor, limit + 1, *plan_id)
                                 : state_->store->events_after(cursor, limit + 1));
  page.more = page.events.size() > limit;
  if (page.more) page.events.pop_back();
  page.next = page.events.empty() ? cursor : page.events.back().sequence;
  return page;
}

}  // namespace pland::engine
