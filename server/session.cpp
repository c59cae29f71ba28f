#include "server/session.h"

#include <spdlog/spdlog.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/lsp/methods.h"
#include "server/capabilities.h"

namespace pland::server {
namespace {

using jsonrpc::ErrorCode;
using jsonrpc::Nothing;
using jsonrpc::Null;
using jsonrpc::Outcome;
using jsonrpc::Reply;
using jsonrpc::ResponseError;

void log_line(jsonrpc::LogLevel level, const std::string& line) {
  switch (level) {
    case jsonrpc::LogLevel::debug:
      return spdlog::debug("{}", line);
    case jsonrpc::LogLevel::warning:
      return spdlog::warn("{}", line);
    case jsonrpc::LogLevel::error:
      return spdlog::error("{}", line);
  }
}

/// The verb that a command name means; null for another's.
const Verb* verb_of_command(std::string_view command) {
  constexpr std::string_view prefix = "pland.";
  return command.starts_with(prefix) ? find_verb(command.substr(prefix.size())) : nullptr;
}

}  // namespace

Session::Session(asio::any_io_executor executor, engine::Arena& arena, jsonrpc::Transport& transport,
                 SessionOptions options)
    : executor_(std::move(executor)),
      arena_(arena),
      options_(std::move(options)),
      timers_(executor_),
      ended_(executor_, asio::steady_timer::time_point::max()) {
  bind_lifecycle();
  bind_documents();
  bind_features();
  bind_verbs();
  jsonrpc::ConnectionOptions connection;
  connection.tap = options_.tap;
  connection.log = log_line;
  connection.gate = [this](std::string_view method, bool is_request) {
    return lifecycle_.refusal(method, is_request);
  };
  connection.client_supports = [this](std::string_view method) {
    // After shutdown nobody answers any more.
    return editor_ != nullptr && !lifecycle_.is_shut_down() && editor_->client().can(method);
  };
  connection.timers = &timers_;
  connection_ = std::make_unique<jsonrpc::Connection>(transport, jsonrpc::content_length_framing(), binder_,
                                                      std::move(connection));
}

Session::~Session() = default;

void Session::end() {
  if (exit_code_) return;
  exit_code_ = lifecycle_.exit_code();
  connection_->close("the session is over");
  ended_.cancel();
}

void Session::input_ended(const std::string& reason) {
  if (!exit_code_) spdlog::info("the session ends: {}", reason);
  end();
}

asio::awaitable<int> Session::run() {
  while (!exit_code_) {
    std::error_code ignored;
    co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  client_process_.reset();
  const auto impatience = timers_.start(options_.patience, [this] {
    if (options_.give_up) options_.give_up(*exit_code_);
  });
  if (editor_) co_await editor_->close();
  timers_.cancel(impatience);
  co_return *exit_code_;
}

// --- lifecycle ---

Outcome<Json> Session::initialize(const lsp::InitializeParams& params) {
  lifecycle_.initialized();
  if (options_.trace) options_.trace(params.trace);
  editor_ = std::make_unique<Editor>(executor_, arena_, *connection_, timers_, options_.editor, params);
  if (params.process_id) {
    client_process_ = std::make_unique<ClientProcess>(
        executor_, *params.process_id, [this] { input_ended("the client's process has ended"); });
  }
  return initialize_result(params.capabilities);
}

void Session::bind_lifecycle() {
  binder_.mutation("initialize", this, &Session::initialize);
  binder_.notification("initialized", [this](const Nothing&) { editor_->initialized(); });
  binder_.quick("shutdown", [this](const Nothing&) -> Outcome<Null> {
    lifecycle_.shut_down();
    // Ended in the background; the answer does not wait.
    asio::co_spawn(executor_, editor_->close(), asio::detached);
    return Null{};
  });
  binder_.notification("exit", [this](const Nothing&) { end(); });
  binder_.notification("$/setTrace", [this](const lsp::SetTraceParams& params) {
    if (options_.trace) options_.trace(params.value);
  });
}

// --- documents and folders ---

void Session::bind_documents() {
  binder_.notification("textDocument/didOpen",
                       [this](const lsp::DidOpenTextDocumentParams& params) { editor_->did_open(params); });
  binder_.notification("textDocument/didChange", [this](const lsp::DidChangeTextDocumentParams& params) {
    editor_->did_change(params);
  });
  binder_.notification("textDocument/didSave",
                       [this](const lsp::DidSaveTextDocumentParams& params) { editor_->did_save(params); });
  binder_.notification("textDocument/didClose",
                       [this](const lsp::DidCloseTextDocumentParams& params) { editor_->did_close(params); });
  binder_.notification(
      "workspace/didChangeWorkspaceFolders",
      [this](const lsp::DidChangeWorkspaceFoldersParams& params) { editor_->did_change_folders(params); });
  binder_.notification(
      "workspace/didChangeWatchedFiles",
      [this](const lsp::DidChangeWatchedFilesParams& params) { editor_->did_change_watched_files(params); });
  // There are no settings yet; saying so keeps clients that always send theirs from a line in the log.
  binder_.notification("workspace/didChangeConfiguration", [](const lsp::DidChangeConfigurationParams&) {});
}

// --- features ---

void Session::bind_features() {
  binder_.query("textDocument/codeLens",
                [this](const lsp::CodeLensParams& params) -> Outcome<lsp::CodeLensResult> {
                  return editor_->code_lens(params);
                });
  binder_.query("textDocument/hover", [this](const lsp::HoverParams& params) -> Outcome<lsp::HoverResult> {
    return editor_->hover(params);
  });
  binder_.query("textDocument/codeAction",
                [this](const lsp::CodeActionParams& params) -> Outcome<lsp::CodeActionResult> {
                  return editor_->code_action(params);
                });
  binder_.query("codeAction/resolve", [this](const lsp::CodeAction& action) -> Outcome<lsp::CodeAction> {
    return editor_->resolve_code_action(action);
  });
  binder_.notification(
      "window/workDoneProgress/cancel",
      [this](const lsp::WorkDoneProgressCancelParams& params) { editor_->progress_cancelled(params); });
}

// --- verbs ---

void Session::bind_verbs() {
  using jsonrpc::HandlerKind;
  for (const Verb& verb : verbs()) {
    const auto handler = [this, &verb](const Json& params, Reply<Json> reply) {
      editor_->run_verb(verb, params.is_null() ? Json::object() : params, std::move(reply));
    };
    const std::string method = "pland/" + std::string(verb.name);
    if (verb.kind == HandlerKind::query) binder_.query(method, handler);
    if (verb.kind == HandlerKind::mutation) binder_.mutation(method, handler);
    if (verb.kind == HandlerKind::quick) binder_.quick(method, handler);
  }
  // A command is ordered as the verb that it names.
  binder_.mutation("workspace/executeCommand", this, &Session::execute_command, [](const Json& params) {
    const Verb* verb = params.is_object() && params.contains("command") && params["command"].is_string()
                           ? verb_of_command(params["command"].get_ref<const std::string&>())
                           : nullptr;
    if (verb == nullptr) return jsonrpc::Order{};
    const auto arguments = params.find("arguments");
    const bool has_argument = arguments != params.end() && arguments->is_array() && !arguments->empty();
    return jsonrpc::order_of("pland/" + std::string(verb->name), verb->kind,
                             has_argument ? arguments->front() : Json());
  });
  if (options_.test) {
    binder_.quick("pland/sync", [this](const Nothing&, Reply<Json> reply) { sync(std::move(reply)); });
  }
}

void Session::execute_command(const lsp::ExecuteCommandParams& params, Reply<Json> reply) {
  const Verb* verb = verb_of_command(params.command);
  if (verb == nullptr) {
    std::string known;
    for (const std::string& name : command_names()) known += (known.empty() ? "" : ", ") + name;
    return reply(ResponseError(ErrorCode::invalid_params, "params.command: unknown command '" +
                                                              params.command + "' (known: " + known + ")"));
  }
  Json argument = Json::object();
  if (params.arguments && !params.arguments->empty() && !params.arguments->front().is_null()) {
    argument = params.arguments->front();
  }
  if (!argument.is_object()) {
    return reply(ResponseError(ErrorCode::invalid_params, "params.arguments[0]: expected an object"));
  }
  editor_->run_verb(*verb, std::move(argument), std::move(reply));
}

void Session::sync(Reply<Json> reply) {
  asio::co_spawn(
      executor_,
      [](Editor& editor, Reply<Json> answer) -> asio::awaitable<void> {
        co_await editor.idle();
        answer(Json());
      }(*editor_, std::move(reply)),
      asio::detached);
}

}  // namespace pland::server
