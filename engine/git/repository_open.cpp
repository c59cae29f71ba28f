// Opening repositories, and making private ones.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/git/repository.h"
#include "engine/git/repository_impl.h"

namespace pland::engine::git {
namespace fs = std::filesystem;
namespace {

// Cheap writes, no side programs, and none of the conversions that would make files differ from blobs.
constexpr std::string_view private_config =
    "[core]\n"
    "\trepositoryformatversion = 0\n"
    "\tfilemode = true\n"
    "\tbare = true\n"
    "\tlogallrefupdates = false\n"
    "\tcompression = 1\n"
    "\tloosecompression = 1\n"
    "\tautocrlf = false\n"
    "\tsymlinks = true\n"
    "\tfsmonitor = false\n"
    "\thooksPath = /dev/null\n"
    "[gc]\n"
    "\tauto = 0\n"
    "[maintenance]\n"
    "\tauto = false\n"
    "[commit]\n"
    "\tgpgsign = false\n";

Status write_file(const fs::path& path, std::string_view bytes) {
  // Renamed into place: a reader finds the old content or the new.
  const fs::path temporary = path.native() + ".new";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return io_error("writing", temporary.native(), errno);
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error) return io_error("writing", path.native(), error.value());
  return {};
}

Status make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return io_error("making the directory", path.native(), error.value());
  return {};
}

fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = path;
  if (!real.has_filename() && real.has_relative_path()) real = real.parent_path();
  return real;
}

/// Object stores named in `objects/info/alternates`; a relative one is relative to `objects`.
Status set_alternates(const fs::path& repository, const std::optional<fs::path>& objects) {
  const fs::path file = repository / "objects" / "info" / "alternates";
  if (!objects) {
    std::error_code error;
    fs::remove(file, error);
    if (error) return io_error("removing", file.native(), error.value());
    return {};
  }
  if (objects->native().find('\n') != std::string::npos) {
    return Error{
        ErrorCode::refused,
        "cannot borrow the objects of '" + objects->string() +
            "': git's alternates file has no way to name a path with a line break; rename the directory",
        {{"path", objects->string()}}};
  }
  const std::string wanted = objects->native() + "\n";
  std::ifstream in(file, std::ios::binary);
  std::ostringstream present;
  present << in.rdbuf();
  if (in.is_open() && present.str() == wanted) return {};
  return write_file(file, wanted);
}

/// The border of a shallow clone: without it, git would miss the commits behind.
Status set_shallow(const fs::path& repository, const std::optional<fs::path>& lender) {
  const fs::path file = repository / "shallow";
  std::error_code error;
  if (lender && fs::exists(*lender / "shallow", error)) {
    std::ifstream in(*lender / "shallow", std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return write_file(file, bytes.str());
  }
  fs::remove(file, error);
  if (error) return io_error("removing", file.native(), error.value());
  return {};
}

Status make_skeleton(const fs::path& path) {
  PLAND_CHECK(make_directories(path.parent_path()));
  std::string pattern = path.native() + ".XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return io_error("making the directory", pattern, errno);
  const fs::path temporary = pattern;
  for (const char* name : {"objects/info", "objects/pack", "refs/heads", "refs/tags"}) {
    PLAND_CHECK(make_directories(temporary / name));
  }
  PLAND_CHECK(write_file(temporary / "config", private_config));
  PLAND_CHECK(write_file(temporary / "HEAD", "ref: refs/heads/main\n"));
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    // Lost the race against another maker: theirs is as good.
    if (!fs::exists(path / "HEAD", ignored)) return io_error("making", path.native(), error.value());
  }
  return {};
}

/// The object store below `objects`: what lies there itself, without alternates.
Status add_own_backends(git_odb* odb, const fs::path& objects, bool with_packs) {
  git_odb_backend* backend = nullptr;
  int code = git_odb_backend_loose(&backend, objects.c_str(), 1, 0, 0, 0);
  if (code == 0) code = git_odb_add_backend(odb, backend, 2);
  if (code == 0 && with_packs) {
    code = git_odb_backend_pack(&backend, objects.c_str());
    if (code == 0) code = git_odb_add_backend(odb, backend, 1);
  }
  if (code < 0) return libgit2_error(code, "opening the objects of", objects.native());
  return {};
}

