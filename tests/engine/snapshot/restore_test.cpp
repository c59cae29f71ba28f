#include "engine/snapshot/restore.h"

#include <rapidcheck.h>

#include <thread>

#include "tests/engine/snapshot/snapshot_fixture.h"

using namespace pland::engine;
using namespace pland::testing;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> blocked_paths(const Result<std::vector<RestoredFile>>& result) {
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::refused);
  return result.error().context["paths"].get<std::vector<std::string>>();
}
using Paths = std::vector<std::string>;

/// Every index on its own thread.
void threaded_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < count; i += 4) body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("restore: exactly what the snapshot held, and nothing else") {
  Project p;
  write_file(p / ".gitignore", "*.log\n");
  write_file(p / "same", "same");
  write_file(p / "edited", "before");
  write_file(p / "gone/deep/file", "bring me back");
  write_file(p / "tool", "#!/bin/sh\n");
  fs::permissions(p / "tool", fs::perms::owner_all);
  write_file(p / "binary", std::string("\0\xff\r\n", 4));
  fs::create_symlink("same", p / "link");
  write_file(p / "becomes-folder", "file");
  write_file(p / "becomes-file/a", "a");
  fs::create_symlink("nowhere", p / "becomes-plain");
  commit_all(p.root);
  const std::string before = describe_folder(p.root);
  const Snapshot first = p.capture();
  const auto untouched = fs::last_write_time(p / "same");

  write_file(p / "edited", "after");
  fs::remove_all(p / "gone");
  fs::permissions(p / "tool", fs::perms::owner_read);
  write_file(p / "binary", "text");
  fs::remove(p / "link");
  fs::create_symlink("edited", p / "link");
  fs::remove(p / "becomes-folder");
  write_file(p / "becomes-folder/x/y", "new");
  fs::remove_all(p / "becomes-file");
  write_file(p / "becomes-file", "file");
  fs::remove(p / "becomes-plain");
  write_file(p / "becomes-plain", "p");
  write_file(p / "created/new", "n");
  write_file(p / "created/note.log", "ignored: stays");
  write_file(p / "other/note", "n");
  const std::string after = describe_folder(p.root);
  const std::string repository = describe_repository(p.root);
  const Snapshot second = p.capture();

  const RestoreRequest request{p.root, &p.store, second.tree, first.tree, second.left_out};
  const auto planned = plan_restore(request);
  REQUIRE(planned.ok());
  CHECK(describe_folder(p.root) == after);
  const auto done = restore(request, threaded_for);
  REQUIRE(done.ok());
  CHECK(*done == *planned);
  CHECK(std::count(done->begin(), done->end(), RestoredFile{"created/new", RestoreAction::removed}) == 1);
  CHECK(std::count(done->begin(), done->end(), RestoredFile{"gone/deep/file", RestoreAction::restored}) == 1);
  CHECK(done->size() == 12);

  CHECK(read_file(p / "created/note.log") == "ignored: stays");
  fs::remove_all(p / "created");
  CHECK(describe_folder(p.root) == before);
  CHECK(fs::last_write_time(p / "same") == untouched);
  CHECK(p.capture().tree == first.tree);
  CHECK(describe_repository(p.root) == repository);

  // And back again.
  write_file(p / "created/note.log", "ignored: stays");
  p.restore(first.tree, second.tree);
  CHECK(describe_folder(p.root) == after);
}

