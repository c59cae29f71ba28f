#include "server/diagnostics.h"

#include <doctest/doctest.h>

#include <utility>

using pland::server::Diagnostics;
using pland::server::FileDiagnostics;
namespace lsp = pland::lsp;

namespace {

lsp::Diagnostic finding(const std::string& message) {
  lsp::Diagnostic diagnostic;
  diagnostic.message = message;
  return diagnostic;
}

/// What was published, in order: "file: message, message".
struct Screen {
  std::vector<std::string> published;
  Diagnostics diagnostics{[this](const std::string& file, const std::vector<lsp::Diagnostic>& found) {
    std::string line = file + ":";
    for (const lsp::Diagnostic& diagnostic : found) line += " " + diagnostic.message;
    published.push_back(line);
  }};
  std::vector<std::string> publish() {
    diagnostics.publish();
    return std::exchange(published, {});
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("diagnostics: exactly the files that changed are published") {
  Screen screen;
  screen.diagnostics.replace(screen.diagnostics.begin("a"), {{"x", {finding("1")}}, {"y", {finding("2")}}});
  CHECK(screen.publish() == Lines{"x: 1", "y: 2"});
  CHECK(screen.publish().empty());
  screen.diagnostics.replace(screen.diagnostics.begin("a"), {{"x", {finding("1")}}, {"y", {finding("3")}}});
  CHECK(screen.publish() == Lines{"y: 3"});
  screen.diagnostics.replace(screen.diagnostics.begin("a"), {{"y", {finding("3")}}});
  CHECK(screen.publish() == Lines{"x:"});
}

TEST_CASE("diagnostics: owners do not touch each other") {
  Screen screen;
  screen.diagnostics.replace_file("b", "x", {finding("2")});
  screen.diagnostics.replace_file("a", "x", {finding("1")});
  CHECK(screen.publish() == Lines{"x: 1 2"});
  screen.diagnostics.clear("b");
  CHECK(screen.publish() == Lines{"x: 1"});
  screen.diagnostics.clear("nobody");
  CHECK(screen.publish().empty());
}

TEST_CASE("diagnostics: an overtaken answer is worth nothing") {
  Screen screen;
  const auto early = screen.diagnostics.begin("a");
  const auto late = screen.diagnostics.begin("a");
  CHECK(screen.diagnostics.replace(late, {{"x", {finding("new")}}}));
  CHECK_FALSE(screen.diagnostics.replace(early, {{"x", {finding("old")}}}));
  CHECK(screen.publish() == Lines{"x: new"});
  const auto running = screen.diagnostics.begin("a");
  screen.diagnostics.clear("a");
  CHECK_FALSE(screen.diagnostics.replace(running, {{"x", {finding("old")}}}));
  CHECK(screen.publish() == Lines{"x:"});
}

TEST_CASE("diagnostics: a client that forgot is told again, one that knows is not") {
  Screen screen;
  screen.diagnostics.republish("x");
  CHECK(screen.publish().empty());
  screen.diagnostics.replace_file("a", "x", {finding("1")});
  CHECK(screen.publish() == Lines{"x: 1"});
  screen.diagnostics.republish("x");
  CHECK(screen.publish() == Lines{"x: 1"});
  CHECK(screen.publish().empty());
  CHECK(screen.diagnostics.shown("x").size() == 1);
  CHECK(screen.diagnostics.shown("y").empty());
}
