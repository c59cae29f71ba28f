#include "engine/plan/library.h"

#include <algorithm>
#include <system_error>

#include "engine/base/names.h"
#include "engine/base/nearest_name.h"
#include "engine/base/paths.h"
#include "engine/base/words.h"
#include "engine/planfile/action_document.h"
#include "engine/planfile/profile_document.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 1000;
constexpr int kDeepest = 8;
const planfile::ParseOptions kOptions;

bool is_library_file(const fs::path& path) {
  const std::string ending = path.extension().native();
  const bool hidden = path.filename().native().starts_with('.');  // an editor's, or half written
  return !hidden && (ending == ".yaml" || ending == ".yml" || ending == ".json");
}

planfile::Problem plain_problem(std::string code, std::string message, std::string hint) {
  planfile::Problem problem;
  problem.code = std::move(code);
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

/// The files below a folder, by path. A folder that is not there holds none.
std::vector<fs::path> files_below(const fs::path& folder, std::vector<LibraryProblem>& problems) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  if (error) {
    const bool absent = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
    if (!absent) {
      problems.push_back(
          {folder, plain_problem("unreadable-file", "cannot be looked into: " + error.message(),
                                 "mend its permissions")});
    }
    return files;
  }
  while (entries != fs::recursive_directory_iterator()) {
    std::error_code ignored;  // what is neither shows when it is read
    if (entries.depth() >= kDeepest && entries->is_directory(ignored)) entries.disable_recursion_pending();
    if (is_library_file(entries->path()) && !entries->is_directory(ignored)) files.push_back(entries->path());
    entries.increment(error);
    if (error) {
      problems.push_back(
          {folder, plain_problem("unreadable-file", "cannot be looked into: " + error.message(),
                                 "mend the permissions of what is in it")});
      break;
    }
  }
  std::sort(files.begin(), files.end());
  if (files.size() > kMostFiles) {
    problems.push_back(
        {files[kMostFiles], plain_problem("too-many-files",
                                          "more than " + std::to_string(kMostFiles) +
                                              " files; this one and those behind it were not read",
                                          "keep fewer of them in one project")});
    files.resize(kMostFiles);
  }
  return files;
}

/// One of the two places.
struct Shelf {
  fs::path folder;
  /// Links may not lead out of the project: it may come from a stranger. In the user's own configuration
  /// they may (people keep it elsewhere).
  bool is_users = false;
};

std::vector<Shelf> shelves(const fs::path& project, const std::optional<fs::path>& configuration,
                           std::string_view kind) {
  std::vector<Shelf> found{{project / ".pland" / kind, false}};
  if (configuration) found.push_back({*configuration / kind, true});
  return found;
}

Result<std::string> read_file(const fs::path& file, const Shelf& shelf, const fs::path& project) {
  const std::uint64_t limit = kOptions.max_bytes;
  if (!shelf.is_users) return read_inside(project, file.lexically_relative(project).native(), limit);
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error) return Error{ErrorCode::io, "following " + file.native() + ": " + error.message()};
  return read_inside(real.parent_path(), real.filename().native(), limit);
}

/// Reads every file of one kind, the project's first, and calls `take(text, file, here)`, where `here` is for
/// the names of one shelf.
template <typename Take>
void read_shelves(const fs::path& project, const std::optional<fs::path>& configuration,
                  std::string_view kind, std::vector<LibraryProblem>& problems, Take take) {
  const fs::path root = project.lexically_normal();
  for (const Shelf& shelf : shelves(root, configuration, kind)) {
    std::map<std::string, fs::path> here;
    for (const fs::path& file : files_below(shelf.folder, problems)) {
      auto text = read_file(file, shelf, root);
      if (!text.ok()) {
        problems.push_back({file, plain_problem("unreadable-file", text.error().message, "")});
        continue;
      }
      take(*text, file, here);
    }
  }
}

