#include "tests/conformance/uri.h"

#include <cctype>
#include <cstring>

namespace pland::conformance {
namespace {

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  return is_digit(c) ? c - '0' : std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

std::string percent_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> uri_problem(const std::string& uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string::npos || colon == 0 || !is_alpha(uri[0])) return "a URI needs a scheme";
  for (std::size_t i = 0; i < colon; ++i) {
    if (!is_alpha(uri[i]) && !is_digit(uri[i]) && std::strchr("+-.", uri[i]) == nullptr)
      return "a URI needs a scheme";
  }
  for (std::size_t i = colon + 1; i < uri.size(); ++i) {
    const char c = uri[i];
    if (c == '%') {
      if (i + 2 >= uri.size() || !is_hex(uri[i + 1]) || !is_hex(uri[i + 2]))
        return "a broken percent escape in a URI";
    } else if (!is_alpha(c) && !is_digit(c) &&
               (c == 0 || std::strchr("-._~:/?#[]@!$&'()*+,;=", c) == nullptr)) {
      return "a character that must be escaped in a URI";
    }
  }
  if (uri.compare(0, colon, "file") == 0 && uri.compare(colon, 3, "://") != 0)
    return "a file URI starts with file://";
  return std::nullopt;
}

std::string canonical_uri(const std::string& uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string::npos) return uri;
  std::string scheme = uri.substr(0, colon);
  for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string rest = percent_decoded(uri.substr(colon + 1));
  if (scheme != "file") return scheme + ":" + rest;

  std::string authority, path = rest;
  if (rest.compare(0, 2, "//") == 0) {
    const std::size_t slash = rest.find('/', 2);
    authority = rest.substr(2, slash == std::string::npos ? slash : slash - 2);
    path = slash == std::string::npos ? "/" : rest.substr(slash);
  }
  if (authority == "localhost") authority.clear();
  std::string clean;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t next = std::min(path.find('/', at), path.size());
    const std::string segment = path.substr(at, next - at);
    if (segment == "..") {
      clean.erase(clean.empty() ? 0 : clean.rfind('/'));
    } else if (!segment.empty() && segment != ".") {
      clean += '/' + segment;
    }
    at = next + 1;
  }
  if (clean.size() >= 3 && is_alpha(clean[1]) && clean[2] == ':') {
    clean[1] = static_cast<char>(std::tolower(static_cast<unsigned char>(clean[1])));
  }
  return "file://" + authority + (clean.empty() ? "/" : clean);
}

}  // namespace pland::conformance
