#include "engine/snapshot/snapshot_trees.h"

#include <algorithm>
#include <map>

#include "engine/snapshot/scan.h"

namespace pland::engine {
namespace {

bool same_files(const IndexedFolder& a, const IndexedFolder& b) {
  auto x = a.files.begin();
  auto y = b.files.begin();
  while (true) {
    while (x != a.files.end() && x->absent) ++x;
    while (y != b.files.end() && y->absent) ++y;
    if (x == a.files.end() || y == b.files.end()) return x == a.files.end() && y == b.files.end();
    if (x->name != y->name || x->version != y->version) return false;
    ++x;
    ++y;
  }
}

/// The same folders with the same trees, empty ones aside.
bool same_folders(const IndexedFolder& a, const IndexedFolder& b) {
  const auto is_empty = [](const IndexedFolder& folder) { return folder.tree == git::empty_tree_oid(); };
  auto x = a.folders.begin();
  auto y = b.folders.begin();
  while (true) {
    while (x != a.folders.end() && is_empty(*x)) ++x;
    while (y != b.folders.end() && is_empty(*y)) ++y;
    if (x == a.folders.end() || y == b.folders.end()) return x == a.folders.end() && y == b.folders.end();
    if (x->name != y->name || !y->tree || x->tree != y->tree) return false;
    ++x;
    ++y;
  }
}

}  // namespace

Result<git::Oid> write_trees(IndexedFolder& now, const IndexedFolder& known, git::Repository& store) {
  static const IndexedFolder none;
  if (now.tree) return *now.tree;
  std::erase_if(now.files, [](const IndexedFile& file) { return file.absent && !file.tracked; });
  for (IndexedFolder& folder : now.folders) {
    const IndexedFolder* before = find_folder(known, folder.name);
    PLAND_CHECK(write_trees(folder, before != nullptr ? *before : none, store));
  }
  if (known.tree && same_files(now, known) && same_folders(now, known)) {
    now.tree = known.tree;
    return *now.tree;
  }
  std::vector<git::TreeEntry> entries;
  entries.reserve(now.files.size() + now.folders.size());
  for (const IndexedFile& file : now.files) {
    if (!file.absent) entries.push_back({file.name, file.version.mode, file.version.oid});
  }
  for (const IndexedFolder& folder : now.folders) {
    if (*folder.tree != git::empty_tree_oid()) {
      entries.push_back({folder.name, git::FileMode::tree, *folder.tree});
    }
  }
  PLAND_TRY(now.tree, store.write_tree(std::move(entries)));
  return *now.tree;
}

Status own_difference(git::Repository& store, const std::optional<git::Oid>& borrowed, const git::Oid& tree) {
  if (borrowed == tree || tree == git::empty_tree_oid()) return {};
  PLAND_CHECK(store.ensure_own(tree));
  PLAND_TRY(const std::vector<git::TreeEntry> entries, store.read_tree(tree));
  std::map<std::string, git::TreeEntry> lent;
  if (borrowed) {
    PLAND_TRY(std::vector<git::TreeEntry> borrowed_entries, store.read_tree(*borrowed));
    for (git::TreeEntry& entry : borrowed_entries) {
      std::string name = entry.name;
      lent.emplace(std::move(name), std::move(entry));
    }
  }
  for (const git::TreeEntry& entry : entries) {
    const auto at = lent.find(entry.name);
    const bool same = at != lent.end() && at->second.oid == entry.oid;
    if (same || entry.mode == git::FileMode::gitlink) continue;
    if (entry.mode == git::FileMode::tree) {
      std::optional<git::Oid> below;
      if (at != lent.end() && at->second.mode == git::FileMode::tree) below = at->second.oid;
      PLAND_CHECK(own_difference(store, below, entry.oid));
    } else {
      PLAND_CHECK(store.ensure_own(entry.oid));
    }
  }
  return {};
}

}  // namespace pland::engine
