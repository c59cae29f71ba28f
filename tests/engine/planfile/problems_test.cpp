// Each code of the plan-file family: where it stands, what it says, what it advises.
#include <doctest/doctest.h>

#include "engine/planfile/plan_document.h"
#include "tests/engine/planfile/problem_cases.h"

using namespace pland::engine;
using namespace pland::engine::planfile;

namespace {

void check_case(const ProblemCase& example) {
  const MarkedText marked = unmark(example.marked);
  const PlanDocument document = parse(marked.text);
  check_problems(example, document);
  CHECK_FALSE(document.spec.has_value());
}

// A good rest, so that a case shows one thing.
#define GOOD_SUBPLANS "subplans: [{name: a, run: x}]\n"

}  // namespace

TEST_CASE("planfile: every code at its exact place") {
  const std::vector<ProblemCase> cases{
      {"yaml-syntax: the rest of the line from the mark on",
       "plan: x\nsubplans:\n  - name: a⟦: b⟧\n",
       {{"yaml-syntax", "not valid YAML", ""}}},
      {"yaml-syntax: a tab as indentation",
       "plan: x\nsubplans:\n\t⟦- name: a⟧\n",
       {{"yaml-syntax", "", "spaces"}}},
      {"yaml-syntax: at the end of the file the last thing written",
       "plan: x\nsubplans: [a⟦,⟧",
       {{"yaml-syntax", "flow", ""}}},
      {"yaml-syntax: a quote that is never closed",
       "plan: x\ngoal: ⟦\"y⟧\n",
       {{"yaml-syntax", "never closed", "close"}}},
      {"yaml-syntax: a command that needs quotes",
       "plan: x\nsubplans:\n- {name: a}\n- name: b\n  run: echo \"a⟦: b\"⟧\n",
       {{"yaml-syntax", "", "': '"}}},
      {"yaml-syntax: two documents",
       "plan: x\n" GOOD_SUBPLANS "⟦---⟧\nplan: y\n",
       {{"yaml-syntax", "second", ""}}},
      {"yaml-syntax: an unknown alias", "plan: ⟦*nobody⟧\n" GOOD_SUBPLANS, {{"yaml-syntax", "anchor", ""}}},
      {"yaml-syntax: broken UTF-8", "plan: x\ngoal: a⟦\xC3(⟧\n", {{"yaml-syntax", "UTF-8", "encoding"}}},
      {"yaml-syntax: a control character", "plan: ⟦\x01y⟧\n", {{"yaml-syntax", "control", "escape"}}},
      {"yaml-syntax: a lone carriage return",
       "plan: ⟦x⟧\rgoal: y\n",
       {{"yaml-syntax", "carriage return", "LF"}}},

      {"unknown-key: nearest name",
       "plan: x\n⟦gaol⟧: y\n" GOOD_SUBPLANS,
       {{"unknown-key", "'gaol'", "'goal'"}}},
      {"unknown-key: nothing near",
       "plan: x\n⟦zzzzzz⟧: y\n" GOOD_SUBPLANS,
       {{"unknown-key", "", "known keys: plan"}}},
      {"unknown-key: in the defaults",
       "plan: x\nsubplan_defaults:\n  ⟦max-parallel⟧: 3\n" GOOD_SUBPLANS,
       {{"unknown-key", "", "'max_parallel'"}}},
      {"unknown-key: in a subplan",
       "plan: x\nsubplans:\n- name: a\n  ⟦rnu⟧: 1\n  run: x\n",
       {{"unknown-key", "", "'run'"}}},
      {"unknown-key: quoted", "plan: x\n⟦\"gaol\"⟧: y\n" GOOD_SUBPLANS, {{"unknown-key", "'gaol'", ""}}},
      {"unknown-key: a merge key",
       "plan: x\n⟦<<⟧: {goal: y}\n" GOOD_SUBPLANS,
       {{"unknown-key", "", "merge keys"}}},
      {"unknown-key: a key that is a mapping",
       "plan: x\n⟦{a: b}⟧: y\n" GOOD_SUBPLANS,
       {{"unknown-key", "", "quotes"}}},
      {"unknown-key: no key at all", "⟦:⟧ y\nplan: x\n" GOOD_SUBPLANS, {{"unknown-key", "no key", ""}}},
      {"unknown-key: reserved for later",
       "plan: x\nsubplans:\n- name: a\n  ⟦agent⟧: bob\n",
       {{"unknown-key", "not supported in this version", "`run`"}}},

      {"duplicate-key",
       "plan: x\ngoal: a\n⟦goal⟧: b\n" GOOD_SUBPLANS,
       {{"duplicate-key", "'goal'", "first"}}},
      {"duplicate-key: in the environment",
       "plan: x\nsubplans: [{name: a, run: x, env: {A: 1, ⟦A⟧: 2}}]\n",
       {{"duplicate-key", "'A'", ""}}},

      {"missing-key: plan", "⟦goal: y⟧\n" GOOD_SUBPLANS, {{"missing-key", "'plan'", "add `plan:`"}}},
      {"missing-key: subplans", "⟦plan: x⟧  \n", {{"missing-key", "'subplans'", ""}}},
      {"missing-key: name of a subplan shows its first line",
       "plan: x\nsubplans:\n  - ⟦goal: y⟧ \n    run: z\n",
       {{"missing-key", "'name'", ""}}},
      {"missing-key: flow style ends at the entry",
       "plan: x\nsubplans: [⟦{run: z}⟧, {name: a, run: b}]\n",
       {{"missing-key", "'name'", ""}}},

      {"unknown-subplan: the item",
       "plan: x\nsubplans:\n- {name: net, run: x}\n- {name: b, run: x, after: [net, ⟦nett⟧]}\n",
       {{"unknown-subplan", "'nett'", "'net'"}}},
      {"unknown-subplan: block style, quoted",
       "plan: x\nsubplans:\n- name: a\n  run: x\n  after:\n    - ⟦'q q'⟧ # who\n",
       {{"unknown-subplan", "'q q'", ""}}},

      {"dependency-cycle: each item that takes part, no other",
       "plan: x\nsubplans:\n- {name: a, run: x, after: [⟦c⟧, free]}\n- {name: b, run: x, after: [⟦a⟧]}\n"
       "- {name: c, run: x, after: [⟦b⟧]}\n- {name: free, run: x}\n- {name: late, run: x, after: [a]}\n",
       {{"dependency-cycle", "a -> c -> b -> a", "remove"},
        {"dependency-cycle", "b -> a -> c -> b", ""},
        {"dependency-cycle", "c -> b -> a -> c", ""}}},
      {"dependency-cycle: itself",
       "plan: x\nsubplans:\n- {name: a, run: x, after: [⟦a⟧]}\n",
       {{"dependency-cycle", "waits for itself", ""}}},
      {"dependency-cycle: a bridge between two cycles is not part of one",
       "plan: x\nsubplans:\n- {name: a, run: x, after: [⟦b⟧]}\n- {name: b, run: x, after: [⟦a⟧, c]}\n"
       "- {name: c, run: x, after: [⟦d⟧]}\n- {name: d, run: x, after: [⟦c⟧]}\n",
       {{"dependency-cycle", "a -> b -> a", ""},
        {"dependency-cycle", "b -> a -> b", ""},
        {"dependency-cycle", "c -> d -> c", ""},
        {"dependency-cycle", "d -> c -> d", ""}}},

      {"bad-name: a digit first",
       "plan: ⟦local/123-x⟧\n" GOOD_SUBPLANS,
       {{"bad-name", "must start with a letter", ""}}},
      {"bad-name: a digit first in the namespace",
       "plan: ⟦123abc/x⟧\n" GOOD_SUBPLANS,
       {{"bad-name", "must start with a letter", ""}}},
      {"bad-name: reserved namespace",
       "plan: ⟦system/x⟧\n" GOOD_SUBPLANS,
       {{"bad-name", "reserved; use another, such as 'local/x'", ""}}},
      {"bad-name: a subplan",
       "plan: x\nsubplans: [{name: ⟦a b⟧, run: x}]\n",
       {{"bad-name", "'a b'", "letters"}}},
      {"bad-name: an alias of a project",
       "plan: x\nprojects: {⟦0⟧: .}\n" GOOD_SUBPLANS,
       {{"bad-name", "alias '0'", ""}}},
      {"bad-name: a variable",
       "plan: x\nsubplans: [{name: a, run: x, env: {⟦A-B⟧: 1}}]\n",
       {{"bad-name", "'A-B'", "'_'"}}},

      {"duplicate-name",
       "plan: x\nsubplans:\n- {name: a, run: x}\n- {name: ⟦a⟧, run: x}\n",
       {{"duplicate-name", "'a'", ""}}},

      {"bad-value: out of range",
       "plan: x\nsubplan_defaults: {max_parallel: ⟦51⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "from 1 to 50, not '51'", "largest"}}},
      {"bad-value: below the range",
       "plan: x\nsubplan_defaults: {max_parallel: ⟦0⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "", "smallest"}}},
      {"bad-value: beyond every integer",
       "plan: x\nsubplan_defaults: {max_parallel: ⟦99999999999999999999⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "from 1 to 50", "largest"}}},
      {"bad-value: no integer",
       "plan: x\nsubplan_defaults: {max_retries: ⟦2.5⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "a whole number", ""}}},
      {"bad-value: a quoted integer",
       "plan: x\nsubplan_defaults: {max_retries: ⟦\"2\"⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "", "quotes"}}},
      {"bad-value: choice",
       "plan: x\nprofile: ⟦trustd⟧\n" GOOD_SUBPLANS,
       {{"bad-value", "one of manual, review, supervised, cautious, trusted, auto, ci, full-auto",
         "'trusted'"}}},
      {"bad-value: choice in the defaults",
       "plan: x\nsubplan_defaults: {merge: ⟦three_way⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "git_three_way, sequential_apply", ""}}},
      {"bad-value: boolean",
       "plan: x\nsubplan_defaults: {fail_fast: ⟦yes⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "true or false, not 'yes'", "write true"}}},
      {"bad-value: duration",
       "plan: x\nsubplan_defaults: {timeout: ⟦10 minutes⟧}\n" GOOD_SUBPLANS,
       {{"bad-value", "'10 minutes'", "units"}}},
      {"bad-value: no duration at all",
       "plan: x\nsubplans: [{name: a, run: x, timeout: ⟦0⟧}]\n",
       {{"bad-value", "longer than nothing", "leave"}}},
      {"bad-value: text where a list belongs",
       "plan: x\nsubplans: [{name: a, run: x, scope: ⟦src/**⟧}]\n",
       {{"bad-value", "a list of globs", "[src/**]"}}},
      {"bad-value: a list item that is no text",
       "plan: x\nsetup: [ok, ⟦{a: b}⟧]\n" GOOD_SUBPLANS,
       {{"bad-value", "an item of 'setup' must be text, not a mapping", "quotes"}}},
      {"unknown-key: in an invariant",
       "plan: x\ninvariants: [ok, {text: a, ⟦chek⟧: b}]\n" GOOD_SUBPLANS,
       {{"unknown-key", "'chek'", "check"}}},
      {"missing-key: an invariant without words",
       "plan: x\ninvariants: [⟦{check: b}⟧]\n" GOOD_SUBPLANS,
       {{"missing-key", "'text'", ""}}},
      {"missing-key: a repair without a command",
       "plan: x\nsubplans: [{name: a, run: x, ⟦repair⟧: {max_tries: 2}}]\n",
       {{"missing-key", "'run'", ""}}},
      {"two-works: subplans beside a command",
       "plan: x\nsubplans: [{name: a, run: x, ⟦subplans⟧: [{name: b, run: x}]}]\n",
       {{"two-works", "both `run` and `subplans`", "remove"}}},
      {"duplicate-name: below one entry",
       "plan: x\nsubplans: [{name: a, subplans: [{name: b, run: x}, {name: ⟦b⟧, run: x}]}, {name: b, run: "
       "x}]\n",
       {{"duplicate-name", "'b'", "own"}}},
      {"unknown-subplan: a name of another level",
       "plan: x\nsubplans: [{name: a, subplans: [{name: b, run: x, after: [⟦c⟧]}]}, {name: c, run: x}]\n",
       {{"unknown-subplan", "'c'", ""}}},
      {"path-escape: regenerate",
       "plan: x\nregenerate: {⟦../a.lock⟧: make}\n" GOOD_SUBPLANS,
       {{"path-escape", "", ""}}},
      {"bad-value: an empty list item shows its dash",
       "plan: x\nsetup:\n  - a\n  ⟦-⟧\n" GOOD_SUBPLANS,
       {{"bad-value", "not nothing", ""}}},
      {"bad-value: an empty item in brackets shows the comma",
       "plan: x\nsetup: [a⟦,⟧ , b]\n" GOOD_SUBPLANS,
       {{"bad-value", "not nothing", ""}}},
      {"bad-value: a mapping over lines, to its last byte",
       "plan: x\ngoal:\n  ⟦a: b\n  c: d⟧   # text\n" GOOD_SUBPLANS,
       {{"bad-value", "'goal' must be text", ""}}},
      {"bad-value: nothing written shows the key",
       "plan: x\n⟦goal⟧:\n" GOOD_SUBPLANS,
       {{"bad-value", "'goal'", "\"\""}}},
      {"bad-value: null written", "plan: x\ngoal: ⟦~⟧\n" GOOD_SUBPLANS, {{"bad-value", "'goal'", ""}}},
      {"bad-value: a blank command",
       "plan: x\nsubplans: [{name: a, run: ⟦\" \"⟧}]\n",
       {{"bad-value", "command", ""}}},
      {"bad-value: NUL in a text", "plan: x\ngoal: ⟦\"a\\0b\"⟧\n" GOOD_SUBPLANS, {{"bad-value", "NUL", ""}}},
      {"bad-value: a plan that is a list", "⟦- a⟧\n- b\n", {{"bad-value", "a mapping, not a list", "plan:"}}},
      {"bad-value: a plan that is a word", "⟦hello⟧\n", {{"bad-value", "a mapping, not text", ""}}},
      {"bad-value: a subplan that is a word",
       "plan: x\nsubplans: [⟦build⟧]\n",
       {{"bad-value", "a subplan is a mapping", ""}}},
      {"bad-value: subplans that are a mapping",
       "plan: x\nsubplans: ⟦{a: {run: x}}⟧\n",
       {{"bad-value", "a list of subplans", "- name"}}},

      {"missing-work: on the name",
       "plan: x\nsubplans:\n- name: ⟦a⟧\n  goal: y\n",
       {{"missing-work", "", "run"}}},
      {"missing-work: empty tools",
       "plan: x\nsubplans: [{name: a, tools: ⟦[]⟧}]\n",
       {{"missing-work", "`tools` is empty", ""}}},
      {"two-works: on the second",
       "plan: x\nsubplans: [{name: a, run: x, ⟦tools⟧: [builtin/list_files: {path: a}]}]\n",
       {{"two-works", "both", "remove"}}},

      {"path-escape: absolute",
       "plan: x\nsubplans: [{name: a, run: x, scope: [ok, ⟦/etc/**⟧]}]\n",
       {{"path-escape", "absolute", "relative"}}},
      {"path-escape: upwards",
       "plan: x\nsubplans: [{name: a, run: x, scope: [⟦src/../../b⟧]}]\n",
       {{"path-escape", "'..'", "inside"}}},
      {"path-escape: a tool",
       "plan: x\nsubplans: [{name: a, tools: [builtin/delete_file: {path: ⟦../b⟧}]}]\n",
       {{"path-escape", "'..'", ""}}},

      {"bad-tool: unknown",
       "plan: x\nsubplans: [{name: a, tools: [⟦builtin/writefile⟧: {path: b}]}]\n",
       {{"bad-tool", "'builtin/writefile'", "'builtin/write_file'"}}},
      {"bad-tool: an unknown argument",
       "plan: x\nsubplans: [{name: a, tools: [builtin/write_file: {path: b, ⟦contents⟧: c, content: d}]}]\n",
       {{"bad-tool", "takes no 'contents'", "'content'"}}},
      {"bad-tool: a missing argument, on the tool",
       "plan: x\nsubplans:\n- name: a\n  tools:\n  - ⟦builtin/write_file⟧: {path: b}\n",
       {{"bad-tool", "needs 'content'", "add"}}},
      {"bad-tool: an argument of the wrong type",
       "plan: x\nsubplans: [{name: a, tools: [builtin/list_files: {limit: ⟦many⟧}, builtin/search_files: "
       "{text: 1, "
       "ignore_case: ⟦maybe⟧}]}]\n",
       {{"bad-tool", "whole number", ""}, {"bad-tool", "true or false", ""}}},
      {"bad-tool: two tools in one item",
       "plan: x\nsubplans:\n- name: a\n  tools:\n  - builtin/list_files: {}\n    ⟦builtin/read_file⟧: {path: "
       "a}\n",
       {{"bad-tool", "second tool", "dash"}}},
      {"bad-tool: a word",
       "plan: x\nsubplans: [{name: a, tools: [⟦builtin/list_files⟧]}]\n",
       {{"bad-tool", "a mapping", ""}}},
      {"bad-tool: arguments that are text",
       "plan: x\nsubplans: [{name: a, tools: [builtin/read_file: ⟦a.txt⟧]}]\n",
       {{"bad-tool", "arguments", ""}}},

      {"empty-plan: nothing", "⟦⟧", {{"empty-plan", "no plan", "plan:"}}},
      {"empty-plan: comments", "⟦# nothing yet⟧\n\n", {{"empty-plan", "no plan", ""}}},
      {"empty-plan: no subplans", "plan: x\nsubplans: ⟦[]⟧\n", {{"empty-plan", "no subplans", "- name"}}},
      {"empty-plan: subplans not written yet", "plan: x\n⟦subplans⟧:\n", {{"empty-plan", "no subplans", ""}}},
  };
  for (const ProblemCase& example : cases) check_case(example);
}

TEST_CASE("planfile: ten different mistakes give ten problems at their places, with hints") {
  check_case({"ten mistakes, one file",
              "plan: ⟦local/1st⟧\n"
              "⟦gaol⟧: Größe prüfen\n"
              "profile: ⟦trustd⟧\n"
              "subplan_defaults: {max_parallel: ⟦99⟧, timeout: 10m}\n"
              "subplans:\n"
              "  - name: net\n"
              "    scope: [src/**, ⟦../secret⟧]\n"
              "    run: make\n"
              "    ⟦run⟧: make all\n"
              "  - name: docs\n"
              "    after: [⟦nett⟧]\n"
              "    tools:\n"
              "      - ⟦builtin/write_flie⟧: {path: a, content: b}\n"
              "  - name: ⟦net⟧\n"
              "    run: x\n"
              "  - name: ⟦idle⟧\n",
              {{"bad-name", "must start with a letter", "letters"},
               {"unknown-key", "'gaol'", "'goal'"},
               {"bad-value", "'trustd'", "'trusted'"},
               {"bad-value", "'99'", "largest"},
               {"path-escape", "'..'", "inside"},
               {"duplicate-key", "'run'", "first"},
               {"unknown-subplan", "'nett'", "'net'"},
               {"bad-tool", "'builtin/write_flie'", "'builtin/write_file'"},
               {"duplicate-name", "'net'", "own"},
               {"missing-work", "nothing to do", "run"}}});
}

TEST_CASE("planfile: a mended problem says what to write, in the quotes that stand there") {
  const auto replacement = [](std::string_view text) {
    const auto problems = parse(text).problems;
    REQUIRE(problems.size() == 1);
    return problems[0].replacement;
  };
  CHECK(replacement("plan: x\ngaol: y\n" GOOD_SUBPLANS) == "goal");
  CHECK(
      replacement("{\"plan\": \"x\", \"gaol\": \"y\", \"subplans\": [{\"name\": \"a\", \"run\": \"b\"}]}") ==
      "\"goal\"");
  CHECK(replacement("plan: x\nprofile: 'trustd'\n" GOOD_SUBPLANS) == "'trusted'");
  CHECK(replacement("plan: x\nsubplan_defaults: {fail_fast: no}\n" GOOD_SUBPLANS) == "false");
  CHECK(replacement("plan: x\nzzzzzz: y\n" GOOD_SUBPLANS) == std::nullopt);
  CHECK(replacement("goal: &p trustd\nplan: x\nprofile: *p\n" GOOD_SUBPLANS) == std::nullopt);
}

TEST_CASE("planfile: a second place explains duplicates") {
  const auto problems = parse("plan: x\nsubplans:\n- {name: a, run: x}\n- {name: a, run: x}\n").problems;
  REQUIRE(problems.size() == 1);
  REQUIRE(problems[0].related.size() == 1);
  CHECK(problems[0].related[0].range.first == Position{2, 9});
}

TEST_CASE("planfile: a name twice in one `after` is a warning, and the plan is still good") {
  const auto document = parse("plan: x\nsubplans: [{name: a, run: x}, {name: b, run: x, after: [a, a]}]\n");
  REQUIRE(document.problems.size() == 1);
  CHECK(document.problems[0].severity == Severity::warning);
  REQUIRE(document.spec);
  CHECK(document.spec->subplans[1].after == std::vector<std::string>{"a"});
}

TEST_CASE("planfile: beyond the limit problems are counted, not listed") {
  std::string text = "plan: x\n" GOOD_SUBPLANS;
  for (int i = 0; i < 300; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const auto problems = parse(text).problems;
  REQUIRE(problems.size() == 201);
  CHECK(problems.back().message == "and 100 more problems");
}
