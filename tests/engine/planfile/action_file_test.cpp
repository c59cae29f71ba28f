// Action files: everything survives (#4037, #4039), and each mistake is said at its exact place.
#include <doctest/doctest.h>

#include "engine/planfile/action_document.h"
#include "tests/engine/planfile/problem_cases.h"

using namespace pland::engine;
using namespace pland::engine::planfile;
using nlohmann::json;

namespace {

constexpr std::string_view kFull = R"(# every key there is
name: team/port-module
description: Port {{ module }} to {{ target }}
long_description: |
  Moves {{ module }}, with \{{ braces }}.
strategy_actor: local/strategist
execution_actor: anthropic/claude
estimation_actor: estimator
review_actor: local/reviewer
apply_actor: here:local/applier
invariant_actor: local/guardian
repair_actor: local/mender
definition_of_done: |
  - {{ module }} builds
  - no file includes {{ target }}.h
arguments:
  - {name: module, type: string, required: true, description: the folder}
  - {name: target, type: choice, values: [spdlog, fmt], default: fmt}
  - {name: retries, type: integer, default: 3}
  - {name: ratio, type: number, default: 0.5}
  - {name: fast, type: boolean, default: false}
  - {name: files, type: list, default: [a, "b", 3]}
  - {name: version, type: string, default: 1.10}
invariants:
  - public headers keep their signatures
  - {text: it builds, check: make, non_overridable: true}
automation_profile: team/careful
safety_profile:
  require_sandbox: true
  require_checkpoints: false
  allow_unsafe_tools: true
  require_human_approval: true
  allowed_skill_categories: []
  max_cost_per_plan: 1.5
  max_retries_per_step: 0
  max_total_cost: 4
reusable: false
read_only: true
state: archived
inputs_schema:
  properties:
    retries: {maximum: 5, type: [integer, "null"]}
  required: [module]
)";

// What every action needs, on one line each.
#define HEAD "name: a\nstrategy_actor: s\nexecution_actor: e\n"
#define DONE "definition_of_done: d\n"
#define GOOD HEAD DONE

}  // namespace

TEST_CASE("action file: everything in the file survives, through the store's form too (#4037, #4039)") {
  const ActionDocument document = parse_action(kFull);
  const std::string got = told(document, kFull);
  CAPTURE(got);
  REQUIRE(document.action.has_value());
  const Action& action = *document.action;
  CHECK(action.name == "team/port-module");
  CHECK(action.description == "Port {{ module }} to {{ target }}");
  CHECK(action.long_description == "Moves {{ module }}, with \\{{ braces }}.\n");
  CHECK(action.strategy_actor == "local/strategist");
  CHECK(action.execution_actor == "anthropic/claude");
  CHECK(action.estimation_actor == "local/estimator");
  CHECK(action.review_actor == "local/reviewer");
  CHECK(action.apply_actor == "here:local/applier");
  CHECK(action.invariant_actor == "local/guardian");
  CHECK(action.repair_actor == "local/mender");
  CHECK(action.definition_of_done == "- {{ module }} builds\n- no file includes {{ target }}.h\n");
  REQUIRE(action.arguments.size() == 7);
  CHECK(action.arguments[0] == ActionArgument{"module", ArgumentType::string, true, {}, "the folder", {}});
  CHECK(action.arguments[1] ==
        ActionArgument{"target", ArgumentType::choice, false, "fmt", "", {"spdlog", "fmt"}});
  CHECK(action.arguments[2].fallback == 3);
  CHECK(action.arguments[3].fallback == 0.5);
  CHECK(action.arguments[4].fallback == false);
  CHECK(action.arguments[5].fallback == json{"a", "b", "3"});
  CHECK(action.arguments[6].fallback == "1.10");
  CHECK(action.invariants == std::vector<Invariant>{{"public headers keep their signatures", "", false},
                                                    {"it builds", "make", true}});
  CHECK(action.automation_profile == "team/careful");
  REQUIRE(action.safety_profile);
  const SafetyRules rules{.require_sandbox = true,
                          .require_checkpoints = false,
                          .allow_unsafe_tools = true,
                          .require_human_approval = true,
                          .allowed_skill_categories = std::vector<std::string>{},
                          .max_cost_per_plan = 1.5,
                          .max_retries_per_step = 0,
                          .max_total_cost = 4.0};
  CHECK(*action.safety_profile == rules);
  CHECK_FALSE(action.reusable);
  CHECK(action.read_only);
  CHECK(action.state == ActionState::archived);
  CHECK(action.inputs_schema ==
        json{{"properties", {{"retries", {{"maximum", 5}, {"type", {"integer", "null"}}}}}},
             {"required", {"module"}}});
  CHECK(json::parse(json(action).dump()).get<Action>() == action);
}

