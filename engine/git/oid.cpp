#include "engine/git/oid.h"

#include <algorithm>

namespace pland::engine::git {
namespace {
int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::string Oid::hex() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(40, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  return text;
}

bool Oid::is_zero() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::optional<Oid> Oid::parse(std::string_view hex) {
  if (hex.size() != 40) return std::nullopt;
  Oid oid;
  for (std::size_t i = 0; i < oid.bytes.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    oid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return oid;
}

const Oid& empty_tree_oid() {
  static const Oid oid = *Oid::parse("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  return oid;
}

}  // namespace pland::engine::git
