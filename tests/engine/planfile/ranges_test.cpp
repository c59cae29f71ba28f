// Exact places in nasty but valid texts, and what a cursor stands on.
#include <doctest/doctest.h>

#include "engine/planfile/plan_document.h"
#include "tests/engine/planfile/marked_text.h"

using namespace pland::engine;
using namespace pland::engine::planfile;

namespace {

std::string cut(std::string_view text, const SourceRange& range) {
  return std::string(text.substr(range.begin, range.end - range.begin));
}

/// The written value of the first key with this name.
std::string value_of(std::string_view text, std::string_view key) {
  const PlanDocument document = parse(text);
  for (const KeyRange& range : document.ranges.keys) {
    if (range.key == key) return cut(text, range.value_range);
  }
  return "(no such key)";
}

constexpr std::string_view kRest = "\nsubplans: [{name: a, run: x}]\n";

std::string written_goal(std::string_view goal) {
  const std::string text = "plan: x\ngoal: " + std::string(goal) + std::string(kRest);
  INFO(text);
  const PlanDocument document = parse(text);
  CHECK(document.spec.has_value());
  return value_of(text, "goal");
}

}  // namespace

TEST_CASE("planfile ranges: scalars of every style end at their last byte") {
  CHECK(written_goal("plain text   # comment") == "plain text");
  CHECK(written_goal("a#b http://x:80/?q=1,2") == "a#b http://x:80/?q=1,2");
  CHECK(written_goal("several\n  lines of\n\n  text") == "several\n  lines of\n\n  text");
  CHECK(written_goal("'single ''quoted'' # no comment'  ") == "'single ''quoted'' # no comment'");
  CHECK(written_goal("\"double \\\" \\\\\" # c") == "\"double \\\" \\\\\"");
  CHECK(written_goal("\"over\n  lines\"") == "\"over\n  lines\"");
  CHECK(written_goal("''") == "''");
  CHECK(written_goal("Größe 日本語 😀  ") == "Größe 日本語 😀");
  CHECK(written_goal("|\n  one\n\n    two # text\n\n\n") == "|\n  one\n\n    two # text");
  CHECK(written_goal("|2-\n   one\n  two\n") == "|2-\n   one\n  two");
  CHECK(written_goal("> # comment one\n  one\n  # text\n# a real comment\n") ==
        "> # comment one\n  one\n  # text");
  CHECK(written_goal(">+\n  \n  one\n\n") == ">+\n  \n  one");
  CHECK(written_goal("|\n\n") == "|");
  CHECK(written_goal("&anchor text") == "text");
  CHECK(written_goal("!!str &anchor 'text'") == "'text'");
  CHECK(written_goal("&anchor # comment\n  text") == "text");
  CHECK(written_goal("!!str") == "!!str");
  CHECK(written_goal("-1") == "-1");
  CHECK(written_goal("?x") == "?x");
}

TEST_CASE("planfile ranges: line ends of Windows") {
  const std::string text =
      "plan: x\r\ngoal: |\r\n  one\r\n  two\r\nprofile: ⟦nope⟧\r\nsubplans:\r\n- name: a\r\n  run: x # c\r\n";
  const MarkedText marked = unmark(text);
  const PlanDocument document = parse(marked.text);
  REQUIRE(document.problems.size() == 1);
  CHECK(document.problems[0].range ==
        SourceRange{marked.extents[0].begin, marked.extents[0].end, {4, 9}, {4, 13}});
  CHECK(value_of(marked.text, "goal") == "|\r\n  one\r\n  two");
  CHECK(value_of(marked.text, "run") == "x");
}

TEST_CASE("planfile ranges: columns count bytes, also behind text of several bytes") {
  const PlanDocument document = parse("plan: x\nsubplans: [{name: a, env: {\"Ü😀\": 1}, run: x}]\n");
  REQUIRE(document.problems.size() == 1);
  CHECK(document.problems[0].range.first == Position{1, 27});
  CHECK(document.problems[0].range.last == Position{1, 35});
}

TEST_CASE("planfile ranges: a byte order mark moves everything by its three bytes") {
  const std::string text = "\xEF\xBB\xBFgaol: x\nplan: x\nsubplans: [{name: a, run: x}]\n";
  const PlanDocument document = parse(text);
  REQUIRE(document.problems.size() == 1);
  CHECK(document.problems[0].range == SourceRange{3, 7, {0, 3}, {0, 7}});
  CHECK(cut(text, *document.ranges.name) == "x");
  CHECK(document.ranges.name->first == Position{1, 6});
}

