// YAML text as a tree in which every node knows its exact bytes. The plan-file room's own; nothing above
// includes it.
//
// yaml-cpp parses and says where a node starts; where it ends is found here by scanning the text again
// (engine/planfile/scalar_extent.h). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/planfile/source_range.h"

namespace pland::engine::planfile {

using NodeId = std::uint32_t;

enum class NodeKind { scalar, null, map, sequence, alias };

struct Node {
  NodeKind kind = NodeKind::null;
  Extent extent;  ///< the content, without anchor and tag; for an absent value empty, where it would stand
  bool quoted = false;           ///< scalar: quoted or a block scalar, so never a number or a boolean
  bool absent = false;           ///< null: nothing is written
  std::string text;              ///< scalar: the decoded value
  std::vector<NodeId> children;  ///< sequence: items; map: key, value, key, value ...
  NodeId target = 0;             ///< alias: the anchored node; always one that started earlier
};

struct SyntaxError {
  Extent extent;
  std::string message;
  std::string hint;
};

struct SyntaxTree {
  std::vector<Node> nodes;           ///< in document order
  std::optional<NodeId> root;        ///< absent for an empty document
  std::optional<SyntaxError> error;  ///< then the tree holds what was read before it
};

struct SyntaxLimits {
  std::size_t max_depth;
  std::size_t max_nodes;
};

/// Precondition: `text` starts behind a byte order mark, if there was one.
SyntaxTree read_yaml(std::string_view text, SyntaxLimits limits);

}  // namespace pland::engine::planfile
