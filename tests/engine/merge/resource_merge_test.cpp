// Merges of what files hold: JSON by members, sets of lines; and their place in the merge of trees.
#include "engine/merge/resource_merge.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "engine/merge/json_merge.h"
#include "engine/merge/line_set_merge.h"
#include "tests/engine/merge/trees.h"

using namespace pland::engine;
using namespace pland::engine::merge;
using namespace pland::test;

namespace {

const std::string package = R"({
  "name": "shop",
  "dependencies": {
    "ajv": "^8.0.0",
    "ws": "^8.1.0"
  },
  "private": true
}
)";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string dump(const nlohmann::ordered_json& value) {
  return value.dump(2) + "\n";
}

}  // namespace

TEST_CASE("json merge: members that both sides added beside each other, in the order of each") {
  const std::string ours = with(package, "\"^8.1.0\"\n", "\"^8.1.0\",\n    \"zod\": \"^3.0.0\"\n");
  const std::string theirs =
      with(with(package, "\"^8.1.0\"\n", "\"^8.1.0\",\n    \"yaml\": \"^2.0.0\"\n"), "true", "false");
  const auto merged = merge_json(package, ours, theirs);
  REQUIRE(merged);
  CHECK(*merged == with(with(package, "\"^8.1.0\"\n",
                             "\"^8.1.0\",\n    \"yaml\": \"^2.0.0\",\n    \"zod\": \"^3.0.0\"\n"),
                        "true", "false"));
}

TEST_CASE("json merge: what both set differently, or one deleted and the other changed, is for a person") {
  CHECK_FALSE(merge_json(package, with(package, "^8.1.0", "^8.2.0"), with(package, "^8.1.0", "^9.0.0")));
  const std::string deleted = with(package, ",\n    \"ws\": \"^8.1.0\"", "");
  CHECK_FALSE(merge_json(package, deleted, with(package, "^8.1.0", "^9.0.0")));
  CHECK(merge_json(package, deleted, with(package, "^8.0.0", "^9.0.0")) == with(deleted, "^8.0.0", "^9.0.0"));
  CHECK(merge_json(package, deleted, deleted) == deleted);
}

TEST_CASE(
    "json merge: nothing is reformatted: what cannot be printed as it stands is left to the merge of text") {
  const std::string ours = with(package, "true", "false");
  CHECK_FALSE(merge_json(package, with(ours, "\"name\"", "// a comment\n  \"name\""), package));
  CHECK_FALSE(merge_json(package, with(ours, "\"shop\"", "[\"a\", \"b\"]"), package));
  CHECK_FALSE(merge_json(package, with(ours, "\"shop\"", "\"\\u0041\""), package));
  CHECK_FALSE(
      merge_json(package, with(ours, "\"name\": \"shop\"", "\"name\": \"a\",\n  \"name\": \"b\""), package));
  CHECK_FALSE(merge_json(package, ours, "{\n\t\"name\": \"tabs\"\n}\n"));
  CHECK_FALSE(merge_json("[1]\n", "[1, 2]\n", "[0, 1]\n"));
  CHECK_FALSE(merge_json("", package, package));
  // Tabs, four spaces, no last line end: each as it is.
  CHECK(merge_json("{\n\t\"a\": 1\n}", "{\n\t\"a\": 1,\n\t\"b\": 2\n}", "{\n\t\"a\": 1,\n\t\"c\": 3\n}") ==
        "{\n\t\"a\": 1,\n\t\"c\": 3,\n\t\"b\": 2\n}");
}

TEST_CASE("json merge: changes of different members always go together, whoever merges") {
  CHECK(rc::check("disjoint members", [] {
    nlohmann::ordered_json base = nlohmann::ordered_json::object(), ours, theirs, expected;
    const int count = *rc::gen::inRange(1, 8);
    for (int i = 0; i < count; ++i) base["k" + std::to_string(i)] = {{"v", i}};
    ours = theirs = expected = base;
    for (int i = 0; i < count; ++i) {
      const std::string key = "k" + std::to_string(i);
      nlohmann::ordered_json& side = *rc::gen::arbitrary<bool>() ? ours : theirs;
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          side.erase(key);
          expected.erase(key);
          break;
        case 1:
          side[key]["v"] = expected[key]["v"] = "changed";
          break;
        case 2:
          side[key]["new"] = expected[key]["new"] = nullptr;
          break;
        default:
          break;
      }
    }
    if (expected.empty()) return;
    const auto merged = merge_json(dump(base), dump(ours), dump(theirs));
    if (ours.empty() || theirs.empty()) return;  // printed in one line: another form
    RC_ASSERT(merged.has_value());
    RC_ASSERT(*merged == dump(expected));
    const auto mirrored = merge_json(dump(base), dump(theirs), dump(ours));
    RC_ASSERT(nlohmann::json::parse(*mirrored) == nlohmann::json::parse(*merged));
  }));
}

