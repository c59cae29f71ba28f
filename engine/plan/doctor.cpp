#include "engine/plan/doctor.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>

#include "engine/base/process.h"
#include "engine/git/program.h"
#include "engine/git/repository.h"
#include "engine/plan/places.h"

namespace pland::engine {

namespace fs = std::filesystem;

namespace {

constexpr std::array oldest_git{2, 38};  // merge-tree --write-tree
constexpr std::uint64_t little_space = 1ULL << 30;

Finding good(std::string name, std::string text) {
  return {std::move(name), Health::good, std::move(text), {}};
}
Finding bad(std::string name, const Error& error, std::string remedy = {}) {
  return {std::move(name), Health::error, error.message, std::move(remedy)};
}

/// "git version 2.39.5" -> {2, 39}; {0, 0} when it says something else.
std::array<int, 2> version_in(std::string_view text) {
  std::array<int, 2> version{};
  const std::size_t digits = text.find_first_of("0123456789");
  if (digits == std::string_view::npos) return version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data() + digits, end, version[0]);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
  if (std::from_chars(major.ptr + 1, end, version[1]).ec != std::errc()) return {};
  return version;
}

Finding examine_git() {
  const auto output = git::run_git("/", {"--version"});
  if (!output.ok()) return bad("git", output.error(), "install git");
  std::string text = output->out.substr(0, output->out.find('\n'));
  if (output->exit_code != 0) return {"git", Health::error, "git --version failed: " + output->err, {}};
  if (version_in(text) < oldest_git) {
    return {"git", Health::error, text + " is too old to merge what only git itself can decide",
            fmt::format("install git {}.{} or newer", oldest_git[0], oldest_git[1])};
  }
  return good("git", std::move(text));
}

Finding examine_supervisor(const fs::path& given) {
  const auto program = supervisor_program(given);
  if (!program.ok()) return bad("supervisor", program.error());
  return good("supervisor", program->string());
}

Finding examine_shell() {
  if (::access("/bin/sh", X_OK) == 0) return good("shell", "/bin/sh");
  return {"shell", Health::error, "/bin/sh cannot be executed: `run`, `check` and `setup` need it",
          "install a POSIX shell as /bin/sh"};
}

/// The folder itself, or the nearest one above that exists.
fs::path existing(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

bool is_network(decltype(statfs::f_type) type) {
  return type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == CIFS_SUPER_MAGIC ||
         type == SMB2_SUPER_MAGIC || type == AFS_SUPER_MAGIC || type == CEPH_SUPER_MAGIC;
}

Finding examine_state_root(const fs::path& root) {
  constexpr const char* name = "state folder";
  const char* const elsewhere = "name another folder by XDG_STATE_HOME";
  const fs::path place = existing(root);
  if (::access(place.c_str(), W_OK | X_OK) != 0) {
    return {name, Health::error, fmt::format("'{}' cannot be written to", place.string()), elsewhere};
  }
  struct statfs disk {};
  if (::statfs(place.c_str(), &disk) != 0) return bad(name, io_error("looking at", place.native(), errno));
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * static_cast<std::uint64_t>(disk.f_bsize);
  std::string text =
      fmt::format("{}, {:.1f} GiB free", root.string(), static_cast<double>(free) / (1U << 30U));
  if (is_network(disk.f_type)) {
    return {name, Health::warning, text + ", on a network file system: locks are not to be relied on there",
            "name a folder on a local disk by XDG_STATE_HOME"};
  }
  if (free < little_space) return {name, Health::warning, text + ": sandboxes may not fit", "make room"};
  return good(name, std::move(text));
}

/// Whether a process has the project open. Asked of the kernel's list: to try the lock would be to take it
/// from somebody who comes at that moment.
Finding examine_lock(const fs::path& state) {
  struct stat file {};
  if (::stat((state / "lock").c_str(), &file) == 0) {
    const std::string id =
        fmt::format(" {:02x}:{:02x}:{} ", major(file.st_dev), minor(file.st_dev), file.st_ino);
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
      if (line.find(" FLOCK ") == std::string::npos || line.find(id) == std::string::npos) continue;
      std::string holder;
      std::ifstream(state / "lock") >> holder;
      return good("lock", "process " + holder + " has the project open: use the verbs there");
    }
  }
  return good("lock", "no process has the project open");
}

Finding examine_repository(const Located& located) {
  constexpr const char* name = "repository";
  if (!located.git_dir) {
    return good(name, "no git repository: the folder itself is the project, without .gitignore of a parent");
  }
  const auto repository = git::Repository::open(*located.git_dir);
  if (!repository.ok()) return bad(name, repository.error());
  const auto head = repository->head_commit();
  if (!head.ok()) return bad(name, head.error());
  std::string text = located.git_dir->string();
  std::error_code error;
  const auto promisor = repository->config("extensions.partialClone");
  if (promisor.ok() && *promisor) {
    return {name, Health::warning,
            text + ": a partial clone; objects that were never fetched are missing in merges",
            "clone it again without --filter"};
  }
  if (fs::exists(located.project / ".gitmodules", error)) {
    return {name, Health::warning, text + ": its submodules are in no snapshot and in no sandbox",
            "open a submodule's folder to plan there"};
  }
  return good(name, std::move(text));
}

/// The objects that the private repository borrows: without them no snapshot can be read.
Finding examine_snapshots(const fs::path& state) {
  std::ifstream alternates(state / "repo.git" / "objects" / "info" / "alternates");
  for (std::string line; std::getline(alternates, line);) {
    std::error_code error;
    if (line.empty() || fs::is_directory(line, error)) continue;
    return {"snapshots", Health::error,
            "they borrow objects of '" + line + "', which is not there any more: was the repository moved?",
            "move it back, or delete '" + state.string() + "' with all its plans"};
  }
  return good("snapshots", "the objects they borrow are there");
}

std::uint64_t bytes_below(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (fs::is_regular_file(status)) {
    const auto size = fs::file_size(path, error);
    return error ? 0 : size;
  }
  std::uint64_t bytes = 0;
  if (!fs::is_directory(status)) return bytes;
  fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    if (!entry->is_regular_file(unreadable) || entry->is_symlink(unreadable)) continue;
    const auto size = entry->file_size(unreadable);
    if (!unreadable) bytes += size;
  }
  return bytes;
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::good:
      return "good";
    case Health::warning:
      return "warning";
    case Health::error:
      break;
  }
  return "error";
}