TEST_CASE("action file: the least that is an action, and its defaults") {
  const ActionDocument document = parse_action(GOOD);
  REQUIRE(document.action.has_value());
  Action expected;
  expected.name = "local/a";
  expected.strategy_actor = "local/s";
  expected.execution_actor = "local/e";
  expected.definition_of_done = "d";
  CHECK(*document.action == expected);
  CHECK(parse_action(json(json::parse(R"({"name": "a", "strategy_actor": "s", "execution_actor": "e",
        "definition_of_done": "d", "arguments": null, "invariants": []})"))
                         .dump())
            .action == expected);
}

TEST_CASE("action file: names must start with a letter, in every part (#2145, #2147)") {
  for (const std::string name : {"123abc/x", "local/123-x", "1x", "-x", "_x", "9s:local/x", "local/-x"}) {
    CAPTURE(name);
    const std::string text = "name: " + name + "\nstrategy_actor: s\nexecution_actor: e\n" DONE;
    const ActionDocument document = parse_action(text);
    REQUIRE(document.problems.size() == 1);
    CHECK(document.problems[0].code == "bad-name");
    CHECK(document.problems[0].message.find("must start with a letter") != std::string::npos);
    CHECK(document.problems[0].range == LineIndex(text).range({6, 6 + name.size()}));
  }
  for (const std::string name : {"x", "a_b/x-1", "Server:Team/Under_score", "Z9"}) {
    CAPTURE(name);
    CHECK(
        parse_action("name: " + name + "\nstrategy_actor: s\nexecution_actor: e\n" DONE).action.has_value());
  }
}

