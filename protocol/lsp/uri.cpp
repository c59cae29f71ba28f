#include "protocol/lsp/uri.h"

#include <filesystem>
#include <optional>

namespace pland::lsp {
namespace {

using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_unreserved(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

/// The byte of the escape at `i`, if one is there.
std::optional<char> escape_at(std::string_view text, std::size_t i) {
  if (text[i] != '%' || i + 2 >= text.size()) return std::nullopt;
  const int high = hex_value(text[i + 1]);
  const int low = hex_value(text[i + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

bool has_drive(std::string_view path) {
  return path.size() >= 3 && path[0] == '/' && is_letter(path[1]) && path[2] == ':' &&
         (path.size() == 3 || path[3] == '/');
}

}  // namespace

jsonrpc::Outcome<std::string> path_of_uri(std::string_view uri) {
  const auto refuse = [uri](std::string_view why) {
    return ResponseError(ErrorCode::invalid_params,
                         "\"" + std::string(uri) + "\" is no usable file URI: " + std::string(why));
  };
  constexpr std::string_view scheme = "file:";
  if (uri.size() < scheme.size()) return refuse("expected file:///absolute/path");
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if (lower(uri[i]) != scheme[i]) return refuse("expected file:///absolute/path");
  }
  std::string_view rest = uri.substr(scheme.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    if (!authority.empty() && authority != "localhost")
      return refuse("files of other hosts cannot be reached");
    rest.remove_prefix(authority.size());
  }
  if (!rest.starts_with('/')) return refuse("the path is not absolute");
  rest = rest.substr(0, rest.find_first_of("?#"));

  std::string path;
  path.reserve(rest.size());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    char c = rest[i];
    if (c == '%') {
      const auto byte = escape_at(rest, i);
      if (!byte) return refuse("a % is not followed by two hexadecimal digits");
      c = *byte;
      i += 2;
    }
    if (c == '\0') return refuse("a path cannot hold a zero byte");
    path += c;
  }
  return path;
}

std::string uri_of_path(std::string_view absolute_path) {
  std::string out = "file://";
  for (const char c : absolute_path) {
    if (is_unreserved(c) || c == '/') {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

std::string uri_key(std::string_view uri) {
  if (const auto path = path_of_uri(uri); path.ok()) {
    std::string key = std::filesystem::path(path.value()).lexically_normal().string();
    key.erase(
        0, key.find_first_not_of('/') == std::string::npos ? key.size() - 1 : key.find_first_not_of('/') - 1);
    if (key.size() > 1 && key.ends_with('/')) key.pop_back();
    if (has_drive(key)) key[1] = lower(key[1]);
    return key;
  }
  std::string key;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const auto byte = escape_at(uri, i);
    if (!byte) {
      key += uri[i];
      continue;
    }
    if (is_unreserved(*byte)) {
      key += *byte;
    } else {
      append_escaped(key, *byte);
    }
    i += 2;
  }
  return key;
}

}  // namespace pland::lsp
