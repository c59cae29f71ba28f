#include "engine/snapshot/folder_index.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pland::engine {
namespace {

constexpr std::string_view magic = "PLIX";
constexpr std::uint64_t format_version = 1;
constexpr int deepest_folder = 4096;  // beyond it a file is damaged, not deep

class Writer {
 public:
  void number(std::uint64_t value) {  // 7 bits a byte, lowest first
    while (value >= 0x80) {
      bytes += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes += value;
  }
  void oid(const git::Oid& value) {
    bytes.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
  }
  void optional_oid(const std::optional<git::Oid>& value) {
    number(value ? 1 : 0);
    if (value) oid(*value);
  }
  void stat(const FileStat& value) {
    number(static_cast<std::uint64_t>(value.mtime_ns));
    number(static_cast<std::uint64_t>(value.ctime_ns));
    number(value.size);
    number(value.ino);
  }
  void folder(const IndexedFolder& value) {
    text(value.name);
    optional_oid(value.tree);
    stat(value.stat);
    number(value.rules);
    number(value.files.size());
    for (const IndexedFile& file : value.files) {
      text(file.name);
      number(static_cast<std::uint32_t>(file.version.mode));
      number((file.tracked ? 1U : 0U) | (file.absent ? 2U : 0U) | (file.outside_checkout ? 4U : 0U));
      oid(file.version.oid);
      stat(file.stat);
    }
    number(value.folders.size());
    for (const IndexedFolder& below : value.folders) folder(below);
  }

  std::string bytes;
};

/// Never reads past the end; `good` turns false instead and everything after is zero.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::size_t count(std::size_t smallest_item) {
    const std::uint64_t value = number();
    if (value > rest_.size() / smallest_item) good_ = false;
    return good_ ? static_cast<std::size_t>(value) : 0;
  }
  std::string text() {
    const std::size_t size = count(1);
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  git::Oid oid() {
    git::Oid value;
    if (rest_.size() < value.bytes.size()) {
      good_ = false;
      return value;
    }
    std::memcpy(value.bytes.data(), rest_.data(), value.bytes.size());
    rest_.remove_prefix(value.bytes.size());
    return value;
  }
  std::optional<git::Oid> optional_oid() {
    if (number() == 0) return std::nullopt;
    return oid();
  }
  FileStat stat() {
    FileStat value;
    value.mtime_ns = static_cast<std::int64_t>(number());
    value.ctime_ns = static_cast<std::int64_t>(number());
    value.size = number();
    value.ino = number();
    return value;
  }
  IndexedFolder folder(int depth) {
    IndexedFolder value;
    if (depth > deepest_folder) good_ = false;
    if (!good_) return value;
    value.name = text();
    value.tree = optional_oid();
    value.stat = stat();
    value.rules = number();
    value.files.resize(count(27));
    for (IndexedFile& file : value.files) {
      file.name = text();
      file.version.mode = static_cast<git::FileMode>(number());
      const std::uint64_t flags = number();
      file.tracked = (flags & 1) != 0;
      file.absent = (flags & 2) != 0;
      file.outside_checkout = (flags & 4) != 0;
      file.version.oid = oid();
      file.stat = stat();
    }
    const std::size_t folders = count(9);
    value.folders.reserve(folders);
    for (std::size_t i = 0; i < folders && good_; ++i) value.folders.push_back(folder(depth + 1));
    return value;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace

std::optional<FolderIndex> load_folder_index(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string bytes;
  struct stat status {};
  if (::fstat(fd, &status) == 0) bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t count = ::read(fd, bytes.data() + have, bytes.size() - have);
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  ::close(fd);
  if (have != bytes.size() || bytes.size() < magic.size() + 4 || !bytes.starts_with(magic))
    return std::nullopt;
  std::string_view body(bytes);
  std::uint32_t expected = 0;
  std::memcpy(&expected, body.data() + body.size() - 4, 4);
  body.remove_suffix(4);
  if (checksum(body) != expected) return std::nullopt;
  Reader reader(body.substr(magic.size()));
  if (reader.number() != format_version) return std::nullopt;
  FolderIndex index;
  index.closed = reader.number() != 0;
  index.closed_over = reader.optional_oid();
  index.user_index = reader.stat();
  index.root = reader.folder(0);
  if (!reader.good() || !reader.at_end()) return std::nullopt;
  return index;
}

Status save_folder_index(const FolderIndex& index, const std::filesystem::path& path) {
  Writer writer;
  writer.bytes = magic;
  writer.number(format_version);
  writer.number(index.closed ? 1 : 0);
  writer.optional_oid(index.closed_over);
  writer.stat(index.user_index);
  writer.folder(index.root);
  const std::uint32_t sum = checksum(writer.bytes);
  writer.bytes.append(reinterpret_cast<const char*>(&sum), sizeof(sum));

  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return io_error("making the directory", path.parent_path().native(), error.value());
  std::string temporary = path.native() + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return io_error("writing", temporary, errno);
  std::string_view rest = writer.bytes;
  int failure = 0;
  while (!rest.empty() && failure == 0) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      failure = errno;
    }
  }
  if (::close(fd) != 0 && failure == 0) failure = errno;
  if (failure == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
  if (failure != 0) {
    ::unlink(temporary.c_str());
    return io_error("writing", path.native(), failure);
  }
  return {};
}

void follow_changes(FolderIndex& index, const std::vector<git::FileChange>& changes) {
  // The entry called `name`, made in its sorted place if need be.
  const auto entry = []<typename T>(std::vector<T>& entries, std::string_view name) {
    const auto place =
        std::lower_bound(entries.begin(), entries.end(), name,
                         [](const T& each, std::string_view wanted) { return each.name < wanted; });
    if (place != entries.end() && place->name == name) return place;
    const auto made = entries.emplace(place);
    made->name = name;
    return made;
  };
  index.closed = false;
  for (const git::FileChange& change : changes) {
    IndexedFolder* folder = &index.root;
    std::string_view rest = change.path;
    for (;;) {
      folder->tree.reset();
      folder->stat = {};
      const auto slash = rest.find('/');
      if (slash == std::string_view::npos) break;
      folder = &*entry(folder->folders, rest.substr(0, slash));
      rest.remove_prefix(slash + 1);
    }
    const auto file = entry(folder->files, rest);
    if (!change.after.exists()) {
      folder->files.erase(file);
      continue;
    }
    file->version = change.after;
    file->stat = {};
    file->absent = false;
  }
}

std::size_t count_files(const IndexedFolder& folder) {
  std::size_t count = 0;
  for (const IndexedFile& file : folder.files) count += file.absent ? 0 : 1;
  for (const IndexedFolder& below : folder.folders) count += count_files(below);
  return count;
}

}  // namespace pland::engine
