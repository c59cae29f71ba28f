// The shapes of the protocol's messages as data (lsp-3.18.json), and the check of a JSON value against one of
// them.
//
// This room is an oracle: it shares no code with the product, only the JSON library, so that a mistake made
// there is not made here again. Values are immutable after loading; use them from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pland::conformance {

using Json = nlohmann::json;

struct Property;

// A type of the data file. `name` is the base type's, the reference's or the literal's text.
struct Type {
  enum class Kind { base, reference, array, map, any_of, all_of, tuple, literal, object };
  Kind kind = Kind::base;
  std::string name;
  std::vector<Type>
      items;  // element of an array; key and value of a map; members of any_of, all_of and tuple
  std::map<std::string, Property> properties;  // of an anonymous structure
};

struct Property {
  Type type;
  bool optional = false;
};

struct Structure {
  std::map<std::string, Property> properties;
};

struct Enumeration {
  std::string base;
  std::vector<Json> values;
  bool open = false;  // values outside the list are allowed
};

struct Method {
  std::string name;
  bool is_request = false;
  bool client_sends = false;
  bool server_sends = false;
  std::optional<Type> params, result, partial_result, registration_options;
  bool server_may_cancel = false;  // ServerCancelled is an answer
  std::string registration_method;
  std::string client_capability, server_capability;  // dotted path, empty when there is none
};

struct ShapeProblem {
  enum class Kind { missing_property, wrong_type, bad_value, unknown_property, bad_uri };
  Kind kind;
  std::string path;  // such as params.diagnostics[0].range
  std::string text;
};

// What a walk over a value that fits its type meets. `name` is the structure's or the base type's name, empty
// for arrays, maps and anonymous structures; `key` is the property or the map's key that led here.
struct Node {
  enum class Kind { structure, array, map, base };
  Kind kind;
  const std::string& name;
  const Json& value;
  const std::string& path;
  const std::string& key;
};

class ShapeVisitor {
 public:
  virtual ~ShapeVisitor() = default;
  // False: do not look inside, and there will be no leave().
  virtual bool enter(const Node& node) = 0;
  virtual void leave(const Node& node) = 0;
};

class Shapes {
 public:
  // Throws std::runtime_error naming the file when it cannot be read or holds something else.
  static Shapes load(const std::string& file);

  // nullptr: the protocol has no such method. Names that only serve for registration
  // ("textDocument/semanticTokens") are not methods; see registrable().
  const Method* method(const std::string& name) const;

  // The method whose registration options and client capability hold for a dynamic registration of `name`.
  const Method* registrable(const std::string& name) const;

  // All the ways in which `value` is not a `type`. With `strict`, properties that the type does not have are
  // problems. Inside LSPAny anything goes.
  std::vector<ShapeProblem> check(const Type& type, const Json& value, const std::string& path,
                                  bool strict) const;

  // Walks a value that check() found nothing wrong with; of a union, the first member that fits.
  void walk(const Type& type, const Json& value, const std::string& path, bool strict,
            ShapeVisitor& visitor) const;

  // A type by its name in the data file.
  static Type named(const std::string& name);

  const Enumeration* enumeration(const std::string& name) const;
  const Structure* structure(const std::string& name) const;

 private:
  std::unordered_map<std::string, Method> methods_;
  std::unordered_map<std::string, Structure> structures_;
  std::unordered_map<std::string, Enumeration> enumerations_;
  std::unordered_map<std::string, Type> aliases_;

  friend struct ShapeCheck;
};

// The shapes of the data file that is committed beside this header, read once.
const Shapes& lsp_shapes();

// A shape as a person would write it: "Location | Location[] | null".
std::string describe(const Type& type);

}  // namespace pland::conformance
