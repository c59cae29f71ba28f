// The name of a git object: the SHA-1 of its content. A plain value; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pland::engine::git {

struct Oid {
  std::array<std::uint8_t, 20> bytes{};

  auto operator<=>(const Oid&) const = default;
  bool operator==(const Oid&) const = default;

  /// 40 lower-case hexadecimal digits.
  std::string hex() const;
  /// True for the all-zero name, which no object has: "none".
  bool is_zero() const;
  /// Exactly 40 hexadecimal digits; anything else is nullopt.
  static std::optional<Oid> parse(std::string_view hex);
};

/// The empty tree, which every repository knows.
const Oid& empty_tree_oid();

}  // namespace pland::engine::git

template <>
struct std::hash<pland::engine::git::Oid> {
  std::size_t operator()(const pland::engine::git::Oid& oid) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, oid.bytes.data(), sizeof(value));  // a SHA-1 is already well mixed
    return value;
  }
};
