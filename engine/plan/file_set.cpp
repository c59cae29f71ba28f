#include "engine/plan/file_set.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/paths.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

/// Where `path` lies, with every parent checked to be a real directory below `root` (or missing).
Result<fs::path> target_of(const fs::path& root, const std::string& path) {
  return resolve_inside(root, path, FinalLink::keep);
}

fs::path staged_name(const fs::path& target, const std::string& token) {
  return target.parent_path() / (".pland-" + token + "-" + target.filename().string());
}

Result<std::string> read_bytes(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return io_error("reading", file.string(), errno);
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int failure = errno;
      ::close(descriptor);
      return io_error("reading", file.string(), failure);
    }
    if (count == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  return bytes;
}

Status write_bytes(const fs::path& file, std::string_view bytes, mode_t permissions) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions);
  if (descriptor < 0) return io_error("writing", file.string(), errno);
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int failure = errno;
      ::close(descriptor);
      return io_error("writing", file.string(), failure);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(descriptor) != 0 || ::close(descriptor) != 0) return io_error("writing", file.string(), errno);
  return {};
}

/// The permission bits to give: those the file has, with the executable bits as `mode` says.
mode_t permissions_for(const fs::path& target, git::FileMode mode) {
  struct stat status {};
  const bool executable = mode == git::FileMode::executable;
  if (::lstat(target.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    const mode_t kept = status.st_mode & 0777U;
    const mode_t readable = (kept & 0444U) >> 2U;
    return executable ? (kept | readable) : (kept & ~static_cast<mode_t>(0111U));
  }
  return executable ? 0777 : 0666;  // the umask applies
}

Status write_staged(git::Repository& repository, const fs::path& target, const git::FileVersion& state,
                    const std::string& token) {
  std::error_code failure;
  fs::create_directories(target.parent_path(), failure);
  if (failure) return io_error("making the folder", target.parent_path().string(), failure.value());
  PLAND_TRY(const git::Blob blob, repository.read_blob(state.oid));
  const fs::path staged = staged_name(target, token);
  ::unlink(staged.c_str());
  if (state.mode == git::FileMode::link) {
    const std::string destination(blob.bytes);
    if (::symlink(destination.c_str(), staged.c_str()) != 0)
      return io_error("making the link", staged.string(), errno);
    return {};
  }
  const mode_t permissions = permissions_for(target, state.mode);
  PLAND_CHECK(write_bytes(staged, blob.bytes, permissions));
  struct stat existing {};
  if (::lstat(target.c_str(), &existing) == 0 && ::chmod(staged.c_str(), permissions) != 0) {
    return io_error("setting the permissions of", staged.string(), errno);
  }
  return {};
}

/// Removes folders that became empty, up to (not including) the root.
void prune_empty_parents(const fs::path& root, fs::path folder) {
  while (folder != root && folder.string().size() > root.string().size()) {
    if (::rmdir(folder.c_str()) != 0) return;
    folder = folder.parent_path();
  }
}

Status put(git::Repository& repository, const fs::path& root, const std::string& path,
           const git::FileVersion& state, const std::string& token, bool already_staged) {
  PLAND_TRY(const fs::path target, target_of(root, path));
  if (state.mode == git::FileMode::none) {
    if (::unlink(target.c_str()) != 0 && errno != ENOENT) return io_error("deleting", target.string(), errno);
    prune_empty_parents(root, target.parent_path());
    return {};
  }
  if (!already_staged) PLAND_CHECK(write_staged(repository, target, state, token));
  if (::rename(staged_name(target, token).c_str(), target.c_str()) != 0) {
    return io_error("writing", target.string(), errno);
  }
  return {};
}

Status expect(git::Repository& repository, const fs::path& root, const FileWrite& write) {
  PLAND_TRY(const git::FileVersion now, read_file_version(repository, root, write.path));
  if (now == write.before) return {};
  return Error{
      ErrorCode::refused,
      fmt::format("'{}' changed while it was to be written; nothing was written, try again", write.path),
      {{"paths", {write.path}}}};
}

}  // namespace

Result<git::FileVersion> read_file_version(git::Repository& repository, const fs::path& root,
                                           const std::string& path) {
  PLAND_TRY(const fs::path target, target_of(root, path));
  struct stat status {};
  if (::lstat(target.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return git::FileVersion{};
    return io_error("looking at", target.string(), errno);
  }
  git::FileVersion state;
  if (S_ISLNK(status.st_mode)) {
    std::error_code failure;
    const fs::path destination = fs::read_symlink(target, failure);
    if (failure) return io_error("reading the link", target.string(), failure.value());
    state.mode = git::FileMode::link;
    PLAND_TRY(state.oid, repository.write_blob(destination.string()));
    return state;
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::refused,
                 fmt::format("'{}' is {} where a file is expected; move it away and try again", path,
                             S_ISDIR(status.st_mode) ? "a folder" : "no regular file"),
                 {{"paths", {path}}}};
  }
  state.mode = (status.st_mode & 0100U) != 0 ? git::FileMode::executable : git::FileMode::file;
  PLAND_TRY(const std::string bytes, read_bytes(target));
  PLAND_TRY(state.oid, repository.write_blob(bytes));
  return state;
}

