#include "engine/git/repository.h"

#include <algorithm>
#include <charconv>

#include "engine/git/repository_impl.h"

namespace pland::engine::git {
namespace fs = std::filesystem;
namespace {

Error corrupt(std::string_view what, const Oid& oid) {
  Error error;
  error.code = ErrorCode::git;
  error.message = std::string(what) + " " + oid.hex() + " is malformed; `git fsck` tells more";
  error.context = {{"oid", oid.hex()}};
  return error;
}

Error wrong_type(const Oid& oid, std::string_view wanted, git_object_t found) {
  Error error;
  error.code = ErrorCode::git;
  error.message =
      "object " + oid.hex() + " is a " + git_object_type2string(found) + ", not a " + std::string(wanted);
  error.context = {{"oid", oid.hex()}};
  return error;
}

Result<OdbObjectHandle> read_object(git_odb* odb, const Oid& oid, git_object_t type, const fs::path& where) {
  git_oid id = to_git(oid);
  git_odb_object* raw = nullptr;
  if (const int code = git_odb_read(&raw, odb, &id); code < 0) {
    return libgit2_error(code,
                         std::string("reading ") + git_object_type2string(type) + " " + oid.hex() + " of",
                         where.native());
  }
  OdbObjectHandle object(raw);
  if (git_odb_object_type(raw) != type) {
    return wrong_type(oid, git_object_type2string(type), git_odb_object_type(raw));
  }
  return object;
}

std::string_view bytes_of(git_odb_object* object) {
  return {static_cast<const char*>(git_odb_object_data(object)), git_odb_object_size(object)};
}

Result<Oid> write_object(const Repository::Impl& impl, std::string_view bytes, git_object_t type) {
  if (!impl.is_private) {
    return Error{ErrorCode::refused,
                 "writing an object to '" + impl.git_dir.string() + "': the user's repository is only read",
                 {{"path", impl.git_dir.string()}}};
  }
  git_oid id;
  if (const int code = git_odb_hash(&id, bytes.data(), bytes.size(), type); code < 0) {
    return libgit2_error(code, "hashing for", impl.git_dir.native());
  }
  if (git_odb_exists_ext(impl.own_odb.get(), &id, GIT_ODB_LOOKUP_NO_REFRESH) == 1) return from_git(id);
  if (const int code = git_odb_write(&id, impl.writer.get(), bytes.data(), bytes.size(), type); code < 0) {
    return libgit2_error(code, "writing an object to", impl.git_dir.native());
  }
  return from_git(id);
}

bool valid_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != ".git" &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Repository::Repository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

bool Repository::is_private() const {
  return impl_->is_private;
}
const fs::path& Repository::git_dir() const {
  return impl_->git_dir;
}
const fs::path& Repository::common_dir() const {
  return impl_->common_dir;
}
const std::optional<fs::path>& Repository::work_dir() const {
  return impl_->work_dir;
}

Result<std::vector<TreeEntry>> Repository::read_tree(const Oid& tree) const {
  std::vector<TreeEntry> entries;
  if (tree == empty_tree_oid()) return entries;
  PLAND_TRY(const OdbObjectHandle object,
            read_object(impl_->odb.get(), tree, GIT_OBJECT_TREE, impl_->git_dir));
  std::string_view rest = bytes_of(object.get());
  entries.reserve(rest.size() / 36 + 1);
  while (!rest.empty()) {  // "<octal mode> <name>\0<20 bytes>"
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return corrupt("tree", tree);
    std::uint32_t mode = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + space, mode, 8);
    if (parsed.ec != std::errc() || parsed.ptr != rest.data() + space) return corrupt("tree", tree);
    const std::size_t end = rest.find('\0', space + 1);
    if (end == std::string_view::npos || rest.size() < end + 21) return corrupt("tree", tree);
    TreeEntry& entry = entries.emplace_back();
    entry.name = rest.substr(space + 1, end - space - 1);
    // Old tools wrote 0100664 and the like; only the owner's execute bit counts, as for git.
    const std::uint32_t kind = mode & 0170000;
    entry.mode = kind == 0100000 ? ((mode & 0100) != 0 ? FileMode::executable : FileMode::file)
                                 : static_cast<FileMode>(kind);
    std::memcpy(entry.oid.bytes.data(), rest.data() + end + 1, 20);
    rest.remove_prefix(end + 21);
  }
  return entries;
}

Result<Blob> Repository::read_blob(const Oid& blob) const {
  PLAND_TRY(OdbObjectHandle object, read_object(impl_->odb.get(), blob, GIT_OBJECT_BLOB, impl_->git_dir));
  Blob result;
  result.bytes = bytes_of(object.get());
  result.owner = std::shared_ptr<git_odb_object>(std::move(object));
  return result;
}

Result<std::uint64_t> Repository::blob_size(const Oid& blob) const {
  git_oid id = to_git(blob);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (const int code = git_odb_read_header(&size, &type, impl_->odb.get(), &id); code < 0) {
    return libgit2_error(code, "reading blob " + blob.hex() + " of", impl_->git_dir.native());
  }
  if (type != GIT_OBJECT_BLOB) return wrong_type(blob, "blob", type);
  return std::uint64_t{size};
}

Result<Commit> Repository::read_commit(const Oid& commit) const {
  git_oid id = to_git(commit);
  git_commit* raw = nullptr;
  if (const int code = git_commit_lookup(&raw, impl_->repository.get(), &id); code < 0) {
    return libgit2_error(code, "reading commit " + commit.hex() + " of", impl_->git_dir.native());
  }
  const CommitHandle handle(raw);
  Commit result;
  result.id = commit;
  result.tree = from_git(*git_commit_tree_id(raw));
  for (unsigned i = 0; i < git_commit_parentcount(raw); ++i) {
    result.parents.push_back(from_git(*git_commit_parent_id(raw, i)));
  }
  if (const char* message = git_commit_message(raw)) result.message = message;
  result.time = git_commit_time(raw);
  return result;
}

bool Repository::has_object(const Oid& object) const {
  git_oid id = to_git(object);
  return git_odb_exists(impl_->odb.get(), &id) == 1;
}

bool Repository::has_own_object(const Oid& object) const {
  git_oid id = to_git(object);
  return git_odb_exists_ext(impl_->own_odb.get(), &id, GIT_ODB_LOOKUP_NO_REFRESH) == 1 ||
         git_odb_exists(impl_->own_odb.get(), &id) == 1;
}

Result<Oid> Repository::hash_blob(std::string_view bytes) {
  start_libgit2();
  git_oid id;
  if (const int code = git_odb_hash(&id, bytes.data(), bytes.size(), GIT_OBJECT_BLOB); code < 0) {
    return libgit2_error(code, "hashing", "a blob");
  }
  return from_git(id);
}

Result<Oid> Repository::write_blob(std::string_view bytes) {
  return write_object(*impl_, bytes, GIT_OBJECT_BLOB);
}

Result<Oid> Repository::write_tree(std::vector<TreeEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const TreeEntry& a, const TreeEntry& b) {
    return tree_order(a.name, a.mode == FileMode::tree, b.name, b.mode == FileMode::tree);
  });
  std::string bytes;
  bytes.reserve(entries.size() * 48);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const TreeEntry& entry = entries[i];
    if (!valid_name(entry.name) || (i > 0 && entries[i - 1].name == entry.name)) {
      return Error{ErrorCode::invalid_argument,
                   "a tree cannot hold the name '" + entry.name + "' (empty, reserved, or twice)",
                   {{"name", entry.name}}};
    }
    char mode[8];
    const auto end = std::to_chars(mode, mode + sizeof(mode), static_cast<std::uint32_t>(entry.mode), 8);
    bytes.append(mode, end.ptr);
    bytes += ' ';
    bytes += entry.name;
    bytes += '\0';
    bytes.append(reinterpret_cast<const char*>(entry.oid.bytes.data()), entry.oid.bytes.size());
  }
  return write_object(*impl_, bytes, GIT_OBJECT_TREE);
}