TEST_CASE("planfile ranges: flow collections, also over lines, with tabs and trailing commas") {
  const std::string text =
      "{\n\t\"plan\": \"x\",\n\t\"setup\": [\"a\" , # ] }\n\t\tb\t, ],\n\t\"projects\": {\"p\": \".\",},\n"
      "\t\"subplans\": [ { \"name\":\"a\",\"run\":\"x\" } ] }";
  const PlanDocument document = parse(text);
  for (const Problem& problem : document.problems) MESSAGE(problem.message);
  REQUIRE(document.spec.has_value());
  CHECK(value_of(text, "setup") == "[\"a\" , # ] }\n\t\tb\t, ]");
  CHECK(value_of(text, "projects") == "{\"p\": \".\",}");
  CHECK(value_of(text, "subplans") == "[ { \"name\":\"a\",\"run\":\"x\" } ]");
  CHECK(cut(text, document.ranges.entries[0].entry) == "{ \"name\":\"a\",\"run\":\"x\" }");
  CHECK(cut(text, *document.ranges.entries[0].name) == "\"a\"");
}

TEST_CASE("planfile ranges: JSON, with characters beyond the basic plane written as two escapes") {
  const std::string text =
      R"({"plan":"x","goal":"\ud83d\ude00 \/ \u00e9","done":"a\nb","profile":"nope","subplans":[{"name":"a","run":"x"}]})";
  PlanDocument document = parse(text);
  REQUIRE(document.problems.size() == 1);
  CHECK(cut(text, document.problems[0].range) == "\"nope\"");
  std::string good = text;
  good.replace(good.find("nope"), 4, "ci");
  document = parse(good);
  REQUIRE(document.spec.has_value());
  CHECK(document.spec->goal == "😀 / é");
  CHECK(document.spec->done == "a\nb");
}

TEST_CASE("planfile: what looks like a surrogate pair outside double quotes stays as it is") {
  const PlanDocument document = parse(
      "plan: x\ngoal: '\\ud83d\\ude00'\ndone: \\uD83D\\uDE00 plain\nsubplans: [{name: a, run: "
      "\"\\ud83d\\ude00\"}]");
  REQUIRE(document.spec.has_value());
  CHECK(document.spec->goal == "\\ud83d\\ude00");
  CHECK(document.spec->done == "\\uD83D\\uDE00 plain");
  CHECK(document.spec->subplans[0].run == "😀");
  CHECK(parse("plan: \"\\ud83d\"\n").problems.at(0).code == "yaml-syntax");
}

TEST_CASE("planfile ranges: an alias is wrong where it is used, its anchor only where it stands") {
  const MarkedText marked = unmark(
      "plan: x\ngoal: &g half an hour\nsubplans:\n  - &first {name: a, run: x, timeout: 5m}\n"
      "  - name: b\n    run: &cmd make\n    timeout: ⟦*g⟧\n  - {name: c, run: *cmd}\n  - ⟦*first⟧\n");
  const PlanDocument document = parse(marked.text);
  REQUIRE(document.problems.size() == 2);
  CHECK(document.problems[0].code == "bad-value");
  CHECK(document.problems[0].range.begin == marked.extents[0].begin);
  CHECK(document.problems[0].range.end == marked.extents[0].end);
  CHECK(document.problems[1].code == "duplicate-name");
  CHECK(document.problems[1].range.begin == marked.extents[1].begin);
  CHECK(document.problems[1].range.end == marked.extents[1].end);
  REQUIRE(document.ranges.entries.size() == 4);
  CHECK(cut(marked.text, document.ranges.entries[3].entry) == "*first");
  CHECK(document.ranges.entries[3].name_text == "a");
}

