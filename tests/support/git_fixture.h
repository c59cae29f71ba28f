// Real git repositories in temporary folders, out of reach of the machine's configuration.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pland::testing {

/// A new folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// HOME of this process and of everything it starts points to an empty folder, GIT_* variables are gone.
/// Done once, before libgit2 looks for configuration; every function below does it.
void seal_environment();

/// `git <arguments>` in `directory`: its output, without the last line break. Throws on a non-zero exit.
std::string git_output(const std::filesystem::path& directory, const std::vector<std::string>& arguments);
/// The same; the exit code instead of the throw, and the standard error added to the output.
int git_status_of(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                  std::string* output = nullptr);

/// `git init` with an identity; branch main.
void init_repository(const std::filesystem::path& directory);
/// `git add -A` and `git commit`: the commit's name.
std::string commit_all(const std::filesystem::path& directory, const std::string& message = "change");

/// What `git fsck` finds wrong; empty when nothing is.
std::string fsck(const std::filesystem::path& directory);

/// Writes a file, making its folders.
void write_file(const std::filesystem::path& path, std::string_view bytes);
std::string read_file(const std::filesystem::path& path);

/// Everything below `directory` (not `.git`), one line each: kind, mode, path, content. To compare folders.
std::string describe_folder(const std::filesystem::path& directory);
/// The bytes of index, HEAD, config and all refs (those outside refs/pland), to see that nothing changed.
std::string describe_repository(const std::filesystem::path& directory);

}  // namespace pland::testing
