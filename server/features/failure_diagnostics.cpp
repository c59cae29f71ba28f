#include "server/features/failure_diagnostics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/glob.h"
#include "server/features/plan_file_diagnostics.h"
#include "server/features/shown.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using jsonrpc::Json;

constexpr std::size_t shown_lines = 5;

/// Paths that the subplan wrote outside its scope.
std::vector<std::string> outside_scope(const engine::SubplanStatus& subplan) {
  std::vector<std::string> outside;
  if (subplan.spec.scope.empty()) return outside;
  for (const std::string& path : subplan.files_changed) {
    const bool inside = std::any_of(subplan.spec.scope.begin(), subplan.spec.scope.end(),
                                    [&](const std::string& glob) { return engine::glob_match(glob, path); });
    if (!inside) outside.push_back(path);
  }
  return outside;
}

std::string failure_message(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan,
                            const engine::Attempt* last) {
  std::string text = "'" + subplan.spec.name + "' failed: " + failure_text(subplan, last) + " (" +
                     attempt_text(subplan, plan) + ")";
  if (last != nullptr && !last->output_tail.empty())
    text += "\n" + last_lines(last->output_tail, shown_lines);
  return text + "\n" + remedy_text(subplan);
}

std::string scope_message(const engine::SubplanStatus& subplan, std::vector<std::string> outside) {
  constexpr std::size_t shown = 5;
  const std::size_t count = outside.size();
  if (count > shown) {
    outside.resize(shown);
    outside.push_back(std::to_string(count - shown) + " more");
  }
  return "'" + subplan.spec.name + "' wrote outside its scope: " + list_text(outside) +
         "\nWiden `scope`, or leave these files out with `paths` when you apply.";
}

}  // namespace

std::vector<FailureDiagnostics::Finding> FailureDiagnostics::findings_of(engine::Engine& engine,
                                                                         const engine::LivePlan& plan) const {
  std::vector<Finding> findings;
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    if (subplan.state == engine::ProcessingState::errored) {
      const auto attempts = engine.attempts(subplan.subplan_id);
      const engine::Attempt* last = attempts.ok() && !attempts->empty() ? &attempts->back() : nullptr;
      lsp::Diagnostic diagnostic = style_.diagnostic({}, lsp::DiagnosticSeverity::error, "subplan-failed",
                                                     failure_message(subplan, plan.plan.spec, last));
      diagnostic.data = Json{{"planId", plan.plan.plan_id}, {"subplanId", subplan.subplan_id}};
      findings.push_back({subplan.spec.name, std::move(diagnostic)});
    }
    if (std::vector<std::string> outside = outside_scope(subplan); !outside.empty()) {
      lsp::Diagnostic diagnostic = style_.diagnostic({}, lsp::DiagnosticSeverity::warning, "scope-violation",
                                                     scope_message(subplan, outside));
      diagnostic.data = Json{
          {"planId", plan.plan.plan_id}, {"subplanId", subplan.subplan_id}, {"paths", std::move(outside)}};
      findings.push_back({subplan.spec.name, std::move(diagnostic)});
    }
  }
  return findings;
}

std::vector<lsp::Diagnostic> FailureDiagnostics::placed(const PlanFindings& plan) {
  const auto file = texts_.plan_file(plan.file);
  std::vector<lsp::Diagnostic> diagnostics;
  if (!file) return diagnostics;
  for (const Finding& finding : plan.findings) {
    diagnostics.push_back(finding.diagnostic);
    diagnostics.back().range = name_range(*file, finding.subplan, style_.encoding);
  }
  return diagnostics;
}

asio::awaitable<void> FailureDiagnostics::refresh(engine::Engine& engine, std::string plan_id) {
  const engine::LivePlan* plan = engine.find_plan(plan_id);
  const std::string owner = "failures " + plan_id;
  if (plan == nullptr || plan->plan.uri.empty() || !is_shown(workspace_, engine, *plan)) {
    plans_.erase(owner);
    diagnostics_.clear(owner);
    co_return;
  }
  const Diagnostics::Ticket ticket = diagnostics_.begin(owner);
  PlanFindings found{documents_.key_of(plan->plan.uri), findings_of(engine, *plan)};
  if (!found.findings.empty()) co_await texts_.read(found.file);
  if (!diagnostics_.is_current(ticket)) co_return;
  FileDiagnostics files;
  if (auto placed_here = placed(found); !placed_here.empty()) files[found.file] = std::move(placed_here);
  diagnostics_.replace(ticket, std::move(files));
  plans_.insert_or_assign(owner, std::move(found));
}

void FailureDiagnostics::file_changed(const FileKey& file) {
  for (const auto& [owner, plan] : plans_) {
    if (plan.file == file) diagnostics_.replace_file(owner, file, placed(plan));
  }
}

bool FailureDiagnostics::speaks_of(const FileKey& file) const {
  return std::any_of(plans_.begin(), plans_.end(), [&](const auto& entry) {
    return entry.second.file == file && !entry.second.findings.empty();
  });
}

}  // namespace pland::server
