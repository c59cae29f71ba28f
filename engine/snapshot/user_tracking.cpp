#include "engine/snapshot/user_tracking.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "engine/snapshot/beneath.h"

namespace pland::engine {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t clock_grain_ns = 20'000'000;

enum class Conversion { none, line_ends, by_path };

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (in) bytes << in.rdbuf();
  return bytes.str();
}

/// Whether anything could make the files of the work tree differ from what the index names.
Result<Conversion> conversions(const git::Repository& repository, const git::UserIndex& user_index) {
  bool any = false;
  for (const char* key : {"core.autocrlf", "core.eol"}) {
    PLAND_TRY(const auto value, repository.config(key));
    if (value && *value != "false" && *value != "native") any = true;
  }
  std::set<std::string> folders = {""};
  for (const git::UserIndexEntry& entry : user_index.entries) {
    if (entry.path.ends_with(".gitattributes")) any = true;  // also one that is deleted on disk
    // Paths are sorted: a folder's first file adds it, and all above it.
    std::string_view folder = split_path(entry.path).first;
    while (!folder.empty() && folders.insert(std::string(folder)).second) folder = split_path(folder).first;
  }
  std::vector<fs::path> files = {repository.common_dir() / "info" / "attributes"};
  PLAND_TRY(const auto configured, repository.config("core.attributesFile"));
  const char* home = std::getenv("HOME");
  if (configured) {
    files.push_back(configured->starts_with("~/") && home != nullptr ? fs::path(home) / configured->substr(2)
                                                                     : fs::path(*configured));
  } else if (home != nullptr) {
    files.push_back(fs::path(home) / ".config" / "git" / "attributes");
  }
  files.emplace_back("/etc/gitattributes");
  for (const std::string& folder : folders) {
    const fs::path file = *repository.work_dir() / folder / ".gitattributes";
    if (::access(file.c_str(), F_OK) == 0) files.push_back(file);
  }
  for (const fs::path& file : files) {
    const std::string text = file_text(file);
    if (text.empty()) continue;
    any = true;
    for (const char* word : {"filter", "ident", "working-tree-encoding"}) {
      if (text.find(word) != std::string::npos) return Conversion::by_path;
    }
  }
  return any ? Conversion::line_ends : Conversion::none;
}

/// The folder at `path` in `root`, made if need be. Keeps the way to the last one, as paths come sorted.
class FolderWay {
 public:
  explicit FolderWay(IndexedFolder& root) : way_{{"", &root}} {}

  IndexedFolder& at(std::string_view path) {
    while (way_.size() > 1 && !inside(path, way_.back().first)) way_.pop_back();
    while (way_.back().first.size() < path.size()) {
      const std::size_t from = way_.back().first.empty() ? 0 : way_.back().first.size() + 1;
      const std::size_t end = std::min(path.find('/', from), path.size());
      const std::string_view name = path.substr(from, end - from);
      auto& folders = way_.back().second->folders;
      auto place =
          std::lower_bound(folders.begin(), folders.end(), name,
                           [](const IndexedFolder& f, std::string_view wanted) { return f.name < wanted; });
      if (place == folders.end() || place->name != name) {
        place = folders.emplace(place);
        place->name = name;
      }
      way_.emplace_back(std::string(path.substr(0, end)), &*place);
    }
    return *way_.back().second;
  }

 private:
  static bool inside(std::string_view path, std::string_view folder) {
    return path == folder ||
           (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
  }
  std::vector<std::pair<std::string, IndexedFolder*>> way_;
};

void clear_tracked(IndexedFolder& folder) {
  for (IndexedFile& file : folder.files) file.tracked = false;
  for (IndexedFolder& below : folder.folders) clear_tracked(below);
}

void drop_untracked_absent(IndexedFolder& folder) {
  std::erase_if(folder.files, [](const IndexedFile& file) {
    return !file.tracked &&
           (file.absent || file.outside_checkout || file.version.mode == git::FileMode::gitlink);
  });
  for (IndexedFolder& below : folder.folders) drop_untracked_absent(below);
}

}  // namespace

FileStat user_index_stat(const git::Repository& repository) {
  struct stat status {};
  if (::lstat((repository.git_dir() / "index").c_str(), &status) != 0) return {};
  return to_file_stat(status);
}

