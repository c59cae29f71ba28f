#include "engine/git/repository.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "engine/git/program.h"
#include "engine/git/repository_pool.h"
#include "engine/git/user_index.h"
#include "tests/support/git_fixture.h"

using namespace pland::engine;
using namespace pland::engine::git;
using namespace pland::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  TemporaryFolder folder;
  fs::path user = folder / "user";
  fs::path store = folder / "state/repo.git";
  Fixture() {
    seal_environment();
    init_repository(user);
  }
  std::string git(const std::vector<std::string>& arguments) const { return git_output(user, arguments); }
};

Oid oid_of(const std::string& hex) {
  const auto oid = Oid::parse(hex);
  REQUIRE(oid.has_value());
  return *oid;
}

}  // namespace

TEST_CASE("oid: hexadecimal both ways") {
  const std::string hex = "0123456789abcdef0123456789abcdef01234567";
  CHECK(oid_of(hex).hex() == hex);
  CHECK_FALSE(Oid::parse("0123").has_value());
  CHECK_FALSE(Oid::parse(std::string(39, '0') + "g").has_value());
  CHECK(Oid{}.is_zero());
  CHECK(oid_of(hex) < oid_of("1" + hex.substr(1)));
}

TEST_CASE("repository: objects, HEAD and facts of the user's repository") {
  Fixture f;
  auto empty = Repository::open(f.user);
  REQUIRE(empty.ok());
  CHECK(empty->head_commit().value() == std::nullopt);
  CHECK(empty->head_branch().value() == "main");

  write_file(f.user / "a.txt", "alpha\n");
  write_file(f.user / "bin/run", "#!/bin/sh\n");
  fs::permissions(f.user / "bin/run", fs::perms::owner_all);
  fs::create_symlink("nowhere", f.user / "link");
  const std::string head = commit_all(f.user, "first");

  auto opened = Repository::open(f.user);
  REQUIRE(opened.ok());
  Repository& repository = *opened;
  CHECK(repository.head_commit().value() == oid_of(head));
  CHECK(repository.work_dir() == f.user);
  CHECK(repository.common_dir() == f.user / ".git");
  CHECK_FALSE(repository.is_private());
  const auto commit = repository.read_commit(oid_of(head));
  REQUIRE(commit.ok());
  CHECK(commit->message == "first\n");
  const auto tree = repository.read_tree(commit->tree);
  REQUIRE(tree.ok());
  REQUIRE(tree->size() == 3);
  CHECK(tree->at(0).name == "a.txt");
  CHECK(tree->at(0).mode == FileMode::file);
  CHECK(tree->at(1).mode == FileMode::tree);
  CHECK(tree->at(2).mode == FileMode::link);
  CHECK(repository.read_blob(tree->at(0).oid)->bytes == "alpha\n");
  CHECK(repository.read_blob(tree->at(2).oid)->bytes == "nowhere");
  CHECK(repository.blob_size(tree->at(0).oid).value() == 6);
  CHECK_FALSE(repository.read_blob(tree->at(1).oid).ok());
  CHECK(repository.read_blob(Oid{}).error().code == ErrorCode::not_found);
  CHECK(Repository::discover(f.user / "bin").value() == f.user / ".git");
  CHECK(Repository::discover(f.folder.path()).value() == std::nullopt);
  CHECK(Repository::open(f.folder / "missing").error().code == ErrorCode::not_found);
}

TEST_CASE("repository: the user's repository is only read, but for refs/pland") {
  Fixture f;
  write_file(f.user / "a", "a");
  const Oid head = oid_of(commit_all(f.user));
  auto repository = Repository::open(f.user);
  REQUIRE(repository.ok());
  const std::string before = describe_repository(f.user);
  CHECK(repository->write_blob("x").error().code == ErrorCode::refused);
  CHECK(repository->write_tree({}).error().code == ErrorCode::refused);
  CHECK(repository->ensure_own(Oid{}).ok() == false);
  CHECK(repository->set_ref("refs/heads/main", head).error().code == ErrorCode::refused);
  CHECK(repository->set_ref("refs/plander/x", head).error().code == ErrorCode::refused);
  CHECK(repository->delete_ref("refs/heads/main").error().code == ErrorCode::refused);
  CHECK(repository->set_ref("refs/pland/0123", head).ok());
  CHECK(f.git({"rev-parse", "refs/pland/0123"}) == head.hex());
  CHECK(repository->list_refs("refs/pland/").value() == std::vector<Ref>{{"refs/pland/0123", head}});
  CHECK(repository->read_ref("refs/pland/0123").value() == head);
  CHECK(repository->delete_ref("refs/pland/0123").ok());
  CHECK(repository->delete_ref("refs/pland/0123").ok());
  CHECK(repository->read_ref("refs/pland/0123").value() == std::nullopt);
  CHECK(describe_repository(f.user) == before);
}

