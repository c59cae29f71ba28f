// The actions and automation profiles that a project and its user keep in files.
//
// They stand below `.pland/actions/` and `.pland/profiles/` in the project, and below `actions/` and
// `profiles/` in the user's configuration directory: every .yaml, .yml and .json at any depth. The project's
// own goes before the user's of the same name. A file with an error is left out, and its problems are told.
// Blocking; any thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/environment.h"
#include "engine/model/action.h"
#include "engine/model/profile_choice.h"
#include "engine/planfile/document.h"

namespace pland::engine {

/// $XDG_CONFIG_HOME/pland, or ~/.config/pland; nothing without a home.
std::optional<std::filesystem::path> user_configuration(const Environment& environment);

/// What is wrong in one file. Besides the codes of its kind: `duplicate-name` for a name that another file of
/// the same place has (the first by path counts), `unreadable-file` (with an empty range), and
/// `too-many-files`.
struct LibraryProblem {
  std::filesystem::path file;
  planfile::Problem problem;
};

struct StoredAction {
  Action action;
  std::filesystem::path file;
};

struct ActionLibrary {
  std::map<std::string, StoredAction, std::less<>> actions;  ///< by full name
  std::vector<LibraryProblem> problems;                      ///< by file, then by position

  /// "team/port", or "port" for "local/port". Null when there is none.
  const StoredAction* find(std::string_view name) const;
  /// Errors: not_found that lists the known names, with the nearest in the message and context["nearest"].
  Result<StoredAction> named(std::string_view name) const;
};

struct ProfileLibrary {
  ProfileSet profiles;                                              ///< the built-ins too
  std::map<std::string, std::filesystem::path, std::less<>> files;  ///< of the custom ones, by full name
  std::vector<LibraryProblem> problems;
};

/// `configuration`: the user's, if there is one. A folder that does not exist is no problem.
ActionLibrary load_actions(const std::filesystem::path& project,
                           const std::optional<std::filesystem::path>& configuration);
ProfileLibrary load_profiles(const std::filesystem::path& project,
                             const std::optional<std::filesystem::path>& configuration);

}  // namespace pland::engine
