#include <doctest/doctest.h>

#include "tests/conformance/profiles.h"
#include "tests/conformance/shapes.h"

using namespace pland::conformance;

namespace {

// One problem a line.
std::string problems(const char* type, const Json& value, bool strict = true) {
  std::string lines;
  for (const ShapeProblem& p : lsp_shapes().check(Shapes::named(type), value, "v", strict)) {
    lines += (lines.empty() ? "" : "\n") + p.path + ": " + p.text;
  }
  return lines;
}

const Json range =
    Json::parse(R"({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}})");

}  // namespace

TEST_CASE("a value of the right shape has no problems") {
  CHECK(problems("Range", range) == "");
  CHECK(problems("Location", {{"uri", "file:///a%20b"}, {"range", range}}) == "");
  CHECK(problems("LSPAny", {{"anything", {1, nullptr}}}) == "");
}

TEST_CASE("each way to be wrong is named with its path") {
  CHECK(problems("Location", {{"range", range}}) == "v: Location needs `uri`");
  CHECK(problems("Position", {{"line", 0}, {"character", "x"}}) ==
        "v.character: expected uinteger, got \"x\"");
  CHECK(problems("Position", {{"line", 0}, {"character", -1}}) == "v.character: expected uinteger, got -1");
  CHECK(problems("Position", {{"line", 0.5}, {"character", 0}}) == "v.line: expected uinteger, got 0.5");
  CHECK(problems("DiagnosticSeverity", 5) == "v: 5 is no DiagnosticSeverity");
  CHECK(problems("CodeActionKind", "made.up") == "");  // an open enumeration
  CHECK(problems("DocumentUri", Json()) == "v: expected DocumentUri, got null");
}

TEST_CASE("unknown properties are problems only when strict, and never inside LSPAny") {
  const Json position = {{"line", 0}, {"character", 0}, {"column", 3}};
  CHECK(problems("Position", position) == "v.column: Position has no such property");
  CHECK(problems("Position", position, false) == "");
  CHECK(problems("Diagnostic", {{"range", range}, {"message", "m"}, {"data", {{"own", true}}}}) == "");
}

TEST_CASE("of a union, the likeliest reading is reported") {
  const Json rename = {{"kind", "rename"}, {"oldUri", "file:///a"}};
  CHECK(problems("WorkspaceEdit", {{"documentChanges", {rename}}}) ==
        "v.documentChanges[0]: RenameFile needs `newUri`");
  CHECK(problems("Hover", {{"contents", {{"kind", "markdwon"}, {"value", ""}}}}) ==
        "v.contents.kind: \"markdwon\" is no MarkupKind");
  // A client may send properties that nobody knows, but a bad range is not one of them.
  CHECK(problems("TextDocumentContentChangeEvent", {{"text", "t"}, {"own", 1}}, false) == "");
  CHECK(problems("TextDocumentContentChangeEvent", {{"text", "t"}, {"range", 1}}, false) ==
        "v.range: expected Range, got 1");
  CHECK(problems("TextDocumentContentChangeEvent", {{"text", "t"}, {"range", {{"start", 1}}}}, false) ==
        "v.range: Range needs `end`\nv.range.start: expected Position, got 1");
  CHECK(problems("TextDocumentContentChangeEvent", {{"text", "t"}, {"range", {{"own", 1}, {"end", 1}}}},
                 false) == "v.range.end: expected Position, got 1\nv.range: Range needs `start`");
  CHECK(problems("ProgressToken", true) == "v: expected integer | string, got true");
}

TEST_CASE("a URI must be absolute and escaped") {
  for (const char* good :
       {"file:///a%20b", "file://host/share/a", "untitled:Untitled-1", "pland:/diff/1?side=ours#L3"}) {
    CHECK_MESSAGE(problems("DocumentUri", good) == "", good);
  }
  for (const char* bad : {"/a/b", "file:/a", "file:///a b", "file:///a%2", "file:///\xC3\xA9", ""}) {
    CHECK_MESSAGE(problems("DocumentUri", bad).find("v: ") == 0, bad);
  }
}

TEST_CASE("every recorded client profile is a set of capabilities") {
  const auto names = profile_names();
  CHECK(names.size() >= 9);
  for (const std::string& name : names) {
    CAPTURE(name);
    const Json profile = client_profile(name);
    // One recording holds what no specification allows, and stays as it was recorded.
    const std::string odd =
        "v.textDocument.callHierarchy: expected CallHierarchyClientCapabilities, got "
        "[{\"dynamicRegistration\":false}]";
    CHECK(problems("ClientCapabilities", profile.at("capabilities"), false) ==
          (name == "neovim_0.9.1" ? odd : ""));
    CHECK(profile.at("clientInfo").at("name").is_string());
  }
  // What we wrote ourselves has no excuse for an unknown property.
  CHECK(problems("ClientCapabilities", client_profile("full").at("capabilities")) == "");
  CHECK_THROWS_WITH_AS(client_profile("nano"), doctest::Contains("bare emacs_29.1 full"), std::runtime_error);
}