TEST_CASE("repository: a private one borrows, and what it writes is its own") {
  Fixture f;
  write_file(f.user / "a", "committed");
  const Oid head = oid_of(commit_all(f.user));
  // In the user's store, but nothing refers to it: `git gc --prune=now` takes it away.
  write_file(f.folder / "loose", "unreferenced");
  const Oid loose = oid_of(f.git({"hash-object", "-w", (f.folder / "loose").native()}));

  auto made = Repository::create_private(f.store, f.user);
  REQUIRE(made.ok());
  Repository& repository = *made;
  CHECK(repository.is_private());
  CHECK(repository.has_object(head));
  CHECK_FALSE(repository.has_own_object(head));
  CHECK(repository.has_object(loose));

  CHECK(repository.write_blob("unreferenced").value() == loose);
  CHECK(repository.has_own_object(loose));
  CHECK(Repository::hash_blob("unreferenced").value() == loose);
  const Oid committed = repository.write_blob("other").value();
  const Oid tree = repository
                       .write_tree({{"z", FileMode::file, committed},
                                    {"sub.x", FileMode::executable, loose},
                                    {"sub", FileMode::tree,
                                     repository.write_tree({{"f", FileMode::file, loose}}).value()}})
                       .value();
  const Oid commit = repository.write_commit(tree, {head}, "a snapshot", 1'700'000'000).value();
  REQUIRE(repository.set_ref("refs/pland-snap/1", commit).ok());
  CHECK(repository.read_tree(tree)->at(0).name == "sub.x");  // git's order: "sub.x" < "sub/"
  CHECK(repository.write_tree({{"..", FileMode::file, loose}}).error().code == ErrorCode::invalid_argument);
  CHECK(repository.write_tree({{"a", FileMode::file, loose}, {"a", FileMode::file, loose}}).ok() == false);

  SUBCASE("the user's garbage collection") {
    f.git({"reflog", "expire", "--expire=now", "--all"});
    f.git({"gc", "-q", "--prune=now"});
    auto reader = Repository::open(f.user);
    CHECK_FALSE(reader->has_object(loose));
    CHECK(repository.read_blob(loose)->bytes == "unreferenced");
    CHECK(fsck(f.store) == "");
  }
  SUBCASE("the git program in it") {
    CHECK(git_output(f.store, {"log", "--format=%an %s", "-1", "refs/pland-snap/1"}) == "pland a snapshot");
    CHECK(git_output(f.store, {"log", "--format=%at", "-1", "refs/pland-snap/1"}) == "1700000000");
  }
  SUBCASE("keeping a borrowed object") {
    const Oid borrowed = repository.read_commit(head)->tree;
    CHECK_FALSE(repository.has_own_object(borrowed));
    REQUIRE(repository.ensure_own(borrowed).ok());
    CHECK(repository.has_own_object(borrowed));
  }
  SUBCASE("opened again, and by its maker") {
    CHECK(Repository::open_private(f.store)->read_ref("refs/pland-snap/1").value() == commit);
    auto again = Repository::create_private(f.store, f.user);
    REQUIRE(again.ok());
    CHECK(again->has_object(head));
    auto alone = Repository::create_private(f.store, std::nullopt);
    REQUIRE(alone.ok());
    CHECK_FALSE(alone->has_object(head));
  }
}

TEST_CASE("repository: a folder without git borrows nothing") {
  seal_environment();
  TemporaryFolder folder;
  auto repository = Repository::create_private(folder / "s/repo.git", std::nullopt);
  REQUIRE(repository.ok());
  CHECK(repository->read_tree(empty_tree_oid())->empty());
  const Oid empty = repository->write_tree({}).value();
  CHECK(empty == empty_tree_oid());
  REQUIRE(repository->set_ref("refs/pland-snap/1", repository->write_commit(empty, {}, "nothing", 0).value())
              .ok());
  CHECK(fsck(folder / "s/repo.git") == "");
}

TEST_CASE("repository: a linked worktree shares its objects and refs") {
  Fixture f;
  write_file(f.user / "a", "a");
  commit_all(f.user);
  f.git({"worktree", "add", "-q", (f.folder / "linked").native()});
  auto repository = Repository::open(f.folder / "linked");
  REQUIRE(repository.ok());
  CHECK(repository->common_dir() == f.user / ".git");
  CHECK(repository->work_dir() == f.folder / "linked");
  auto borrower = Repository::create_private(f.store, f.folder / "linked");
  REQUIRE(borrower.ok());
  CHECK(borrower->has_object(repository->head_commit().value().value()));
}

TEST_CASE("repository: extensions that sparse checkouts and partial clones switch on") {
  Fixture f;
  write_file(f.user / "a", "a");
  commit_all(f.user);
  f.git({"config", "core.repositoryformatversion", "1"});
  f.git({"config", "extensions.worktreeConfig", "true"});
  f.git({"config", "extensions.partialClone", "origin"});
  CHECK(Repository::open(f.user).ok());
}

TEST_CASE("repository: SHA-256 is refused in plain words") {
  seal_environment();
  TemporaryFolder folder;
  git_output(folder.path(), {"init", "-q", "--object-format=sha256"});
  const auto repository = Repository::open(folder.path());
  REQUIRE_FALSE(repository.ok());
  CHECK(repository.error().message.find("SHA-256") != std::string::npos);
}

TEST_CASE("user index: what git knows of each path") {
  Fixture f;
  for (const char* name : {"a", "clean", "sparse", "assumed"}) write_file(f.user / name, name);
  commit_all(f.user);
  f.git({"update-index", "--skip-worktree", "sparse"});
  f.git({"update-index", "--assume-unchanged", "assumed"});
  write_file(f.user / "new", "new");
  f.git({"add", "-N", "new"});
  auto repository = Repository::open(f.user);
  const auto index = read_user_index(*repository);
  REQUIRE(index.ok());
  REQUIRE(index->entries.size() == 5);
  CHECK(index->entries[0].path == "a");
  CHECK(index->entries[1].assume_unchanged);
  struct stat status {};
  REQUIRE(::stat((f.user / "clean").c_str(), &status) == 0);
  CHECK(index->entries[2].mtime_ns == status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec);
  CHECK(index->entries[2].size == 5);
  CHECK(index->entries[2].ino == static_cast<std::uint32_t>(status.st_ino));
  CHECK(index->entries[3].intent_to_add);
  CHECK(index->entries[4].skip_worktree);

  SUBCASE("conflict stages") {
    f.git({"checkout", "-q", "-b", "side"});
    f.git({"rm", "-q", "--cached", "new"});
    write_file(f.user / "a", "side");
    f.git({"commit", "-q", "-am", "side"});
    f.git({"checkout", "-q", "main"});
    write_file(f.user / "a", "main");
    f.git({"commit", "-q", "-am", "main"});
    CHECK(git_status_of(f.user, {"merge", "-q", "side"}) == 1);
    const auto conflicted = read_user_index(*repository);
    REQUIRE(conflicted.ok());
    CHECK(conflicted->entries[0].stage == 1);
    CHECK(conflicted->entries[2].stage == 3);
    CHECK(conflicted->entries[2].path == "a");
  }
  SUBCASE("a split index is read by the git program") {
    f.git({"update-index", "--split-index"});
    write_file(f.user / "b", "b");
    f.git({"add", "b"});
    const auto split = read_user_index(*repository);
    REQUIRE(split.ok());
    REQUIRE(split->entries.size() == 6);
    CHECK(split->entries[2].path == "b");
    CHECK(split->entries[2].oid == Repository::hash_blob("b").value());
    CHECK(split->entries[5].skip_worktree);
  }
}

TEST_CASE("repository: attributes and configuration") {
  Fixture f;
  write_file(f.user / ".gitattributes", "*.bin -text\n*.txt text eol=crlf\n");
  auto repository = Repository::open(f.user);
  const auto values = repository->attributes("a/b.txt", {"text", "eol", "filter"});
  REQUIRE(values.ok());
  CHECK(values->at(0) == "true");
  CHECK(values->at(1) == "crlf");
  CHECK(values->at(2) == std::nullopt);
  CHECK(repository->attributes("x.bin", {"text"})->at(0) == "false");
  CHECK(repository->config("user.name").value() == "Tester");
  CHECK(repository->config("user.nickname").value() == std::nullopt);
}

TEST_CASE("repository pool: one handle a thread, given back and used again") {
  Fixture f;
  write_file(f.user / "a", "a");
  const Oid head = oid_of(commit_all(f.user));
  REQUIRE(Repository::create_private(f.store, f.user).ok());
  RepositoryPool pool(f.store, RepositoryPool::Kind::private_repository);
  Repository* first = nullptr;
  {
    auto lease = pool.lease();
    REQUIRE(lease.ok());
    first = &**lease;
  }
  CHECK(&**pool.lease() == first);
  std::vector<std::thread> threads;
  std::vector<Oid> written(4);
  for (std::size_t t = 0; t < written.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        auto lease = pool.lease();
        if (!lease.ok() || !(*lease)->read_commit(head).ok()) return;
        const auto blob = (*lease)->write_blob("same for all " + std::to_string(i));
        if (!blob.ok()) return;
        written[t] = *blob;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Oid& oid : written) CHECK(oid == Repository::hash_blob("same for all 49").value());
  CHECK(RepositoryPool(f.folder / "none", RepositoryPool::Kind::user).lease().ok() == false);
}

TEST_CASE("git program: output, input, exit code, and nobody's environment") {
  Fixture f;
  ::setenv("GIT_DIR", "/nonexistent", 1);
  const auto top = run_git(f.user, {"rev-parse", "--show-toplevel"});
  ::unsetenv("GIT_DIR");
  REQUIRE(top.ok());
  CHECK(top->out == f.user.native() + "\n");
  const std::string big(300'000, 'x');
  const auto hash = run_git(f.user, {"hash-object", "--stdin"}, big);
  REQUIRE(hash.ok());
  CHECK(hash->out == Repository::hash_blob(big).value().hex() + "\n");
  const auto bad = run_git(f.user, {"rev-parse", "--verify", "nothing"});
  REQUIRE(bad.ok());
  CHECK(bad->exit_code == 128);
  CHECK(bad->err.find("fatal") != std::string::npos);
  // A folder without git inside another repository is not that repository.
  fs::create_directories(f.user / "inner");
  CHECK(run_git(f.user / "inner", {"rev-parse", "--show-toplevel"})->exit_code == 128);
}