Result<std::unique_ptr<Repository::Impl>> open_handle(const fs::path& path) {
  start_libgit2();
  git_repository* raw = nullptr;
  if (const int code = git_repository_open_ext(&raw, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
      code < 0) {
    return libgit2_error(code, "opening the repository", path.native());
  }
  auto impl = std::make_unique<Repository::Impl>();
  impl->repository.reset(raw);
  git_odb* odb = nullptr;
  if (const int code = git_repository_odb(&odb, raw); code < 0) {
    return libgit2_error(code, "opening the objects of", path.native());
  }
  impl->odb.reset(odb);
  impl->git_dir = real_path(git_repository_path(raw));
  impl->common_dir = real_path(git_repository_commondir(raw));
  if (const char* work_dir = git_repository_workdir(raw)) impl->work_dir = real_path(work_dir);
  git_odb* own = nullptr;
  if (const int code = git_odb_new(&own); code < 0) return libgit2_error(code, "opening", path.native());
  impl->own_odb.reset(own);
  PLAND_CHECK(add_own_backends(own, impl->common_dir / "objects", true));
  return impl;
}

}  // namespace

Result<Repository> Repository::open(const fs::path& path) {
  PLAND_TRY(auto impl, open_handle(path));
  return Repository(std::move(impl));
}

Result<std::optional<fs::path>> Repository::discover(const fs::path& path) {
  start_libgit2();
  git_buf found{};
  const int code = git_repository_discover(&found, path.c_str(), 0, nullptr);
  if (code == GIT_ENOTFOUND) return std::optional<fs::path>();
  if (code < 0) return libgit2_error(code, "looking for a repository from", path.native());
  std::optional<fs::path> result = real_path(std::string(found.ptr, found.size));
  git_buf_dispose(&found);
  return result;
}

Result<Repository> Repository::open_private(const fs::path& path) {
  PLAND_TRY(auto impl, open_handle(path));
  impl->is_private = true;
  // Only its own configuration: what a person sets for their work is not meant for this store.
  git_config* config = nullptr;
  if (const int code = git_config_open_ondisk(&config, (impl->common_dir / "config").c_str()); code < 0) {
    return libgit2_error(code, "reading the configuration of", path.native());
  }
  const ConfigHandle config_handle(config);
  git_repository_set_config(impl->repository.get(), config);
  git_odb* writer = nullptr;
  if (const int code = git_odb_new(&writer); code < 0) return libgit2_error(code, "opening", path.native());
  impl->writer.reset(writer);
  PLAND_CHECK(add_own_backends(writer, impl->common_dir / "objects", false));
  return Repository(std::move(impl));
}

Status Repository::clear_locks(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> locks;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".lock") locks.push_back(entry->path());
  }
  if (error == std::errc::no_such_file_or_directory) return {};
  for (fs::recursive_directory_iterator entry(path / "refs", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".lock") locks.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return io_error("looking for locks in", path.native(), error.value());
  for (const fs::path& lock : locks) {
    fs::remove(lock, error);
    if (error) return io_error("removing the lock", lock.native(), error.value());
  }
  return {};
}

Result<Repository> Repository::create_private(const fs::path& path,
                                              const std::optional<fs::path>& borrow_from) {
  std::optional<fs::path> common_dir;
  std::optional<fs::path> objects;
  if (borrow_from) {
    PLAND_TRY(const Repository lender, Repository::open(*borrow_from));
    common_dir = lender.common_dir();
    objects = *common_dir / "objects";
  }
  std::error_code error;
  if (!fs::exists(path / "HEAD", error)) PLAND_CHECK(make_skeleton(path));
  PLAND_CHECK(set_alternates(path, objects));
  PLAND_CHECK(set_shallow(path, common_dir));
  return open_private(path);
}

}  // namespace pland::engine::git
