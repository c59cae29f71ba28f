#include "engine/plan/file_set.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include "engine/plan/folder_files.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

/// The paths at which the set leaves nothing.
std::set<std::string> going_in(const std::vector<FileWrite>& writes) {
  std::set<std::string> going;
  for (const auto& write : writes) {
    if (!write.after.exists()) going.insert(write.path);
  }
  return going;
}

/// Where a file that is deleted lies meanwhile: not in a folder that shall become a file.
fs::path aside_place(const fs::path& root, const std::string& path, const std::string& token,
                     const std::vector<FileWrite>& writes) {
  fs::path folder = root;
  for (const fs::path& next : folders_above(root, path)) {
    const std::string below = next.lexically_relative(root).string();
    const bool becomes_file = std::any_of(writes.begin(), writes.end(), [&](const FileWrite& write) {
      return write.after.exists() && write.path == below;
    });
    if (becomes_file) break;
    folder = next;
  }
  return folder / name_beside(path, token);
}

Status expect(git::Repository& repository, const fs::path& root, const FileWrite& write,
              const std::set<std::string>& going) {
  PLAND_TRY(const git::FileVersion now, read_file_version(repository, root, write.path, going));
  if (is_version(write, now, write.before)) return {};
  return changed_meanwhile(write.path);
}

/// Deletions first: a folder may have to make room for a file, or a file for a folder.
std::vector<const FileWrite*> in_order(const std::vector<FileWrite>& writes) {
  std::vector<const FileWrite*> order;
  for (const bool exists : {false, true}) {
    for (const auto& write : writes) {
      if (write.after.exists() == exists) order.push_back(&write);
    }
  }
  return order;
}

/// Whether all that is in the folder shall go.
bool all_going(const fs::path& root, const fs::path& folder, const std::set<std::string>& going) {
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
    const bool is_folder = it->is_directory(failure) && !it->is_symlink(failure);
    if (is_folder ? !all_going(root, it->path(), going)
                  : going.count(it->path().lexically_relative(root).string()) == 0) {
      return false;
    }
  }
  return !failure;
}

}  // namespace