TEST_CASE("action file: every mistake at its place") {
  const std::vector<ProblemCase> cases{
      {"empty", "⟦# nothing⟧\n", {{"empty-action", "holds no action", "start with"}}},
      {"a list", "⟦- a⟧\n- b\n", {{"bad-value", "an action file is a mapping, not a list", "start with"}}},
      {"a text", "⟦hello⟧\n", {{"bad-value", "not text", ""}}},
      {"broken YAML", HEAD "arguments:\n  - name: a⟦: b⟧\n", {{"yaml-syntax", "", ""}}},
      {"two documents", GOOD "⟦---⟧\nname: b\n", {{"yaml-syntax", "second", ""}}},
      {"a plan's key", GOOD "⟦subplans⟧: []\n", {{"unknown-key", "'subplans'", "known keys: name"}}},
      {"an argument's key at the top",
       GOOD "⟦default⟧: 1\n",
       {{"unknown-key", "", "'default' goes into an argument"}}},
      {"a safety rule at the top",
       GOOD "⟦require_sandbox⟧: true\n",
       {{"unknown-key", "", "goes into the safety part"}}},
      {"an invariant's key in an argument",
       GOOD "arguments: [{name: a, type: string, ⟦non_overridable⟧: true}]\n",
       {{"unknown-key", "", "goes into an invariant"}}},
      {"a guard in the safety part",
       GOOD "safety_profile: {⟦tool_denylist⟧: []}\n",
       {{"unknown-key", "'tool_denylist'", "known keys"}}},
      {"a merge key", GOOD "⟦<<⟧: {}\n", {{"unknown-key", "", "merge keys"}}},
      {"given twice", GOOD "⟦name⟧: b\n", {{"duplicate-key", "'name'", "first"}}},
      {"reserved namespace",
       "name: ⟦system/x⟧\nstrategy_actor: s\nexecution_actor: e\n" DONE,
       {{"bad-name", "reserved", ""}}},
      {"a provider's namespace",
       "name: ⟦openai/x⟧\nstrategy_actor: s\nexecution_actor: e\n" DONE,
       {{"bad-name", "reserved", ""}}},
      {"a server without namespace",
       "name: ⟦\"a:x\"⟧\nstrategy_actor: s\nexecution_actor: e\n" DONE,
       {{"bad-name", "needs a namespace", ""}}},
      {"an actor's name",
       "name: a\nstrategy_actor: ⟦the boss⟧\nexecution_actor: e\n" DONE,
       {{"bad-name", "", ""}}},
      {"several at once",
       "name: ⟦1⟧\nstrategy_actor: ⟦2⟧\nexecution_actor: ⟦[]⟧\n" DONE "⟦statee⟧: x\n",
       {{"bad-name", "", ""}, {"bad-name", "", ""}, {"bad-value", "", ""}, {"unknown-key", "", "'state'"}}},

      {"an argument that is a word",
       GOOD "arguments: [⟦module⟧]\n",
       {{"bad-value", "an argument is a mapping", ""}}},
      {"an argument that is nothing", GOOD "arguments:\n  ⟦-⟧\n", {{"bad-value", "not nothing", ""}}},
      {"an argument without name",
       GOOD "arguments:\n  - ⟦type: string⟧\n    required: true\n",
       {{"missing-key", "'name'", ""}}},
      {"an argument without type", GOOD "arguments:\n  - ⟦name: a⟧\n", {{"missing-key", "'type'", "a word"}}},
      {"a type of another language",
       GOOD "arguments: [{name: a, type: ⟦int⟧}]\n",
       {{"bad-value", "one of string, integer", ""}}},
      {"a mistyped type", GOOD "arguments: [{name: a, type: ⟦intger⟧}]\n", {{"bad-value", "", "'integer'"}}},
      {"a name with a blank",
       GOOD "arguments: [{name: ⟦a b⟧, type: string}]\n",
       {{"bad-name", "argument name", ""}}},
      {"a namespaced argument", GOOD "arguments: [{name: ⟦x/a⟧, type: string}]\n", {{"bad-name", "", ""}}},
      {"a name twice",
       GOOD "arguments: [{name: a, type: string}, {name: ⟦a⟧, type: integer}]\n",
       {{"duplicate-name", "'a'", ""}}},
      {"a choice of nothing",
       GOOD "arguments: [{name: a, type: choice, values: ⟦[]⟧}]\n",
       {{"bad-value", "nothing to choose", ""}}},
      {"a choice without words",
       GOOD "arguments:\n  - ⟦name: a⟧\n    type: choice\n",
       {{"missing-key", "'values'", ""}}},
      {"words for no choice",
       GOOD "arguments: [{name: a, type: string, ⟦values⟧: [x]}]\n",
       {{"bad-value", "only a choice", ""}}},
      {"the same word twice",
       GOOD "arguments: [{name: a, type: choice, values: [x, ⟦x⟧]}]\n",
       {{"duplicate-name", "'x'", ""}}},
      {"an empty word",
       GOOD "arguments: [{name: a, type: choice, values: [x, ⟦''⟧]}]\n",
       {{"bad-value", "empty word", ""}}},
      {"a word that is a list",
       GOOD "arguments: [{name: a, type: choice, values: [x, ⟦[y]⟧]}]\n",
       {{"bad-value", "must be text", ""}}},
      {"required with a default",
       GOOD "arguments: [{name: a, type: string, required: true, ⟦default⟧: x}]\n",
       {{"bad-value", "has no default", ""}}},

      {"default: integer is a word",
       GOOD "arguments: [{name: a, type: integer, default: ⟦x⟧}]\n",
       {{"bad-value", "a whole number", ""}}},
      {"default: integer in quotes",
       GOOD "arguments: [{name: a, type: integer, default: ⟦'3'⟧}]\n",
       {{"bad-value", "a whole number", "quotes"}}},
      {"default: integer with a fraction",
       GOOD "arguments: [{name: a, type: integer, default: ⟦1.5⟧}]\n",
       {{"bad-value", "a whole number", ""}}},
      {"default: integer too large",
       GOOD "arguments: [{name: a, type: integer, default: ⟦99999999999999999999⟧}]\n",
       {{"bad-value", "a whole number", ""}}},
      {"default: integer is a list",
       GOOD "arguments: [{name: a, type: integer, default: ⟦[1]⟧}]\n",
       {{"bad-value", "not a list", ""}}},
      {"default: integer is nothing",
       GOOD "arguments:\n  - name: a\n    type: integer\n    ⟦default⟧:\n",
       {{"bad-value", "not nothing", ""}}},
      {"default: number is a word",
       GOOD "arguments: [{name: a, type: number, default: ⟦nan⟧}]\n",
       {{"bad-value", "a number", ""}}},
      {"default: number is infinite",
       GOOD "arguments: [{name: a, type: number, default: ⟦.inf⟧}]\n",
       {{"bad-value", "a number", ""}}},
      {"default: boolean is yes",
       GOOD "arguments: [{name: a, type: boolean, default: ⟦yes⟧}]\n",
       {{"bad-value", "true or false", ""}}},
      {"default: boolean in quotes",
       GOOD "arguments: [{name: a, type: boolean, default: ⟦\"true\"⟧}]\n",
       {{"bad-value", "true or false", "quotes"}}},
      {"default: boolean is a number",
       GOOD "arguments: [{name: a, type: boolean, default: ⟦1⟧}]\n",
       {{"bad-value", "true or false", ""}}},
      {"default: text is a list",
       GOOD "arguments: [{name: a, type: string, default: ⟦[x]⟧}]\n",
       {{"bad-value", "text", ""}}},
      {"default: text is a mapping",
       GOOD "arguments: [{name: a, type: string, default: ⟦{x: y}⟧}]\n",
       {{"bad-value", "text", ""}}},
      {"default: list is a word",
       GOOD "arguments: [{name: a, type: list, default: ⟦x⟧}]\n",
       {{"bad-value", "a list of texts", ""}}},
      {"default: an item is a list",
       GOOD "arguments: [{name: a, type: list, default: [x, ⟦[y]⟧]}]\n",
       {{"bad-value", "must be text", ""}}},
      {"default: list is a mapping",
       GOOD "arguments: [{name: a, type: list, default: ⟦{x: y}⟧}]\n",
       {{"bad-value", "a list of texts", ""}}},
      {"default: no such word",
       GOOD "arguments: [{name: a, type: choice, values: [x, y], default: ⟦z⟧}]\n",
       {{"bad-value", "one of x, y", ""}}},
      {"default: a choice is a list",
       GOOD "arguments: [{name: a, type: choice, values: [x, y], default: ⟦[x]⟧}]\n",
       {{"bad-value", "one of x, y", ""}}},

      {"an invariant that is a list", GOOD "invariants: [⟦[a]⟧]\n", {{"bad-value", "text or a mapping", ""}}},
      {"an invariant that is nothing",
       GOOD "invariants:\n  - a\n  ⟦-⟧\n",
       {{"bad-value", "not nothing", ""}}},
      {"an empty invariant", GOOD "invariants: [⟦' '⟧]\n", {{"bad-value", "empty invariant", ""}}},
      {"an empty text", GOOD "invariants: [{text: ⟦''⟧}]\n", {{"bad-value", "empty invariant", ""}}},
      {"a check without text", GOOD "invariants: [⟦{check: make}⟧]\n", {{"missing-key", "'text'", ""}}},
      {"an empty check",
       GOOD "invariants: [{text: a, check: ⟦' '⟧}]\n",
       {{"bad-value", "a shell command", ""}}},
      {"a YAML map by a colon",
       GOOD "invariants:\n  - {⟦note⟧: x, text: y}\n",
       {{"unknown-key", "'note'", ""}}},

      {"a placeholder of no argument",
       HEAD "definition_of_done: port {{ ⟦module⟧ }}\n",
       {{"unknown-argument", "'module'", "declare it"}}},
      {"a mistyped placeholder",
       HEAD "definition_of_done: |\n  - port {{ ⟦modul⟧ }}\n  - {{module}}\narguments: [{name: module, type: "
            "string}]\n",
       {{"unknown-argument", "'modul'", "'module'"}}},
      {"a placeholder of another name",
       GOOD "description: \"{{⟦x⟧}}\"\narguments: [{name: module, type: string}]\n",
       {{"unknown-argument", "'x'", "known: module"}}},
      {"in escapes: the whole value",
       GOOD "description: ⟦\"\\x7b{ x }}\"⟧\n",
       {{"unknown-argument", "'x'", ""}}},
      {"a brace that is never closed",
       HEAD "definition_of_done: ⟦a {{ b⟧\n",
       {{"bad-value", "never closed", "{{ name }}"}}},
      {"no name between the braces",
       HEAD "definition_of_done: ⟦a {{ b c }}⟧\n",
       {{"bad-value", "no argument's name", ""}}},
      {"two of them",
       GOOD "long_description: 'x {{ ⟦a⟧ }} and {{ ⟦b⟧ }}'\n",
       {{"unknown-argument", "'a'", ""}, {"unknown-argument", "'b'", ""}}},

      {"schema: unknown keyword",
       GOOD "inputs_schema:\n  properties:\n    a: {⟦maximun⟧: 3}\n",
       {{"unknown-key", "no keyword", "'maximum'"}}},
      {"schema: unknown type",
       GOOD "inputs_schema: {type: ⟦objct⟧}\n",
       {{"bad-value", "'type'", "'object'"}}},
      {"schema: a keyword's type",
       GOOD "inputs_schema: {properties: {a: {minLength: ⟦x⟧}}}\n",
       {{"bad-value", "from 0", ""}}},
      {"schema: in a list",
       GOOD "inputs_schema: {anyOf: [{}, ⟦3⟧]}\n",
       {{"bad-value", "a schema is a mapping", ""}}},
      {"schema: a reference",
       GOOD "inputs_schema: {⟦$ref⟧: '#'}\n",
       {{"unknown-key", "not supported", "write the schema out"}}},
      {"schema: a regular expression",
       GOOD "inputs_schema: {properties: {a: {pattern: ⟦'('⟧}}}\n",
       {{"bad-value", "no regular expression", ""}}},
      {"schema: given twice",
       GOOD "inputs_schema: {type: object, ⟦type⟧: object}\n",
       {{"duplicate-key", "'type'", ""}}},
      {"schema: names twice",
       GOOD "inputs_schema: {required: ⟦[a, a]⟧}\n",
       {{"bad-value", "different names", ""}}},
      {"schema: two problems",
       GOOD "inputs_schema: {⟦x⟧: 1, minimum: ⟦a⟧}\n",
       {{"unknown-key", "", ""}, {"bad-value", "", ""}}},

      {"safety: retries",
       GOOD "safety_profile: {max_retries_per_step: ⟦101⟧}\n",
       {{"bad-value", "0 to 100", "largest allowed is 100"}}},
      {"safety: a budget of nothing",
       GOOD "safety_profile: {max_total_cost: ⟦0⟧}\n",
       {{"bad-value", "greater than 0", "no limit"}}},
      {"safety: a category that is a list",
       GOOD "safety_profile: {allowed_skill_categories: [⟦[a]⟧]}\n",
       {{"bad-value", "must be text", ""}}},
      {"safety: an empty category",
       GOOD "safety_profile: {allowed_skill_categories: [⟦''⟧]}\n",
       {{"bad-value", "an empty item", ""}}},
      {"profile: mistyped",
       GOOD "automation_profile: ⟦supervized⟧\n",
       {{"bad-value", "one of manual", "'supervised'"}}},
      {"profile: one's own without namespace",
       GOOD "automation_profile: ⟦careful⟧\n",
       {{"bad-value", "", "namespace"}}},
      {"an alias: said where it is used",
       "name: &n ⟦1a⟧\nstrategy_actor: s\nexecution_actor: ⟦*n⟧\n" DONE,
       {{"bad-name", "'1a'", ""}, {"bad-name", "'1a'", ""}}},
  };
  for (const ProblemCase& example : cases) {
    const ActionDocument document = parse_action(unmark(example.marked).text);
    check_problems(example, document);
    CHECK_FALSE(document.action.has_value());
  }
}

