// The recursion over types: Shapes::check and Shapes::walk.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "tests/conformance/shapes.h"
#include "tests/conformance/uri.h"

namespace pland::conformance {

using Kind = Type::Kind;
using Problems = std::vector<ShapeProblem>;

namespace {

std::string brief(const Json& value) {
  // replace: a string cut short may end inside a character.
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}

bool in_integer_range(const Json& value, double low) {
  if (!value.is_number()) return false;
  const double number = value.get<double>();
  return number == std::floor(number) && number >= low && number <= std::numeric_limits<std::int32_t>::max();
}

bool fits_base(const std::string& name, const Json& value) {
  if (name == "boolean") return value.is_boolean();
  if (name == "null") return value.is_null();
  if (name == "decimal") return value.is_number();
  if (name == "uinteger") return in_integer_range(value, 0);
  if (name == "integer") return in_integer_range(value, std::numeric_limits<std::int32_t>::min());
  return value.is_string();  // string, URI, DocumentUri
}

bool is_unknown_property(const ShapeProblem& problem) {
  return problem.kind == ShapeProblem::Kind::unknown_property;
}

bool any_literal_is_wrong(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const ShapeProblem& p) {
    return p.kind == ShapeProblem::Kind::bad_value && p.text.find("must be \"") != std::string::npos;
  });
}

}  // namespace

struct ShapeCheck {
  const Shapes& shapes;
  bool strict;

  Problems check(const Type& type, const Json& value, const std::string& path) const {
    Problems problems;
    auto wrong_type = [&] {
      problems.push_back(
          {ShapeProblem::Kind::wrong_type, path, "expected " + describe(type) + ", got " + brief(value)});
    };
    switch (type.kind) {
      case Kind::base:
        if (!fits_base(type.name, value)) {
          wrong_type();
        } else if (type.name == "DocumentUri" || type.name == "URI") {
          if (auto why = uri_problem(value.get_ref<const std::string&>())) {
            problems.push_back({ShapeProblem::Kind::bad_uri, path, *why + ": " + brief(value)});
          }
        }
        break;
      case Kind::literal:
        if (!value.is_string()) {
          wrong_type();
        } else if (value != type.name) {
          problems.push_back(
              {ShapeProblem::Kind::bad_value, path, "must be " + describe(type) + ", is " + brief(value)});
        }
        break;
      case Kind::reference:
        return check_reference(type, value, path);
      case Kind::object:
        check_properties(type.properties, "{...}", value, path, problems);
        break;
      case Kind::array:
        if (!value.is_array()) {
          wrong_type();
          break;
        }
        for (std::size_t i = 0; i < value.size(); ++i)
          append(problems, check(type.items[0], value[i], element(path, i)));
        break;
      case Kind::tuple:
        if (!value.is_array() || value.size() != type.items.size()) {
          wrong_type();
          break;
        }
        for (std::size_t i = 0; i < value.size(); ++i)
          append(problems, check(type.items[i], value[i], element(path, i)));
        break;
      case Kind::map:
        if (!value.is_object()) {
          wrong_type();
          break;
        }
        for (const auto& [key, entry] : value.items()) {
          // JSON keys are strings; only a key that must be a URI can be wrong.
          if (type.items[0].name == "DocumentUri") append(problems, check(type.items[0], Json(key), path));
          append(problems, check(type.items[1], entry, member(path, key)));
        }
        break;
      case Kind::any_of:
        return check_union(type, value, path);
      case Kind::all_of:
        // Each member sees the properties of the others, so none can be strict about them.
        for (const Type& item : type.items)
          append(problems, ShapeCheck{shapes, false}.check(item, value, path));
        break;
    }
    return problems;
  }

  // Of the ways to read a value that fits no member, the likeliest: it agrees with its `kind` tag, then knows
  // the most of its properties, then has fewest problems. When it is not even the right sort of JSON value
  // for any, the union as a whole is named. The choice is strict even where unknown properties are let pass:
  // a bad `range` must not turn a partial change of a document into one of the whole document with something
  // unknown in it.
  Problems check_union(const Type& type, const Json& value, const std::string& path) const {
    Problems* best = nullptr;
    std::vector<Problems> all;
    all.reserve(type.items.size());
    for (const Type& item : type.items) {
      all.push_back(ShapeCheck{shapes, true}.check(item, value, path));
      Problems& problems = all.back();
      if (problems.empty()) return {};
      const bool other_sort = problems.size() == 1 && problems[0].path == path &&
                              problems[0].kind == ShapeProblem::Kind::wrong_type;
      if (other_sort) continue;
      auto rank = [&](const Problems& p) {
        // Of its own properties, not of those inside them.
        const auto unknown = std::count_if(p.begin(), p.end(), [&](const ShapeProblem& problem) {
          return is_unknown_property(problem) &&
                 problem.path.find_first_of(".[", path.size() + 1) == std::string::npos;
        });
        return std::tuple(any_literal_is_wrong(p), unknown, p.size());
      };
      if (best == nullptr || rank(problems) < rank(*best)) best = &problems;
    }
    if (best != nullptr) {
      if (!strict) std::erase_if(*best, is_unknown_property);
      return *best;
    }
    return {{ShapeProblem::Kind::wrong_type, path, "expected " + describe(type) + ", got " + brief(value)}};
  }