TEST_CASE("planfile: anchors and aliases carry their values") {
  const PlanDocument document = parse(
      "plan: x\nsubplans:\n- {name: a, run: &c make, env: &e {A: 1}}\n- {name: b, run: *c, env: *e, after: "
      "&l [a]}\n"
      "- {name: c, run: *c, after: *l}\n");
  for (const Problem& problem : document.problems) MESSAGE(problem.message);
  REQUIRE(document.spec.has_value());
  CHECK(document.spec->subplans[1].run == "make");
  CHECK(document.spec->subplans[1].environment == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(document.spec->subplans[2].after == std::vector<std::string>{"a"});
}

TEST_CASE("planfile: words that YAML types otherwise are still text where text is wanted") {
  const PlanDocument document =
      parse("plan: x\ngoal: 2024\ndone: no\nsubplans: [{name: a, run: true, env: {N: 007}}]\n");
  REQUIRE(document.spec.has_value());
  CHECK(document.spec->goal == "2024");
  CHECK(document.spec->done == "no");
  CHECK(document.spec->subplans[0].run == "true");
  CHECK(document.spec->subplans[0].environment.at("N") == "007");
}

TEST_CASE("planfile: a key called null, an absent value before it, absent values at the end") {
  const MarkedText marked =
      unmark("plan: x\n⟦goal⟧:\n⟦null⟧: 3\nsubplans:\n- name: a\n  run: x\n  check: ⟦null⟧\n  env:");
  const PlanDocument document = parse(marked.text);
  REQUIRE(document.problems.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(document.problems[i].range.begin == marked.extents[i].begin);
    CHECK(document.problems[i].range.end == marked.extents[i].end);
  }
}

TEST_CASE("planfile ranges: entries, names and `after` items") {
  const std::string text =
      "plan: local/x\nsubplans:\n  # first\n  - name: net\n    run: |\n      make\n      true\n\n\n  -   "
      "name: 'docs'\n"
      "      after:\n        - net   # why\n      run: x\n";
  const PlanDocument document = parse(text);
  REQUIRE(document.spec.has_value());
  CHECK(cut(text, *document.ranges.name) == "local/x");
  REQUIRE(document.ranges.entries.size() == 2);
  const EntryRanges& net = document.ranges.entries[0];
  const EntryRanges& docs = document.ranges.entries[1];
  CHECK(cut(text, net.entry) == "name: net\n    run: |\n      make\n      true");
  CHECK(net.entry.first == Position{3, 4});
  CHECK(cut(text, docs.entry) == "name: 'docs'\n      after:\n        - net   # why\n      run: x");
  CHECK(cut(text, *docs.name) == "'docs'");
  CHECK(docs.name_text == "docs");
  const Location item = locate(document, text.find("net   # why"));
  CHECK(item.entry == 1);
  CHECK(item.key == "after");
  REQUIRE(item.range);
  CHECK(cut(text, *item.range) == "net");
  CHECK(find_subplan(document, "docs") == 1);
  CHECK(find_subplan(document, "nobody") == std::nullopt);
  CHECK(find_subplan(document, "") == std::nullopt);
}

TEST_CASE("planfile ranges: what stands before a syntax error is still found") {
  const PlanDocument document = parse("plan: x\nsubplans:\n- name: a\n  run: x\n- name: \"b\n");
  REQUIRE(document.problems.size() == 1);
  CHECK(document.problems[0].code == "yaml-syntax");
  REQUIRE(document.ranges.entries.size() == 2);
  CHECK(document.ranges.entries[0].name_text == "a");
}

TEST_CASE("planfile: locate says what a cursor stands on") {
  const std::string text =
      "plan: local/x\n\nsubplan_defaults: {mode: parallel}\nsubplans:\n  - name: net\n    run: make # all\n"
      "  - name: docs\n    after: [net , other]\n    env: {CC: gcc}\n    tools:\n      - builtin/read_file: "
      "{path: a.txt}\n";
  const PlanDocument document = parse(text);
  const auto at = [&](std::string_view word, std::size_t skip = 0) {
    const std::size_t offset = text.find(word);
    REQUIRE(offset != std::string::npos);
    return locate(document, offset + skip);
  };
  const auto check = [&](const Location& found, Part part, std::optional<std::size_t> subplan,
                         std::string_view section, std::string_view key, std::string_view shown) {
    CHECK(found.part == part);
    CHECK(found.entry == subplan);
    CHECK(found.section == section);
    CHECK(found.key == key);
    CHECK((found.range ? cut(text, *found.range) : "") == shown);
  };
  check(at("plan:", 2), Part::key, std::nullopt, "plan", "plan", "plan");
  check(at("local/x"), Part::value, std::nullopt, "plan", "plan", "local/x");
  check(at("local/x", 7), Part::value, std::nullopt, "plan", "plan", "local/x");
  check(at("\n\n", 1), Part::nothing, std::nullopt, "", "", "");
  check(at("parallel"), Part::value, std::nullopt, "subplan_defaults", "mode", "parallel");
  check(at("net"), Part::value, 0, "subplan", "name", "net");
  CHECK(at("net").text == "net");
  check(at("run: make"), Part::key, 0, "subplan", "run", "run");
  check(at("# all", 3), Part::nothing, std::nullopt, "plan", "subplans", "");
  check(at("[net ", 1), Part::item, 1, "subplan", "after", "net");
  check(at("other]"), Part::item, 1, "subplan", "after", "other");
  CHECK(at("other]").text == "other");
  check(at(" , other", 1), Part::nothing, 1, "subplan", "after", "");
  check(at("CC: "), Part::key, 1, "env", "CC", "CC");
  check(at("builtin/"), Part::key, 1, "tools", "builtin/read_file", "builtin/read_file");
  check(at("a.txt"), Part::value, 1, "arguments", "path", "a.txt");
  check(locate(document, 1'000'000), Part::nothing, std::nullopt, "", "", "");
}