TEST_CASE("action file: every key that is missing is said, at the first line") {
  const ActionDocument document = parse_action("\ndescription: x\nreusable: true\n");
  std::string missing;
  for (const Problem& problem : document.problems) {
    CHECK(problem.code == "missing-key");
    CHECK(problem.range.first == Position{1, 0});
    CHECK(problem.range.last == Position{1, 14});
    missing += problem.message + "\n";
  }
  CHECK(missing ==
        "the key 'name' is missing\nthe key 'strategy_actor' is missing\n"
        "the key 'execution_actor' is missing\nthe key 'definition_of_done' is missing\n");
}

TEST_CASE("action file: a replacement stands exactly where the mistake is") {
  const std::string text =
      HEAD "definition_of_done: port {{ modul }}\narguments: [{name: module, type: string}]\n";
  const ActionDocument document = parse_action(text);
  REQUIRE(document.problems.size() == 1);
  std::string mended = text;
  const Problem& problem = document.problems[0];
  REQUIRE(problem.replacement);
  mended.replace(problem.range.begin, problem.range.end - problem.range.begin, *problem.replacement);
  CHECK(parse_action(mended).action.has_value());
}

TEST_CASE("action file: bounded, whatever stands in it") {
  CHECK(parse_action(std::string(2 << 20, '#')).problems.size() == 1);
  std::string deep = GOOD "inputs_schema: ";
  for (int i = 0; i < 5000; ++i) deep += "{not: ";
  CHECK_FALSE(parse_action(deep).action.has_value());
  // A chain of aliases nests deeper than the text does.
  std::string chain = GOOD "inputs_schema:\n  definitions:\n    a0: &a0 {not: {}}\n";
  for (int i = 1; i < 3000; ++i) {
    const std::string name = "a" + std::to_string(i), before = "a" + std::to_string(i - 1);
    chain += "    " + name + ": &" + name + " {not: *" + before + "}\n";
  }
  CHECK_FALSE(parse_action(chain).action.has_value());
  // A billion laughs.
  std::string laughs = GOOD "inputs_schema:\n  examples:\n    - &b0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += "    - &b" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) laughs += (j > 0 ? ", *b" : "*b") + std::to_string(i - 1);
    laughs += "]\n";
  }
  const ActionDocument bounded = parse_action(laughs);
  CHECK_FALSE(bounded.action.has_value());
  CHECK(bounded.problems.size() == 1);
  std::string many = GOOD "arguments:\n";
  for (int i = 0; i < 1001; ++i) many += "  - {name: a" + std::to_string(i) + ", type: string}\n";
  const ActionDocument crowded = parse_action(many);
  REQUIRE(crowded.problems.size() == 1);
  CHECK(crowded.problems[0].message == "more than 1000 arguments");
}

TEST_CASE("action file: locate says what a cursor stands on") {
  const std::string text(kFull);
  const ActionDocument document = parse_action(text);
  const auto at = [&](std::string_view word) { return locate(document, text.find(word)); };
  CHECK(text.substr(document.ranges.name->begin, 16) == "team/port-module");
  CHECK(at("strategy_actor").section == "action");
  CHECK(at("values:").section == "argument");
  CHECK(at("values:").entry == 1);
  CHECK(at("max_cost_per_plan").section == "safety");
  CHECK(at("non_overridable").section == "invariant");
  CHECK(at("properties:").section == "inputs_schema");
  CHECK(document.ranges.entries.size() == 7);
  CHECK(document.ranges.entries[2].name_text == "retries");
}
