// The guards of a profile: each by itself at its boundary, and their order.
#include "engine/model/tool_guard.h"

#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

using namespace pland::engine;

namespace {

/// A profile that forbids nothing, and a harmless writing call.
AutomationProfile open_profile() {
  AutomationProfile profile;
  profile.safety.require_sandbox = false;
  profile.safety.require_checkpoints = false;
  profile.safety.allow_unsafe_tools = true;
  return profile;
}

ToolUse writing_call() {
  ToolUse use;
  use.tool = "builtin/write_file";
  use.writes = true;
  use.unsafe = true;
  use.skill_category = "files";
  use.in_apply = true;
  use.calls_in_step = 4;
  use.plan_cost = 2;
  use.total_cost = 3;
  return use;
}

struct Rule {
  Guard guard;
  std::function<void(AutomationProfile&)> forbid;
};

/// In the order of requirements 1.1: denylist, allowlist, call limit, budget, write approval, apply approval;
/// the rules of the safety part before the two approvals.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> all{
      {Guard::tool_denylist, [](auto& p) { p.guards.tool_denylist = {"builtin/write_file"}; }},
      {Guard::tool_allowlist,
       [](auto& p) { p.guards.tool_allowlist = std::vector<std::string>{"builtin/read_file"}; }},
      {Guard::max_tool_calls_per_step, [](auto& p) { p.guards.max_tool_calls_per_step = 4; }},
      {Guard::max_total_cost, [](auto& p) { p.guards.max_total_cost = 3; }},
      {Guard::max_cost_per_plan, [](auto& p) { p.safety.max_cost_per_plan = 2; }},
      {Guard::allow_unsafe_tools, [](auto& p) { p.safety.allow_unsafe_tools = false; }},
      {Guard::allowed_skill_categories,
       [](auto& p) { p.safety.allowed_skill_categories = std::vector<std::string>{"docs"}; }},
      {Guard::require_sandbox, [](auto& p) { p.safety.require_sandbox = true; }},
      {Guard::require_checkpoints, [](auto& p) { p.safety.require_checkpoints = true; }},
      {Guard::require_approval_for_writes, [](auto& p) { p.guards.require_approval_for_writes = true; }},
      {Guard::require_approval_for_apply, [](auto& p) { p.guards.require_approval_for_apply = true; }},
  };
  return all;
}

std::optional<Guard> verdict(const AutomationProfile& profile, const ToolUse& use) {
  const auto violation = check_tool_use(profile, use);
  return violation ? std::optional(violation->guard) : std::nullopt;
}

}  // namespace

TEST_CASE("tool guards: each forbids by itself, and none of them nothing") {
  CHECK_FALSE(check_tool_use(open_profile(), writing_call()));
  for (const Rule& rule : rules()) {
    CAPTURE(to_string(rule.guard));
    AutomationProfile profile = open_profile();
    rule.forbid(profile);
    const auto violation = check_tool_use(profile, writing_call());
    REQUIRE(violation);
    CHECK(violation->guard == rule.guard);
    CHECK(violation->tool == "builtin/write_file");
    CHECK_FALSE(violation->why.empty());
    CHECK_FALSE(violation->remedy.empty());
    CHECK(nlohmann::json(*violation).get<GuardViolation>() == *violation);
  }
}

TEST_CASE("tool guards: of two that forbid, the earlier one speaks (#5619)") {
  for (std::size_t first = 0; first < rules().size(); ++first) {
    for (std::size_t second = first + 1; second < rules().size(); ++second) {
      AutomationProfile profile = open_profile();
      rules()[second].forbid(profile);
      rules()[first].forbid(profile);
      CAPTURE(to_string(rules()[first].guard));
      CAPTURE(to_string(rules()[second].guard));
      CHECK(verdict(profile, writing_call()) == rules()[first].guard);
    }
  }
}

