// Typed reading and writing of JSON.
//
// A Reader is a JSON value together with the path that led to it; reading a value of the wrong shape records
// `params.textDocument.uri: expected a string, found number` and goes on, so that one answer names all that
// is wrong. Nothing here throws. A type takes part by two functions found by argument-dependent lookup:
//     bool read_json(Reader in, T& out);          // false after a problem was recorded
//     void write_json(Writer out, const T& value);
// For structs they are one table: see fields.h. Readers and Writers are views; they live on the stack of the
// reading function. No thread affinity.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace pland::jsonrpc {

using Json = nlohmann::json;

struct FieldDescription;

/// What was wrong with a JSON text, in the order met. Keeps the first few: a thousand-element array of wrong
/// elements makes one readable answer.
class ReadProblems {
 public:
  static constexpr std::size_t max_kept = 8;
  void add(std::string path, const std::string& problem);
  bool empty() const { return count_ == 0; }
  /// `path: problem` joined by "; ".
  std::string to_string() const;
  const std::vector<std::string>& kept() const { return kept_; }

 private:
  std::vector<std::string> kept_;
  std::size_t count_ = 0;
};

class Reader {
 public:
  /// `root` begins every path, for example "params".
  Reader(const Json& value, std::string_view root, ReadProblems& problems)
      : value_(&value), problems_(&problems), key_(root) {}

  const Json& json() const { return *value_; }
  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;

  /// Records `<path>: expected <what>, found <kind>` and returns false.
  bool expected(std::string_view what) const;
  /// Records `<path>: <message>` and returns false.
  bool problem(const std::string& message) const;
  std::string path() const;

  /// The member `key`, if this is an object that has it. The result points at this Reader.
  std::optional<Reader> member(std::string_view key) const;
  bool missing_member(std::string_view key) const;
  std::size_t size() const;
  /// Precondition: is_array() and i < size(). The result points at this Reader.
  Reader element(std::size_t i) const;
  /// Precondition: is_object(). Calls `visit` for each member in order; stops at nothing.
  void for_each_member(const std::function<void(const std::string& key, Reader)>& visit) const;
  /// The same place, with problems recorded elsewhere.
  Reader with_problems(ReadProblems& other) const;

 private:
  Reader(const Json& value, const Reader& parent, std::string_view key, std::size_t index)
      : value_(&value), problems_(parent.problems_), parent_(&parent), key_(key), index_(index) {}
  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);

  const Json* value_;
  ReadProblems* problems_;
  const Reader* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = no_index;
};

/// The place a value is written to.
class Writer {
 public:
  explicit Writer(Json& target) : target_(&target) {}
  void set_null();
  void set(bool value);
  void set(std::int64_t value);
  void set(double value);
  void set(std::string_view value);
  void set_copy(const Json& value);
  void make_object();
  void make_array();
  Writer member(std::string_view key);
  /// Valid until the next append.
  Writer append();

 private:
  Json* target_;
};

/// Params or a result that carry nothing: reads from anything, writes `{}` as params; see Null for results.
struct Nothing {
  bool operator==(const Nothing&) const = default;
};
/// A result that the specification says is `null`.
struct Null {
  bool operator==(const Null&) const = default;
};

bool read_json(Reader in, bool& out);
bool read_json(Reader in, std::int32_t& out);
bool read_json(Reader in, std::uint32_t& out);
bool read_json(Reader in, std::int64_t& out);
bool read_json(Reader in, std::uint64_t& out);
bool read_json(Reader in, double& out);
bool read_json(Reader in, std::string& out);
bool read_json(Reader in, Json& out);
inline bool read_json(Reader, Nothing&) {
  return true;
}
inline bool read_json(Reader, Null&) {
  return true;
}

void write_json(Writer out, bool value);
void write_json(Writer out, std::int32_t value);
void write_json(Writer out, std::uint32_t value);
void write_json(Writer out, std::int64_t value);
void write_json(Writer out, std::uint64_t value);
void write_json(Writer out, double value);
void write_json(Writer out, const std::string& value);
/// A template, so that nothing is written by way of an accidental conversion to Json.
template <std::same_as<Json> J>
void write_json(Writer out, const J& value) {
  out.set_copy(value);
}
inline void write_json(Writer out, Nothing) {
  out.make_object();
}
inline void write_json(Writer out, Null) {
  out.set_null();
}

