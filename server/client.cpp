#include "server/client.h"

#include <nlohmann/json.hpp>

#include "protocol/lsp/methods.h"

namespace pland::server {
namespace {

bool asks_for_plan_changes(const jsonrpc::Json& experimental) {
  if (!experimental.is_object()) return false;
  const auto ours = experimental.find("pland");
  if (ours == experimental.end() || !ours->is_object()) return false;
  const auto wanted = ours->find("planChanged");
  return wanted != ours->end() && wanted->is_boolean() && wanted->get<bool>();
}

}  // namespace

Client::Client(asio::any_io_executor executor, jsonrpc::Connection& connection,
               lsp::ClientCapabilities capabilities)
    : executor_(std::move(executor)),
      connection_(connection),
      capabilities_(std::move(capabilities)),
      encoding_(lsp::choose_position_encoding(capabilities_)),
      wants_plan_changes_(asks_for_plan_changes(capabilities_.experimental)) {}

void Client::show_message(lsp::MessageType type, std::string text) {
  notify(lsp::method::show_message, lsp::ShowMessageParams{type, std::move(text)});
}

void Client::log_message(lsp::MessageType type, std::string text) {
  notify(lsp::method::log_message, lsp::LogMessageParams{type, std::move(text)});
}

asio::awaitable<std::optional<bool>> Client::ask_yes_no(std::string question, std::string yes, std::string no,
                                                        std::stop_token stop) {
  if (!can(lsp::method::show_message_request)) co_return std::nullopt;
  lsp::ShowMessageRequestParams params{lsp::MessageType::warning, std::move(question), std::nullopt};
  params.actions = std::vector<lsp::MessageActionItem>{{no}, {yes}};
  auto answer = co_await call<lsp::ShowMessageRequestResult>(lsp::method::show_message_request,
                                                             std::move(params), stop);
  if (!answer.ok()) co_return std::nullopt;
  co_return answer.value() && answer.value()->title == yes;
}

asio::awaitable<void> Client::show_file(std::string uri, std::string path) {
  if (can(lsp::method::show_document)) {
    lsp::ShowDocumentParams params;
    params.uri = std::move(uri);
    params.external = false;
    params.take_focus = true;
    const auto shown = co_await call<lsp::ShowDocumentResult>(lsp::method::show_document, std::move(params));
    if (shown.ok() && shown.value().success) co_return;
  }
  show_message(lsp::MessageType::info, std::move(path));
}

void Client::refresh_code_lenses() {
  if (!can(lsp::method::code_lens_refresh)) return;
  connection_.call<jsonrpc::Nothing>(lsp::method::code_lens_refresh, jsonrpc::Null{},
                                     [](const jsonrpc::Outcome<jsonrpc::Nothing>&) {});
}

}  // namespace pland::server