Result<git::FileVersion> read_file_version(git::Repository& repository, const fs::path& root,
                                           const std::string& path, const std::set<std::string>& going) {
  const std::string link = link_above(root, path);
  if (!link.empty() && going.count(link) != 0) return git::FileVersion{};
  PLAND_TRY(const fs::path target, target_of(root, path));
  struct stat status {};
  if (!going.empty() && ::lstat(target.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
      all_going(root, root / path, going)) {
    return git::FileVersion{};
  }
  return version_at(repository, target, path);
}

Result<StagedFiles> stage_files(git::Repository& repository, const fs::path& root,
                                std::vector<FileWrite> writes, const std::string& token) {
  StagedFiles staged{root, std::move(writes), token};
  const std::set<std::string> going = going_in(staged.writes);
  for (const auto& write : staged.writes) PLAND_CHECK(expect(repository, root, write, going));
  for (const auto& write : staged.writes) {
    if (!write.after.exists() || is_mode_change(write)) continue;
    const fs::path place = staged_place(root, write.path, token);
    if (Status written = write_staged(repository, root / write.path, place, write.after); !written.ok()) {
      discard_files(staged);
      return written.error();
    }
  }
  return staged;
}

Status commit_files(git::Repository& repository, const StagedFiles& staged,
                    const std::function<void(const std::string&)>& before_each) {
  const std::set<std::string> going = going_in(staged.writes);
  std::vector<FileMove> moves;
  for (const FileWrite* write : in_order(staged.writes)) {
    if (const auto unchanged = expect(repository, staged.root, *write, going); !unchanged.ok()) {
      discard_files(staged);
      return unchanged.error();
    }
    FileMove& move = moves.emplace_back();
    move.write = write;
    move.beside = write->after.exists() ? staged_place(staged.root, write->path, staged.token)
                                        : aside_place(staged.root, write->path, staged.token, staged.writes);
  }
  std::size_t done = 0;
  Status failed;
  for (; done < moves.size(); ++done) {
    if (before_each) before_each(moves[done].write->path);
    failed = move_in(repository, staged.root, moves[done]);
    if (!failed.ok()) break;
  }
  if (failed.ok()) {
    for (const FileMove& move : moves) {
      if (move.exchanged && ::unlink(move.beside.c_str()) != 0) {
        spdlog::warn("{}", io_error("removing", move.beside.string(), errno).message);
      }
    }
    for (const FileMove& move : moves) {
      if (!move.write->after.exists()) prune_empty_parents(staged.root, staged.root / move.write->path);
    }
    return {};
  }
  std::string not_restored;
  while (done-- > 0) {
    if (move_back(repository, moves[done])) continue;
    not_restored += (not_restored.empty() ? "" : ", ") + moves[done].write->path;
  }
  discard_files(staged);
  Error error = failed.error();
  if (!not_restored.empty())
    error.message += "; these could not be put back, or were saved meanwhile: " + not_restored;
  return error;
}

void discard_files(const StagedFiles& staged) {
  for (const auto& write : staged.writes) {
    const std::string name = name_beside(write.path, staged.token);
    for (const fs::path& folder : folders_above(staged.root, write.path)) {
      if (::unlink((folder / name).c_str()) != 0 && errno != ENOENT) {
        spdlog::warn("{}", io_error("removing", (folder / name).string(), errno).message);
      }
    }
    if (!write.before.exists() && link_above(staged.root, write.path).empty())
      prune_empty_parents(staged.root, staged.root / write.path);
  }
}

namespace {

/// What a crash left beside the target although it is neither the old nor the new content: a save that had
/// just been moved out. It goes back.
bool put_save_back(git::Repository& repository, const fs::path& root, const FileWrite& write,
                   const std::string& token) {
  if (!write.before.exists()) return false;
  for (const fs::path& folder : folders_above(root, write.path)) {
    const fs::path beside = folder / name_beside(write.path, token);
    const auto left = version_at(repository, beside, write.path);
    if (!left.ok() || !left->exists() || *left == write.before || *left == write.after) continue;
    const fs::path target = root / write.path;
    if (!holds(repository, target, write, write.after)) continue;  // half staged: nothing was moved yet
    std::error_code ignored;                                       // the rename tells
    fs::create_directories(target.parent_path(), ignored);
    if (::rename(beside.c_str(), target.c_str()) == 0) return true;
    spdlog::warn("{}", io_error("putting back", target.string(), errno).message);
  }
  return false;
}

Status finish_one(git::Repository& repository, const fs::path& root, const FileWrite& write,
                  const std::string& token) {
  PLAND_TRY(const fs::path target, target_of(root, write.path));
  if (is_mode_change(write)) return set_mode(target, write.after.mode);
  if (!write.after.exists()) {
    if (::unlink(target.c_str()) != 0 && !is_not_there(errno))
      return io_error("deleting", target.string(), errno);
    return {};
  }
  const fs::path staged = staged_place(root, write.path, token);
  PLAND_CHECK(write_staged(repository, target, staged, write.after));
  PLAND_CHECK(make_room(target));
  if (::rename(staged.c_str(), target.c_str()) != 0) return io_error("writing", target.string(), errno);
  return {};
}

}  // namespace

Result<bool> all_written(git::Repository& repository, const fs::path& root,
                         const std::vector<FileWrite>& writes) {
  for (const auto& write : writes) {
    const auto now = read_file_version(repository, root, write.path);
    if (!now.ok() || !is_version(write, *now, write.after)) return false;
  }
  return true;
}

std::vector<std::string> clear_files(git::Repository& repository, const fs::path& root,
                                     const std::vector<FileWrite>& writes, const std::string& token) {
  std::vector<std::string> saved;
  for (const auto& write : writes) {
    if (put_save_back(repository, root, write, token)) saved.push_back(write.path);
  }
  discard_files(StagedFiles{root, writes, token});
  return saved;
}

Result<std::vector<std::string>> take_back_files(git::Repository& repository, const fs::path& root,
                                                 const std::vector<FileWrite>& writes,
                                                 const std::string& token) {
  clear_files(repository, root, writes, token);
  std::vector<FileWrite> back;
  for (const auto& write : writes) back.push_back({write.path, write.after, write.before});
  const std::set<std::string> going = going_in(back);
  std::vector<std::string> left_alone;
  for (const FileWrite* write : in_order(back)) {
    const auto now = read_file_version(repository, root, write->path, going);
    if (now.ok() && is_version(*write, *now, write->after)) continue;
    if (!now.ok() || !is_version(*write, *now, write->before)) {
      left_alone.push_back(write->path);
      continue;
    }
    PLAND_CHECK(finish_one(repository, root, *write, token));
    if (!write->after.exists()) prune_empty_parents(root, root / write->path);
  }
  std::sort(left_alone.begin(), left_alone.end());
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
