#include "protocol/lsp/uri.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace pland::lsp;

TEST_CASE("uri: paths of file URIs") {
  const auto path = [](const char* uri) { return path_of_uri(uri).value(); };
  CHECK(path("file:///a/b.txt") == "/a/b.txt");
  CHECK(path("file:///a%20b%23c%25.txt") == "/a b#c%.txt");
  CHECK(path("file:///a b.txt") == "/a b.txt");
  CHECK(path("FILE://localhost/x") == "/x");
  CHECK(path("file:/x") == "/x");
  CHECK(path("file:///c%3A/x") == "/c:/x");
  CHECK(path("file:///%E2%82%AC/\xe2\x82\xac") == "/\xe2\x82\xac/\xe2\x82\xac");
  CHECK(path("file:///a?query#fragment") == "/a");
}

TEST_CASE("uri: what is no usable file URI") {
  const auto refused = [](const char* uri, const char* why) {
    const auto path = path_of_uri(uri);
    REQUIRE_FALSE(path.ok());
    CHECK(path.error().message == "\"" + std::string(uri) + "\" is no usable file URI: " + why);
  };
  refused("untitled:Untitled-1", "expected file:///absolute/path");
  refused("", "expected file:///absolute/path");
  refused("/a/b", "expected file:///absolute/path");
  refused("file:relative", "the path is not absolute");
  refused("file://", "the path is not absolute");
  refused("file://host/share", "files of other hosts cannot be reached");
  refused("file:///a%2", "a % is not followed by two hexadecimal digits");
  refused("file:///a%zz", "a % is not followed by two hexadecimal digits");
  refused("file:///a%00b", "a path cannot hold a zero byte");
}

TEST_CASE("uri: URIs of paths are escaped as VS Code does") {
  CHECK(uri_of_path("/a/b-c_d.e~f") == "file:///a/b-c_d.e~f");
  CHECK(uri_of_path("/a b#c?d%e:f") == "file:///a%20b%23c%3Fd%25e%3Af");
  CHECK(uri_of_path("/\xe2\x82\xac") == "file:///%E2%82%AC");
}

TEST_CASE("uri: a path survives the way there and back") {
  const bool holds = rc::check([](std::string name) {
    name.erase(std::remove(name.begin(), name.end(), '\0'), name.end());
    RC_ASSERT(path_of_uri(uri_of_path("/" + name)).value() == "/" + name);
  });
  CHECK(holds);
}

TEST_CASE("uri: spellings of the same document have one key") {
  CHECK(is_same_document("file:///a%20b", "file:///a b"));
  CHECK(is_same_document("file:///c%3A/x", "file:///C:/x"));
  CHECK(is_same_document("file:///a/./b//c/../d", "file:///a/b/d"));
  CHECK(is_same_document("file:///a/", "file:///a"));
  CHECK(is_same_document("file:////a", "file:///a"));
  CHECK(is_same_document("file://localhost/a", "file:///a"));
  CHECK(is_same_document("pland:/x%41%2f", "pland:/xA%2F"));
  CHECK_FALSE(is_same_document("file:///a", "file:///A"));
  CHECK_FALSE(is_same_document("file:///a", "pland:///a"));
  CHECK_FALSE(is_same_document("pland:/a%2Fb", "pland:/a/b"));
  CHECK(uri_key("file:///") == "/");
  CHECK(uri_key("file:////") == "/");
}
