#include "tests/support/git_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace pland::testing {
namespace fs = std::filesystem;
namespace {

std::string shell_word(std::string_view text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

fs::path make_folder() {
  std::string pattern = (fs::temp_directory_path() / "pland-test.XXXXXX").native();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  return fs::canonical(pattern);
}

struct SealedHome {
  TemporaryFolder home;
  SealedHome() {
    std::vector<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view variable = *entry;
      if (variable.starts_with("GIT_") || variable.starts_with("XDG_")) {
        names.emplace_back(variable.substr(0, variable.find('=')));
      }
    }
    for (const std::string& name : names) ::unsetenv(name.c_str());
    ::setenv("HOME", home.path().c_str(), 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
  }
};

}  // namespace

TemporaryFolder::TemporaryFolder() : path_(make_folder()) {}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  for (fs::recursive_directory_iterator it(path_, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    // A test may have left a folder that cannot be entered.
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
  fs::remove_all(path_, ignored);
}

void seal_environment() {
  static const SealedHome sealed;
}

int git_status_of(const fs::path& directory, const std::vector<std::string>& arguments, std::string* output) {
  seal_environment();
  std::string command =
      "git -c core.fsync=none -c protocol.file.allow=always -C " + shell_word(directory.native());
  for (const std::string& argument : arguments) command += " " + shell_word(argument);
  command += " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  std::string text;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof(buffer), pipe)) text.append(buffer, count);
  const int status = ::pclose(pipe);
  if (output != nullptr) *output = std::move(text);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string git_output(const fs::path& directory, const std::vector<std::string>& arguments) {
  std::string output;
  if (const int code = git_status_of(directory, arguments, &output); code != 0) {
    std::string words;
    for (const std::string& argument : arguments) words += " " + argument;
    throw std::runtime_error("git" + words + " failed with " + std::to_string(code) + ": " + output);
  }
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

void init_repository(const fs::path& directory) {
  fs::create_directories(directory);
  git_output(directory, {"init", "-q", "-b", "main"});
  git_output(directory, {"config", "user.name", "Tester"});
  git_output(directory, {"config", "user.email", "tester@example.com"});
}

std::string commit_all(const fs::path& directory, const std::string& message) {
  git_output(directory, {"add", "-A"});
  git_output(directory, {"commit", "-q", "--allow-empty", "-m", message});
  return git_output(directory, {"rev-parse", "HEAD"});
}

std::string fsck(const fs::path& directory) {
  std::string output;
  const int code = git_status_of(directory, {"fsck", "--full", "--strict", "--no-dangling"}, &output);
  std::istringstream lines(output);
  std::string found = code == 0 ? "" : "exit code " + std::to_string(code) + "\n";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("notice: ")) found += line + "\n";
  }
  return found;
}

void write_file(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

std::string describe_folder(const fs::path& directory) {
  std::vector<std::string> lines;
  for (fs::recursive_directory_iterator it(directory), end; it != end; ++it) {
    if (it->path().filename() == ".git") {
      if (it->is_directory() && !it->is_symlink()) it.disable_recursion_pending();
      continue;
    }
    const std::string name = fs::relative(it->path(), directory).lexically_normal().native().empty()
                                 ? it->path().filename().native()
                                 : it->path().native().substr(directory.native().size() + 1);
    struct stat status {};
    ::lstat(it->path().c_str(), &status);
    std::string line = name;
    if (S_ISLNK(status.st_mode)) {
      line += " -> " + fs::read_symlink(it->path()).native();
    } else if (S_ISDIR(status.st_mode)) {
      line += "/";
    } else if (S_ISREG(status.st_mode)) {
      line += ((status.st_mode & S_IXUSR) != 0 ? " [x] " : " [-] ") + read_file(it->path());
    } else {
      line += " special";
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string result;
  for (const std::string& line : lines) result += line + "\n";
  return result;
}

std::string describe_repository(const fs::path& directory) {
  const fs::path git_dir = git_output(directory, {"rev-parse", "--absolute-git-dir"});
  std::string result;
  for (const char* name : {"index", "HEAD", "config", "info/exclude"}) {
    result += std::string("== ") + name + "\n";
    if (fs::exists(git_dir / name)) result += read_file(git_dir / name);
  }
  std::istringstream refs(git_output(directory, {"for-each-ref"}));
  for (std::string line; std::getline(refs, line);) {
    if (line.find("refs/pland/") == std::string::npos) result += line + "\n";
  }
  result += git_output(directory, {"worktree", "list"}) + "\n";
  return result;
}

}  // namespace pland::testing