Result<StagedFiles> stage_files(git::Repository& repository, const fs::path& root,
                                std::vector<FileWrite> writes, const std::string& token) {
  StagedFiles staged{root, std::move(writes), token};
  for (const auto& write : staged.writes) PLAND_CHECK(expect(repository, root, write));
  for (const auto& write : staged.writes) {
    if (write.after.mode == git::FileMode::none) continue;
    Status written;
    if (const auto target = target_of(root, write.path); !target.ok()) {
      written = target.error();
    } else {
      written = write_staged(repository, *target, write.after, token);
    }
    if (!written.ok()) {
      discard_files(staged);
      return written.error();
    }
  }
  return staged;
}

Status commit_files(git::Repository& repository, const StagedFiles& staged) {
  for (const auto& write : staged.writes) {
    if (const auto unchanged = expect(repository, staged.root, write); !unchanged.ok()) {
      discard_files(staged);
      return unchanged.error();
    }
  }
  std::size_t done = 0;
  Status failed;
  // Deletions first: a folder may have to make room for a file.
  std::vector<const FileWrite*> order;
  for (const auto& write : staged.writes) {
    if (write.after.mode == git::FileMode::none) order.push_back(&write);
  }
  for (const auto& write : staged.writes) {
    if (write.after.mode != git::FileMode::none) order.push_back(&write);
  }
  for (; done < order.size(); ++done) {
    failed = put(repository, staged.root, order[done]->path, order[done]->after, staged.token, true);
    if (!failed.ok()) break;
  }
  if (failed.ok()) return {};
  std::string not_restored;
  for (std::size_t i = 0; i < done; ++i) {
    const FileWrite& write = *order[i];
    if (!put(repository, staged.root, write.path, write.before, staged.token, false).ok()) {
      not_restored += (not_restored.empty() ? "" : ", ") + write.path;
    }
  }
  discard_files(staged);
  Error error = failed.error();
  if (!not_restored.empty())
    error.message += "; these could not be put back and hold the new text: " + not_restored;
  return error;
}

void discard_files(const StagedFiles& staged) {
  for (const auto& write : staged.writes) {
    const auto target = target_of(staged.root, write.path);
    if (!target.ok()) continue;
    const fs::path name = staged_name(*target, staged.token);
    if (::unlink(name.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      spdlog::warn("{}", io_error("removing", name.string(), errno).message);
    }
    if (write.before.mode == git::FileMode::none) prune_empty_parents(staged.root, target->parent_path());
  }
}

Result<bool> all_written(git::Repository& repository, const fs::path& root,
                         const std::vector<FileWrite>& writes) {
  for (const auto& write : writes) {
    const auto now = read_file_version(repository, root, write.path);
    if (!now.ok() || !(*now == write.after)) return false;
  }
  return true;
}

Result<std::vector<std::string>> take_back_files(git::Repository& repository, const fs::path& root,
                                                 const std::vector<FileWrite>& writes,
                                                 const std::string& token) {
  discard_files(StagedFiles{root, writes, token});
  std::vector<std::string> left_alone;
  // What was created goes first: a folder that it stands in may have been a file.
  for (const bool removing : {true, false}) {
    for (const auto& write : writes) {
      if (write.before.exists() == removing) continue;
      const auto now = read_file_version(repository, root, write.path);
      if (now.ok() && *now == write.before) continue;
      if (!now.ok() || !(*now == write.after)) {
        left_alone.push_back(write.path);
        continue;
      }
      PLAND_CHECK(put(repository, root, write.path, write.before, token, false));
    }
  }
  return left_alone;
}

nlohmann::json to_json_value(const std::vector<FileWrite>& writes) {
  nlohmann::json json = nlohmann::json::array();
  const auto side = [](const git::FileVersion& state) {
    return nlohmann::json{{"mode", static_cast<std::uint32_t>(state.mode)}, {"oid", state.oid.hex()}};
  };
  for (const auto& write : writes) {
    json.push_back({{"path", write.path}, {"before", side(write.before)}, {"after", side(write.after)}});
  }
  return json;
}

Result<std::vector<FileWrite>> file_writes_from(const nlohmann::json& json) {
  std::vector<FileWrite> writes;
  try {
    const auto side = [](const nlohmann::json& value) {
      git::FileVersion state;
      state.mode = static_cast<git::FileMode>(value.at("mode").get<std::uint32_t>());
      state.oid = git::Oid::parse(value.at("oid").get<std::string>()).value_or(git::Oid{});
      return state;
    };
    for (const auto& entry : json) {
      writes.push_back(
          {entry.at("path").get<std::string>(), side(entry.at("before")), side(entry.at("after"))});
    }
  } catch (const nlohmann::json::exception& failure) {
    return Error{ErrorCode::store,
                 std::string("a stored list of file writes cannot be read: ") + failure.what()};
  }
  return writes;
}

}  // namespace pland::engine
