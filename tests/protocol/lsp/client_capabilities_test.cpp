#include "protocol/lsp/client_capabilities.h"

#include <doctest/doctest.h>

#include "protocol/lsp/initialize.h"
#include "protocol/lsp/methods.h"
#include "tests/conformance/profiles.h"

using namespace pland::lsp;
using pland::jsonrpc::Reader;
using pland::jsonrpc::ReadProblems;
using pland::jsonrpc::Writer;

namespace {

ClientCapabilities capabilities(const char* text) {
  ReadProblems problems;
  const Json json = Json::parse(text);
  ClientCapabilities out;
  CHECK(read_json(Reader(json, "capabilities", problems), out));
  CHECK(problems.empty());
  return out;
}

InitializeParams initialize(const char* text) {
  ReadProblems problems;
  const Json json = Json::parse(text);
  InitializeParams out;
  read_json(Reader(json, "params", problems), out);
  CHECK(problems.to_string() == "");
  return out;
}

}  // namespace

TEST_CASE("client_capabilities: are read from their nested places, and written back there") {
  const ClientCapabilities client = capabilities(R"({
    "general":{"positionEncodings":["utf-32","klingon","utf-8"],"staleRequestSupport":{"cancel":true,
               "retryOnContentModified":[]}},
    "workspace":{"applyEdit":true,"workspaceEdit":{"documentChanges":true,"resourceOperations":["create","delete"],
                 "failureHandling":"transactional"},"configuration":true,"codeLens":{"refreshSupport":true},
                 "didChangeWatchedFiles":{"dynamicRegistration":true}},
    "textDocument":{"publishDiagnostics":{"relatedInformation":true,"dataSupport":true,"tagSupport":{"valueSet":[1,2]}},
                    "codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[""]}},
                                  "resolveSupport":{"properties":["edit"]}}},
    "window":{"workDoneProgress":true,"showDocument":{"support":true}},
    "experimental":{"pland":{"planChanged":true}}})");
  CHECK(client.position_encodings ==
        std::vector<PositionEncoding>{PositionEncoding::utf32, PositionEncoding::utf8});
  CHECK(choose_position_encoding(client) == PositionEncoding::utf32);
  CHECK(client.stale_request_cancel);
  CHECK(client.apply_edit);
  CHECK(client.can("create"));
  CHECK_FALSE(client.can("rename"));
  CHECK(client.failure_handling == "transactional");
  CHECK(client.watched_files_registration);
  CHECK_FALSE(client.watched_files_relative_pattern);
  CHECK(client.diagnostic_data);
  CHECK_FALSE(client.diagnostic_version);
  CHECK(client.diagnostic_tags == std::vector<std::int32_t>{1, 2});
  CHECK(client.code_action_literals);
  CHECK(client.code_action_resolve == std::vector<std::string>{"edit"});
  CHECK(client.experimental.at("pland").at("planChanged") == true);

  Json json;
  write_json(Writer(json), client);
  CHECK(json.at("workspace").at("didChangeWatchedFiles").at("dynamicRegistration") == true);
  CHECK_FALSE(json.at("workspace").contains("workspaceFolders"));
  ReadProblems problems;
  ClientCapabilities again;
  read_json(Reader(json, "capabilities", problems), again);
  Json twice;
  write_json(Writer(twice), again);
  CHECK(twice == json);
}

TEST_CASE("client_capabilities: nothing is claimed for a client that says nothing, or says it oddly") {
  for (const char* text :
       {"{}", "[]", "null", "5", R"({"workspace":null,"window":[],"general":{"positionEncodings":7}})",
        R"({"workspace":{"applyEdit":"yes","workspaceEdit":true},"textDocument":{"codeAction":{
                               "codeActionLiteralSupport":true,"resolveSupport":{"properties":[1]}}}})"}) {
    CAPTURE(text);
    const ClientCapabilities client = capabilities(text);
    Json json;
    write_json(Writer(json), client);
    CHECK(json == Json::object());
    CHECK(choose_position_encoding(client) == PositionEncoding::utf16);
  }
}

TEST_CASE("client_capabilities: what the client can be asked") {
  ClientCapabilities client;
  for (const char* method : {method::apply_edit, method::configuration, method::workspace_folders,
                             method::code_lens_refresh, method::diagnostic_refresh, method::show_document,
                             method::text_document_content_refresh, method::work_done_progress_create}) {
    CAPTURE(method);
    CHECK_FALSE(can_answer(client, method));
  }
  CHECK(can_answer(client, method::show_message_request));
  CHECK(can_answer(client, method::register_capability));
  client.apply_edit = true;
  client.work_done_progress = true;
  CHECK(can_answer(client, method::apply_edit));
  CHECK(can_answer(client, method::work_done_progress_create));
}

TEST_CASE("initialize: params of terse, of odd and of full clients") {
  const InitializeParams terse = initialize(R"({"processId":null,"rootUri":null,"capabilities":{}})");
  CHECK_FALSE(terse.process_id);
  CHECK_FALSE(terse.root_uri);
  CHECK(terse.trace == TraceValue::off);
  const InitializeParams odd = initialize(R"({"trace":"compact","clientInfo":"me","workspaceFolders":null})");
  CHECK(odd.trace == TraceValue::off);
  CHECK_FALSE(odd.client_info);
  const InitializeParams full =
      initialize(R"({"processId":4711,"clientInfo":{"name":"Neovim","version":"0.7.2"},
    "rootPath":"/w","rootUri":"file:///w","trace":"verbose","initializationOptions":{"stateRoot":"/s"},
    "capabilities":{"window":{"workDoneProgress":true}},"workspaceFolders":[{"uri":"file:///w","name":"w"}]})");
  CHECK(full.process_id == 4711);
  CHECK(full.client_info->name == "Neovim");
  CHECK(full.trace == TraceValue::verbose);
  CHECK(full.capabilities.work_done_progress);
  CHECK(full.workspace_folders->front().uri == "file:///w");
  CHECK(full.initialization_options->at("stateRoot") == "/s");
}

TEST_CASE("client_capabilities: recorded clients") {
  for (const std::string& name : pland::conformance::profile_names()) {
    CAPTURE(name);
    Json params = pland::conformance::client_profile(name);
    params["processId"] = nullptr;
    params["rootUri"] = nullptr;
    const InitializeParams client = initialize(params.dump().c_str());
    const bool neovim = name.starts_with("neovim");
    CHECK(client.client_info.has_value() == params.contains("clientInfo"));
    if (neovim || name == "vscode_1.65.2") {
      CHECK(client.capabilities.work_done_progress);
      CHECK(client.capabilities.code_action_literals);
      CHECK(client.capabilities.diagnostic_related_information);
      CHECK(client.capabilities.apply_edit);
    }
    if (name == "bare") CHECK_FALSE(client.capabilities.apply_edit);
    // Neovim lists resource operations without documentChanges, the only place where they can be sent.
    if (neovim) {
      CHECK(client.capabilities.resource_operations.size() == 3);
      CHECK_FALSE(client.capabilities.can("rename"));
    }
  }
}