  Problems check_reference(const Type& type, const Json& value, const std::string& path) const {
    if (type.name == "LSPAny") return {};
    Problems problems;
    if (const Structure* structure = shapes.structure(type.name)) {
      check_properties(structure->properties, type.name, value, path, problems);
    } else if (const Enumeration* enumeration = shapes.enumeration(type.name)) {
      problems = check(Shapes::named(enumeration->base), value, path);
      const auto& values = enumeration->values;
      if (problems.empty() && !enumeration->open &&
          std::find(values.begin(), values.end(), value) == values.end()) {
        problems.push_back({ShapeProblem::Kind::bad_value, path, brief(value) + " is no " + type.name});
      }
    } else {
      return check(shapes.aliases_.at(type.name), value, path);
    }
    return problems;
  }

  void check_properties(const std::map<std::string, Property>& properties, const std::string& name,
                        const Json& value, const std::string& path, Problems& problems) const {
    if (!value.is_object()) {
      problems.push_back(
          {ShapeProblem::Kind::wrong_type, path, "expected " + name + ", got " + brief(value)});
      return;
    }
    for (const auto& [key, property] : properties) {
      const auto found = value.find(key);
      if (found != value.end()) {
        append(problems, check(property.type, *found, member(path, key)));
      } else if (!property.optional) {
        problems.push_back({ShapeProblem::Kind::missing_property, path, name + " needs `" + key + "`"});
      }
    }
    if (!strict) return;
    for (const auto& [key, entry] : value.items()) {
      if (!properties.contains(key)) {
        problems.push_back(
            {ShapeProblem::Kind::unknown_property, member(path, key), name + " has no such property"});
      }
    }
  }

  void walk(const Type& type, const Json& value, const std::string& path, const std::string& key,
            ShapeVisitor& visitor) const {
    static const std::string nameless;
    switch (type.kind) {
      case Kind::literal:
        break;
      case Kind::base:
        visit({Node::Kind::base, type.name, value, path, key}, visitor, [] {});
        break;
      case Kind::object:
        visit({Node::Kind::structure, nameless, value, path, key}, visitor,
              [&] { walk_properties(type.properties, value, path, visitor); });
        break;
      case Kind::array:
      case Kind::tuple:
        visit({Node::Kind::array, nameless, value, path, key}, visitor, [&] {
          for (std::size_t i = 0; i < value.size(); ++i) {
            walk(type.kind == Kind::tuple ? type.items[i] : type.items[0], value[i], element(path, i), key,
                 visitor);
          }
        });
        break;
      case Kind::map:
        visit({Node::Kind::map, type.items[0].name, value, path, key}, visitor, [&] {
          for (const auto& [name, entry] : value.items())
            walk(type.items[1], entry, member(path, name), name, visitor);
        });
        break;
      case Kind::any_of:
        for (const Type& item : type.items) {
          if (check(item, value, path).empty()) return walk(item, value, path, key, visitor);
        }
        break;
      case Kind::all_of:
        for (const Type& item : type.items) walk(item, value, path, key, visitor);
        break;
      case Kind::reference:
        if (type.name == "LSPAny") break;
        if (const Structure* structure = shapes.structure(type.name)) {
          visit({Node::Kind::structure, type.name, value, path, key}, visitor,
                [&] { walk_properties(structure->properties, value, path, visitor); });
        } else if (shapes.enumeration(type.name) == nullptr) {
          walk(shapes.aliases_.at(type.name), value, path, key, visitor);
        }
        break;
    }
  }

  void walk_properties(const std::map<std::string, Property>& properties, const Json& value,
                       const std::string& path, ShapeVisitor& visitor) const {
    for (const auto& [key, property] : properties) {
      if (const auto found = value.find(key); found != value.end()) {
        walk(property.type, *found, member(path, key), key, visitor);
      }
    }
  }

  template <class Inside>
  static void visit(const Node& node, ShapeVisitor& visitor, Inside inside) {
    if (!visitor.enter(node)) return;
    inside();
    visitor.leave(node);
  }

  static std::string element(const std::string& path, std::size_t i) {
    return path + "[" + std::to_string(i) + "]";
  }
  static std::string member(const std::string& path, const std::string& key) { return path + "." + key; }
  static void append(Problems& to, Problems from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
};

Problems Shapes::check(const Type& type, const Json& value, const std::string& path, bool strict) const {
  return ShapeCheck{*this, strict}.check(type, value, path);
}

void Shapes::walk(const Type& type, const Json& value, const std::string& path, bool strict,
                  ShapeVisitor& visitor) const {
  static const std::string no_key;
  ShapeCheck{*this, strict}.walk(type, value, path, no_key, visitor);
}

}  // namespace pland::conformance