TEST_CASE("restore: refuses before it touches anything") {
  Project p;
  write_file(p / ".gitignore", "*.log\nout/\n");
  write_file(p / "x", "file");
  write_file(p / "d/y", "inside");
  write_file(p / "z.log", "tracked");
  git_output(p.root, {"add", "-f", "."});
  commit_all(p.root);
  const Snapshot first = p.capture();

  SUBCASE("an ignored file in a folder that must give way to a file") {
    fs::remove(p / "x");
    write_file(p / "x/new", "n");
    write_file(p / "x/deep/precious.log", "ignored");
    const Snapshot second = p.capture();
    const std::string before = describe_folder(p.root);
    CHECK(blocked_paths(restore({p.root, &p.store, second.tree, first.tree, {}})) ==
          Paths{"x/deep/precious.log"});
    CHECK(describe_folder(p.root) == before);
  }
  SUBCASE("an ignored file in place of a folder") {
    fs::remove_all(p / "d");
    git_output(p.root, {"rm", "-q", "--cached", "d/y"});
    write_file(p / "d", "ignored");
    write_file(p / ".git/info/exclude", "/d\n");
    const Snapshot second = p.capture();
    CHECK(blocked_paths(restore({p.root, &p.store, second.tree, first.tree, {}})) == Paths{"d"});
  }
  SUBCASE("a left-out file where one must be written") {
    git_output(p.root, {"rm", "-q", "--cached", "x"});
    write_file(p / "x", std::string(100, 'x'));
    CaptureRequest request = p.request();
    request.untracked_size_cap = 10;
    const Snapshot second = p.capture(request);
    REQUIRE(second.left_out.size() == 1);
    const auto result = restore({p.root, &p.store, second.tree, first.tree, second.left_out});
    CHECK(blocked_paths(result) == Paths{"x"});
    CHECK(result.error().message.find("left out of the snapshot: untracked and larger") != std::string::npos);
  }
  SUBCASE("a file that changed after the snapshot of what is there") {
    write_file(p / "x", "second");
    fs::remove(p / "d/y");
    write_file(p / "new", "n");
    const Snapshot second = p.capture();
    write_file(p / "x", "third, in no snapshot");
    write_file(p / "new", "also in none");
    CHECK(blocked_paths(restore({p.root, &p.store, second.tree, first.tree, {}})) == Paths{"new", "x"});
    CHECK(read_file(p / "x") == "third, in no snapshot");
    CHECK_FALSE(fs::exists(p / "d/y"));
  }
  SUBCASE("a folder above that has become a link out of the root") {
    const Snapshot second = p.capture();
    const fs::path outside = p.folder / "outside";
    write_file(outside / "y", "not ours");
    write_file(p / "d/y", "changed");
    const Snapshot third = p.capture();
    fs::rename(p / "d", p.folder / "moved");
    fs::create_directory_symlink(outside, p / "d");
    CHECK(blocked_paths(restore({p.root, &p.store, third.tree, second.tree, {}})) == Paths{"d"});
    CHECK(read_file(outside / "y") == "not ours");
    // A deletion through the link finds nothing to delete.
    auto store = p.store.lease();
    const git::Oid without = git::edit_tree(**store, third.tree, {{"d/y", {}}}).value();
    CHECK(restore({p.root, &p.store, third.tree, without, {}}).ok());
    CHECK(read_file(outside / "y") == "not ours");
  }
}

