// The context file of a subplan (requirements 3.10): Markdown for people and agents, beside the state.
#include <fmt/format.h>

#include <cerrno>
#include <fstream>

#include "engine/plan/attempt.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

/// How much of the parent's context a child gets, and how big that may be (#3563). A token is some four
/// bytes.
constexpr double kSkeletonRatio = 0.15;
constexpr std::size_t kAvailableTokens = 32'000;
constexpr std::size_t kBytesPerToken = 4;

struct Fragment {
  std::string text;
  bool near = false;  ///< it speaks of what the child works on
};

bool speaks_of(const std::string& text, const SubplanSpec& focus) {
  if (text.find(focus.name) != std::string::npos) return true;
  for (const auto& scope : focus.scope) {
    const std::string folder = scope.substr(0, scope.find('*'));
    if (!folder.empty() && text.find(folder) != std::string::npos) return true;
  }
  return false;
}

/// Headings only, those near the child's focus first, as many as the budget holds; in their old order.
std::string skeleton(const std::vector<Fragment>& fragments, std::size_t budget) {
  std::vector<bool> chosen(fragments.size(), false);
  for (const bool near : {true, false}) {
    for (std::size_t i = 0; i < fragments.size(); ++i) {
      if (fragments[i].near != near || fragments[i].text.size() > budget) continue;
      budget -= fragments[i].text.size();
      chosen[i] = true;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (chosen[i]) text += fragments[i].text;
  }
  return text;
}

std::vector<Fragment> parent_fragments(const LivePlan& parent, const SubplanSpec& focus) {
  std::vector<Fragment> fragments;
  fragments.push_back({"- plan " + parent.plan.name + ": " + parent.plan.goal + "\n", true});
  for (const auto& subplan : parent.subplans) {
    if (subplan.spec.name == focus.name) continue;
    std::string line =
        fmt::format("- {} ({}): {}\n", subplan.spec.name, to_string(subplan.state), subplan.spec.goal);
    const bool near = speaks_of(line, focus) || std::find(focus.after.begin(), focus.after.end(),
                                                          subplan.spec.name) != focus.after.end();
    fragments.push_back({std::move(line), near});
  }
  return fragments;
}

void add_section(std::string& text, const std::string& heading, const std::string& body) {
  if (!body.empty()) text += "\n## " + heading + "\n\n" + body + (body.back() == '\n' ? "" : "\n");
}

}  // namespace

asio::awaitable<Result<fs::path>> write_context(EngineState& state, const PlanRuntime& plan,
                                                const SubplanStatus& subplan) {
  PLAND_CO_TRY(const std::vector<ErrorPattern> patterns, state.store->error_patterns());
  const Plan& parent = plan.live.plan;
  std::string text = fmt::format("# {}\n\n{}\n", subplan.spec.name, subplan.spec.goal);
  std::string done = subplan.spec.goal;
  if (!subplan.spec.check.empty())
    done += fmt::format("\n\nThis command must pass: `{}`\n", subplan.spec.check);
  add_section(text, "Done when", done);
  std::string scope;
  for (const auto& glob : subplan.spec.scope) scope += "- `" + glob + "`\n";
  add_section(text, "Scope: write nowhere else", scope);
  std::string invariants;
  for (const auto& invariant : parent.invariants) invariants += "- " + invariant.invariant.text + "\n";
  add_section(text, "Must stay true", invariants);
  std::string guidance;
  for (const auto& pattern : patterns_for(patterns, subplan.spec)) {
    for (const auto& check : pattern.preventive_checks) {
      guidance += fmt::format("- {} (seen {} times)\n", check, pattern.frequency);
    }
  }
  add_section(text, "What failed before", guidance);
  const auto budget =
      static_cast<std::size_t>(static_cast<double>(kAvailableTokens) * kSkeletonRatio) * kBytesPerToken;
  add_section(text, "The plan around it", skeleton(parent_fragments(plan.live, subplan.spec), budget));

  const fs::path path = state.directory / "contexts" / (subplan.subplan_id + ".md");
  auto write = [path, text]() -> Status {
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    if (failure) return io_error("creating", path.parent_path().native(), failure.value());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) return io_error("writing", path.native(), errno);
    return {};
  };
  PLAND_CO_CHECK(co_await state.arena.run(write));
  co_return path;
}

}  // namespace pland::engine
