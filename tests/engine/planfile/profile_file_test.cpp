// Profile files: everything survives, and each mistake is said at its exact place.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/model/profile_choice.h"
#include "engine/planfile/profile_document.h"
#include "tests/engine/planfile/problem_cases.h"

using namespace pland::engine;
using namespace pland::engine::planfile;
using nlohmann::json;

TEST_CASE("profile file: everything in the file survives, through the store's form too") {
  const ProfileDocument document = parse_profile(R"(name: team/careful
meaning: Ours
thresholds:
  decompose_task: 0
  create_tool: 0.1
  select_tool: 0.2
  edit_code: 0.3
  execute_command: 0.4
  create_file: 0.5
  delete_content: 0.6
  access_network: 0.7
  install_dependency: 0.8
  modify_config: 0.9
  approve_plan: 1
safety:
  require_sandbox: false
  require_checkpoints: false
  allow_unsafe_tools: true
  require_human_approval: true
  allowed_skill_categories: [code, docs]
  max_cost_per_plan: 2.5
  max_retries_per_step: 100
  max_total_cost: 7
guards:
  tool_denylist: [builtin/delete_file]
  tool_allowlist: ["builtin/*"]
  max_tool_calls_per_step: 0
  max_total_cost: 6.5
  require_approval_for_writes: true
  require_approval_for_apply: true
)");
  REQUIRE(document.profile.has_value());
  const AutomationProfile& profile = *document.profile;
  CHECK(profile.name == "team/careful");
  CHECK(profile.meaning == "Ours");
  for (const Step step : all_steps()) {
    CHECK(profile.thresholds[step] == doctest::Approx(static_cast<double>(step) / 10));
  }
  CHECK(profile.safety ==
        SafetyRules{false, false, true, true, std::vector<std::string>{"code", "docs"}, 2.5, 100, 7.0});
  CHECK(profile.guards ==
        GuardRules{{"builtin/delete_file"}, std::vector<std::string>{"builtin/*"}, 0, 6.5, true, true});
  CHECK(json::parse(json(profile).dump()).get<AutomationProfile>() == profile);
  ProfileSet set;
  CHECK(set.add(profile).ok());
}

TEST_CASE("profile file: what is left out asks a person, and is safe") {
  const ProfileDocument document = parse_profile("name: team/a\nthresholds: {decompose_task: 0}\n");
  REQUIRE(document.profile.has_value());
  CHECK(document.profile->thresholds[Step::start_strategize] == 0);
  CHECK(document.profile->thresholds[Step::start_apply] == 1);
  CHECK(document.profile->safety == SafetyRules());
  CHECK(document.profile->guards == GuardRules());
  CHECK(parse_profile("name: team/a\nthresholds:\nsafety:\nguards:\n").profile.has_value());
}

