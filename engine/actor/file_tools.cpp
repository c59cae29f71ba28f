#include "engine/actor/file_tools.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <tuple>

#include "engine/actor/proposal.h"
#include "engine/actor/tool_table.h"
#include "engine/base/glob.h"
#include "engine/base/paths.h"
#include "engine/base/unique_fd.h"

namespace pland::engine {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t largest_file = std::uint64_t{16} << 20U;
constexpr std::size_t longest_line_shown = 500;

std::string text_of(const json& arguments, const char* name, const char* otherwise = "") {
  return arguments.value(name, std::string(otherwise));
}

std::size_t count_of(const json& arguments, const char* name, std::size_t otherwise) {
  return arguments.value(name, otherwise);
}

/// The path as the changes name it: resolved, relative to the sandbox.
Result<std::string> relative_name(const fs::path& sandbox, const std::string& path, FinalLink final_link) {
  PLAND_TRY(const fs::path resolved, resolve_inside(sandbox, path, final_link));
  std::error_code error;
  const fs::path root = fs::canonical(sandbox, error);
  if (error) return io_error("reading the folder", sandbox.string(), error.value());
  return resolved.lexically_relative(root).generic_string();
}

Result<ToolAnswer> read_file(const fs::path& sandbox, const json& arguments) {
  PLAND_TRY(const std::string content, read_inside(sandbox, text_of(arguments, "path"), largest_file));
  const std::size_t first = count_of(arguments, "first_line", 1);
  const std::size_t count = count_of(arguments, "line_count", std::string::npos);
  std::size_t start = 0;
  for (std::size_t line = 1; line < first && start < content.size(); ++line) {
    start = std::min(content.find('\n', start), content.size() - 1) + 1;
  }
  std::size_t end = start;
  for (std::size_t line = 0; line < count && end < content.size(); ++line) {
    end = std::min(content.find('\n', end), content.size() - 1) + 1;
  }
  return ToolAnswer{content.substr(start, end - start), {}};
}

Result<ToolAnswer> write_file(const fs::path& sandbox, const json& arguments) {
  const std::string path = text_of(arguments, "path");
  const std::string content = text_of(arguments, "content");
  PLAND_TRY(std::string name, relative_name(sandbox, path, FinalLink::follow));
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that error is told
  const bool existed = fs::exists(fs::symlink_status(sandbox / name, ignored));
  PLAND_CHECK(write_inside(sandbox, path, content));
  return ToolAnswer{"wrote " + std::to_string(content.size()) + " bytes to '" + name + "'",
                    {{std::move(name), existed ? ChangeKind::modified : ChangeKind::created}}};
}

Result<ToolAnswer> edit_file(const fs::path& sandbox, const json& arguments) {
  const std::string path = text_of(arguments, "path");
  const std::string old_text = text_of(arguments, "old_text");
  const std::string new_text = text_of(arguments, "new_text");
  const bool all = arguments.value("all", false);
  const auto wrong = [&](const std::string& message) {
    return Error{ErrorCode::invalid_argument, "'" + path + "' was not changed: " + message, {{"path", path}}};
  };
  if (old_text.empty())
    return wrong("'old_text' is empty; to create or replace a file use builtin/write_file");
  if (old_text == new_text) return wrong("'old_text' and 'new_text' are the same");
  PLAND_TRY(const std::string content, read_inside(sandbox, path, largest_file));
  std::string changed;
  std::string lines;
  std::size_t occurrences = 0, start = 0, line = 1, counted = 0;
  for (std::size_t at = content.find(old_text); at != std::string::npos; at = content.find(old_text, start)) {
    line += static_cast<std::size_t>(std::count(content.begin() + static_cast<std::ptrdiff_t>(counted),
                                                content.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    if (++occurrences <= 5) lines += (lines.empty() ? "" : ", ") + std::to_string(line);
    changed.append(content, start, at - start).append(new_text);
    start = at + old_text.size();
  }
  changed.append(content, start);
  if (occurrences == 0) return wrong("'old_text' does not occur in it (blanks and line ends count)");
  if (occurrences > 1 && !all) {
    return wrong("'old_text' occurs " + std::to_string(occurrences) + " times (lines " + lines +
                 (occurrences > 5 ? ", ..." : "") + "); give more of the text around it, or `all: true`");
  }
  PLAND_TRY(std::string name, relative_name(sandbox, path, FinalLink::follow));
  PLAND_CHECK(write_inside(sandbox, path, changed));
  return ToolAnswer{"replaced " + std::to_string(occurrences) + (occurrences == 1 ? " place" : " places") +
                        " in '" + name + "'",
                    {{std::move(name), ChangeKind::modified}}};
}

Result<ToolAnswer> delete_file(const fs::path& sandbox, const json& arguments) {
  const std::string path = text_of(arguments, "path");
  PLAND_TRY(std::string name, relative_name(sandbox, path, FinalLink::keep));
  PLAND_CHECK(delete_inside(sandbox, path));
  return ToolAnswer{"deleted '" + name + "'", {{std::move(name), ChangeKind::deleted}}};
}

/// Calls `visit` with the open folder, the entry's name and its path relative to where the walk began, for
/// every file and symbolic link below, in the order of their names. Follows no link, skips ".git". Stops when
/// `visit` says false.
Status walk(UniqueFd folder, const std::string& prefix,
            const std::function<bool(int folder, const char* name, const std::string& path)>& visit,
            bool& go_on) {
  const int fd = folder.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd), ::closedir);
  if (!directory) return io_error("reading the folder", prefix, errno);
  std::ignore = folder.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && name != ".git") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!go_on) return {};
    struct stat info {};
    if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    if (S_ISDIR(info.st_mode)) {
      UniqueFd below(::openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (below) PLAND_CHECK(walk(std::move(below), prefix + name + "/", visit, go_on));
    } else if (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)) {
      go_on = visit(fd, name.c_str(), prefix + name);
    }
  }
  return {};
}

