#include "engine/git/tree_edit.h"

#include <algorithm>
#include <map>

namespace pland::engine::git {
namespace {

Error bad_path(std::string_view path, std::string_view why) {
  return Error{ErrorCode::invalid_argument,
               "the path '" + std::string(path) + "' " + std::string(why),
               {{"path", path}}};
}

bool valid_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name.empty() || name == "." || name == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

/// Edits of one directory: `edits[i].path` from `depth` on is relative to it. Sorted by path.
Result<Oid> edit_directory(Repository& repository, const Oid& tree, const TreeEdit* first,
                           const TreeEdit* last, std::size_t depth) {
  PLAND_TRY(std::vector<TreeEntry> old_entries, repository.read_tree(tree));
  std::map<std::string, TreeEntry, std::less<>> entries;
  for (TreeEntry& entry : old_entries) {
    std::string name = entry.name;
    entries.emplace(std::move(name), std::move(entry));
  }
  bool changed = false;
  // Files first, deletions before the rest, so that a name is free before a directory takes it.
  const auto name_of = [depth](const TreeEdit& edit) {
    const std::string_view rest = std::string_view(edit.path).substr(depth);
    return rest.substr(0, rest.find('/'));
  };
  for (const TreeEdit* edit = first; edit != last;) {
    const std::string_view name = name_of(*edit);
    const TreeEdit* end = edit;
    while (end != last && name_of(*end) == name) ++end;
    const bool has_file_edit = edit->path.size() == depth + name.size();
    const TreeEdit* below = has_file_edit ? edit + 1 : edit;
    auto found = entries.find(name);
    if (has_file_edit && !edit->file.exists() && found != entries.end() &&
        found->second.mode != FileMode::tree) {
      entries.erase(found);
      found = entries.end();
      changed = true;
    }
    if (below != end) {
      Oid subtree = empty_tree_oid();
      const bool is_tree = found != entries.end() && found->second.mode == FileMode::tree;
      if (is_tree) subtree = found->second.oid;
      PLAND_TRY(const Oid edited, edit_directory(repository, subtree, below, end, depth + name.size() + 1));
      if (edited != subtree) {
        if (edited != empty_tree_oid() && found != entries.end() && !is_tree) {
          return bad_path(found->first, "is a file in the way of a directory");
        }
        changed = true;
        if (edited != empty_tree_oid()) {
          entries[std::string(name)] = TreeEntry{std::string(name), FileMode::tree, edited};
        } else {
          entries.erase(std::string(name));
        }
        found = entries.find(name);
      }
    }
    if (has_file_edit && edit->file.exists()) {
      if (found != entries.end() && found->second.mode == FileMode::tree) {
        return bad_path(edit->path, "is a directory that still holds files; delete them first");
      }
      TreeEntry wanted{std::string(name), edit->file.mode, edit->file.oid};
      if (found == entries.end() || found->second != wanted) {
        entries[std::string(name)] = std::move(wanted);
        changed = true;
      }
    }
    edit = end;
  }
  if (!changed) return tree;
  if (entries.empty()) return empty_tree_oid();
  std::vector<TreeEntry> result;
  result.reserve(entries.size());
  for (auto& [name, entry] : entries) result.push_back(std::move(entry));
  return repository.write_tree(std::move(result));
}

class TreeDiff {
 public:
  explicit TreeDiff(const Repository& repository) : repository_(repository) {}

