#include "engine/git/objects.h"

#include <algorithm>
#include <cstring>

namespace pland::engine::git {

bool tree_order(std::string_view a, bool a_is_tree, std::string_view b, bool b_is_tree) {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order < 0;
  const auto next = [common](std::string_view name, bool is_tree) -> int {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return is_tree ? '/' : 0;
  };
  return next(a, a_is_tree) < next(b, b_is_tree);
}

}  // namespace pland::engine::git
