#include "server/texts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "engine/base/unique_fd.h"

namespace pland::server {

bool is_plan_file(std::string_view path) {
  return path.ends_with(".plan.yaml") || path.ends_with(".plan.yml") || path.ends_with(".plan.json");
}

engine::Result<std::string> read_text_file(const std::filesystem::path& path) {
  const auto failed = [&](const char* doing) -> engine::Error {
    if (errno == ENOENT || errno == ENOTDIR) {
      return {engine::ErrorCode::not_found, "there is no file " + path.string()};
    }
    return engine::io_error(doing, path.native(), errno);
  };
  // A pipe must not be waited for: what the path leads to is only known when it is open.
  const engine::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return failed("opening");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed("looking at");
  if (!S_ISREG(status.st_mode)) {
    return engine::Error{engine::ErrorCode::refused,
                         path.string() + (S_ISDIR(status.st_mode) ? " is a folder" : " is no regular file") +
                             "; name a file with text in it"};
  }
  std::string text;
  std::array<char, 64U << 10U> buffer;
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return failed("reading");
    }
  }
}

std::optional<lsp::TextSnapshot> Texts::now(const FileKey& key) const {
  if (const auto open = documents_.snapshot(key)) {
    if (!open->ok()) return std::nullopt;
    return open->value();
  }
  const auto known = disk_.find(key);
  return known == disk_.end() ? std::nullopt : known->second;
}

asio::awaitable<std::optional<lsp::TextSnapshot>> Texts::read(FileKey key) {
  if (documents_.is_open(key)) co_return now(key);
  if (const auto known = disk_.find(key); known != disk_.end()) co_return known->second;
  co_return co_await reread(std::move(key));
}

asio::awaitable<std::optional<lsp::TextSnapshot>> Texts::reread(FileKey key) {
  if (documents_.is_open(key)) co_return now(key);
  auto look = [key] { return read_text_file(key); };
  auto text = co_await arena_.run(look);
  std::optional<lsp::TextSnapshot> found;
  if (text.ok()) found = lsp::make_snapshot(documents_.uri_of(key), 0, *std::move(text));
  disk_[key] = found;
  co_return now(key);
}

std::shared_ptr<const PlanFile> Texts::plan_file(const FileKey& key) {
  auto text = now(key);
  if (!text) {
    plan_files_.erase(key);
    return nullptr;
  }
  std::shared_ptr<const PlanFile>& known = plan_files_[key];
  if (!known || known->text.text != text->text) {
    auto document = engine::planfile::parse(*text->text);
    known = std::make_shared<const PlanFile>(PlanFile{*std::move(text), std::move(document)});
  } else if (known->text.version != text->version) {
    auto renewed = *known;
    renewed.text = *std::move(text);
    known = std::make_shared<const PlanFile>(std::move(renewed));
  }
  return known;
}

}  // namespace pland::server
