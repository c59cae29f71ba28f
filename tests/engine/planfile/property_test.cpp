// Whatever the text: no crash, no hang, and every range inside it.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <chrono>

#include "engine/planfile/plan_document.h"

using namespace pland::engine::planfile;

namespace {

constexpr std::string_view kGood =
    "plan: local/x # c\ngoal: &g \"Größe \\ud83d\\ude00\"\ndone: |\n  - a\n\n  - b 日本\nprofile: 'ci'\n"
    "invariants: [a, \"b, c\", *g]\nprojects: {core: ., api: ../api}\n"
    "subplan_defaults: {mode: parallel, max_parallel: 4, timeout: 10m, retry_failed: true}\r\nsetup:\n- cp a "
    "b\n- >-\n  x\n  y\n"
    "subplans:\n  - name: net\n    scope: [src/net/**]\n    run: a: 'b\n    env: {A: 1, \"B\": ~}\n"
    "  - name: docs\n    after: [net]\n    tools:\n      - builtin/write_file: {path: docs/l.md, content: "
    "\"...\"}\n";

bool inside(const SourceRange& range, std::string_view text) {
  const LineIndex lines(text);
  return range.begin <= range.end && range.end <= text.size() && range.first == lines.position(range.begin) &&
         range.last == lines.position(range.end);
}

/// The first promise that `parse` breaks for this text; empty when it keeps all.
std::string broken_promise(std::string_view text) {
  const PlanDocument document = parse(text);
  bool errors = false;
  for (const Problem& problem : document.problems) {
    errors = errors || problem.severity == Severity::error;
    if (!inside(problem.range, text)) return "a problem outside the text: " + problem.message;
    if (problem.code.empty() || problem.message.empty()) return "a problem without words";
    if (problem.message.find('\n') != std::string::npos)
      return "a message of several lines: " + problem.message;
    for (const RelatedPlace& place : problem.related) {
      if (!inside(place.range, text)) return "a related place outside the text: " + problem.message;
    }
    const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (problem.range.begin == problem.range.end && !blank) return "an empty range: " + problem.message;
  }
  if (document.spec.has_value() == errors) return "a specification exactly when there is no error";
  for (const EntryRanges& subplan : document.ranges.entries) {
    if (!inside(subplan.entry, text) || (subplan.name && !inside(*subplan.name, text)))
      return "an entry outside";
  }
  for (const KeyRange& key : document.ranges.keys) {
    if (!inside(key.key_range, text) || !inside(key.value_range, text)) return "a key outside: " + key.key;
    for (const SourceRange& range : key.items) {
      if (!inside(range, text)) return "an item outside: " + key.key;
    }
    if (key.items.size() != key.item_texts.size()) return "items without texts: " + key.key;
  }
  if (document.spec && document.spec->subplans.size() != document.ranges.entries.size())
    return "entries without range";
  const auto location = locate(document, text.size() / 2);
  if (location.range && !inside(*location.range, text)) return "a location outside";
  return "";
}

std::string good_text() {
  std::string text(kGood);
  text.replace(text.find("a: 'b"), 5, "make");
  text.replace(text.find("\"B\": ~"), 6, "B: \"2\"");
  return text;
}

}  // namespace

TEST_CASE("planfile property: the text the mutations start from is good") {
  const PlanDocument document = parse(good_text());
  for (const Problem& problem : document.problems) MESSAGE(problem.message);
  CHECK(document.spec.has_value());
}

TEST_CASE("planfile property: every truncation keeps the promises") {
  const std::string text = good_text();
  for (std::size_t length = 0; length <= text.size(); ++length) {
    CAPTURE(length);
    CHECK(broken_promise(std::string_view(text).substr(0, length)) == "");
  }
}

TEST_CASE("planfile property: random mutations keep the promises") {
  static const std::string kBytes = " \t\n\r:-?#&*!|>'\"%@`{}[],abz019~\\/\xC3\xA4\xF0\xFF\x01";
  const bool held = rc::check("mutations", [] {
    std::string text = good_text();
    const int count = *rc::gen::inRange(1, 8);
    for (int i = 0; i < count; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const auto length = std::min(*rc::gen::inRange<std::size_t>(0, 20), text.size() - at);
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, 1, *rc::gen::elementOf(kBytes));
          break;
        case 2:
          text.insert(at, std::string(text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), length)));
          break;
        default:
          text[at] = *rc::gen::elementOf(kBytes);
      }
      if (text.empty()) text = "a";
    }
    const std::string broken = broken_promise(text);
    if (!broken.empty()) RC_FAIL(broken);
  });
  CHECK(held);
}

TEST_CASE("planfile property: random text of YAML's own characters keeps the promises") {
  const bool held = rc::check("noise", [] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string(" \n\t:-?#&*!|>'\"{}[],ab1~")));
    const std::string broken = broken_promise(text);
    if (!broken.empty()) RC_FAIL(broken);
  });
  CHECK(held);
}

TEST_CASE("planfile: hostile texts are refused in time") {
  const auto repeated = [](std::string_view part, std::size_t bytes) {
    std::string text;
    while (text.size() + part.size() < bytes) text += part;
    return text;
  };
  constexpr std::size_t kSize = 1 << 18;
  std::string bomb = "plan: x\ngoal: y\ndone: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  bomb += "subplans: *a39\n";
  std::string long_cycle = "plan: x\nsubplans:\n";
  for (int i = 0; i < 1000; ++i) {
    long_cycle +=
        "- {name: s" + std::to_string(i) + ", run: x, after: [s" + std::to_string((i + 1) % 1000) + "]}\n";
  }
  std::string aliased = "plan: x\nsubplans:\n- &s {name: a, run: x, scope: [" + repeated("a, ", 50'000) +
                        "b]}\n" + repeated("- *s\n", 100'000);
  for (const std::string& text : std::vector<std::string>{
           repeated("[", kSize), repeated("{a: ", kSize), repeated("- ", kSize), repeated("? ", kSize),
           repeated("!a ", kSize), repeated("&a ", kSize), "a: [" + repeated("x, ", kSize),
           repeated("[a, ", kSize), "plan: \"" + repeated("\\\n", kSize), repeated("unknown: 1\n", kSize),
           repeated("a:\n ", kSize), "plan: x\nsetup: &r [*r]\nsubplans: &s [*s]\n", bomb, long_cycle,
           aliased, repeated("k", 2 << 20)}) {
    CAPTURE(text.substr(0, 60));
    const auto begin = std::chrono::steady_clock::now();
    const PlanDocument document = parse(text);
    CHECK_FALSE(document.spec.has_value());
    CHECK_FALSE(document.problems.empty());
    CHECK(document.problems.size() <= 201);
    // Far above what any of them takes; a quadratic or exponential step takes hours.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  }
}
