// Names of plans, actions, projects, actors, tools and resources: [[server:]namespace/]name
// (requirements 2.1). Values only, any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace pland::engine {

/// A name whose parts each match ^[a-zA-Z][a-zA-Z0-9_-]*$. Case is kept as given.
struct NamespacedName {
  std::string server;           ///< empty when none was given
  std::string space = "local";  ///< the namespace
  std::string name;

  /// "server:namespace/name" or "namespace/name".
  std::string full() const;
  bool operator==(const NamespacedName&) const = default;
};

/// One part of a name: a letter, then letters, digits, '_' and '-'.
bool is_name_part(std::string_view text);

/// Reserved for the system (system, internal, admin, root) or for provider actors (openai, anthropic, ...),
/// in any case.
bool is_reserved_namespace(std::string_view space);

/// Errors: invalid_argument, saying which part is wrong and why ("must start with a letter").
Result<NamespacedName> parse_name(std::string_view text);

/// The same for an entity of the user, whose namespace may not be reserved.
Result<NamespacedName> parse_user_name(std::string_view text);

}  // namespace pland::engine