TEST_CASE("line sets: lines come and go, in the groups where they stood") {
  const std::string base = "# build\n*.o\n*.a\n\n# editors\n*.swp\n";
  const std::string ours = "# build\n*.o\n*.a\n*.so\n\n# editors\n*.swp\n";
  const std::string theirs = "# build\n*.o\n*.a\n*.lo\n\n# editors\n.vscode/\n";
  CHECK(merge_line_sets(base, ours, theirs) == "# build\n*.o\n*.a\n*.lo\n*.so\n\n# editors\n.vscode/\n");
  CHECK(merge_line_sets(base, ours, ours) == ours);
  CHECK(merge_line_sets("", "a\n", "b\n") == "b\na\n");
  CHECK(merge_line_sets("a", "a\nb", "a\nc") == "a\nc\nb");
  // A side's new comments stay with that side's lines.
  CHECK(merge_line_sets("a\n", "a\nb\n", "# all\na\n") == "# all\na\nb\n");
}

TEST_CASE("line sets: where order or a version matters a person decides") {
  CHECK_FALSE(merge_line_sets("a\n", "a\n!b\n", "a\nc\n"));
  CHECK_FALSE(merge_line_sets("a\n", "a\nx\nx\n", "a\nc\n"));
  CHECK_FALSE(merge_line_sets("a\r\n", "a\r\nb\r\n", "a\r\nc\r\n"));
  CHECK_FALSE(merge_line_sets("ajv==1\n", "ajv==2\n", "ajv==3\n"));
  CHECK_FALSE(merge_line_sets("ajv==1\n", "", "ajv==3\n"));
  CHECK(merge_line_sets("ajv==1\nws==1\n", "ajv==2\nws==1\n", "ajv==1\nws==2\n") == "ajv==2\nws==2\n");
  CHECK(is_line_set("a/.gitignore"));
  CHECK(is_line_set("requirements-dev.txt"));
  CHECK_FALSE(is_line_set("notes.txt"));
}

TEST_CASE("resource merge: a clash that git sees in such a file is none, elsewhere it stays one") {
  TreeStore store;
  const Files base{{"package.json", package},
                   {".gitignore", "*.o\n"},
                   {"package-lock.json", package},
                   {"list.txt", "*.o\n"}};
  Files ours = base, theirs = base;
  const std::string zod = with(package, "\"^8.1.0\"\n", "\"^8.1.0\",\n    \"zod\": \"^3.0.0\"\n");
  const std::string yaml = with(package, "\"^8.1.0\"\n", "\"^8.1.0\",\n    \"yaml\": \"^2.0.0\"\n");
  for (const char* file : {"package.json", "package-lock.json"}) {
    ours.insert_or_assign(file, FileSpec(zod));
    theirs.insert_or_assign(file, FileSpec(yaml));
  }
  for (const char* file : {".gitignore", "list.txt"}) {
    ours.insert_or_assign(file, FileSpec("*.o\n*.a\n"));
    theirs.insert_or_assign(file, FileSpec("*.o\n*.so\n"));
  }
  const auto b = store.write(base), o = store.write(ours), t = store.write(theirs);
  const TreeMerge merge = must(merge_trees(store.repository(), b, o, t));
  REQUIRE(merge.conflicts.size() == 2);
  CHECK(merge.conflicts[0].path == "list.txt");
  CHECK(merge.conflicts[1].path == "package-lock.json");
  const Files merged = store.read(merge.tree);
  CHECK(merged.at(".gitignore").content == "*.o\n*.so\n*.a\n");
  CHECK(merged.at("package.json").content.find("\"yaml\": \"^2.0.0\",\n    \"zod\"") != std::string::npos);
  TreeMergeOptions as_git;
  as_git.merge_resources = false;
  CHECK(must(merge_trees(store.repository(), b, o, t, as_git)).conflicts.size() == 4);
}
