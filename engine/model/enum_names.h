// One table per enum gives both directions of its names. For the .cpp files of this room.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"

namespace pland::engine {

template <typename E, std::size_t N>
using EnumNames = std::array<std::pair<E, std::string_view>, N>;

template <typename E, std::size_t N>
std::string_view enum_name(const EnumNames<E, N>& names, E value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return "?";
}

template <typename E, std::size_t N>
Result<E> parse_enum(const EnumNames<E, N>& names, std::string_view what, std::string_view text) {
  std::string known;
  for (const auto& [value, name] : names) {
    if (name == text) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return Error{ErrorCode::invalid_argument,
               "unknown " + std::string(what) + " '" + std::string(text) + "' (known: " + known + ")"};
}

}  // namespace pland::engine