TEST_CASE("restore: an error on the way leaves the folder as it was") {
  Project p;
  write_file(p / "a", "1");
  write_file(p / "locked/x", "1");
  write_file(p / "old", "o");
  write_file(p / "was/folder", "f");
  const Snapshot first = p.capture();
  write_file(p / "a", "2");
  write_file(p / "locked/x", "2");
  fs::remove(p / "old");
  fs::remove_all(p / "was");
  write_file(p / "was", "now a file");
  write_file(p / "new/er", "n");
  const Snapshot second = p.capture();
  fs::permissions(p / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  {
    const WithoutOverride denied;
    const auto restored = restore({p.root, &p.store, second.tree, first.tree, {}});
    REQUIRE_FALSE(restored.ok());
    CHECK(restored.error().message.find("locked/x") != std::string::npos);
    CHECK(restored.error().message.find("as it was") != std::string::npos);
    CHECK_FALSE(restored.error().context.contains("not_put_back"));
  }
  CHECK(p.describe(p.capture().tree) == p.describe(second.tree));
  fs::permissions(p / "locked", fs::perms::owner_all);
  p.restore(second.tree, first.tree);
  CHECK(p.describe(p.capture().tree) == p.describe(first.tree));
}

TEST_CASE("restore: what is there already is no obstacle") {
  Project p(Project::Kind::plain);
  write_file(p / "a", "1");
  const Snapshot first = p.capture();
  write_file(p / "a", "2");
  write_file(p / "b", "2");
  const Snapshot second = p.capture();
  p.restore(second.tree, first.tree);
  // Once more, as after a crash in the middle.
  CHECK(restore({p.root, &p.store, second.tree, first.tree, {}}).ok());
  CHECK(describe_folder(p.root) == "a [-] 1\n");
}

TEST_CASE("materialise: the same files, and a warm index") {
  Project p;
  for (int i = 0; i < 200; ++i) write_file(p / ("many/f" + std::to_string(i)), std::to_string(i));
  write_file(p / "tool", "x");
  fs::permissions(p / "tool", fs::perms::owner_all);
  fs::create_symlink("../..", p / "many/up");
  write_file(p / "a.b/c", "1");
  write_file(p / "a/c", "2");
  write_file(p / "a-b", "3");
  commit_all(p.root);
  const Snapshot s = p.capture();
  const fs::path copy = p.folder / "copy";
  auto index = materialise(p.store, s.tree, copy, threaded_for);
  REQUIRE(index.ok());
  CHECK(describe_folder(copy) == describe_folder(p.root));
  CHECK(materialise(p.store, s.tree, copy).error().code == ErrorCode::refused);

  CaptureRequest request = p.request();
  request.root = copy;
  request.user_repository.reset();
  request.rules_from = p.root;
  const auto again = capture(request, *index, threaded_for);
  REQUIRE(again.ok());
  CHECK(again->tree == s.tree);
  CHECK(again->hashed_files == 0);
  write_file(copy / "a/c", "changed");
  const auto changed = capture(request, *index);
  REQUIRE(changed.ok());
  CHECK(changed->hashed_files == 1);
}

TEST_CASE("snapshots: random edits, captured, edited again, and put back") {
  const bool holds = rc::check("restore(first) is first", [] {
    Project p;
    write_file(p / ".gitignore", "*.log\n");
    commit_all(p.root);
    const auto name = rc::gen::element<std::string>("a", "b", "c.log", "d e", "ü");
    const auto path = rc::gen::map(
        rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(name))),
        [](const std::vector<std::string>& names) {
          std::string joined;
          for (const auto& part : names) joined += (joined.empty() ? "" : "/") + part;
          return joined;
        });
    const auto edit = rc::gen::tuple(rc::gen::inRange(0, 6), path,
                                     rc::gen::element<std::string>("", "1", "two\n", "3\r\n"));
    const auto edits = rc::gen::container<std::vector<std::tuple<int, std::string, std::string>>>(edit);
    const auto apply = [&](const std::vector<std::tuple<int, std::string, std::string>>& list) {
      for (const auto& [kind, where, content] : list) {
        const fs::path at = p / where;
        std::error_code error;
        // A file above gives way, unless it is ignored: nobody's snapshot would hold it.
        for (fs::path above = at.parent_path(); above != p.root; above = above.parent_path()) {
          if (!fs::is_directory(fs::symlink_status(above)) && above.extension() != ".log")
            fs::remove(above, error);
        }
        fs::create_directories(at.parent_path(), error);
        if (error) continue;
        if (kind == 0) {
          fs::remove_all(at, error);
        } else if (kind == 1) {
          fs::remove_all(at, error);
          fs::create_symlink(content.empty() ? "x" : content, at, error);
        } else {
          if (!fs::is_regular_file(fs::symlink_status(at))) fs::remove_all(at, error);
          write_file(at, content);
          fs::permissions(at, fs::perms::owner_exec,
                          kind == 2 ? fs::perm_options::add : fs::perm_options::remove, error);
        }
      }
    };
    const auto ignored = [&] {
      std::string text;
      for (fs::recursive_directory_iterator it(p.root), end; it != end; ++it) {
        if (it->path().filename() == ".git") it.disable_recursion_pending();
        const std::string relative =
            fs::relative(it->path().parent_path(), p.root).native() + "/" + it->path().filename().native();
        if (relative.find(".log") != std::string::npos && it->is_regular_file() && !it->is_symlink())
          text += relative + read_file(it->path()) + "\n";
      }
      return text;
    };
    apply(*edits);
    const Snapshot first = p.capture();
    const std::string held = p.describe(first.tree);
    apply(*edits);
    const Snapshot second = p.capture();
    const std::string ignored_before = ignored();
    const auto done = restore({p.root, &p.store, second.tree, first.tree, {}});
    if (!done.ok()) {
      // Only an ignored file in the way may stop it, and then nothing has changed.
      RC_ASSERT(done.error().code == ErrorCode::refused);
      for (const auto& blocked : done.error().context["paths"]) {
        RC_ASSERT(blocked.get<std::string>().find(".log") != std::string::npos);
      }
      RC_ASSERT(p.capture().tree == second.tree);
    } else {
      const Snapshot third = p.capture();
      RC_ASSERT(p.describe(third.tree) == held);
      RC_ASSERT(third.tree == first.tree);
    }
    RC_ASSERT(ignored() == ignored_before);
    RC_ASSERT(fsck(p.state / "repo.git") == "");
  });
  CHECK(holds);
}
