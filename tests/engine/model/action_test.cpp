// Actions as values: what is stored comes back, arguments are typed, texts are rendered.
#include "engine/model/action.h"

#include <doctest/doctest.h>

#include "engine/model/action_arguments.h"
#include "engine/model/text_template.h"

using namespace pland::engine;
using nlohmann::json;

namespace {

ActionArgument argument(std::string name, ArgumentType type) {
  ActionArgument result;
  result.name = std::move(name);
  result.type = type;
  return result;
}

/// One argument of each type; `module` is required, `level` and `retries` have defaults.
Action typed_action() {
  Action action;
  action.name = "local/port-module";
  action.description = "Port {{ module }}";
  action.long_description =
      "Port {{module}} at {{ level }}, {{ retries }} tries, {{ ratio }}, {{ fast }}, {{ files }}";
  action.definition_of_done = "- {{ module }} builds";
  action.arguments = {argument("module", ArgumentType::string), argument("retries", ArgumentType::integer),
                      argument("ratio", ArgumentType::number),  argument("fast", ArgumentType::boolean),
                      argument("files", ArgumentType::list),    argument("level", ArgumentType::choice)};
  action.arguments[0].required = true;
  action.arguments[0].description = "the folder to port";
  action.arguments[1].fallback = 3;
  action.arguments[5].values = {"debug", "release"};
  action.arguments[5].fallback = "debug";
  return action;
}

std::string message(const Result<BoundArguments>& bound) {
  return bound.ok() ? "" : bound.error().message;
}

}  // namespace

TEST_CASE("action: every field survives being stored (#4037, #4039)") {
  Action action = typed_action();
  action.strategy_actor = "local/strategist";
  action.execution_actor = "local/worker";
  action.estimation_actor = "local/estimator";
  action.review_actor = "local/reviewer";
  action.apply_actor = "local/applier";
  action.invariant_actor = "local/guardian";
  action.repair_actor = "local/mender";
  action.invariants = {{"public headers keep their signatures", "make headers", true},
                       {"no new warnings", "", false}};
  action.automation_profile = "team/careful";
  action.safety_profile.emplace().max_total_cost = 4.5;
  action.reusable = false;
  action.read_only = true;
  action.state = ActionState::archived;
  action.inputs_schema = {{"required", {"module"}}};
  const json stored = action;
  CHECK(json::parse(stored.dump()).get<Action>() == action);
  CHECK(stored.size() == 19);
  for (const auto& [key, value] : stored.items()) {
    CAPTURE(key);
    json without = stored;
    without.erase(key);
    CHECK_THROWS_AS(without.get<Action>(), json::exception);
  }
  json damaged = stored;
  damaged["state"] = "gone";
  CHECK_THROWS_AS(damaged.get<Action>(), json::exception);
  CHECK(json(Action()).get<Action>() == Action());
}

TEST_CASE("action: arguments are bound in declared order, with their types and defaults") {
  const Action action = typed_action();
  const auto bound = bind_arguments(action, {{"level", "release"},
                                             {"module", "net"},
                                             {"ratio", 2},
                                             {"retries", 4.0},
                                             {"fast", true},
                                             {"files", {"a", "b"}}});
  REQUIRE_MESSAGE(bound.ok(), message(bound));
  CHECK(bound->order() == std::vector<std::string>{"module", "retries", "ratio", "fast", "files", "level"});
  CHECK(bound->values[1].second.is_number_integer());
  CHECK(bound->object() == json{{"module", "net"},
                                {"retries", 4},
                                {"ratio", 2},
                                {"fast", true},
                                {"files", {"a", "b"}},
                                {"level", "release"}});
  const auto few = bind_arguments(action, {{"module", "net"}, {"fast", nullptr}});
  REQUIRE(few.ok());
  CHECK(few->object() == json{{"module", "net"}, {"retries", 3}, {"level", "debug"}});
  CHECK(few->values.size() == 6);
}