Status walk_folder(const fs::path& sandbox, const json& arguments,
                   const std::function<bool(int, const char*, const std::string&)>& visit) {
  PLAND_TRY(UniqueFd folder, open_folder_inside(sandbox, text_of(arguments, "path", ".")));
  const std::string glob = text_of(arguments, "glob");
  bool go_on = true;
  return walk(
      std::move(folder), "",
      [&](int fd, const char* name, const std::string& path) {
        return (!glob.empty() && !glob_match(glob, path)) || visit(fd, name, path);
      },
      go_on);
}

Result<ToolAnswer> list_files(const fs::path& sandbox, const json& arguments) {
  const std::size_t limit = count_of(arguments, "limit", 1000);
  std::size_t found = 0;
  ToolAnswer answer;
  PLAND_CHECK(walk_folder(sandbox, arguments, [&](int, const char*, const std::string& path) {
    if (++found > limit) {
      answer.text += "... (more than " + std::to_string(limit) + "; narrow it with `path` or `glob`)\n";
      return false;
    }
    answer.text += path + "\n";
    return true;
  }));
  return answer;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// The content of a regular text file; empty for anything else.
std::string searchable_content(int folder, const char* name) {
  const UniqueFd file(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
      static_cast<std::uint64_t>(info.st_size) > largest_file) {
    return {};
  }
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t size = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    filled += static_cast<std::size_t>(size);
  }
  content.resize(filled);
  // As git does: a NUL among the first bytes makes it binary.
  if (content.substr(0, 8000).find('\0') != std::string::npos) return {};
  return content;
}

Result<ToolAnswer> search_files(const fs::path& sandbox, const json& arguments) {
  const bool ignore_case = arguments.value("ignore_case", false);
  std::string wanted = text_of(arguments, "text");
  if (wanted.empty()) return Error{ErrorCode::invalid_argument, "builtin/search_files: 'text' is empty"};
  if (ignore_case) wanted = lower_case(wanted);
  const std::size_t limit = count_of(arguments, "limit", 200);
  std::size_t found = 0;
  ToolAnswer answer;
  PLAND_CHECK(walk_folder(sandbox, arguments, [&](int folder, const char* name, const std::string& path) {
    const std::string content = searchable_content(folder, name);
    const std::string folded = ignore_case ? lower_case(content) : std::string();
    const std::string& text = ignore_case ? folded : content;
    std::size_t line = 1, counted = 0;
    for (std::size_t at = text.find(wanted); at != std::string::npos;) {
      line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                  text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
      counted = at;
      if (++found > limit) {
        answer.text += "... (more than " + std::to_string(limit) + "; narrow it with `path` or `glob`)\n";
        return false;
      }
      const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
      const std::size_t end = std::min(text.find('\n', at), text.size());
      answer.text += path + ":" + std::to_string(line) + ": " +
                     content.substr(begin, std::min(end - begin, longest_line_shown)) + "\n";
      at = text.find(wanted, end);
    }
    return true;
  }));
  return answer;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::created:
      return "created";
    case ChangeKind::modified:
      return "modified";
    case ChangeKind::deleted:
      return "deleted";
  }
  return "?";
}

Result<ToolAnswer> call_tool(const fs::path& sandbox, const ToolCall& call) {
  const ToolDescription* tool = find_tool(call.tool);
  if (tool == nullptr) {
    std::string known;
    for (const ToolDescription& one : tool_table())
      known += (known.empty() ? "" : ", ") + std::string(one.name);
    return Error{ErrorCode::invalid_argument, "there is no tool '" + call.tool + "' (known: " + known + ")"};
  }
  if (!call.arguments.is_object()) {
    return Error{ErrorCode::invalid_argument,
                 call.tool + ": the arguments must be a mapping of names to values"};
  }
  if (const auto problems = check_arguments(*tool, call.arguments); !problems.empty()) {
    return Error{ErrorCode::invalid_argument, problems.front().message};
  }
  if (tool->name == "builtin/read_file") return read_file(sandbox, call.arguments);
  if (tool->name == "builtin/write_file") return write_file(sandbox, call.arguments);
  if (tool->name == "builtin/edit_file") return edit_file(sandbox, call.arguments);
  if (tool->name == "builtin/delete_file") return delete_file(sandbox, call.arguments);
  if (tool->name == "builtin/plan-subplan") {
    PLAND_TRY(const SubplanProposal proposal, read_proposal(call.arguments));
    return ToolAnswer{proposal.rationale, {}};
  }
  if (tool->name == "builtin/list_files") return list_files(sandbox, call.arguments);
  return search_files(sandbox, call.arguments);
}

}  // namespace pland::engine
