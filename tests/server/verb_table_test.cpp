// README.md, the verb table, the bound methods and what the server advertises say the same.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "server/capabilities.h"
#include "server/verbs.h"
#include "tests/conformance/profiles.h"
#include "tests/server/support/session_rig.h"

using pland::test::Json;
using pland::test::SessionRig;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(std::string(PLAND_SOURCE_DIR) + "/" + path);
  REQUIRE_MESSAGE(in.good(), path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// First groups of all matches.
std::set<std::string> all_matches(const std::string& text, const char* pattern) {
  const std::regex regex(pattern, std::regex::ECMAScript | std::regex::multiline);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.insert((*match)[1].str());
  }
  return found;
}

std::set<std::string> verb_names() {
  std::set<std::string> names;
  for (const pland::server::Verb& verb : pland::server::verbs()) names.insert(std::string(verb.name));
  return names;
}

}  // namespace

TEST_CASE("verbs: the document describes every verb and no other") {
  CHECK(all_matches(text_of("server/README.md"), "^### `pland/([a-zA-Z]+)`") == verb_names());
}

TEST_CASE("verbs: requests, commands and the advertised list are the table") {
  SessionRig rig;
  std::set<std::string> bound;
  for (const auto& [method, kind] : rig.binder().methods()) {
    if (method.rfind("pland/", 0) == 0) bound.insert(method.substr(6));
  }
  bound.erase("sync");  // of the tests alone
  CHECK(bound == verb_names());
  const Json& offered = rig.editor().server_capabilities();
  CHECK(offered["experimental"]["pland"]["verbs"].get<std::set<std::string>>() == verb_names());
  std::set<std::string> commands;
  for (const Json& command : offered["executeCommandProvider"]["commands"]) {
    commands.insert(command.get<std::string>().substr(std::string("pland.").size()));
  }
  CHECK(commands == verb_names());
}

TEST_CASE("verbs: every argument of the command line fills a documented member") {
  const std::string document = text_of("server/README.md");
  for (const pland::server::Verb& verb : pland::server::verbs()) {
    const std::size_t start = document.find("### `pland/" + std::string(verb.name) + "`");
    REQUIRE(start != std::string::npos);
    const std::string section = document.substr(start, document.find("\n### ", start + 1) - start);
    for (const pland::server::CliArgument& argument : verb.arguments) {
      if (argument.member.empty()) continue;
      CAPTURE(verb.name);
      CAPTURE(argument.member);
      // In a list of params, `{planId, label?}`, or by itself.
      CHECK_MESSAGE(all_matches(section, "[`{ ]([a-zA-Z]+)[?}`,]").count(std::string(argument.member)) == 1,
                    argument.member);
    }
  }
}

TEST_CASE("verbs: the notifications and diagnostics that are sent are documented") {
  const std::string document = text_of("server/README.md");
  CHECK(all_matches(document, "^#### `(pland/[a-zA-Z]+)`") == std::set<std::string>{"pland/planChanged"});
  const std::set<std::string> codes = all_matches(document, "^\\| `([a-z-]+)` \\|");
  CHECK(codes.size() > 3);
  // Each code has its anchor in the page that diagnostics point at.
  CHECK(all_matches(text_of("docs/diagnostics.md"), "^## ([a-z-]+)$") == codes);
}

TEST_CASE("capabilities: the whole answer to each kind of client") {
  const std::string folder = std::string(PLAND_SOURCE_DIR) + "/tests/server/capabilities/";
  for (const std::string& name : pland::conformance::profile_names()) {
    CAPTURE(name);
    pland::lsp::ClientCapabilities client;
    pland::jsonrpc::ReadProblems problems;
    const Json profile = pland::conformance::client_profile(name);
    read_json(pland::jsonrpc::Reader(profile["capabilities"], "capabilities", problems), client);
    const std::string answer = pland::server::initialize_result(client).dump(2) + "\n";
    std::ifstream in(folder + name + ".json");
    const std::string kept{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (kept == answer) continue;
    // Kept for a look: a wanted change is copied over the file named in the message.
    const std::string actual = std::string(PLAND_BUILD_DIR) + "/capabilities-" + name + ".json";
    std::ofstream(actual) << answer;
    FAIL_CHECK("the answer is not that of " << folder << name << ".json; it is in " << actual);
  }
}