TEST_CASE("action: all problems of the arguments at once") {
  const auto bound = bind_arguments(typed_action(), {{"modul", "net"},
                                                     {"retries", "3"},
                                                     {"ratio", true},
                                                     {"fast", "yes"},
                                                     {"files", {1}},
                                                     {"level", "relaese"},
                                                     {"zzzzzz", 1}});
  REQUIRE_FALSE(bound.ok());
  CHECK(bound.error().code == ErrorCode::invalid_argument);
  const json expected = json::array(
      {{{"argument", "modul"},
        {"message", "there is no argument 'modul'"},
        {"hint", "did you mean 'module'?"}},
       {{"argument", "zzzzzz"},
        {"message", "there is no argument 'zzzzzz'"},
        {"hint", "it takes: module, retries, ratio, fast, files, level"}},
       {{"argument", "module"}, {"message", "'module' is missing: text"}, {"hint", "the folder to port"}},
       {{"argument", "retries"}, {"message", "'retries' must be a whole number, not '3'"}, {"hint", ""}},
       {{"argument", "ratio"}, {"message", "'ratio' must be a number, not 'true'"}, {"hint", ""}},
       {{"argument", "fast"}, {"message", "'fast' must be true or false, not 'yes'"}, {"hint", ""}},
       {{"argument", "files"}, {"message", "'files' must be a list of texts, not '[1]'"}, {"hint", ""}},
       {{"argument", "level"},
        {"message", "'level' must be one of debug, release, not 'relaese'"},
        {"hint", "did you mean 'release'?"}}});
  CHECK(bound.error().context["problems"] == expected);
  CHECK(bound.error().message.find("arguments of 'local/port-module': there is no argument 'modul'") == 0);
}

TEST_CASE("action: what is no such value") {
  struct Case {
    ArgumentType type;
    json value;
    bool good;
  };
  const std::vector<Case> cases{
      {ArgumentType::string, "", true},
      {ArgumentType::string, 1, false},
      {ArgumentType::integer, -1, true},
      {ArgumentType::integer, 1.5, false},
      {ArgumentType::integer, 1e300, false},
      {ArgumentType::integer, true, false},
      {ArgumentType::integer, 18446744073709551615ULL, false},
      {ArgumentType::number, 1, true},
      {ArgumentType::number, 1.5, true},
      {ArgumentType::number, "1", false},
      {ArgumentType::boolean, false, true},
      {ArgumentType::boolean, 0, false},
      {ArgumentType::list, json::array(), true},
      {ArgumentType::list, "a", false},
      {ArgumentType::list, json::object(), false},
      {ArgumentType::choice, "a", false},
  };
  for (const Case& example : cases) {
    CAPTURE(example.value.dump());
    CHECK(typed_value(argument("x", example.type), example.value).has_value() == example.good);
  }
  CHECK_FALSE(bind_arguments(typed_action(), json::array()).ok());
  CHECK_FALSE(bind_arguments(typed_action(), "x").ok());
  CHECK_FALSE(bind_arguments(typed_action(), nullptr).ok());  // module is required
  CHECK(bind_arguments(Action(), nullptr).ok());
}

TEST_CASE("action: texts of a command line become what the types want") {
  const json given = arguments_from_text(typed_action(), {{"module", "3"},
                                                          {"retries", "-7"},
                                                          {"ratio", "1.5"},
                                                          {"fast", "true"},
                                                          {"files", "a,b"},
                                                          {"level", "debug"},
                                                          {"other", "x"}});
  CHECK(given == json{{"module", "3"},
                      {"retries", -7},
                      {"ratio", 1.5},
                      {"fast", true},
                      {"files", {"a", "b"}},
                      {"level", "debug"},
                      {"other", "x"}});
  const json wrong = arguments_from_text(
      typed_action(), {{"retries", "7x"}, {"ratio", "nan"}, {"fast", "yes"}, {"files", ""}});
  CHECK(wrong == json{{"retries", "7x"}, {"ratio", "nan"}, {"fast", "yes"}, {"files", json::array()}});
}

