// Every real merge of a repository, merged again by `git merge-tree` and by pland: do they agree, and how
// long does each take? Nothing is written to the repositories.
//
// Usage: pland_merge_verdicts REPOSITORY... [--limit N]     exit code 1 when they disagree anywhere
//
// Git's merge is what a script would run: one process, given the two commits. Ours is given the trees of the
// merge base and of both sides, as a plan's merge is. Merges with several merge bases are left out: a plan
// has one base.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/git/program.h"
#include "engine/git/repository.h"
#include "engine/merge/merge_tree_output.h"
#include "engine/merge/tree_merge.h"
#include "tests/support/git_fixture.h"

namespace fs = std::filesystem;
using namespace pland::engine;
using Milliseconds = std::chrono::duration<double, std::milli>;

namespace {

template <typename T>
T hold(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

struct Merge {
  std::string commit, ours, theirs;
};

std::vector<Merge> merges_of(const fs::path& repository, std::size_t limit) {
  std::istringstream lines(pland::testing::git_output(
      repository, {"rev-list", "--all", "--merges", "--parents", "--no-commit-header"}));
  std::vector<Merge> merges;
  for (std::string line; merges.size() < limit && std::getline(lines, line);) {
    std::istringstream words(line);
    Merge merge;
    std::string more;
    words >> merge.commit >> merge.ours >> merge.theirs;
    if (!(words >> more)) merges.push_back(std::move(merge));  // an octopus is no three-way merge
  }
  return merges;
}

/// Of one repository, or of all.
struct Tally {
  std::size_t merges = 0, clean = 0, conflicting = 0, left_out = 0, handed_over = 0, wrong = 0;
  double git = 0, ours = 0;  ///< milliseconds
  std::vector<double> git_each, our_each;

  void add(const Tally& other) {
    merges += other.merges;
    clean += other.clean;
    conflicting += other.conflicting;
    left_out += other.left_out;
    handed_over += other.handed_over;
    wrong += other.wrong;
    git += other.git;
    ours += other.ours;
    git_each.insert(git_each.end(), other.git_each.begin(), other.git_each.end());
    our_each.insert(our_each.end(), other.our_each.begin(), other.our_each.end());
  }
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::set<std::string> paths_of(const merge::TreeMerge& merge) {
  std::set<std::string> paths;
  for (const Conflict& conflict : merge.conflicts) {
    paths.insert(conflict.path);
    for (const ConflictSide* side : {&conflict.base, &conflict.ours, &conflict.theirs}) {
      if (side->mode != 0) paths.insert(side->path);
    }
  }
  return paths;
}

/// What is wrong with our answer; empty when nothing is.
std::string difference(const merge::TreeMerge& ours, bool git_clean, const merge::MergeTreeOutput& git) {
  if (ours.conflicts.empty() != git_clean) {
    return git_clean ? "git merges it clean, pland finds conflicts"
                     : "git finds conflicts, pland merges it clean";
  }
  if (git_clean)
    return ours.tree == git.tree ? ""
                                 : "other trees: git's " + git.tree.hex() + ", pland's " + ours.tree.hex();
  const std::set<std::string> told = paths_of(ours);
  for (const auto& [path, versions] : git.stages) {
    // Git names a file that is in the way `path~side`.
    if (!told.contains(path) && !told.contains(path.substr(0, path.rfind('~')))) {
      return "git has a conflict in '" + path + "', pland has none";
    }
  }
  for (const Conflict& conflict : ours.conflicts) {
    bool known = git.stages.contains(conflict.path);
    for (const ConflictSide* side : {&conflict.base, &conflict.ours, &conflict.theirs}) {
      known = known || (side->mode != 0 && git.stages.contains(side->path));
    }
    for (const auto& [path, versions] : git.stages) known = known || path.starts_with(conflict.path + "~");
    if (!known) return "pland has a conflict in '" + conflict.path + "', git has none";
  }
  return {};
}

Tally compare(const fs::path& repository, std::size_t limit) {
  const pland::testing::TemporaryFolder folder;
  // Each writes into a repository of its own, which borrows the objects: neither finds what the other has
  // written.
  const auto user = hold(git::Repository::discover(repository));
  if (!user) throw std::runtime_error("'" + repository.string() + "' is no git repository");
  git::Repository for_git = hold(git::Repository::create_private(folder / "git", user));
  git::Repository for_us = hold(git::Repository::create_private(folder / "ours", user));
  Tally tally;
  for (const Merge& each : merges_of(repository, limit)) {
    std::string bases;
    const int status =
        pland::testing::git_status_of(repository, {"merge-base", "--all", each.ours, each.theirs}, &bases);
    if (status != 0 || std::count(bases.begin(), bases.end(), '\n') > 1) {
      ++tally.left_out;
      continue;
    }
    const auto tree_of = [&](const std::string& commit) {
      const auto oid = git::Oid::parse(std::string_view(commit).substr(0, 40));
      if (!oid) throw std::runtime_error("no object name: " + commit);
      return hold(for_us.read_commit(*oid)).tree;
    };
    const git::Oid base = tree_of(bases), ours = tree_of(each.ours), theirs = tree_of(each.theirs);

    const auto started = std::chrono::steady_clock::now();
    const git::GitOutput git =
        hold(git::run_git(for_git.git_dir(), {"merge-tree", "--write-tree", "-z", each.ours, each.theirs}));
    const auto between = std::chrono::steady_clock::now();
    if (git.exit_code > 1) {  // objects are missing: a partial or shallow clone
      ++tally.left_out;
      continue;
    }
    const merge::TreeMerge merged =
        hold(merge::merge_trees(for_us, base, ours, theirs, {.labels = {}, .merge_resources = false}));
    const auto ended = std::chrono::steady_clock::now();

    const double git_took = Milliseconds(between - started).count(),
                 our_took = Milliseconds(ended - between).count();
    tally.git += git_took;
    tally.ours += our_took;
    tally.git_each.push_back(git_took);
    tally.our_each.push_back(our_took);
    ++tally.merges;
    ++(git.exit_code == 0 ? tally.clean : tally.conflicting);
    tally.handed_over += merged.handed_over ? 1 : 0;
    const std::string wrong =
        difference(merged, git.exit_code == 0, hold(merge::parse_merge_tree_output(git.out)));
    if (wrong.empty()) continue;
    ++tally.wrong;
    std::cout << each.commit << ": " << wrong << (merged.handed_over ? " (handed over)" : "") << "\n";
  }
  return tally;
}

void print(const std::string& name, const Tally& tally) {
  std::cout
      << fmt::format(
             "{:<20} {:>7} {:>7} {:>9} {:>11} {:>6} {:>9.1f} {:>9.1f} {:>6.1f}x {:>8.2f} {:>8.2f} {:>8}\n",
             name, tally.merges, tally.clean, tally.conflicting, tally.handed_over, tally.wrong,
             tally.git / 1000, tally.ours / 1000, tally.ours > 0 ? tally.git / tally.ours : 0,
             median(tally.git_each), median(tally.our_each), tally.left_out)
      << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("every real merge of repositories, by git merge-tree and by pland");
  std::vector<std::string> repositories;
  std::size_t limit = 100'000;
  app.add_option("REPOSITORY", repositories, "Git repositories, bare or not")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--limit", limit, "At most so many merges of each, the newest");
  CLI11_PARSE(app, argc, argv);
  try {
    pland::testing::seal_environment();
    std::cout << pland::testing::git_output("/", {"--version"}) << "\n"
              << fmt::format("{:<20} {:>7} {:>7} {:>9} {:>11} {:>6} {:>9} {:>9} {:>7} {:>8} {:>8} {:>8}\n",
                             "repository", "merges", "clean", "conflicts", "handed over", "wrong", "git, s",
                             "pland, s", "ratio", "git p50", "our p50", "left out");
    Tally all;
    for (const std::string& repository : repositories) {
      const Tally tally = compare(repository, limit);
      print(fs::path(repository).filename().string(), tally);
      all.add(tally);
    }
    if (repositories.size() > 1) print("all", all);
    return all.wrong == 0 ? 0 : 1;
  } catch (const std::exception& problem) {
    std::cerr << "pland_merge_verdicts: " << problem.what() << '\n';
    return 2;
  }
}
