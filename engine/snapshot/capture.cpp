#include "engine/snapshot/capture.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "engine/git/ignore.h"
#include "engine/git/tree_edit.h"
#include "engine/git/user_index.h"
#include "engine/snapshot/hash_files.h"
#include "engine/snapshot/scan.h"
#include "engine/snapshot/snapshot_trees.h"
#include "engine/snapshot/user_tracking.h"

namespace pland::engine {
namespace fs = std::filesystem;
namespace {

// The kernel stamps files with a clock that ticks every 1 to 10 ms: what was written this long before the
// start may be written again without a new time.
constexpr std::int64_t clock_grain_ns = 20'000'000;

std::int64_t file_clock_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// How far a capture trusts what is known; it falls back when an object turns out to be gone.
enum class Trust { index, user_index, nothing };

struct UserFacts {
  git::Repository repository;
  FileStat index_stat;
};

/// Everything but the commit.
struct Content {
  FolderIndex index;
  git::Oid tree;  ///< without buffers
  std::vector<LeftOut> left_out;
  std::size_t hashed_files = 0;
  std::size_t listed_folders = 0;
  bool changed = false;  ///< the index is worth saving
};

class Capture {
 public:
  Capture(const CaptureRequest& request, const ParallelFor& parallel_for)
      : request_(request), parallel_for_(parallel_for) {}

  Result<Snapshot> run(FolderIndex& index, bool* changed) {
    PLAND_CHECK(prepare());
    Content content;
    for (const Trust trust : {Trust::index, Trust::user_index, Trust::nothing}) {
      auto attempt = read_content(trust == Trust::index ? index : FolderIndex{}, trust);
      if (attempt.ok()) {
        content = *std::move(attempt);
        break;
      }
      // An object that was known is gone (someone's garbage collection): read its file again.
      if (attempt.error().code != ErrorCode::not_found || trust == Trust::nothing) {
        return with_context(std::move(attempt.error()), "capturing '" + request_.root.string() + "'");
      }
    }
    PLAND_TRY(auto store, request_.store->lease());
    Snapshot snapshot;
    snapshot.file_count = count_files(content.index.root);
    snapshot.left_out = std::move(content.left_out);
    snapshot.hashed_files = content.hashed_files;
    snapshot.listed_folders = content.listed_folders;
    snapshot.borrowed_from = borrow_;
    PLAND_TRY(snapshot.tree, with_buffers(*store, content, snapshot));
    std::sort(snapshot.left_out.begin(), snapshot.left_out.end(),
              [](const LeftOut& a, const LeftOut& b) { return a.path < b.path; });
    if (!request_.parents.empty()) {
      PLAND_TRY(const git::Commit parent, store->read_commit(request_.parents.front()));
      PLAND_TRY(const auto changes, git::diff_trees(*store, parent.tree, snapshot.tree));
      for (const git::FileChange& change : changes) snapshot.changed_paths.push_back(change.path);
    }
    PLAND_TRY(snapshot.commit,
              store->write_commit(snapshot.tree, request_.parents, request_.message, request_.time));
    if (changed != nullptr) *changed = content.changed;
    index = std::move(content.index);
    return snapshot;
  }

 private:
  Status prepare() {
    if (request_.store == nullptr)
      return Error{ErrorCode::internal, "a capture needs the private repository"};
    root_ = open_root(request_.root);
    if (!root_.is_open()) return io_error("capturing", request_.root.native(), errno);
    for (const UnsavedBuffer& buffer : request_.buffers) {
      if (fs::path(buffer.path).is_absolute() ||
          fs::path(buffer.path).lexically_normal() != fs::path(buffer.path) || buffer.path.empty() ||
          buffer.path.starts_with("../") || buffer.path == ".." || buffer.path.ends_with('/')) {
        return Error{ErrorCode::invalid_argument,
                     "an unsaved buffer's path must be relative and inside the folder: '" + buffer.path + "'",
                     {{"path", buffer.path}}};
      }
    }
    options_.root = root_.get();
    options_.untracked_size_cap = request_.untracked_size_cap;
    options_.racy_from_ns = file_clock_ns() - clock_grain_ns;
    std::error_code error;
    const fs::path root = fs::canonical(request_.root, error);
    if (error) return io_error("capturing", request_.root.native(), error.value());
    for (const fs::path& excluded : request_.excluded) {
      const fs::path real = fs::weakly_canonical(excluded, error);
      const std::string path = (error ? excluded : real).lexically_relative(root).native();
      if (!path.empty() && !path.starts_with("..")) options_.excluded.insert(path);
    }
    if (request_.user_repository) {
      PLAND_TRY(git::Repository repository, git::Repository::open(*request_.user_repository));
      if (repository.work_dir() != root) {
        return Error{
            ErrorCode::invalid_argument,
            "capturing '" + request_.root.string() + "': it is not the root of the repository's work tree",
            {{"path", request_.root.string()}}};
      }
      borrow_ = request_.borrow_from;
      if (!borrow_) {
        PLAND_TRY(borrow_, repository.head_commit());
      }
      const FileStat index_stat = user_index_stat(repository);
      user_ = UserFacts{std::move(repository), index_stat};
    }
    if (user_) {
      PLAND_TRY(options_.rules, git::standard_rules(&user_->repository));
    } else if (request_.rules_from) {
      PLAND_TRY(const git::Repository repository, git::Repository::open(*request_.rules_from));
      PLAND_TRY(options_.rules, git::standard_rules(&repository));
    } else {
      PLAND_TRY(options_.rules, git::standard_rules(nullptr));
    }
    return {};
  }

