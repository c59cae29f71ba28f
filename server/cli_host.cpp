#include "server/cli_host.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "protocol/lsp/uri.h"
#include "server/texts.h"

namespace pland::server {

namespace fs = std::filesystem;

CliHost::CliHost(const asio::any_io_executor& executor, engine::Arena& arena, Terminal terminal,
                 WorkspaceOptions options)
    : arena_(arena), terminal_(terminal), workspace_(executor, arena, documents_, std::move(options)) {}

engine::Result<fs::path> CliHost::path_of(const std::string& uri) const {
  auto path = lsp::path_of_uri(uri);
  if (!path.ok()) return engine::Error{engine::ErrorCode::invalid_argument, path.error().message};
  return fs::path(std::move(path).value());
}

std::string CliHost::uri_of(const fs::path& path) const {
  return lsp::uri_of_path(path.string());
}

std::string CliHost::engine_uri_of(const std::string& uri) const {
  const auto path = path_of(uri);
  return path.ok() ? uri_of_argument(path->string()) : uri;
}

asio::awaitable<engine::Result<std::string>> CliHost::text_of(std::string uri) {
  const auto path = path_of(uri);
  if (!path.ok()) co_return path.error();
  auto look = [file = *path] { return read_text_file(file); };
  co_return co_await arena_.run(look);
}

asio::awaitable<Consent> CliHost::ask(std::vector<std::string> lines) {
  if (!terminal_.in_is_tty) co_return Consent::cannot_ask;
  std::string question;
  for (const std::string& line : lines) question += (question.empty() ? "" : "\n") + line;
  terminal_.err << question << " [y/N]: " << std::flush;
  auto read = [] {
    std::string answer;
    std::getline(std::cin, answer);
    return answer;
  };
  const std::string answer = co_await arena_.run(read);
  co_return answer == "y" || answer == "Y" || answer == "yes" ? Consent::yes : Consent::no;
}

std::vector<fs::path> CliHost::places() const {
  return {fs::current_path()};
}

asio::awaitable<void> CliHost::show(fs::path file) {
  terminal_.err << file.string() << "\n";
  co_return;
}

jsonrpc::Json error_json(const jsonrpc::ResponseError& error) {
  jsonrpc::Json json{{"code", error.code}, {"message", error.message}};
  if (error.data) json["data"] = *error.data;
  return json;
}

int fail(CliHost& host, const jsonrpc::ResponseError& error, bool json) {
  using jsonrpc::Json;
  if (json) {
    const Json answer{{"error", error_json(error)}};
    host.terminal().out << answer.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  host.terminal().err << "pland: " << error.message << "\n";
  return error.is(jsonrpc::ErrorCode::invalid_params) ? exit_code::unusable : exit_code::failed;
}

std::string uri_of_argument(const std::string& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(fs::absolute(path), error);
  if (error) real = fs::absolute(path).lexically_normal();
  return lsp::uri_of_path(real.string());
}

}  // namespace pland::server