TEST_CASE("tool guards: boundaries") {
  struct Case {
    const char* about;
    std::function<void(AutomationProfile&, ToolUse&)> set;
    std::optional<Guard> expected;
  };
  using P = AutomationProfile;
  using U = ToolUse;
  const std::vector<Case> cases{
      {"denied by a glob", [](P& p, U&) { p.guards.tool_denylist = {"builtin/w*"}; }, Guard::tool_denylist},
      {"denied is another", [](P& p, U&) { p.guards.tool_denylist = {"builtin/write"}; }, {}},
      {"denied and allowed: denied",
       [](P& p, U&) {
         p.guards.tool_denylist = {"builtin/write_file"};
         p.guards.tool_allowlist = std::vector<std::string>{"builtin/write_file"};
       },
       Guard::tool_denylist},
      {"allowed by name",
       [](P& p, U&) { p.guards.tool_allowlist = std::vector<std::string>{"builtin/write_file"}; },
       {}},
      {"allowed by a glob",
       [](P& p, U&) { p.guards.tool_allowlist = std::vector<std::string>{"builtin/*"}; },
       {}},
      {"an empty allowlist allows nothing", [](P& p, U&) { p.guards.tool_allowlist.emplace(); },
       Guard::tool_allowlist},
      {"the last call allowed",
       [](P& p, U& u) {
         p.guards.max_tool_calls_per_step = 4;
         u.calls_in_step = 3;
       },
       {}},
      {"one call too many",
       [](P& p, U& u) {
         p.guards.max_tool_calls_per_step = 4;
         u.calls_in_step = 4;
       },
       Guard::max_tool_calls_per_step},
      {"no calls at all",
       [](P& p, U& u) {
         p.guards.max_tool_calls_per_step = 0;
         u.calls_in_step = 0;
       },
       Guard::max_tool_calls_per_step},
      {"budget left", [](P& p, U&) { p.guards.max_total_cost = 3.01; }, {}},
      {"budget spent to the last", [](P& p, U&) { p.guards.max_total_cost = 3; }, Guard::max_total_cost},
      {"this call just fits",
       [](P& p, U& u) {
         p.guards.max_total_cost = 4;
         u.expected_cost = 1;
       },
       {}},
      {"this call would go beyond",
       [](P& p, U& u) {
         p.guards.max_total_cost = 4;
         u.expected_cost = 1.01;
       },
       Guard::max_total_cost},
      {"the safety part's budget counts too", [](P& p, U&) { p.safety.max_total_cost = 3; },
       Guard::max_total_cost},
      {"the lower of two budgets (guard)",
       [](P& p, U&) {
         p.guards.max_total_cost = 3;
         p.safety.max_total_cost = 9;
       },
       Guard::max_total_cost},
      {"the lower of two budgets (safety)",
       [](P& p, U&) {
         p.guards.max_total_cost = 9;
         p.safety.max_total_cost = 3;
       },
       Guard::max_total_cost},
      {"a plan's own budget left", [](P& p, U&) { p.safety.max_cost_per_plan = 2.01; }, {}},
      {"a plan's own budget and this call",
       [](P& p, U& u) {
         p.safety.max_cost_per_plan = 2.5;
         u.expected_cost = 0.6;
       },
       Guard::max_cost_per_plan},
      {"a safe tool",
       [](P& p, U& u) {
         p.safety.allow_unsafe_tools = false;
         u.unsafe = false;
       },
       {}},
      {"a category that is allowed",
       [](P& p, U&) {
         p.safety.allowed_skill_categories = std::vector<std::string>{"docs", "files"};
       },
       {}},
      {"a tool of no skill",
       [](P& p, U& u) {
         p.safety.allowed_skill_categories.emplace();
         u.skill_category.clear();
       },
       {}},
      {"no category is allowed", [](P& p, U&) { p.safety.allowed_skill_categories.emplace(); },
       Guard::allowed_skill_categories},
      {"in a sandbox",
       [](P& p, U& u) {
         p.safety.require_sandbox = true;
         u.sandboxed = true;
       },
       {}},
      {"reading needs no sandbox",
       [](P& p, U& u) {
         p.safety.require_sandbox = true;
         u.writes = false;
       },
       {}},
      {"#5086: a writing tool without a checkpoint service",
       [](P& p, U&) { p.safety.require_checkpoints = true; }, Guard::require_checkpoints},
      {"#5086: with one",
       [](P& p, U& u) {
         p.safety.require_checkpoints = true;
         u.has_checkpoints = true;
       },
       {}},
      {"#5086: a reading tool without one",
       [](P& p, U& u) {
         p.safety.require_checkpoints = true;
         u.writes = false;
       },
       {}},
      {"an approved write",
       [](P& p, U& u) {
         p.guards.require_approval_for_writes = true;
         u.write_approved = true;
       },
       {}},
      {"an approved apply is no approved write",
       [](P& p, U& u) {
         p.guards.require_approval_for_writes = true;
         u.apply_approved = true;
       },
       Guard::require_approval_for_writes},
      {"reading needs no approval",
       [](P& p, U& u) {
         p.guards.require_approval_for_writes = true;
         u.writes = false;
       },
       {}},
      {"an approved apply",
       [](P& p, U& u) {
         p.guards.require_approval_for_apply = true;
         u.apply_approved = true;
       },
       {}},
      {"an approved write is no approved apply",
       [](P& p, U& u) {
         p.guards.require_approval_for_apply = true;
         u.write_approved = true;
       },
       Guard::require_approval_for_apply},
      {"not in Apply",
       [](P& p, U& u) {
         p.guards.require_approval_for_apply = true;
         u.in_apply = false;
       },
       {}},
      {"reading in Apply needs approval too",
       [](P& p, U& u) {
         p.guards.require_approval_for_apply = true;
         u.writes = false;
       },
       Guard::require_approval_for_apply},
  };
  for (const Case& example : cases) {
    CAPTURE(example.about);
    AutomationProfile profile = open_profile();
    ToolUse use = writing_call();
    example.set(profile, use);
    CHECK(verdict(profile, use) == example.expected);
  }
}

TEST_CASE("tool guards: the error names the guard, why, and the remedy (#3372)") {
  AutomationProfile profile = open_profile();
  profile.guards.max_tool_calls_per_step = 4;
  const auto violation = check_tool_use(profile, writing_call());
  REQUIRE(violation);
  const Error error = to_error(*violation);
  CHECK(error.code == ErrorCode::refused);
  CHECK(error.message ==
        "'builtin/write_file' was not called: this step has made 4 tool calls; the limit is 4 "
        "(max_tool_calls_per_step). raise max_tool_calls_per_step, or split the work into smaller steps");
  CHECK(error.context["guard_violation"]["guard"] == "max_tool_calls_per_step");
}
