#include "engine/merge/line_set_merge.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace pland::engine::merge {
namespace {

struct Lines {
  std::vector<std::string> lines;  ///< without their ends
  bool ends_line = true;           ///< the last one has an end
};

/// Nullopt for carriage returns: they would have to be kept apart.
std::optional<Lines> split(std::string_view text) {
  if (text.find('\r') != std::string_view::npos) return std::nullopt;
  Lines result;
  result.ends_line = text.empty() || text.back() == '\n';
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    result.lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return result;
}

/// Empty lines and comments: they belong to the lines below them and may stand there often.
bool is_entry(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] != '#';
}

/// What an entry is about: a requirement without its version, a pattern as it stands.
std::string subject(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  const std::size_t version = line.find_first_of("=<>~!;@ \t#", first);
  return std::string(line.substr(first, version == std::string_view::npos ? version : version - first));
}

/// The entries; nullopt when order may matter.
std::optional<std::set<std::string>> entries_of(const Lines& lines) {
  std::set<std::string> entries;
  for (const std::string& line : lines.lines) {
    if (!is_entry(line)) continue;
    if (line[line.find_first_not_of(" \t")] == '!' || !entries.insert(line).second) return std::nullopt;
  }
  return entries;
}

/// Comments and empty lines, in order: what no set tells.
std::vector<std::string> remarks_of(const Lines& lines) {
  std::vector<std::string> remarks;
  std::copy_if(lines.lines.begin(), lines.lines.end(), std::back_inserter(remarks),
               [](const std::string& line) { return !is_entry(line); });
  return remarks;
}

std::set<std::string> without(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
  return rest;
}

using Subjects = std::map<std::string, std::set<std::string>>;

Subjects by_subject(const std::set<std::string>& entries) {
  Subjects subjects;
  for (const std::string& entry : entries) subjects[subject(entry)].insert(entry);
  return subjects;
}

/// Whether both sides did something about one subject, and not the same.
bool clash(const Subjects& base, const Subjects& ours, const Subjects& theirs) {
  static const std::set<std::string> none;
  const auto of = [](const Subjects& subjects, const std::string& name) -> const std::set<std::string>& {
    const auto found = subjects.find(name);
    return found == subjects.end() ? none : found->second;
  };
  Subjects all = base;
  all.insert(ours.begin(), ours.end());
  all.insert(theirs.begin(), theirs.end());
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    const auto &before = of(base, entry.first), &our = of(ours, entry.first),
               &their = of(theirs, entry.first);
    return our != before && their != before && our != their;
  });
}

/// Where a line of theirs goes: behind the nearest line above it that stands in `merged` too, once.
std::vector<std::string>::iterator place_for(std::vector<std::string>& merged,
                                             const std::vector<std::string>& theirs, std::size_t line) {
  for (std::size_t above = line; above-- > 0;) {
    const std::string& anchor = theirs[above];
    if (anchor.empty()) continue;
    const auto is_anchor = [&](const std::string& other) {
      return other == anchor || (is_entry(anchor) && is_entry(other) && subject(other) == subject(anchor));
    };
    const auto found = std::find_if(merged.begin(), merged.end(), is_anchor);
    if (found != merged.end() && std::find_if(found + 1, merged.end(), is_anchor) == merged.end())
      return found + 1;
  }
  return std::find_if(merged.begin(), merged.end(), is_entry);  // below what is said on top
}

}  // namespace

bool is_line_set(std::string_view path) {
  const std::string_view name =
      path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  static constexpr std::array names{".gitignore",    ".dockerignore",   ".npmignore",
                                    ".eslintignore", ".prettierignore", ".worktreeinclude"};
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  return name.starts_with("requirements") && name.ends_with(".txt");
}

std::optional<std::string> merge_line_sets(std::string_view base, std::string_view ours,
                                           std::string_view theirs) {
  const auto base_lines = split(base), our_lines = split(ours), their_lines = split(theirs);
  if (!base_lines || !our_lines || !their_lines) return std::nullopt;
  const auto base_set = entries_of(*base_lines), our_set = entries_of(*our_lines),
             their_set = entries_of(*their_lines);
  if (!base_set || !our_set || !their_set) return std::nullopt;
  // What both sides did to comments is for people.
  const auto remarks = remarks_of(*base_lines);
  const bool ours_remarked = remarks_of(*our_lines) != remarks,
             theirs_remarked = remarks_of(*their_lines) != remarks;
  if (theirs_remarked) {
    if (ours_remarked) return std::nullopt;
    return merge_line_sets(base, theirs, ours);  // the side with the new comments keeps its lines
  }
  const auto added = without(*their_set, *base_set), deleted = without(*base_set, *their_set);
  // `name==1.0` against `name==2.0`, or against no name at all.
  if (clash(by_subject(*base_set), by_subject(*our_set), by_subject(*their_set))) return std::nullopt;
  const Subjects new_lines = by_subject(added);
  std::set<std::string> placed;
  std::vector<std::string> merged;
  for (const std::string& line : our_lines->lines) {
    if (!is_entry(line) || !deleted.contains(line)) {
      merged.push_back(line);
      continue;
    }
    // What was changed stays where it stood.
    const auto changed = new_lines.find(subject(line));
    if (changed == new_lines.end() || changed->second.size() != 1) continue;
    const std::string& by = *changed->second.begin();
    if (!our_set->contains(by) && placed.insert(by).second) merged.push_back(by);
  }
  for (std::size_t i = 0; i < their_lines->lines.size(); ++i) {
    const std::string& line = their_lines->lines[i];
    if (!is_entry(line) || !added.contains(line) || our_set->contains(line) || placed.contains(line))
      continue;
    merged.insert(place_for(merged, their_lines->lines, i), line);
  }
  std::string text;
  for (const std::string& line : merged) text += line + "\n";
  if (!our_lines->ends_line && !their_lines->ends_line && !text.empty()) text.pop_back();
  return text;
}

}  // namespace pland::engine::merge