Status follow_user_index(FolderIndex& index, const git::Repository& repository,
                         const git::UserIndex& user_index, git::RepositoryPool& store, bool take_stats,
                         const ParallelFor& parallel_for) {
  const std::vector<git::UserIndexEntry>& entries = user_index.entries;
  Conversion conversion = Conversion::by_path;
  if (take_stats) {
    PLAND_TRY(conversion, conversions(repository, user_index));
  }
  std::vector<char> trusted(entries.size(), 0);
  if (take_stats) {
    constexpr std::size_t chunk = 512;
    std::mutex mutex;
    std::optional<Error> failure;
    parallel_for((entries.size() + chunk - 1) / chunk, [&](std::size_t part) {
      // libgit2 handles are one thread's: attributes are asked of a handle of this part's own.
      auto lease = store.lease();
      auto attributes = conversion == Conversion::by_path ? git::Repository::open(repository.git_dir())
                                                          : Result<git::Repository>(Error{});
      if (!lease.ok() || (conversion == Conversion::by_path && !attributes.ok())) {
        const std::lock_guard lock(mutex);
        failure = !lease.ok() ? lease.error() : attributes.error();
        return;
      }
      for (std::size_t i = part * chunk; i < std::min(entries.size(), (part + 1) * chunk); ++i) {
        const git::UserIndexEntry& entry = entries[i];
        if (entry.stage != 0 || entry.intent_to_add || !git::is_blob(entry.mode) || entry.mtime_ns == 0)
          continue;
        if (entry.mtime_ns >= user_index.file_mtime_ns - clock_grain_ns) continue;
        if (conversion != Conversion::none && entry.mode != git::FileMode::link) {
          if (conversion == Conversion::by_path) {
            const auto values =
                attributes->attributes(entry.path, {"filter", "ident", "working-tree-encoding"});
            if (!values.ok() || std::any_of(values->begin(), values->end(), [](const auto& value) {
                  return value.has_value() && *value != "false";
                })) {
              continue;
            }
          }
          // Line ends only ever get shorter on the way in: the same size is the same content.
          const auto size = (*lease)->blob_size(entry.oid);
          if (!size.ok() || *size != entry.size) continue;
        }
        trusted[i] = 1;
      }
    });
    if (failure) return *std::move(failure);
  }

  clear_tracked(index.root);
  FolderWay way(index.root);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const git::UserIndexEntry& entry = entries[i];
    if (i > 0 && entries[i - 1].path == entry.path) continue;  // another stage of a conflict
    const auto [folder_path, name] = split_path(entry.path);
    IndexedFolder& folder = way.at(folder_path);
    auto file =
        std::lower_bound(folder.files.begin(), folder.files.end(), name,
                         [](const IndexedFile& f, std::string_view wanted) { return f.name < wanted; });
    const bool known = file != folder.files.end() && file->name == name;
    if (!known) {
      file = folder.files.emplace(file);
      file->name = name;
      file->absent = true;
    }
    file->tracked = true;
    const bool outside = entry.skip_worktree && entry.stage == 0;
    file->outside_checkout = outside;
    if (outside || entry.mode == git::FileMode::gitlink) {
      if (file->version != git::FileVersion{entry.mode, entry.oid}) {
        file->version = {entry.mode, entry.oid};
        file->stat = {};
      }
      file->absent = false;
    }
    if (!known && take_stats && entry.stage == 0 && !entry.intent_to_add && git::is_blob(entry.mode)) {
      // Even where its lstat says nothing, this is what the file most likely is: no need to write it again.
      file->version = {entry.mode, entry.oid};
      file->absent = false;
      if (trusted[i] != 0) {
        file->stat = {entry.mtime_ns, entry.ctime_ns, entry.size, entry.ino};
        file->seeded = true;
      }
    }
  }
  drop_untracked_absent(index.root);
  return {};
}

Status adopt_trees(IndexedFolder& folder, const git::Repository& repository, const git::Oid& tree) {
  PLAND_TRY(const std::vector<git::TreeEntry> entries, repository.read_tree(tree));
  bool same = true;
  std::size_t files = 0;
  std::size_t folders = 0;
  for (const git::TreeEntry& entry : entries) {
    if (entry.mode == git::FileMode::tree) {
      const auto below =
          std::lower_bound(folder.folders.begin(), folder.folders.end(), entry.name,
                           [](const IndexedFolder& f, const std::string& name) { return f.name < name; });
      if (below == folder.folders.end() || below->name != entry.name) {
        same = false;
        continue;
      }
      PLAND_CHECK(adopt_trees(*below, repository, entry.oid));
      ++folders;
      same = same && below->tree == entry.oid;
    } else {
      const auto file =
          std::lower_bound(folder.files.begin(), folder.files.end(), entry.name,
                           [](const IndexedFile& f, const std::string& name) { return f.name < name; });
      ++files;
      same = same && file != folder.files.end() && file->name == entry.name && !file->absent &&
             file->version == git::FileVersion{entry.mode, entry.oid};
    }
  }
  if (same && files == folder.files.size() && folders == folder.folders.size()) folder.tree = tree;
  return {};
}

}  // namespace pland::engine
