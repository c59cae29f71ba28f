#include "tests/conformance/shapes.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace pland::conformance {
namespace {

bool is_base_name(const std::string& name) {
  static constexpr const char* names[] = {"boolean", "string",  "null",        "uinteger",
                                          "integer", "decimal", "DocumentUri", "URI"};
  return std::any_of(std::begin(names), std::end(names), [&](const char* n) { return name == n; });
}

std::map<std::string, Property> read_properties(const Json& object);

Type read_type(const Json& json) {
  if (json.is_string()) return Shapes::named(json.get<std::string>());
  const std::string key = json.begin().key();
  const Json& value = json.begin().value();
  Type type;
  if (key == "literal") {
    type.kind = Type::Kind::literal;
    type.name = value.get<std::string>();
  } else if (key == "object") {
    type.kind = Type::Kind::object;
    type.properties = read_properties(value);
  } else if (key == "array") {
    type.kind = Type::Kind::array;
    type.items.push_back(read_type(value));
  } else {
    static const std::map<std::string, Type::Kind> kinds = {{"map", Type::Kind::map},
                                                            {"or", Type::Kind::any_of},
                                                            {"and", Type::Kind::all_of},
                                                            {"tuple", Type::Kind::tuple}};
    type.kind = kinds.at(key);
    for (const Json& item : value) type.items.push_back(read_type(item));
  }
  return type;
}

std::map<std::string, Property> read_properties(const Json& object) {
  std::map<std::string, Property> properties;
  for (const auto& [key, value] : object.items()) {
    const bool optional = key.back() == '?';
    properties.emplace(optional ? key.substr(0, key.size() - 1) : key, Property{read_type(value), optional});
  }
  return properties;
}

Method read_method(const std::string& name, const Json& json) {
  Method method;
  method.name = name;
  method.is_request = json.at("kind") == "request";
  const std::string direction = json.at("direction");
  method.client_sends = direction != "serverToClient";
  method.server_sends = direction != "clientToServer";
  auto type = [&](const char* key) {
    return json.contains(key) ? std::optional<Type>(read_type(json.at(key))) : std::nullopt;
  };
  method.params = type("params");
  method.result = type("result");
  method.partial_result = type("partialResult");
  method.registration_options = type("registrationOptions");
  method.server_may_cancel = json.value("errorData", "") == "DiagnosticServerCancellationData";
  method.registration_method = json.value("registrationMethod", "");
  method.client_capability = json.value("clientCapability", "");
  method.server_capability = json.value("serverCapability", "");
  return method;
}

}  // namespace

Type Shapes::named(const std::string& name) {
  Type type;
  type.kind = is_base_name(name) ? Type::Kind::base : Type::Kind::reference;
  type.name = name;
  return type;
}

Shapes Shapes::load(const std::string& file) {
  try {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot open it");
    const Json data = Json::parse(in);
    Shapes shapes;
    for (const auto& [name, json] : data.at("methods").items())
      shapes.methods_.emplace(name, read_method(name, json));
    for (const auto& [name, json] : data.at("structures").items()) {
      shapes.structures_.emplace(name, Structure{read_properties(json)});
    }
    for (const auto& [name, json] : data.at("enumerations").items()) {
      shapes.enumerations_.emplace(
          name, Enumeration{json.at("type"), json.at("values"), json.value("open", false)});
    }
    for (const auto& [name, json] : data.at("aliases").items())
      shapes.aliases_.emplace(name, read_type(json));
    return shapes;
  } catch (const std::exception& error) {
    throw std::runtime_error("the shapes in " + file + ": " + error.what());
  }
}

const Method* Shapes::method(const std::string& name) const {
  const auto found = methods_.find(name);
  return found == methods_.end() ? nullptr : &found->second;
}

const Method* Shapes::registrable(const std::string& name) const {
  if (const Method* known = method(name)) return known->registration_method.empty() ? known : nullptr;
  // Several methods may share one registration; they share its options too. Take the one with the shortest
  // name.
  const Method* best = nullptr;
  for (const auto& [key, candidate] : methods_) {
    if (candidate.registration_method != name) continue;
    if (best == nullptr || candidate.name.size() < best->name.size()) best = &candidate;
  }
  return best;
}

const Enumeration* Shapes::enumeration(const std::string& name) const {
  const auto found = enumerations_.find(name);
  return found == enumerations_.end() ? nullptr : &found->second;
}

const Structure* Shapes::structure(const std::string& name) const {
  const auto found = structures_.find(name);
  return found == structures_.end() ? nullptr : &found->second;
}

const Shapes& lsp_shapes() {
  static const Shapes shapes = Shapes::load(PLAND_CONFORMANCE_DIR "/lsp-3.18.json");
  return shapes;
}

std::string describe(const Type& type) {
  auto join = [&](const char* separator) {
    std::string text;
    for (const Type& item : type.items) text += (text.empty() ? "" : separator) + describe(item);
    return text;
  };
  switch (type.kind) {
    case Type::Kind::base:
    case Type::Kind::reference:
      return type.name;
    case Type::Kind::literal:
      return '"' + type.name + '"';
    case Type::Kind::array: {
      const bool simple = type.items[0].kind != Type::Kind::any_of;
      return simple ? describe(type.items[0]) + "[]" : "(" + describe(type.items[0]) + ")[]";
    }
    case Type::Kind::map:
      return "{" + describe(type.items[0]) + ": " + describe(type.items[1]) + "}";
    case Type::Kind::any_of:
      return join(" | ");
    case Type::Kind::all_of:
      return join(" & ");
    case Type::Kind::tuple:
      return "[" + join(", ") + "]";
    case Type::Kind::object:
      return "{...}";
  }
  return {};
}

}  // namespace pland::conformance
