#include "engine/merge/fold.h"

#include <doctest/doctest.h>

#include <random>

#include "engine/merge/resolution.h"
#include "engine/merge/tree_merge.h"
#include "tests/engine/merge/trees.h"

using namespace pland::engine;
using namespace pland::engine::merge;
using namespace pland::test;

namespace {

std::string lines(std::vector<std::string> each) {
  std::string text;
  for (const auto& line : each) text += line + "\n";
  return text;
}

/// Ten lines, with some of them replaced.
std::string ten(const std::map<int, std::string>& replaced = {}) {
  std::vector<std::string> each;
  for (int i = 0; i < 10; ++i)
    each.push_back(replaced.contains(i) ? replaced.at(i) : "line " + std::to_string(i));
  return lines(each);
}

struct Plan {
  TreeStore store;
  git::Oid start;
  std::vector<FoldStep> steps;

  explicit Plan(const Files& files) : start(store.write(files)) {}
  void step(const std::string& name, const Files& result) {
    steps.push_back({"id-" + name, name, start, store.write(result)});
  }
  Fold fold(const std::vector<Conflict>& recorded = {}, FoldOptions options = {}) {
    return must(merge::fold(store.repository(), start, steps, recorded, options));
  }
  Files files(const Fold& folded) { return store.read(folded.tree); }
};

/// What a caller does with new conflicts.
std::vector<Conflict> with_ids(std::vector<Conflict> conflicts) {
  for (std::size_t i = 0; i < conflicts.size(); ++i) {
    if (conflicts[i].conflict_id.empty()) conflicts[i].conflict_id = "conflict-" + std::to_string(i);
    conflicts[i].plan_id = "plan";
  }
  return conflicts;
}

}  // namespace

TEST_CASE("fold: no steps, the start") {
  Plan plan(Files{{"f", "a\n"}});
  CHECK(plan.fold().tree == plan.start);
}

TEST_CASE("fold: independent results are all in the tree") {
  Plan plan(Files{{"f", ten()}, {"d/a", "a\n"}});
  plan.step("one", {{"f", ten({{0, "one"}})}, {"d/a", "a\n"}});
  plan.step("two", {{"f", ten()}, {"d/a", "two\n"}, {"d/new", "n\n"}});
  plan.step("three", {{"f", ten()}, {"d/a", "a\n"}, {"e", link_to("f")}});
  const Fold folded = plan.fold();
  CHECK(folded.conflicts.empty());
  CHECK(plan.files(folded) ==
        Files{{"f", ten({{0, "one"}})}, {"d/a", "two\n"}, {"d/new", "n\n"}, {"e", link_to("f")}});
  CHECK(folded.authors.at("d/new") == std::vector<std::string>{"two"});
}

TEST_CASE("fold: results that meet are merged in their order, and know who wrote ours") {
  Plan plan(Files{{"f", ten()}, {"g", "g\n"}});
  plan.step("one", {{"f", ten({{0, "one"}})}, {"g", "g\n"}});
  plan.step("two", {{"f", ten({{9, "two"}})}, {"g", "g\n"}});
  plan.step("other", {{"f", ten()}, {"g", "other\n"}});
  plan.step("three", {{"f", ten({{9, "three"}})}, {"g", "g\n"}});
  const Fold folded = plan.fold();
  REQUIRE(folded.conflicts.size() == 1);
  const Conflict& conflict = folded.conflicts[0];
  CHECK(conflict.conflict_id.empty());
  CHECK(conflict.subplan_id == "id-three");
  CHECK(conflict.ours_authors == std::vector<std::string>{"one", "two"});
  REQUIRE(conflict.hunks.size() == 1);
  CHECK(conflict.hunks[0].ours_text == "two\n");
  CHECK(plan.files(folded) == Files{{"f", ten({{0, "one"}, {9, "two"}})}, {"g", "other\n"}});
}

