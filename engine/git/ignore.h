// Ignore rules as gitignore(5) has them, without asking git for each path: rules of a folder are parsed
// once, chained to those of the folder above, and shared between threads.
//
// A folder without git has rules too: its .gitignore files count all the same. The same patterns serve
// `.worktreeinclude`.
// Immutable values; any thread. Source of the matching rules: gitignore(5) and git's own t3070 tables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/repository.h"

namespace pland::engine::git {

/// Whether `text` matches the shell pattern: '*' and '?' stop at '/', "**" as a whole component does not,
/// brackets with ranges, classes and '!' or '^', backslash quotes.
bool path_matches(std::string_view pattern, std::string_view text);

struct IgnorePattern {
  std::string pattern;   ///< without '!', leading and trailing '/'
  bool negated = false;  ///< re-includes
  bool directory_only = false;
  bool name_only = false;  ///< no '/' in it: matches the last component at any depth
};

/// The patterns of one file's text, in order.
std::vector<IgnorePattern> parse_ignore_patterns(std::string_view text);

enum class IgnoreVerdict { undecided, ignored, included };

/// What the last matching pattern says. `path` is relative to the folder the patterns belong to.
IgnoreVerdict match_patterns(const std::vector<IgnorePattern>& patterns, std::string_view path,
                             bool is_directory);

/// The rules that hold inside one folder: its own, then those above, then the repository's, then the
/// person's.
class IgnoreRules {
 public:
  using Pointer = std::shared_ptr<const IgnoreRules>;

  /// Rules of lowest rank first: core.excludesFile, then info/exclude. Empty for a folder without git.
  static Pointer root(const std::vector<std::string>& texts);
  /// Rules inside the folder `directory` ("" the root; else "a/b" below the root), given the rules of the
  /// folder that holds it and the text of its own .gitignore.
  static Pointer inside(Pointer above, std::string_view directory, std::string_view text);

  /// Whether the entry at `path` (relative to the root) is ignored by itself. That its folders are not is
  /// for the caller to know: nothing below an ignored folder can be included again.
  bool ignored(std::string_view path, bool is_directory) const;

  /// A digest of all rules that hold here, the same in every run: has anything changed?
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  struct Layer {
    std::string base;  ///< "" or "a/b/"
    std::vector<IgnorePattern> patterns;
  };
  Pointer above_;
  std::vector<Layer> layers_;
  std::uint64_t fingerprint_ = 0;
};

/// The rules above the root's own .gitignore: core.excludesFile (default ~/.config/git/ignore) and
/// info/exclude of the user's repository; no rules when there is none.
Result<IgnoreRules::Pointer> standard_rules(const Repository* user_repository);

/// The text of a .gitignore file in `directory`; empty when there is none. A symbolic link is not followed,
/// as git does not.
std::string read_ignore_file(const std::filesystem::path& directory, const std::string& name = ".gitignore");

/// Whether `path` (relative to `root`, '/'-separated) or a folder above it is ignored; reads the
/// .gitignore files on the way. For single questions.
bool is_ignored(const std::filesystem::path& root, const IgnoreRules::Pointer& standard,
                std::string_view path, bool is_directory);

}  // namespace pland::engine::git
