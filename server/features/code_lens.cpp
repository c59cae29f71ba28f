#include "server/features/code_lens.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/features/plan_file_diagnostics.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using engine::ProcessingState;
using jsonrpc::Json;

class Lenses {
 public:
  void add(lsp::Range range, std::string title, const char* verb, Json argument) {
    lsp::Command command{std::move(title), std::string("pland.") + verb, std::nullopt};
    command.arguments = std::vector<Json>{std::move(argument)};
    lenses_.push_back({range, std::move(command), std::nullopt});
  }
  std::vector<lsp::CodeLens> take() { return std::move(lenses_); }

 private:
  std::vector<lsp::CodeLens> lenses_;
};

bool any_in(const engine::LivePlan& plan, ProcessingState state) {
  return std::any_of(plan.subplans.begin(), plan.subplans.end(),
                     [&](const engine::SubplanStatus& subplan) { return subplan.state == state; });
}

std::string plan_title(const engine::LivePlan& plan) {
  if (plan.plan.state == ProcessingState::applied) return "applied";
  if (plan.plan.phase == engine::Phase::strategize) return "not started";
  const auto open =
      static_cast<std::size_t>(std::count_if(plan.conflicts.begin(), plan.conflicts.end(), engine::is_open));
  std::string title = plan.plan.state == ProcessingState::cancelled ? "cancelled, " : "";
  title += progress_text(plan);
  if (open > 0) title += ", " + count_text(open, "conflict");
  return title;
}

void add_plan_lenses(Lenses& lenses, lsp::Range range, const std::string& uri, const engine::LivePlan* plan) {
  const Json file{{"uri", uri}};
  if (plan == nullptr) return lenses.add(range, "Spawn", "spawn", file);
  const Json argument{{"planId", plan->plan.plan_id}};
  lenses.add(range, plan_title(*plan), "status", argument);
  if (plan->plan.phase == engine::Phase::strategize) return lenses.add(range, "Spawn", "spawn", argument);
  if (engine::is_running(plan->plan)) return lenses.add(range, "Cancel", "cancel", argument);
  if (engine::awaits_input(plan->plan)) lenses.add(range, "Continue", "retry", argument);
  if (any_in(*plan, ProcessingState::errored)) lenses.add(range, "Retry failed", "retry", argument);
  if (plan->plan.state == ProcessingState::applied) {
    lenses.add(range, "Undo", "undo", argument);
  } else if (any_in(*plan, ProcessingState::complete)) {
    lenses.add(range, "Apply", "apply", argument);
  }
  if (!plan->plan.merged_commit.empty()) {
    lenses.add(range, "Diff", "diff", Json{{"planId", plan->plan.plan_id}, {"show", true}});
  }
  lenses.add(range, "Spawn", "spawn", file);
}

void add_subplan_lenses(Lenses& lenses, lsp::Range range, const engine::SubplanStatus& subplan,
                        const engine::LivePlan& plan) {
  const Json argument{{"subplanId", subplan.subplan_id}};
  const Json shown{{"subplanId", subplan.subplan_id}, {"show", true}};
  lenses.add(range, state_text(subplan, plan.plan.spec), "status", argument);
  const bool live = engine::is_running(plan.plan);
  if (subplan.state == ProcessingState::processing || (subplan.state == ProcessingState::queued && live)) {
    lenses.add(range, "Cancel", "cancel", argument);
  }
  if (subplan.state == ProcessingState::errored || subplan.state == ProcessingState::cancelled) {
    lenses.add(range, "Retry", "retry", argument);
  }
  if (!subplan.files_changed.empty()) lenses.add(range, "Show diff", "diff", shown);
  if (subplan.started_at) lenses.add(range, "Show log", "log", shown);
}

}  // namespace

std::vector<lsp::CodeLens> code_lenses(const PlanFile& file, const engine::LivePlan* plan,
                                       lsp::PositionEncoding encoding) {
  Lenses lenses;
  const auto& ranges = file.document.ranges;
  const lsp::Range top = ranges.name ? range_in(file, *ranges.name, encoding) : lsp::Range{};
  add_plan_lenses(lenses, top, file.text.uri, plan);
  if (plan == nullptr) return lenses.take();
  for (const engine::planfile::EntryRanges& entry : ranges.entries) {
    if (!entry.name) continue;
    for (const engine::SubplanStatus& subplan : plan->subplans) {
      if (subplan.spec.name != entry.name_text) continue;
      add_subplan_lenses(lenses, range_in(file, *entry.name, encoding), subplan, *plan);
      break;
    }
  }
  return lenses.take();
}

}  // namespace pland::server
