#include "engine/git/ignore.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>
#include <sstream>

#include "tests/support/git_fixture.h"

using namespace pland::engine;
using namespace pland::engine::git;
using namespace pland::testing;
namespace fs = std::filesystem;

TEST_CASE("path patterns: stars, brackets, borders") {
  CHECK(path_matches("*.c", "a.c"));
  CHECK_FALSE(path_matches("*.c", "d/a.c"));
  CHECK(path_matches("**/a.c", "a.c"));
  CHECK(path_matches("**/a.c", "x/y/a.c"));
  CHECK(path_matches("a/**", "a/b/c"));
  CHECK_FALSE(path_matches("a/**", "a"));
  CHECK(path_matches("a/**/b", "a/b"));
  CHECK(path_matches("a/**/b*/c", "a/x/y/b1/c"));
  CHECK(path_matches("**/x/**/y", "x/1/x/2/y"));
  CHECK_FALSE(path_matches("a**b", "a/b"));
  CHECK(path_matches("a**b", "axxb"));
  CHECK(path_matches("a?c", "abc"));
  CHECK_FALSE(path_matches("a?c", "a/c"));
  CHECK(path_matches("[a-c]x", "bx"));
  CHECK(path_matches("[!a-c]x", "dx"));
  CHECK_FALSE(path_matches("[^a-c]x", "ax"));
  CHECK_FALSE(path_matches("[!a]x", "/x"));
  CHECK(path_matches("[]]x", "]x"));
  CHECK(path_matches("[[:digit:]_]", "7"));
  CHECK_FALSE(path_matches("[a", "a"));
  CHECK(path_matches("\\*", "*"));
  CHECK_FALSE(path_matches("\\*", "a"));
  CHECK_FALSE(path_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(4000, 'a')));
}

TEST_CASE("ignore rules: as git check-ignore has it, for random rules") {
  seal_environment();
  TemporaryFolder folder;
  const fs::path root = folder / "repo";
  init_repository(root);
  // A fixed set of places; the rules vary. All paths are asked, so parents' verdicts are covered as well.
  const std::vector<std::string> files = {
      "a",           "b.log",    "a.b",    "d/a",    "d/b.log", "d/e/a",   "d/e/f/a", "build/out",
      "src/build/x", "src/a b ", "src/#x", "src/!y", "é/ü.log", "src/[x]", "d/a.b",   "x/d/e/b.log"};
  for (const std::string& file : files) write_file(root / file, "");
  const auto line = rc::gen::map(
      rc::gen::tuple(rc::gen::element<std::string>("", "", "", "!", "/", "!/", "**/", "\\"),
                     rc::gen::element<std::string>("a", "*.log", "d", "d/e", "build", "src/*", "d/**", "**/e",
                                                   "e/f", "*", "?", "[a-c]*", "#x", "!y", "a b\\ ",
                                                   "src/\\[x]", "x/**/b.log", "*.?", "é", "d/*/f", "src/#x"),
                     rc::gen::element<std::string>("", "", "/", " ", "/**", "\r", "/*")),
      [](const std::tuple<std::string, std::string, std::string>& parts) {
        return std::get<0>(parts) + std::get<1>(parts) + std::get<2>(parts) + "\n";
      });
  const auto text = rc::gen::map(rc::gen::resize(5, rc::gen::container<std::vector<std::string>>(line)),
                                 [](const std::vector<std::string>& lines) {
                                   std::string joined;
                                   for (const auto& one : lines) joined += one;
                                   return joined;
                                 });
  const bool holds = rc::check("same verdict as git", [&] {
    write_file(root / ".gitignore", *text);
    write_file(root / "d/.gitignore", *text);
    write_file(root / ".git/info/exclude", *text);
    auto repository = Repository::open(root);
    RC_ASSERT(repository.ok());
    const auto rules = standard_rules(&*repository);
    RC_ASSERT(rules.ok());
    std::vector<std::string> arguments = {"-c", "core.quotePath=false", "check-ignore", "--no-index"};
    std::set<std::string> paths;
    for (const std::string& file : files) {
      for (std::size_t slash = file.find('/'); slash != std::string::npos;
           slash = file.find('/', slash + 1)) {
        paths.insert(file.substr(0, slash));
      }
      paths.insert(file);
    }
    arguments.insert(arguments.end(), paths.begin(), paths.end());
    std::string output;
    RC_ASSERT(git_status_of(root, arguments, &output) <= 1);
    std::set<std::string> expected;
    std::istringstream stream(output);
    for (std::string path; std::getline(stream, path);) expected.insert(path);
    std::set<std::string> actual;
    for (const std::string& path : paths) {
      if (is_ignored(root, *rules, path, fs::is_directory(root / path))) actual.insert(path);
    }
    RC_ASSERT(actual == expected);
  });
  CHECK(holds);
}

TEST_CASE("ignore rules: core.excludesFile, a folder without git, links, fingerprints") {
  seal_environment();
  TemporaryFolder folder;
  const fs::path root = folder / "repo";
  init_repository(root);
  write_file(folder / "mine", "*.swp\n");
  git_output(root, {"config", "core.excludesFile", (folder / "mine").native()});
  auto repository = Repository::open(root);
  const auto rules = standard_rules(&*repository);
  REQUIRE(rules.ok());
  CHECK(is_ignored(root, *rules, "d/x.swp", false));
  const auto plain = standard_rules(nullptr);
  CHECK_FALSE(is_ignored(root, *plain, "d/x.swp", false));
  write_file(root / ".gitignore", "*.o\n");
  CHECK(is_ignored(root, *plain, "d/x.o", false));
  fs::create_directories(root / "l");
  fs::create_symlink("../.gitignore", root / "l/.gitignore");
  CHECK(read_ignore_file(root / "l").empty());
  CHECK(IgnoreRules::inside(*plain, "", "a\n")->fingerprint() !=
        IgnoreRules::inside(*plain, "", "b\n")->fingerprint());
  CHECK(IgnoreRules::inside(*plain, "", "a\n")->fingerprint() ==
        IgnoreRules::inside(*plain, "", "a\n")->fingerprint());
  CHECK(IgnoreRules::inside(*plain, "d", "a\n")->fingerprint() !=
        IgnoreRules::inside(*plain, "", "a\n")->fingerprint());
}
