// JSON Schema for an action's arguments: is the schema itself right, and does a value keep to it? Plain
// values, any thread. Values are checked by valijson (draft 7).
//
// A schema is refused where it would not be obeyed to the letter: a keyword that draft 7 does not have (a
// validator passes over it in silence), and `$ref` (arguments are flat, and references can run in circles).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace pland::engine {

struct SchemaProblem {
  std::vector<std::string> path;  ///< from the top: keys, and indices of lists; the last one is what is wrong
  bool at_key = false;            ///< the key is wrong, not its value
  std::string message;            ///< one line
  std::string hint;               ///< may be empty
  std::string nearest;            ///< the keyword that was probably meant; may be empty
};

/// Everything that is wrong with the schema itself.
std::vector<SchemaProblem> check_schema(const nlohmann::json& schema);

/// A place where a value breaks the schema.
struct SchemaViolation {
  std::string path;     ///< "module", "files[2]"; empty for the whole
  std::string message;  ///< one line
};

/// Precondition: check_schema found nothing. Texts longer than `longest_schema_text` are a violation (the
/// regular expressions of the standard library recurse over them).
std::vector<SchemaViolation> schema_violations(const nlohmann::json& schema, const nlohmann::json& value);
inline constexpr std::size_t longest_schema_text = 4096;

}  // namespace pland::engine
