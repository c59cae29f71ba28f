// What the client asks of an Editor, and what a verb needs of it.
#include <nlohmann/json.hpp>

#include "protocol/lsp/uri.h"
#include "server/editor.h"
#include "server/features/code_action.h"
#include "server/features/code_lens.h"
#include "server/features/hover.h"
#include "server/features/plan_file_diagnostics.h"

namespace pland::server {

namespace fs = std::filesystem;

// --- requests ---

std::vector<lsp::CodeLens> Editor::lenses_of(const FileKey& file) {
  const auto plan_file = is_plan_file(file) ? texts_.plan_file(file) : nullptr;
  if (!plan_file) return {};
  const Workspace::Found found = workspace_.find_by_file(engine_uri(file));
  return code_lenses(*plan_file, found.plan, client_.encoding());
}

namespace {

std::string as_text(const std::vector<lsp::CodeLens>& lenses) {
  Json json;
  write_json(jsonrpc::Writer(json), lenses);
  return jsonrpc::dump_json(json);
}

}  // namespace

lsp::CodeLensResult Editor::code_lens(const lsp::CodeLensParams& params) {
  const FileKey file = documents_.key_of(params.text_document.uri);
  std::vector<lsp::CodeLens> lenses = lenses_of(file);
  if (documents_.is_open(file)) lenses_[file] = as_text(lenses);
  lens_refresh_asked_ = false;
  return lenses;
}

void Editor::refresh_lenses() {
  if (lens_refresh_asked_ || closing_) return;
  for (const auto& [file, given] : lenses_) {
    if (as_text(lenses_of(file)) == given) continue;
    lens_refresh_asked_ = true;
    return client_.refresh_code_lenses();
  }
}

lsp::HoverResult Editor::hover(const lsp::HoverParams& params) {
  const FileKey file = documents_.key_of(params.text_document.uri);
  const auto plan_file = is_plan_file(file) ? texts_.plan_file(file) : nullptr;
  if (!plan_file) return std::nullopt;
  lsp::MarkupKind kind = lsp::MarkupKind::plain_text;
  for (const std::string& format : client_.capabilities().hover_formats) {
    if (format == "markdown") kind = lsp::MarkupKind::markdown;
  }
  return plan_file_hover(*plan_file, workspace_.find_by_file(engine_uri(file)), params.position,
                         client_.encoding(), kind, now());
}

lsp::CodeActionResult Editor::code_action(const lsp::CodeActionParams& params) {
  const FileKey file = documents_.key_of(params.text_document.uri);
  return code_actions(params, diagnostics_.shown(file), documents_.version(file), workspace_,
                      client_.capabilities());
}

jsonrpc::Outcome<lsp::CodeAction> Editor::resolve_code_action(const lsp::CodeAction& action) {
  return server::resolve_code_action(action, documents_, workspace_);
}

void Editor::run_verb(const Verb& verb, Json params, jsonrpc::Reply<Json> reply) {
  start(answer(verb, std::move(params), std::move(reply)));
}

asio::awaitable<void> Editor::answer(const Verb& verb, Json params, jsonrpc::Reply<Json> reply) {
  const Ask ask_here = [this, &reply](std::vector<std::string> lines) {
    // A person may take for ever: nothing waits for this call any more, and it can be cancelled.
    reply.give_up_turn();
    return ask(std::move(lines), reply.stop_token());
  };
  Answer outcome = co_await server::run_verb(verb, *this, std::move(params), ask_here);
  diagnostics_.publish();
  reply(std::move(outcome));
}

// --- VerbHost ---

engine::Result<fs::path> Editor::path_of(const std::string& uri) const {
  auto path = lsp::path_of_uri(uri);
  if (!path.ok())
    return engine::Error{engine::ErrorCode::invalid_argument, "params.uri: " + path.error().message};
  return fs::path(std::move(path).value());
}

std::string Editor::uri_of(const fs::path& path) const {
  return documents_.uri_of(path.string());
}

std::string Editor::engine_uri_of(const std::string& uri) const {
  return engine_uri(documents_.key_of(uri));
}

asio::awaitable<engine::Result<std::string>> Editor::text_of(std::string uri) {
  const FileKey file = documents_.key_of(uri);
  if (const auto open = documents_.snapshot(file)) {
    if (!open->ok()) co_return engine::Error{engine::ErrorCode::refused, open->error().message};
    co_return *open->value().text;
  }
  auto look = [file] { return read_text_file(file); };
  co_return co_await arena_.run(look);
}

std::vector<std::filesystem::path> Editor::places() const {
  std::vector<std::filesystem::path> folders;
  for (const engine::Engine* engine : workspace_.engines()) folders.push_back(engine->project());
  return folders;
}

std::vector<std::string> Editor::plan_files() const {
  std::vector<std::string> files;
  for (const FileKey& file : documents_.open_keys()) {
    if (is_plan_file(file)) files.push_back(documents_.uri_of(file));
  }
  return files;
}

asio::awaitable<Consent> Editor::ask(std::vector<std::string> lines, std::stop_token stop) {
  std::string question;
  for (const std::string& line : lines) question += (question.empty() ? "" : "\n") + line;
  const auto answer = co_await client_.ask_yes_no(std::move(question), "Yes", "No", stop);
  if (stop.stop_requested()) co_return Consent::withdrawn;
  if (!answer) co_return Consent::cannot_ask;
  co_return *answer ? Consent::yes : Consent::no;
}

asio::awaitable<void> Editor::show(fs::path file) {
  co_await client_.show_file(lsp::uri_of_path(file.string()), file.string());
}

void Editor::plan_file_read(const std::string& uri, const std::string& text,
                            const engine::planfile::PlanDocument& document) {
  const FileKey file = documents_.key_of(uri);
  if (documents_.is_open(file)) return;
  const PlanFile plan_file{lsp::make_snapshot(documents_.uri_of(file), 0, text), document};
  diagnostics_.replace_file("plan-file", file, plan_file_diagnostics(plan_file, style_));
}

void Editor::run_started(engine::Engine& engine, const std::string& plan_id) {
  if (const engine::LivePlan* plan = engine.find_plan(plan_id)) progress_.start(*plan);
}

}  // namespace pland::server
