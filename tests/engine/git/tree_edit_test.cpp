#include "engine/git/tree_edit.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "tests/support/git_fixture.h"

using namespace pland::engine;
using namespace pland::engine::git;
using namespace pland::testing;

namespace {

struct Fixture {
  TemporaryFolder folder;
  Repository repository;
  Fixture() : repository(make(folder)) {}
  static Repository make(const TemporaryFolder& folder) {
    seal_environment();
    return *Repository::create_private(folder / "repo.git", std::nullopt);
  }
  FileVersion file(std::string_view content, FileMode mode = FileMode::file) {
    return {mode, repository.write_blob(content).value()};
  }
  Oid edit(const Oid& tree, std::vector<TreeEdit> edits) {
    auto result = edit_tree(repository, tree, std::move(edits));
    if (!result.ok()) FAIL(result.error().message);
    return *result;
  }
};

using Model = std::map<std::string, std::string>;

/// Removes what stands in the way of a file at `path`, as a person would who writes it.
void set_in_model(Model& model, const std::string& path, const std::string& content) {
  std::erase_if(model, [&](const auto& item) {
    return item.first.starts_with(path + "/") || path.starts_with(item.first + "/");
  });
  model[path] = content;
}

}  // namespace

TEST_CASE("tree edit: only what is named changes") {
  Fixture f;
  const Oid tree = f.edit(empty_tree_oid(), {{"src/a.c", f.file("a")},
                                             {"src.txt", f.file("t")},
                                             {"src/deep/er/b.c", f.file("b", FileMode::executable)},
                                             {"doc/c", f.file("c", FileMode::link)}});
  CHECK(lookup(f.repository, tree, "src/deep/er/b.c").value() == f.file("b", FileMode::executable));
  CHECK(lookup(f.repository, tree, "src/deep").value().mode == FileMode::tree);
  CHECK_FALSE(lookup(f.repository, tree, "src/a.c/x").value().exists());
  CHECK_FALSE(lookup(f.repository, tree, "nothing").value().exists());
  CHECK(list_files(f.repository, tree).value().size() == 4);

  CHECK(f.edit(tree, {}) == tree);
  CHECK(f.edit(tree, {{"src/a.c", f.file("a")}, {"missing/x", {}}}) == tree);
  const Oid without = f.edit(tree, {{"src/deep/er/b.c", {}}});
  CHECK_FALSE(lookup(f.repository, without, "src/deep").value().exists());
  CHECK(f.edit(without, {{"src/deep/er/b.c", f.file("b", FileMode::executable)}}) == tree);
  CHECK(f.edit(tree, {{"src/a.c", {}}, {"src.txt", {}}, {"src/deep/er/b.c", {}}, {"doc/c", {}}}) ==
        empty_tree_oid());

  const auto changes = diff_trees(f.repository, tree, without);
  REQUIRE(changes.ok());
  REQUIRE(changes->size() == 1);
  CHECK(changes->at(0) == FileChange{"src/deep/er/b.c", f.file("b", FileMode::executable), {}});
}

TEST_CASE("tree edit: file to directory and back") {
  Fixture f;
  const Oid file = f.edit(empty_tree_oid(), {{"a", f.file("1")}, {"a.b", f.file("2")}});
  const Oid directory = f.edit(file, {{"a", {}}, {"a/x", f.file("3")}});
  CHECK(lookup(f.repository, directory, "a/x").value() == f.file("3"));
  CHECK(f.edit(directory, {{"a", f.file("1")}, {"a/x", {}}}) == file);
  const auto changes = diff_trees(f.repository, file, directory);
  REQUIRE(changes.ok());
  CHECK(*changes == std::vector<FileChange>{{"a", f.file("1"), {}}, {"a/x", {}, f.file("3")}});
  CHECK(edit_tree(f.repository, file, {{"a/x", f.file("3")}}).error().code == ErrorCode::invalid_argument);
  CHECK(edit_tree(f.repository, directory, {{"a", f.file("3")}}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("tree edit: paths that leave the tree are refused") {
  Fixture f;
  for (const char* path : {"", "/a", "a//b", "../a", "a/../b", "./a", "a/"}) {
    CAPTURE(path);
    CHECK_FALSE(edit_tree(f.repository, empty_tree_oid(), {{path, f.file("x")}}).ok());
  }
  CHECK_FALSE(edit_tree(f.repository, empty_tree_oid(), {{"a", f.file("x")}, {"a", f.file("y")}}).ok());
}

TEST_CASE("tree edit: any two sets of files, edited from one to the other") {
  Fixture f;
  const bool holds = rc::check("edit(a, diff(a, b)) == b", [&f] {
    const auto name = rc::gen::element<std::string>("a", "b", "a.b", "a-b", "ab", "é", " ");
    const auto path = rc::gen::map(
        rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(name))),
        [](const std::vector<std::string>& names) {
          std::string joined;
          for (const auto& part : names) joined += (joined.empty() ? "" : "/") + part;
          return joined;
        });
    const auto files = rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
        rc::gen::pair(path, rc::gen::element<std::string>("1", "2", "3")));
    Model models[2];
    Oid trees[2];
    for (int i = 0; i < 2; ++i) {
      for (const auto& [at, content] : *files) set_in_model(models[i], at, content);
      std::vector<TreeEdit> edits;
      for (const auto& [at, content] : models[i]) edits.push_back({at, f.file(content)});
      trees[i] = f.edit(empty_tree_oid(), edits);
    }
    const auto changes = diff_trees(f.repository, trees[0], trees[1]);
    RC_ASSERT(changes.ok());
    std::vector<TreeEdit> edits;
    Model patched = models[0];
    for (const FileChange& change : *changes) {
      edits.push_back({change.path, change.after});
      if (!change.after.exists()) patched.erase(change.path);
    }
    for (const FileChange& change : *changes) {
      if (change.after.exists())
        patched[change.path] = std::string(f.repository.read_blob(change.after.oid)->bytes);
    }
    RC_ASSERT(patched == models[1]);
    RC_ASSERT(f.edit(trees[0], edits) == trees[1]);
  });
  CHECK(holds);
}