TEST_CASE("fold: the same steps and resolutions give the same answer") {
  Plan plan(Files{{"f", ten()}});
  plan.step("one", {{"f", ten({{4, "one"}})}});
  plan.step("two", {{"f", ten({{4, "two"}})}});
  auto recorded = with_ids(plan.fold().conflicts);
  recorded[0].hunks[0].resolution = Resolution::both;
  const Fold first = plan.fold(recorded), second = plan.fold(with_ids(first.conflicts));
  CHECK(first.tree == second.tree);
  CHECK(second.conflicts[0].conflict_id == "conflict-0");
  CHECK(second.conflicts[0].plan_id == "plan");
  CHECK_FALSE(is_open(second.conflicts[0]));
  CHECK(plan.files(first) == Files{{"f", ten({{4, "one\ntwo"}})}});
}

TEST_CASE("fold: a resolution is what the later results meet") {
  Plan plan(Files{{"f", ten()}});
  plan.step("one", {{"f", ten({{1, "one"}, {8, "one"}})}});
  plan.step("two", {{"f", ten({{1, "two"}})}});
  plan.step("three", {{"f", ten({{1, "three"}, {8, "three"}})}});
  auto recorded = with_ids(plan.fold().conflicts);
  REQUIRE(recorded.size() == 2);
  REQUIRE(recorded[1].hunks.size() == 2);
  // Both hunks of the last step resolved, then the first conflict: it changes what line 1 is in conflict
  // with.
  recorded[1].hunks[0].resolution = Resolution::theirs;
  recorded[1].hunks[1].resolution = Resolution::base;
  Fold folded = plan.fold(recorded);
  CHECK(open_hunks(folded.conflicts[1]) == 0);
  CHECK(plan.files(folded) == Files{{"f", ten({{1, "three"}})}});

  recorded[0].hunks[0].resolution = Resolution::theirs;
  folded = plan.fold(recorded);
  CHECK(open_hunks(folded.conflicts[0]) == 0);
  const Conflict& last = folded.conflicts[1];
  CHECK(last.conflict_id == "conflict-1");
  CHECK(last.hunks[0].ours_text == "two\n");
  CHECK_FALSE(last.hunks[0].resolution);                // its ours side is another now
  CHECK(last.hunks[1].resolution == Resolution::base);  // untouched by the choice
  CHECK(plan.files(folded) == Files{{"f", ten({{1, "two"}})}});

  // Resolved to ours, nothing later has changed: nothing opens again.
  recorded[0].hunks[0].resolution = Resolution::ours;
  CHECK(open_hunks(plan.fold(recorded).conflicts[1]) == 0);
}

TEST_CASE("fold: a retried step's new result opens the conflict again, under its id") {
  Plan plan(Files{{"f", ten()}});
  plan.step("one", {{"f", ten({{4, "one"}})}});
  plan.step("two", {{"f", ten({{4, "two"}})}});
  auto recorded = with_ids(plan.fold().conflicts);
  recorded[0].resolution = Resolution::theirs;
  recorded[0].resolved_by = "user";
  Fold folded = plan.fold(recorded);
  CHECK(folded.conflicts[0].resolution == Resolution::theirs);
  CHECK(folded.conflicts[0].resolved_by == "user");
  plan.steps[1].result_tree = plan.store.write({{"f", ten({{4, "two, again"}})}});
  folded = plan.fold(recorded);
  CHECK(folded.conflicts[0].conflict_id == "conflict-0");
  CHECK(is_open(folded.conflicts[0]));
  CHECK(folded.conflicts[0].resolved_by.empty());
}

TEST_CASE("fold: resolutions of whole files stay while the versions are the same") {
  Plan plan(Files{{"f", ten()}, {"x", ""}});
  plan.step("one", {{"x", ""}});
  plan.step("two", {{"f", ten({{4, "two"}})}, {"x", ""}});
  auto recorded = with_ids(plan.fold().conflicts);
  REQUIRE(recorded.size() == 1);
  CHECK(recorded[0].kind == ConflictKind::deletion);
  CHECK(recorded[0].ours_authors == std::vector<std::string>{"one"});
  recorded[0].resolution = Resolution::theirs;
  CHECK(plan.files(plan.fold(recorded)) == Files{{"f", ten({{4, "two"}})}, {"x", ""}});
  recorded[0].resolution = Resolution::manual;
  recorded[0].manual_oid = must(plan.store.repository().write_blob("by hand\n")).hex();
  CHECK(plan.files(plan.fold(recorded)) == Files{{"f", "by hand\n"}, {"x", ""}});
  plan.steps[1].result_tree = plan.store.write({{"f", ten({{5, "two"}})}, {"x", ""}});
  CHECK(is_open(plan.fold(recorded).conflicts[0]));
}