TEST_CASE("action: inputs_schema is enforced on the bound arguments (#4039)") {
  Action action = typed_action();
  action.inputs_schema =
      json::parse(R"({"properties": {"retries": {"maximum": 5}, "module": {"pattern": "^[a-z]+$"},
                                         "files": {"items": {"minLength": 2}}}, "required": ["files"]})");
  CHECK(bind_arguments(action, {{"module", "net"}, {"files", {"ab"}}}).ok());
  CHECK(message(bind_arguments(action, {{"module", "net"}})).find("files") != std::string::npos);
  const auto wrong = bind_arguments(action, {{"module", "Net"}, {"retries", 6}, {"files", {"ab", "c"}}});
  REQUIRE_FALSE(wrong.ok());
  std::vector<std::string> named;
  for (const json& problem : wrong.error().context["problems"]) named.push_back(problem["argument"]);
  CAPTURE(wrong.error().message);
  for (const char* name : {"module", "retries", "files"}) {
    CHECK(std::find(named.begin(), named.end(), name) != named.end());
  }
  // A default is held against the schema too.
  action.arguments[1].fallback = 9;
  CHECK_FALSE(bind_arguments(action, {{"module", "net"}, {"files", {"ab"}}}).ok());
  // Long texts are not given to a regular expression.
  CHECK(message(bind_arguments(action, {{"module", std::string(100'000, 'a')}, {"files", {"ab"}}}))
            .find("longer than") != std::string::npos);
}

TEST_CASE("action: texts are rendered with the arguments (#233)") {
  const Action action = typed_action();
  const auto bound = bind_arguments(action, {{"module", "net"}, {"ratio", 0.5}, {"files", {"a", "b"}}});
  REQUIRE(bound.ok());
  const auto rendered = render(action, *bound);
  REQUIRE(rendered.ok());
  CHECK(rendered->description == "Port net");
  CHECK(rendered->long_description == "Port net at debug, 3 tries, 0.5, , a, b");
  CHECK(rendered->definition_of_done == "- net builds");
  Action typo = action;
  typo.definition_of_done = "{{ modul }}";
  const auto refused = render(typo, *bound);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message ==
        "definition_of_done: there is no argument 'modul'; did you mean 'module'?");
  // What an argument holds is not rendered again.
  const auto sly = bind_arguments(action, {{"module", "{{ level }}"}});
  CHECK(render(action, *sly)->description == "Port {{ level }}");
}

TEST_CASE("template: placeholders and literal braces") {
  const std::vector<std::pair<std::string, std::string>> values{{"a", "1"}, {"long-name_2", "2"}};
  const auto rendered = [&](std::string_view text) { return render(text, values); };
  CHECK(rendered("").value() == "");
  CHECK(rendered("{{a}}{{ a }}{{\ta}}").value() == "111");
  CHECK(rendered("{{ long-name_2 }}").value() == "2");
  CHECK(rendered("{a} } }} { \\ \\{a").value() == "{a} } }} { \\ \\{a");
  CHECK(rendered("\\{{ a }}").value() == "{{ a }}");
  CHECK(rendered("\\\\{{ a }}").value() == "\\1");
  CHECK(rendered("x\\{{\\{{{{a}}").value() == "x{{{{1");
  for (const std::string_view bad : {"{{", "{{ a", "{{}}", "{{ a b }}", "{{ 1a }}", "{{{a}}}", "{{\na}}"}) {
    CAPTURE(bad);
    const auto refused = rendered(bad);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().context["offset"] == 0);
  }
  CHECK(rendered("ab {{ b }}").error().context["offset"] == 3);
  CHECK(render("{{ a }}", {}).error().message == "there is no argument 'a'; there are no arguments");
  const auto found = find_placeholders("{{ a }} \\{{ b }} {{c}}");
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);
  CHECK((*found)[1].name == "c");
  CHECK((*found)[1].begin == 17);
  CHECK((*found)[1].end == 22);
}
