#include "engine/git/libgit2.h"

#include <string>

namespace pland::engine::git {
namespace {
struct Library {
  Library() {
    git_libgit2_init();
    // See repository.h: libgit2 runs nothing that this check guards against.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // git does not hash again what it reads, nor look up what a new tree names; `git fsck` does.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
    // Extensions that change nothing for a reader of objects, refs and the index, and that git's own
    // commands (sparse-checkout, clone --filter, worktree) switch on.
    const char* extensions[] = {"worktreeconfig", "partialclone", "preciousobjects", "relativeworktrees"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, sizeof(extensions) / sizeof(extensions[0]));
  }
};
}  // namespace

// Never shut down: threads of the arena may still hold objects when static destructors run.
void start_libgit2() {
  static const Library library;
}

Error libgit2_error(int code, std::string_view doing, std::string_view subject) {
  const git_error* last = git_error_last();
  std::string reason = last != nullptr && last->message != nullptr ? last->message : "unknown error";
  Error error;
  error.code = code == GIT_ENOTFOUND ? ErrorCode::not_found : ErrorCode::git;
  if (reason.find("extensions.objectformat") != std::string::npos) {
    reason = "the repository uses SHA-256 objects, which pland cannot read yet";
  }
  error.message = std::string(doing) + " '" + std::string(subject) + "': " + reason;
  error.context = {{"subject", subject}, {"libgit2", code}};
  return error;
}

}  // namespace pland::engine::git