TEST_CASE("fold: last_wins leaves nothing open") {
  Plan plan(Files{{"f", ten()}});
  plan.step("one", {{"f", ten({{4, "one"}, {0, "zero"}})}});
  plan.step("two", {{"f", ten({{4, "two"}})}});
  const Fold folded = plan.fold({}, {.strategy = MergeStrategy::last_wins});
  REQUIRE(folded.conflicts.size() == 1);
  CHECK_FALSE(is_open(folded.conflicts[0]));
  CHECK(plan.files(folded) == Files{{"f", ten({{4, "two"}, {0, "zero"}})}});
}

TEST_CASE("fold: a step that started from a later tree merges against that") {
  Plan plan(Files{{"f", ten()}});
  plan.step("one", {{"f", ten({{4, "one"}})}});
  const auto after_one = plan.store.write({{"f", ten({{4, "one"}})}});
  plan.steps.push_back({"id-two", "two", after_one, plan.store.write({{"f", ten({{4, "one and two"}})}})});
  const Fold folded = plan.fold();
  CHECK(folded.conflicts.empty());
  CHECK(plan.files(folded) == Files{{"f", ten({{4, "one and two"}})}});
}

TEST_CASE("fold: a directory that one step renames and another adds to is no case for the shortcut") {
  const Files base{{"d/a", ten() + "a\n"}, {"d/b", ten() + "b\n"}};
  Plan plan(base);
  plan.step("move", {{"e/a", ten() + "a\n"}, {"e/b", ten() + "b\n"}});
  Files added = base;
  added.insert_or_assign("d/new", FileSpec("new\n"));
  plan.step("add", added);
  const Fold folded = plan.fold();
  REQUIRE(folded.conflicts.size() == 1);
  CHECK(folded.conflicts[0].kind == ConflictKind::rename);
  CHECK(folded.conflicts[0].ours_authors == std::vector<std::string>{});
}

TEST_CASE("fold: the shortcut for independent results gives what merging one by one gives") {
  std::mt19937 random(20);
  const auto number = [&](int high) { return std::uniform_int_distribution<int>(0, high)(random); };
  const std::vector<std::string> paths = {"a", "b", "c/a", "c/b", "d/a", "d/e/f", "d/e/g", "h"};
  int conflicted = 0;
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    Files base;
    for (const auto& path : paths) {
      if (number(3) > 0) base.insert_or_assign(path, FileSpec(path + "\n" + ten()));
    }
    Plan plan(base);
    for (int step = 0; step < 5; ++step) {
      Files result = base;
      for (int edits = number(2); edits >= 0; --edits) {
        const std::string& path = paths[static_cast<std::size_t>(number(static_cast<int>(paths.size()) - 1))];
        if (number(3) == 0) {
          result.erase(path);
        } else {
          result.insert_or_assign(path,
                                  FileSpec(path + "\n" + ten({{number(9), "step " + std::to_string(step)}})));
        }
      }
      plan.step("s" + std::to_string(step), result);
    }
    const Fold folded = plan.fold();
    git::Oid chained = plan.start;
    std::size_t conflicts = 0;
    for (const FoldStep& step : plan.steps) {
      const auto merge =
          must(merge_trees(plan.store.repository(), step.base_tree, chained, step.result_tree));
      chained = merge.tree;
      conflicts += merge.conflicts.size();
    }
    CHECK(folded.tree == chained);
    CHECK(folded.conflicts.size() == conflicts);
    conflicted += conflicts > 0 ? 1 : 0;
  }
  CHECK(conflicted > 5);
  CHECK(conflicted < 55);
}