Result<Oid> Repository::write_commit(const Oid& tree, const std::vector<Oid>& parents,
                                     std::string_view message, std::int64_t time) {
  std::string bytes = "tree " + tree.hex() + "\n";
  for (const Oid& parent : parents) bytes += "parent " + parent.hex() + "\n";
  const std::string who =
      std::string(commit_name) + " <" + std::string(commit_email) + "> " + std::to_string(time) + " +0000\n";
  bytes += "author " + who + "committer " + who + "\n";
  // A NUL would end the message for every reader.
  std::remove_copy(message.begin(), message.end(), std::back_inserter(bytes), '\0');
  if (bytes.back() != '\n') bytes += '\n';
  return write_object(*impl_, bytes, GIT_OBJECT_COMMIT);
}

Status Repository::ensure_own(const Oid& object) {
  git_oid id = to_git(object);
  if (git_odb_exists_ext(impl_->own_odb.get(), &id, GIT_ODB_LOOKUP_NO_REFRESH) == 1) return {};
  git_odb_object* raw = nullptr;
  if (const int code = git_odb_read(&raw, impl_->odb.get(), &id); code < 0) {
    return libgit2_error(code, "keeping object " + object.hex() + " in", impl_->git_dir.native());
  }
  const OdbObjectHandle handle(raw);
  PLAND_CHECK(write_object(*impl_, bytes_of(raw), git_odb_object_type(raw)));
  return {};
}

}  // namespace pland::engine::git