  Status compare(const Oid& before, const Oid& after, const std::string& prefix) {
    if (before == after) return {};
    PLAND_TRY(const std::vector<TreeEntry> old_entries, repository_.read_tree(before));
    PLAND_TRY(const std::vector<TreeEntry> new_entries, repository_.read_tree(after));
    // In tree order a file `a` and a directory `a` are two places, which is just what is wanted here.
    auto a = old_entries.begin();
    auto b = new_entries.begin();
    while (a != old_entries.end() || b != new_entries.end()) {
      const bool a_left = a != old_entries.end();
      const bool b_left = b != new_entries.end();
      const bool a_tree = a_left && a->mode == FileMode::tree;
      const bool b_tree = b_left && b->mode == FileMode::tree;
      const bool a_first = a_left && (!b_left || tree_order(a->name, a_tree, b->name, b_tree));
      const bool b_first = b_left && (!a_left || tree_order(b->name, b_tree, a->name, a_tree));
      if (a_first || b_first) {
        PLAND_CHECK(one_sided(a_first ? *a : *b, prefix, a_first));
      } else if (*a != *b) {
        if (a_tree) {
          PLAND_CHECK(compare(a->oid, b->oid, prefix + a->name + "/"));
        } else {
          changes.push_back({prefix + a->name, {a->mode, a->oid}, {b->mode, b->oid}});
        }
      }
      if (!b_first) ++a;
      if (!a_first) ++b;
    }
    return {};
  }

  std::vector<FileChange> changes;

 private:
  Status one_sided(const TreeEntry& entry, const std::string& prefix, bool is_before) {
    if (entry.mode == FileMode::tree) {
      const Oid& none = empty_tree_oid();
      return compare(is_before ? entry.oid : none, is_before ? none : entry.oid, prefix + entry.name + "/");
    }
    FileChange& change = changes.emplace_back();
    change.path = prefix + entry.name;
    (is_before ? change.before : change.after) = {entry.mode, entry.oid};
    return {};
  }

  const Repository& repository_;
};

}  // namespace

Result<FileVersion> lookup(const Repository& repository, const Oid& tree, std::string_view path) {
  FileVersion at{FileMode::tree, tree};
  while (!path.empty()) {
    if (at.mode != FileMode::tree) return FileVersion{};
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    PLAND_TRY(const std::vector<TreeEntry> entries, repository.read_tree(at.oid));
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [name](const TreeEntry& entry) { return entry.name == name; });
    if (found == entries.end()) return FileVersion{};
    at = {found->mode, found->oid};
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return at;
}

Result<Oid> edit_tree(Repository& repository, const Oid& tree, std::vector<TreeEdit> edits) {
  // '/' first, so that a directory's edits follow the edit of its own name without another name between.
  const auto before = [](const TreeEdit& a, const TreeEdit& b) {
    return std::lexicographical_compare(
        a.path.begin(), a.path.end(), b.path.begin(), b.path.end(), [](char x, char y) {
          const auto rank = [](char c) {
            return c == '/' ? -1 : static_cast<int>(static_cast<unsigned char>(c));
          };
          return rank(x) < rank(y);
        });
  };
  std::sort(edits.begin(), edits.end(), before);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (!valid_path(edits[i].path)) return bad_path(edits[i].path, "is not a relative path inside the tree");
    if (i > 0 && edits[i - 1].path == edits[i].path) return bad_path(edits[i].path, "is edited twice");
    if (edits[i].file.mode == FileMode::tree)
      return bad_path(edits[i].path, "cannot be set to a whole directory");
  }
  return edit_directory(repository, tree, edits.data(), edits.data() + edits.size(), 0);
}

Result<std::vector<FileChange>> diff_trees(const Repository& repository, const Oid& before,
                                           const Oid& after) {
  TreeDiff diff(repository);
  PLAND_CHECK(diff.compare(before, after, ""));
  std::sort(diff.changes.begin(), diff.changes.end(),
            [](const FileChange& a, const FileChange& b) { return a.path < b.path; });
  return std::move(diff.changes);
}

Result<std::vector<TreeFile>> list_files(const Repository& repository, const Oid& tree) {
  PLAND_TRY(std::vector<FileChange> changes, diff_trees(repository, empty_tree_oid(), tree));
  std::vector<TreeFile> files;
  files.reserve(changes.size());
  for (FileChange& change : changes) files.push_back({std::move(change.path), change.after});
  return files;
}

}  // namespace pland::engine::git