  Result<Content> read_content(FolderIndex known, Trust trust) {
    PLAND_TRY(auto store, request_.store->lease());
    Content content;
    std::optional<git::Oid> borrowed_tree;
    bool adopt = false;
    if (user_) {
      const bool first = known.root.files.empty() && known.root.folders.empty();
      // An index file younger than the clock's grain may change again unseen.
      if (first || known.user_index != user_->index_stat || !user_->index_stat.is_known()) {
        PLAND_TRY(const git::UserIndex user_index, git::read_user_index(user_->repository));
        PLAND_CHECK(follow_user_index(known, user_->repository, user_index, *request_.store,
                                      trust != Trust::nothing, parallel_for_));
        known.closed = false;
        content.changed = true;
      }
      if (borrow_) {
        PLAND_TRY(const git::Commit commit, store->read_commit(*borrow_));
        borrowed_tree = commit.tree;
        adopt = first;
      }
      if (known.closed_over != borrow_) known.closed = false;
    }
    PLAND_TRY(Scan scan, scan_folder(known.root, options_, parallel_for_));
    PLAND_TRY(content.hashed_files, hash_files(scan, options_, *request_.store, parallel_for_));
    if (adopt) PLAND_CHECK(adopt_trees(scan.root, *store, *borrowed_tree));
    PLAND_TRY(content.tree, write_trees(scan.root, known.root, *store));
    if (user_ && !known.closed) PLAND_CHECK(own_difference(*store, borrowed_tree, content.tree));
    content.changed = content.changed || content.hashed_files > 0 || scan.listed_folders > 0 ||
                      !known.root.tree || content.tree != *known.root.tree || (user_ && !known.closed);
    content.listed_folders = scan.listed_folders;
    content.left_out = std::move(scan.left_out);
    content.index.root = std::move(scan.root);
    content.index.closed = true;
    content.index.closed_over = user_ ? borrow_ : known.closed_over;
    if (user_ && user_->index_stat.mtime_ns < options_.racy_from_ns)
      content.index.user_index = user_->index_stat;
    return content;
  }

  /// The editor's text in place of the files': a buffer of an ignored file, or of one inside something that
  /// the snapshot does not cover, is as little part of it as the file.
  Result<git::Oid> with_buffers(git::Repository& store, const Content& content, Snapshot& snapshot) {
    std::vector<git::TreeEdit> edits;
    for (const UnsavedBuffer& buffer : request_.buffers) {
      PLAND_TRY(const git::FileVersion present, git::lookup(store, content.tree, buffer.path));
      if (!present.exists() && (git::is_ignored(request_.root, options_.rules, buffer.path, false) ||
                                is_left_out(snapshot.left_out, buffer.path))) {
        continue;
      }
      PLAND_TRY(const bool blocked, leads_through_file(store, content.tree, buffer.path));
      if (blocked || (present.exists() && !git::is_blob(present.mode)) ||
          present.mode == git::FileMode::link) {
        snapshot.left_out.push_back({buffer.path, "unsaved text of what is not a plain file"});
        continue;
      }
      PLAND_TRY(const git::Oid blob, store.write_blob(buffer.text));
      edits.push_back({buffer.path, {present.exists() ? present.mode : git::FileMode::file, blob}});
      if (!present.exists()) ++snapshot.file_count;
      std::erase_if(snapshot.left_out, [&](const LeftOut& left) { return left.path == buffer.path; });
    }
    return git::edit_tree(store, content.tree, std::move(edits));
  }

  /// Inside a folder that was left out as a whole, or that is excluded.
  bool is_left_out(const std::vector<LeftOut>& left_out, std::string_view path) const {
    const auto holds = [path](std::string_view folder) {
      return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
    };
    return path == ".git" || path.starts_with(".git/") || path.find("/.git/") != std::string_view::npos ||
           std::any_of(left_out.begin(), left_out.end(),
                       [&](const LeftOut& left) { return holds(left.path); }) ||
           std::any_of(options_.excluded.begin(), options_.excluded.end(), holds);
  }

  static Result<bool> leads_through_file(const git::Repository& store, const git::Oid& tree,
                                         std::string_view path) {
    for (std::string_view above = split_path(path).first; !above.empty(); above = split_path(above).first) {
      PLAND_TRY(const git::FileVersion there, git::lookup(store, tree, above));
      if (there.exists()) return there.mode != git::FileMode::tree;
    }
    return false;
  }

  const CaptureRequest& request_;
  const ParallelFor& parallel_for_;
  OpenFile root_;
  ScanOptions options_;
  std::optional<UserFacts> user_;
  std::optional<git::Oid> borrow_;
};

}  // namespace

Result<Snapshot> capture(const CaptureRequest& request, FolderIndex& index, const ParallelFor& parallel_for) {
  return Capture(request, parallel_for).run(index, nullptr);
}

Result<Snapshot> capture(const CaptureRequest& request, const fs::path& index_file,
                         const ParallelFor& parallel_for) {
  FolderIndex index = load_folder_index(index_file).value_or(FolderIndex{});
  bool changed = false;
  PLAND_TRY(Snapshot snapshot, Capture(request, parallel_for).run(index, &changed));
  if (changed) PLAND_CHECK(save_folder_index(index, index_file));
  return snapshot;
}

}  // namespace pland::engine