/// True when the name is new in this place. Says so in the file when it is not.
bool is_new(const std::string& name, const fs::path& file, const planfile::Document& document,
            std::map<std::string, fs::path>& here, std::vector<LibraryProblem>& problems) {
  const auto [first, fresh] = here.emplace(name, file);
  if (fresh) return true;
  planfile::Problem problem =
      plain_problem("duplicate-name", in_quotes(name) + " is already in " + first->second.native(),
                    "give it a name of its own, or remove one of the two");
  problem.range = document.ranges.name.value_or(planfile::SourceRange());
  problems.push_back({file, std::move(problem)});
  return false;
}

void keep_problems(const fs::path& file, const planfile::Document& document,
                   std::vector<LibraryProblem>& problems) {
  for (const planfile::Problem& problem : document.problems) problems.push_back({file, problem});
}

}  // namespace

std::optional<fs::path> user_configuration(const Environment& environment) {
  const auto variable = [&](std::string_view name) -> std::optional<fs::path> {
    for (const std::string& one : environment) {
      if (!one.starts_with(name) || one.size() <= name.size() || one[name.size()] != '=') continue;
      fs::path value = one.substr(name.size() + 1);
      if (value.is_absolute()) return value;  // the XDG specification: a relative one is ignored
    }
    return std::nullopt;
  };
  if (const auto configuration = variable("XDG_CONFIG_HOME")) return *configuration / "pland";
  if (const auto home = variable("HOME")) return *home / ".config" / "pland";
  return std::nullopt;
}

const StoredAction* ActionLibrary::find(std::string_view name) const {
  const auto parsed = parse_name(name);
  const auto found = parsed.ok() ? actions.find(parsed->full()) : actions.end();
  return found == actions.end() ? nullptr : &found->second;
}

Result<StoredAction> ActionLibrary::named(std::string_view name) const {
  if (const StoredAction* found = find(name)) return *found;
  std::vector<std::string_view> known;
  for (const auto& [key, stored] : actions) known.push_back(key);
  const auto parsed = parse_name(name);
  const std::string_view nearest = nearest_name(parsed.ok() ? parsed->full() : std::string(name), known);
  Error error{ErrorCode::not_found, "there is no action " + in_quotes(name) +
                                        (nearest.empty() ? "" : "; " + did_you_mean(nearest)) +
                                        (known.empty() ? " (there are none: put one into .pland/actions/)"
                                                       : " (known: " + joined(known) + ")")};
  if (!nearest.empty()) error.context["nearest"] = nearest;
  return error;
}

ActionLibrary load_actions(const fs::path& project, const std::optional<fs::path>& configuration) {
  ActionLibrary library;
  read_shelves(project, configuration, "actions", library.problems,
               [&](const std::string& text, const fs::path& file, std::map<std::string, fs::path>& here) {
                 planfile::ActionDocument document = planfile::parse_action(text, kOptions);
                 keep_problems(file, document, library.problems);
                 if (!document.action) return;
                 const std::string name = document.action->name;
                 if (!is_new(name, file, document, here, library.problems)) return;
                 library.actions.emplace(name, StoredAction{*std::move(document.action), file});
               });
  return library;
}

ProfileLibrary load_profiles(const fs::path& project, const std::optional<fs::path>& configuration) {
  ProfileLibrary library;
  read_shelves(project, configuration, "profiles", library.problems,
               [&](const std::string& text, const fs::path& file, std::map<std::string, fs::path>& here) {
                 planfile::ProfileDocument document = planfile::parse_profile(text, kOptions);
                 keep_problems(file, document, library.problems);
                 if (!document.profile) return;
                 const std::string name = document.profile->name;
                 if (!is_new(name, file, document, here, library.problems)) return;
                 if (!library.files.emplace(name, file).second) return;  // the project's goes before
                 if (const Status added = library.profiles.add(*std::move(document.profile)); !added.ok()) {
                   library.problems.push_back({file, plain_problem("bad-name", added.error().message, "")});
                 }
               });
  return library;
}

}  // namespace pland::engine
