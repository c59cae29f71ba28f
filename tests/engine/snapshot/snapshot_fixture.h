// A project folder, a private repository beside it, and captures of it with a kept index.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "engine/git/repository.h"
#include "engine/git/repository_pool.h"
#include "engine/git/tree_edit.h"
#include "engine/snapshot/capture.h"
#include "engine/snapshot/materialise.h"
#include "engine/snapshot/restore.h"
#include "tests/support/git_fixture.h"

namespace pland::testing {

/// Lets the clock of file times be past what was written: the racy rule then trusts it. Without waiting.
inline void age(const std::filesystem::path& root) {
  const timespec old{1'600'000'000, 0};
  const timespec times[2] = {old, old};
  std::vector<std::filesystem::path> paths = {root};
  for (std::filesystem::recursive_directory_iterator it(root), end; it != end; ++it) {
    if (it->path().filename() == ".git") {
      it.disable_recursion_pending();
    } else {
      paths.push_back(it->path());
    }
  }
  for (const auto& path : paths) ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

/// Permission bits hold for this thread while it lives, also when it is root's.
class WithoutOverride {
 public:
  WithoutOverride() {
    REQUIRE(::syscall(SYS_capget, &header_, before_) == 0);
    __user_cap_data_struct now[2] = {before_[0], before_[1]};
    now[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
    REQUIRE(::syscall(SYS_capset, &header_, now) == 0);
  }
  ~WithoutOverride() { ::syscall(SYS_capset, &header_, before_); }
  WithoutOverride(const WithoutOverride&) = delete;
  WithoutOverride& operator=(const WithoutOverride&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[2] = {};
};

struct Project {
  enum class Kind { git, plain };

  explicit Project(Kind kind_of_project = Kind::git)
      : kind(kind_of_project),
        store((prepare(), state / "repo.git"), engine::git::RepositoryPool::Kind::private_repository) {}

  engine::CaptureRequest request() {
    engine::CaptureRequest r;
    r.root = root;
    r.store = &store;
    if (kind == Kind::git) r.user_repository = root;
    r.message = "snapshot";
    r.time = 1'700'000'000;
    return r;
  }
  engine::Snapshot capture(engine::CaptureRequest r) {
    auto snapshot = engine::capture(r, state / "indexes/main");
    if (!snapshot.ok()) FAIL(snapshot.error().message);
    return *snapshot;
  }
  engine::Snapshot capture() { return capture(request()); }

  /// "mode path content" a line; links as "path -> target".
  std::string describe(const engine::git::Oid& tree) {
    auto lease = store.lease();
    REQUIRE(lease.ok());
    auto files = engine::git::list_files(**lease, tree);
    REQUIRE(files.ok());
    std::string text;
    for (const auto& file : *files) {
      using engine::git::FileMode;
      if (file.file.mode == FileMode::gitlink) {
        text += file.path + " submodule\n";
        continue;
      }
      const auto blob = (*lease)->read_blob(file.file.oid);
      REQUIRE(blob.ok());
      const char* mark = file.file.mode == FileMode::link         ? " -> "
                         : file.file.mode == FileMode::executable ? " [x] "
                                                                  : " [-] ";
      text += file.path + mark + std::string(blob->bytes) + "\n";
    }
    return text;
  }
  std::vector<engine::RestoredFile> restore(const engine::git::Oid& from, const engine::git::Oid& to) {
    auto restored = engine::restore({root, &store, from, to, {}});
    if (!restored.ok()) FAIL(restored.error().message);
    return *restored;
  }
  std::filesystem::path operator/(std::string_view name) const { return root / name; }

  Kind kind;
  TemporaryFolder folder;
  std::filesystem::path root = folder / "project";
  std::filesystem::path state = folder / "state";
  engine::git::RepositoryPool store;

 private:
  void prepare() {
    seal_environment();
    std::filesystem::create_directories(root);
    if (kind == Kind::git) init_repository(root);
    std::optional<std::filesystem::path> lender;
    if (kind == Kind::git) lender = root;
    auto made = engine::git::Repository::create_private(state / "repo.git", lender);
    if (!made.ok()) FAIL(made.error().message);
  }
};

}  // namespace pland::testing