StateBytes state_bytes(const fs::path& state) {
  StateBytes bytes;
  std::error_code error;
  for (fs::directory_iterator entry(state, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::uint64_t here = bytes_below(entry->path());
    if (name.starts_with("pland.db")) {
      bytes.store += here;
    } else if (name == "repo.git") {
      bytes.repository += here;
    } else if (name == "sandboxes" || name == "making" || name == "trash") {
      bytes.sandboxes += here;
    } else {
      bytes.other += here;
    }
  }
  return bytes;
}

std::vector<Finding> examine_machine(const fs::path& given_root, const fs::path& supervisor) {
  std::vector<Finding> findings{examine_git(), examine_supervisor(supervisor), examine_shell()};
  const auto root = state_root(given_root);
  findings.push_back(root.ok() ? examine_state_root(*root) : bad("state folder", root.error()));
  return findings;
}

Result<ProjectHealth> examine_project(const fs::path& folder, const fs::path& given_root) {
  PLAND_TRY(const Located located, locate(folder));
  PLAND_TRY(const fs::path root, state_root(given_root));
  ProjectHealth health;
  health.project = located.project;
  health.state_directory = state_directory(root, located.project);
  health.findings.push_back(examine_repository(located));
  std::error_code error;
  if (!fs::exists(health.state_directory, error)) {
    health.findings.push_back(good("state", "none yet: no plan was ever used here"));
    return health;
  }
  health.findings.push_back(examine_lock(health.state_directory));
  health.findings.push_back(examine_snapshots(health.state_directory));
  health.bytes = state_bytes(health.state_directory);
  return health;
}

}  // namespace pland::engine
