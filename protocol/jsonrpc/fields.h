// One table a struct, from which it is read, written and described. Included by the .cpp files of structs.
//
//     PLAND_JSON_FIELDS(Position, required("line", &Position::line), required("character",
//     &Position::character))
//
// defines read_json, write_json and describe_json, which the header announced by PLAND_JSON_STRUCT(Position).
//   required   read: must be there; written always
//   optional   a std::optional member. read: absent or null is empty; written: left out when empty
//   nullable   a std::optional member. read: the same; written: null when empty
//   defaulted  read: absent or null leaves the member as it was; written always
//   lenient    as defaulted (an empty std::optional is left out), and a value of the wrong shape is passed
//   over: an editor's odd capability must not
//              make `initialize` fail
//   constant   a fixed string, which tells alternatives apart: written always, required on reading
// Members that the table does not name are accepted and ignored.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/jsonrpc/reader.h"

namespace pland::jsonrpc {

enum class Presence { required, optional, nullable, defaulted, lenient, constant };

/// What the table says of one member, for checks against the specification.
struct FieldDescription {
  std::string_view key;
  Presence presence;
};

namespace fields {

template <typename T>
inline constexpr bool is_optional_type = false;
template <typename T>
inline constexpr bool is_optional_type<std::optional<T>> = true;

template <typename Owner, typename Member, Presence presence>
struct Field {
  static constexpr bool is_optional = is_optional_type<Member>;
  const char* key;
  Member Owner::*member;
  static constexpr Presence kind = presence;
};

struct Constant {
  const char* key;
  const char* value;
  static constexpr Presence kind = Presence::constant;
};

template <typename O, typename M>
constexpr Field<O, M, Presence::required> required(const char* key, M O::*member) {
  return {key, member};
}
template <typename O, typename M>
constexpr Field<O, std::optional<M>, Presence::optional> optional(const char* key,
                                                                  std::optional<M> O::*member) {
  return {key, member};
}
template <typename O, typename M>
constexpr Field<O, std::optional<M>, Presence::nullable> nullable(const char* key,
                                                                  std::optional<M> O::*member) {
  return {key, member};
}
template <typename O, typename M>
constexpr Field<O, M, Presence::defaulted> defaulted(const char* key, M O::*member) {
  return {key, member};
}
template <typename O, typename M>
constexpr Field<O, M, Presence::lenient> lenient(const char* key, M O::*member) {
  return {key, member};
}
constexpr Constant constant(const char* key, const char* value) {
  return {key, value};
}

template <typename S, typename F>
bool read_field(const Reader& in, S& out, const F& field) {
  if constexpr (F::kind == Presence::constant) {
    const std::optional<Reader> member = in.member(field.key);
    if (!member) return in.missing_member(field.key);
    std::string value;
    if (!read_json(*member, value)) return false;
    return value == field.value ||
           member->problem("expected \"" + std::string(field.value) + "\", found \"" + value + "\"");
  } else {
    const std::optional<Reader> member = in.member(field.key);
    if (!member || (member->is_null() && F::kind != Presence::required)) {
      return F::kind == Presence::required ? in.missing_member(field.key) : true;
    }
    auto& target = out.*(field.member);
    if constexpr (F::kind == Presence::lenient) {
      ReadProblems passed_over;
      auto value = target;
      if (read_json(member->with_problems(passed_over), value)) target = std::move(value);
      return true;
    } else {
      return read_json(*member, target);
    }
  }
}

template <typename S, typename F>
void write_field(Writer& out, const S& value, const F& field) {
  if constexpr (F::kind == Presence::constant) {
    out.member(field.key).set(std::string_view(field.value));
  } else if constexpr (F::kind == Presence::optional || (F::kind == Presence::lenient && F::is_optional)) {
    const auto& member = value.*(field.member);
    if (member) write_json(out.member(field.key), *member);
  } else {
    write_json(out.member(field.key), value.*(field.member));
  }
}

template <typename S, typename... F>
bool read_all(const Reader& in, S& out, const std::tuple<F...>& table) {
  // Clients written in Lua or PHP send an empty table as [].
  if (!in.is_object() && !(in.is_array() && in.size() == 0)) return in.expected("an object");
  return std::apply(
      [&](const F&... field) {
        bool ok = true;
        ((ok = read_field(in, out, field) && ok), ...);
        return ok;
      },
      table);
}

template <typename S, typename... F>
void write_all(Writer out, const S& value, const std::tuple<F...>& table) {
  out.make_object();
  std::apply([&](const F&... field) { (write_field(out, value, field), ...); }, table);
}

template <typename... F>
std::vector<FieldDescription> describe_all(const std::tuple<F...>& table) {
  return std::apply(
      [](const F&... field) {
        return std::vector<FieldDescription>{{field.key, F::kind}...};
      },
      table);
}

}  // namespace fields
}  // namespace pland::jsonrpc

#define PLAND_JSON_FIELDS(Type, ...)                                                             \
  static constexpr auto pland_fields_of(const Type*) {                                           \
    using namespace ::pland::jsonrpc::fields; /* NOLINT(google-build-using-namespace) */         \
    return std::tuple{__VA_ARGS__};                                                              \
  }                                                                                              \
  [[maybe_unused]] bool read_json(::pland::jsonrpc::Reader in, Type& out) {                      \
    return ::pland::jsonrpc::fields::read_all(in, out, pland_fields_of(&out));                   \
  }                                                                                              \
  [[maybe_unused]] void write_json(::pland::jsonrpc::Writer out, const Type& value) {            \
    ::pland::jsonrpc::fields::write_all(out, value, pland_fields_of(&value));                    \
  }                                                                                              \
  [[maybe_unused]] std::vector<::pland::jsonrpc::FieldDescription> describe_json(const Type*) {  \
    return ::pland::jsonrpc::fields::describe_all(pland_fields_of(static_cast<Type*>(nullptr))); \
  }
