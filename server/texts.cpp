#include "server/texts.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

namespace pland::server {

bool is_plan_file(std::string_view path) {
  return path.ends_with(".plan.yaml") || path.ends_with(".plan.yml") || path.ends_with(".plan.json");
}

engine::Result<std::string> read_text_file(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) {
      return engine::Error{engine::ErrorCode::not_found, "there is no file " + path.string()};
    }
    return engine::io_error("opening", path.native(), errno);
  }
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return engine::io_error("reading", path.native(), errno == 0 ? EIO : errno);
  return text;
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