/// Enumerations that are integers on the wire: `constexpr IntRange json_range(E)` beside the enum.
struct IntRange {
  std::int32_t first;
  std::int32_t last;
};
/// Enumerations that are strings on the wire: `std::span<const EnumName<E>> json_names(E)` beside the enum.
template <typename E>
struct EnumName {
  E value;
  const char* name;
};

template <typename E>
concept IntegerEnum = std::is_enum_v<E> && requires(E e) {
  { json_range(e) } -> std::same_as<IntRange>;
};
template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  { json_names(e) } -> std::same_as<std::span<const EnumName<E>>>;
};

template <IntegerEnum E>
bool read_json(Reader in, E& out) {
  std::int32_t number = 0;
  if (!read_json(in, number)) return false;
  constexpr IntRange range = json_range(E{});
  if (number < range.first || number > range.last) {
    return in.problem("expected a number from " + std::to_string(range.first) + " to " +
                      std::to_string(range.last) + ", found " + std::to_string(number));
  }
  out = static_cast<E>(number);
  return true;
}
template <IntegerEnum E>
void write_json(Writer out, E value) {
  write_json(out, static_cast<std::int32_t>(value));
}

template <NamedEnum E>
bool read_json(Reader in, E& out) {
  std::string name;
  if (!read_json(in, name)) return false;
  std::string known;
  for (const EnumName<E>& entry : json_names(E{})) {
    if (name == entry.name) {
      out = entry.value;
      return true;
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return in.problem("expected one of " + known + ", found \"" + name + "\"");
}
template <NamedEnum E>
void write_json(Writer out, E value) {
  for (const EnumName<E>& entry : json_names(value)) {
    if (entry.value == value) return out.set(std::string_view(entry.name));
  }
  out.set_null();
}

/// null reads as empty; empty writes null (a struct's optional member is left out instead: fields.h).
template <typename T>
bool read_json(Reader in, std::optional<T>& out) {
  if (in.is_null()) {
    out.reset();
    return true;
  }
  T value{};
  if (!read_json(in, value)) return false;
  out = std::move(value);
  return true;
}
template <typename T>
void write_json(Writer out, const std::optional<T>& value) {
  if (!value) return out.set_null();
  write_json(out, *value);
}

template <typename T>
bool read_json(Reader in, std::vector<T>& out) {
  if (!in.is_array()) return in.expected("an array");
  const std::size_t count = in.size();
  out.clear();
  out.reserve(count);
  bool ok = true;
  for (std::size_t i = 0; i < count; ++i) {
    T value{};
    ok = read_json(in.element(i), value) && ok;
    out.push_back(std::move(value));
  }
  return ok;
}
template <typename T>
void write_json(Writer out, const std::vector<T>& values) {
  out.make_array();
  for (const T& value : values) write_json(out.append(), value);
}

template <typename T>
bool read_json(Reader in, std::map<std::string, T>& out) {
  if (!in.is_object()) return in.expected("an object");
  out.clear();
  bool ok = true;
  in.for_each_member([&](const std::string& key, Reader member) {
    T value{};
    ok = read_json(member, value) && ok;
    out.emplace(key, std::move(value));
  });
  return ok;
}
template <typename T>
void write_json(Writer out, const std::map<std::string, T>& values) {
  out.make_object();
  for (const auto& [key, value] : values) write_json(out.member(key), value);
}

/// The first alternative that reads without a problem.
template <typename... T>
bool read_json(Reader in, std::variant<T...>& out) {
  std::string tried;
  const auto attempt = [&]<typename A>(std::type_identity<A>) {
    ReadProblems problems;
    A value{};
    if (!read_json(in.with_problems(problems), value)) {
      tried += (tried.empty() ? "" : "; or ") + problems.to_string();
      return false;
    }
    out = std::move(value);
    return true;
  };
  if ((attempt(std::type_identity<T>{}) || ...)) return true;
  return in.problem("matches none of the accepted shapes (" + tried + ")");
}
template <typename... T>
void write_json(Writer out, const std::variant<T...>& value) {
  std::visit([&out](const auto& alternative) { write_json(out, alternative); }, value);
}

}  // namespace pland::jsonrpc

/// Announces in a header that `Type` has a table of fields (fields.h) in its .cpp file.
#define PLAND_JSON_STRUCT(Type)                                     \
  bool read_json(::pland::jsonrpc::Reader in, Type& out);           \
  void write_json(::pland::jsonrpc::Writer out, const Type& value); \
  std::vector<::pland::jsonrpc::FieldDescription> describe_json(const Type*)
