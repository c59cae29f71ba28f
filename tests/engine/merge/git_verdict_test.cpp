// The verdict of the tree merge against `git merge-tree` itself, over random histories.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "engine/git/program.h"
#include "engine/merge/merge_tree_output.h"
#include "engine/merge/resolution.h"
#include "engine/merge/tree_merge.h"
#include "tests/engine/merge/trees.h"

using namespace pland::engine;
using namespace pland::engine::merge;
using namespace pland::test;

namespace {

/// Random trees, and random ways to change them: with moves, modes, links, directories in the way.
class RandomHistory {
 public:
  explicit RandomHistory(std::uint32_t seed) : random_(seed) {}

  Files base() {
    Files files;
    const int count = number(1, 12);
    for (int i = 0; i < count; ++i) put(files, any_path(), FileSpec(text(number(0, 30)), any_mode()));
    return files;
  }

  Files changed(Files files) {
    for (int left = number(0, 6); left > 0; --left) change(files);
    return files;
  }

 private:
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

  git::FileMode any_mode() { return chance(80) ? git::FileMode::file : git::FileMode::executable; }

  std::string line() {
    static constexpr const char* kCommon[] = {"}\n", "{\n", "\n", "a\n", "b\n"};
    if (chance(40)) return kCommon[number(0, 4)];
    return "line " + std::to_string(number(0, 400)) + "\n";
  }
  std::string text(int lines) {
    std::string result = chance(5) ? std::string(1, '\0') : "";
    for (int i = 0; i < lines; ++i) result += line();
    if (!result.empty() && chance(10)) result.pop_back();
    return result;
  }
  std::string any_path() {
    static constexpr const char* kDirectories[] = {"", "", "d/", "e/", "d/s/", "e/s/t/"};
    static constexpr const char* kNames[] = {"a", "b", "c", "d", "x", "y"};
    return std::string(kDirectories[number(0, 5)]) + kNames[number(0, 5)];
  }
  std::string existing(const Files& files) {
    auto at = files.begin();
    std::advance(at, number(0, static_cast<int>(files.size()) - 1));
    return at->first;
  }

  /// Nothing stays in the way: a file is no directory at the same time.
  static void put(Files& files, const std::string& path, const FileSpec& file) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      files.erase(path.substr(0, slash));
    }
    std::erase_if(files, [&](const auto& each) { return each.first.starts_with(path + "/"); });
    files.insert_or_assign(path, file);
  }

  std::string edited(const std::string& content) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t end = std::min(content.find('\n', at), content.size() - 1) + 1;
      lines.push_back(content.substr(at, end - at));
      at = end;
    }
    for (int left = number(1, 3); left > 0; --left) {
      const int at = number(0, static_cast<int>(lines.size()));
      if (chance(50)) {
        lines.insert(lines.begin() + at, line());
      } else if (at < static_cast<int>(lines.size())) {
        chance(50) ? void(lines.erase(lines.begin() + at))
                   : void(lines[static_cast<std::size_t>(at)] = line());
      }
    }
    std::string result;
    for (const auto& each : lines) result += each;
    return result;
  }

  void change(Files& files) {
    const int kind = number(1, 100);
    if (files.empty() || kind <= 15) return put(files, any_path(), FileSpec(text(number(0, 20)), any_mode()));
    const std::string path = existing(files);
    const FileSpec file = files.at(path);
    if (kind <= 55) {
      files.insert_or_assign(path, FileSpec(edited(file.content), file.mode));
    } else if (kind <= 68) {
      files.erase(path);
    } else if (kind <= 80) {  // renamed, perhaps edited too
      files.erase(path);
      put(files, any_path(), chance(50) ? file : FileSpec(edited(file.content), file.mode));
    } else if (kind <= 86) {
      const bool was = file.mode == git::FileMode::executable;
      files.insert_or_assign(path,
                             FileSpec(file.content, was ? git::FileMode::file : git::FileMode::executable));
    } else if (kind <= 91) {
      files.insert_or_assign(path, link_to(chance(50) ? "target" : "other"));
    } else {  // a directory moves
      const std::size_t slash = path.find('/');
      if (slash == std::string::npos) return;
      const std::string from = path.substr(0, slash + 1), to = chance(50) ? "moved/" : "e/";
      Files moved;
      for (const auto& [each, content] : files) {
        if (each.starts_with(from)) moved.insert_or_assign(to + each.substr(from.size()), content);
      }
      std::erase_if(files, [&](const auto& each) { return each.first.starts_with(from); });
      for (const auto& [each, content] : moved) put(files, each, content);
    }
  }

  std::mt19937 random_;
};

