#include "engine/sandbox/keep.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>

#include "engine/git/program.h"
#include "engine/git/repository.h"
#include "engine/git/tree_edit.h"

namespace pland::engine {
namespace fs = std::filesystem;
namespace {

/// A commit that was made in a sandbox, and what it is to be called.
struct Tip {
  std::string name;
  git::Oid oid;
};

Result<std::vector<Tip>> tips_of(const git::Repository& repository) {
  std::vector<Tip> tips;
  PLAND_TRY(const auto head, repository.head_commit());
  if (head) tips.push_back({"HEAD", *head});
  PLAND_TRY(const auto refs, repository.list_refs("refs/"));
  for (const git::Ref& ref : refs) tips.push_back({ref.name.substr(std::string("refs/").size()), ref.oid});
  PLAND_TRY(const auto stashes, repository.stashes());
  // The newest is refs/stash itself.
  for (std::size_t i = 1; i < stashes.size(); ++i) tips.push_back({"stash-" + std::to_string(i), stashes[i]});
  return tips;
}

/// The ignored files of one entry of `git ls-files`, as long as they are few and small.
class Collector {
 public:
  Collector(const fs::path& folder, const std::vector<std::string>& brought)
      : folder_(folder), brought_(brought.begin(), brought.end()) {}

  /// Paths to keep, or nothing: too much, or not to be kept.
  std::optional<std::vector<std::string>> collect(const std::string& entry) {
    files_.clear();
    bytes_ = 0;
    const bool is_folder = entry.ends_with('/');
    const bool small = is_folder ? walk(entry.substr(0, entry.size() - 1)) : add(entry);
    if (!small || total_ + bytes_ > kept_total_limit) return std::nullopt;
    total_ += bytes_;
    return files_;
  }
  bool is_brought(const std::string& path) const { return brought_.count(path) > 0; }

 private:
  bool add(const std::string& path) {
    struct stat status {};
    if (::lstat((folder_ / path).c_str(), &status) != 0) return false;
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) return false;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > kept_file_limit) return false;
    bytes_ += size;
    files_.push_back(path);
    return files_.size() <= kept_folder_files && bytes_ <= kept_folder_limit;
  }

  bool walk(const std::string& path) {
    std::error_code failure;
    for (fs::directory_iterator it(folder_ / path, failure), end; !failure && it != end;
         it.increment(failure)) {
      const std::string below = path + "/" + it->path().filename().string();
      if (is_brought(below)) continue;
      if (it->path().filename() == ".git") return false;  // a repository: no tree can hold it
      const bool is_folder = it->is_directory(failure) && !it->is_symlink(failure);
      if (!(is_folder ? walk(below) : add(below))) return false;
    }
    return !failure;
  }

  const fs::path& folder_;
  std::set<std::string> brought_;
  std::vector<std::string> files_;
  std::uint64_t bytes_ = 0;
  std::uint64_t total_ = 0;
};

Result<git::FileVersion> keep_file(git::Repository& repository, const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return io_error("looking at", file.native(), errno);
  git::FileVersion version;
  if (S_ISLNK(status.st_mode)) {
    std::error_code failure;
    const fs::path target = fs::read_symlink(file, failure);
    if (failure) return io_error("reading the link", file.native(), failure.value());
    version.mode = git::FileMode::link;
    PLAND_TRY(version.oid, repository.write_blob(target.native()));
    return version;
  }
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) return io_error("reading", file.native(), errno);
  version.mode = (status.st_mode & S_IXUSR) != 0 ? git::FileMode::executable : git::FileMode::file;
  PLAND_TRY(version.oid, repository.write_blob(bytes));
  return version;
}

}  // namespace

Result<std::size_t> keep_history(const fs::path& git_dir, git::RepositoryPool& store,
                                 const std::string& ref_prefix) {
  PLAND_TRY(auto made, git::Repository::open(git_dir));
  PLAND_TRY(std::vector<Tip> tips, tips_of(made));
  {
    PLAND_TRY(const auto known, store.lease());
    std::erase_if(tips, [&](const Tip& tip) { return known->has_object(tip.oid); });
  }
  if (tips.empty()) return std::size_t{0};
  // By names of our own: a fetch asks for refs, and an older stash is none.
  std::vector<std::string> arguments = {"-c",
                                        "gc.auto=0",
                                        "fetch",
                                        "--quiet",
                                        "--no-tags",
                                        "--no-auto-gc",
                                        "--no-write-fetch-head",
                                        "--update-shallow",
                                        git_dir.native()};
  for (std::size_t i = 0; i < tips.size(); ++i) {
    const std::string name = "refs/pland/keep/" + std::to_string(i);
    PLAND_CHECK(made.set_ref(name, tips[i].oid));
    arguments.push_back("+" + name + ":" + ref_prefix + "/" + tips[i].name);
  }
  PLAND_TRY(const git::GitOutput fetched, git::run_git(store.path(), arguments));
  for (std::size_t i = 0; i < tips.size(); ++i)
    PLAND_CHECK(made.delete_ref("refs/pland/keep/" + std::to_string(i)));
  if (fetched.exit_code != 0) {
    return Error{ErrorCode::io,
                 "keeping the commits made in '" + git_dir.parent_path().string() + "': " + fetched.err,
                 {{"path", git_dir.parent_path().string()}}};
  }
  return tips.size();
}

Result<IgnoredFiles> capture_ignored(const fs::path& folder, const std::vector<std::string>& brought,
                                     git::RepositoryPool& store, const SandboxCapture& request) {
  PLAND_TRY(const git::GitOutput listed, git::run_git(folder, {"ls-files", "-z", "--others", "--ignored",
                                                               "--exclude-standard", "--directory"}));
  if (listed.exit_code != 0) {
    return Error{ErrorCode::io,
                 "listing the ignored files of '" + folder.string() + "': " + listed.err,
                 {{"path", folder.string()}}};
  }
  IgnoredFiles result;
  Collector collector(folder, brought);
  PLAND_TRY(auto repository, store.lease());
  std::vector<git::TreeEdit> kept;
  for (std::size_t at = 0; at < listed.out.size();) {
    const std::string entry = listed.out.substr(at, listed.out.find('\0', at) - at);
    at += entry.size() + 1;
    if (collector.is_brought(entry.ends_with('/') ? entry.substr(0, entry.size() - 1) : entry)) continue;
    const auto paths = collector.collect(entry);
    if (!paths) result.not_kept.push_back(entry);
    if (!paths) continue;
    for (const std::string& path : *paths) {
      PLAND_TRY(const git::FileVersion version, keep_file(*repository, folder / path));
      kept.push_back({path, version});
    }
  }
  if (kept.empty()) return result;
  PLAND_TRY(const git::Oid tree, git::edit_tree(*repository, git::empty_tree_oid(), std::move(kept)));
  PLAND_TRY(result.commit, repository->write_commit(tree, request.parents, request.message, request.time));
  return result;
}

}  // namespace pland::engine