TEST_CASE("profile file: every mistake at its place") {
#define NAME "name: team/a\n"
  const std::vector<ProblemCase> cases{
      {"empty", "⟦# nothing⟧\n", {{"empty-profile", "holds no profile", "start with"}}},
      {"a list", "⟦- a⟧\n", {{"bad-value", "a profile file is a mapping, not a list", ""}}},
      {"broken YAML", "name: ⟦[⟧\n", {{"yaml-syntax", "", ""}}},
      {"no name", "⟦meaning: x⟧\n", {{"missing-key", "'name'", "with its namespace"}}},
      {"no namespace", "name: ⟦careful⟧\n", {{"bad-name", "needs a namespace", "local/careful"}}},
      {"a built-in's name", "name: ⟦trusted⟧\n", {{"bad-name", "is a built-in profile", "local/my-trusted"}}},
      {"a reserved namespace", "name: ⟦system/a⟧\n", {{"bad-name", "reserved", ""}}},
      {"a digit first", "name: ⟦team/1a⟧\n", {{"bad-name", "must start with a letter", ""}}},
      {"a threshold at the top",
       NAME "⟦edit_code⟧: 0\n",
       {{"unknown-key", "", "'edit_code' goes into `thresholds`"}}},
      {"a guard at the top", NAME "⟦tool_denylist⟧: []\n", {{"unknown-key", "", "goes into `guards`"}}},
      {"a guard among the safety rules",
       NAME "safety: {⟦tool_allowlist⟧: []}\n",
       {{"unknown-key", "", "goes into `guards`"}}},
      {"a safety rule among the guards",
       NAME "guards: {⟦require_sandbox⟧: true}\n",
       {{"unknown-key", "", "goes into the safety part"}}},
      {"an old name of a threshold",
       NAME "thresholds: {⟦auto_apply⟧: 0}\n",
       {{"unknown-key", "'auto_apply'", "known keys: decompose_task"}}},
      {"a threshold with a dash",
       NAME "thresholds: {⟦edit-code⟧: 0}\n",
       {{"unknown-key", "", "'edit_code'"}}},
      {"a threshold twice", NAME "thresholds: {edit_code: 0, ⟦edit_code⟧: 1}\n", {{"duplicate-key", "", ""}}},
      {"a threshold above one",
       NAME "thresholds: {edit_code: ⟦1.5⟧}\n",
       {{"bad-value", "from 0 to 1", "asks a person"}}},
      {"a threshold below zero",
       NAME "thresholds: {edit_code: ⟦-1⟧}\n",
       {{"bad-value", "from 0 to 1", "by itself"}}},
      {"a threshold in per cent",
       NAME "thresholds: {edit_code: ⟦50%⟧}\n",
       {{"bad-value", "from 0 to 1", ""}}},
      {"a threshold in quotes",
       NAME "thresholds: {edit_code: ⟦'0.5'⟧}\n",
       {{"bad-value", "from 0 to 1", "quotes"}}},
      {"a threshold as a word",
       NAME "thresholds: {edit_code: ⟦always⟧}\n",
       {{"bad-value", "from 0 to 1", ""}}},
      {"several at once",
       NAME "thresholds: {edit_code: ⟦2⟧, create_file: ⟦-2⟧}\nsafety: ⟦x⟧\n",
       {{"bad-value", "", ""}, {"bad-value", "", ""}, {"bad-value", "a mapping", "max_retries_per_step"}}},
      {"retries below zero",
       NAME "safety: {max_retries_per_step: ⟦-1⟧}\n",
       {{"bad-value", "", "smallest allowed is 0"}}},
      {"retries above a hundred",
       NAME "safety: {max_retries_per_step: ⟦101⟧}\n",
       {{"bad-value", "", "largest allowed is 100"}}},
      {"a budget of nothing",
       NAME "guards: {max_total_cost: ⟦0⟧}\n",
       {{"bad-value", "greater than 0", "no limit"}}},
      {"a denied nothing",
       NAME "guards: {tool_denylist: [a, ⟦' '⟧]}\n",
       {{"bad-value", "an empty item of 'tool_denylist'", ""}}},
      {"a denied mapping", NAME "guards: {tool_denylist: [⟦{a: b}⟧]}\n", {{"bad-value", "must be text", ""}}},
      {"a list that is a word",
       NAME "guards: {tool_denylist: ⟦builtin/x⟧}\n",
       {{"bad-value", "a list of texts", "[builtin/x]"}}},
      {"yes for true",
       NAME "guards: {require_approval_for_writes: ⟦yes⟧}\n",
       {{"bad-value", "true or false", "write true"}}},
      {"an alias", NAME "meaning: &m x\nthresholds: {edit_code: ⟦*m⟧}\n", {{"bad-value", "from 0 to 1", ""}}},
  };
  for (const ProblemCase& example : cases) {
    const ProfileDocument document = parse_profile(unmark(example.marked).text);
    check_problems(example, document);
    CHECK_FALSE(document.profile.has_value());
  }
}

TEST_CASE("planfile: the kind of a file is known by its name") {
  CHECK(file_kind("/a/x.plan.yaml") == FileKind::plan);
  CHECK(file_kind("file:///a/x.action.yml") == FileKind::action);
  CHECK(file_kind("x.profile.json") == FileKind::profile);
  CHECK(file_kind("/a/.pland/actions/x.yaml") == FileKind::action);
  CHECK(file_kind(".pland/profiles/deep/x.json") == FileKind::profile);
  CHECK(file_kind("/a/.pland/actions/x.plan.yaml") == FileKind::plan);
  CHECK(file_kind("/a/.pland/actions/b/.pland/profiles/x.yml") == FileKind::profile);
  CHECK(file_kind("/a/my.pland/actions/x.yaml") == std::nullopt);
  CHECK(file_kind("/a/.pland/actions/readme.md") == std::nullopt);
  CHECK(file_kind("/a/x.yaml") == std::nullopt);
  CHECK(file_kind("/a/plan.yaml") == std::nullopt);
}