struct GitAnswer {
  bool clean = false;
  MergeTreeOutput output;
};

GitAnswer ask_git(git::Repository& repository, const git::Oid& base, const git::Oid& ours,
                  const git::Oid& theirs) {
  const auto base_commit = must(repository.write_commit(base, {}, "b", 1));
  const auto our_commit = must(repository.write_commit(ours, {base_commit}, "o", 1));
  const auto their_commit = must(repository.write_commit(theirs, {base_commit}, "t", 1));
  const auto run = must(git::run_git(
      repository.git_dir(), {"merge-tree", "--write-tree", "-z", our_commit.hex(), their_commit.hex()}));
  REQUIRE(run.exit_code <= 1);
  return {run.exit_code == 0, must(parse_merge_tree_output(run.out))};
}

std::set<std::string> paths_of(const TreeMerge& merge) {
  std::set<std::string> paths;
  for (const Conflict& conflict : merge.conflicts) {
    paths.insert(conflict.path);
    for (const ConflictSide* side : {&conflict.base, &conflict.ours, &conflict.theirs}) {
      if (side->mode != 0) paths.insert(side->path);
    }
  }
  return paths;
}

}  // namespace

TEST_CASE("tree merge: the same verdict, tree and conflicting paths as git merge-tree") {
  const char* wanted = std::getenv("PLAND_MERGE_HISTORIES");  // more, for a longer search
  const int histories = wanted != nullptr ? std::atoi(wanted) : 150;
  const char* first = std::getenv("PLAND_MERGE_FIRST");
  const int start = first != nullptr ? std::atoi(first) : 0;
  TreeStore store;
  int conflicts = 0, by_git = 0;
  for (int seed = start; seed < start + histories; ++seed) {
    CAPTURE(seed);
    RandomHistory history(static_cast<std::uint32_t>(seed));
    const Files base_files = history.base();
    const Files our_files = history.changed(base_files), their_files = history.changed(base_files);
    CAPTURE(describe(base_files));
    CAPTURE(describe(our_files));
    CAPTURE(describe(their_files));
    const auto base = store.write(base_files), ours = store.write(our_files),
               theirs = store.write(their_files);
    const GitAnswer git = ask_git(store.repository(), base, ours, theirs);
    const TreeMerge merge = must(merge_trees(store.repository(), base, ours, theirs));
    CAPTURE(merge.handed_over);
    by_git += merge.handed_over ? 1 : 0;
    CHECK(merge.conflicts.empty() == git.clean);
    if (git.clean) {
      CHECK(merge.tree == git.output.tree);
      continue;
    }
    ++conflicts;
    const auto paths = paths_of(merge);
    for (const auto& entry : git.output.stages) {
      const std::string& path = entry.first;
      const bool told = paths.contains(path) || paths.contains(path.substr(0, path.find('~')));
      CHECK_MESSAGE(told, path);
    }
    if (!merge.handed_over) CHECK(merge.conflicts.size() == git.output.stages.size());
    // Any resolution can be applied, and none leaves markers behind.
    for (const Resolution resolution :
         {Resolution::ours, Resolution::theirs, Resolution::both, Resolution::base}) {
      auto resolved = merge.conflicts;
      for (Conflict& conflict : resolved) {
        if (check_resolution(conflict, resolution).ok()) conflict.resolution = resolution;
      }
      const auto tree = must(resolve_tree(store.repository(), merge.tree, resolved));
      for (const auto& [path, file] : store.read(tree))
        CHECK(file.content.find("<<<<<<<") == std::string::npos);
    }
    CHECK(must(resolve_tree(store.repository(), merge.tree, merge.conflicts)) == merge.tree);
  }
  if (histories >= 100) {  // the histories are worth something
    CHECK(conflicts > histories / 10);
    CHECK(by_git > histories / 10);
    CHECK(by_git < histories * 8 / 10);
  }
}
