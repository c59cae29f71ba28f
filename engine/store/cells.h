// One value in one cell: how each C++ type is bound, read, dumped to JSON and loaded from it.
// Inside this room only.
//
//   text, integers, bool, double   themselves; an empty optional is NULL
//   enums                          their name
//   everything else                a JSON document: text where it can be (so that the sqlite3 shell shows
//   it),
//                                  CBOR where a string in it is not UTF-8 (paths and files' lines need not
//                                  be)
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/checkpoint.h"
#include "engine/model/conflict.h"
#include "engine/model/decision.h"
#include "engine/model/plan.h"

namespace pland::engine {

void to_json(nlohmann::json& json, const LeftOut& left_out);
void from_json(const nlohmann::json& json, LeftOut& left_out);

}  // namespace pland::engine

namespace pland::engine::cells {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename E>
E enum_from(const std::string& text) {
  const auto parsed = [&] {
    if constexpr (std::is_same_v<E, Phase>) return parse_phase(text);
    if constexpr (std::is_same_v<E, ProcessingState>) return parse_processing_state(text);
    if constexpr (std::is_same_v<E, FailureKind>) return parse_failure_kind(text);
    if constexpr (std::is_same_v<E, ConflictKind>) return parse_conflict_kind(text);
    if constexpr (std::is_same_v<E, Resolution>) return parse_resolution(text);
    if constexpr (std::is_same_v<E, DecisionType>) return parse_decision_type(text);
  }();
  if (!parsed.ok()) throw std::runtime_error(parsed.error().message);
  return *parsed;
}

inline void bind_document(SQLite::Statement& statement, int index, const nlohmann::json& document) {
  try {
    statement.bind(index, document.dump());
  } catch (const nlohmann::json::type_error&) {
    const std::vector<std::uint8_t> cbor = nlohmann::json::to_cbor(document);
    statement.bind(index, static_cast<const void*>(cbor.data()), static_cast<int>(cbor.size()));
  }
}

template <typename T>
void bind(SQLite::Statement& statement, int index, const T& value) {
  if constexpr (IsOptional<T>::value) {
    if (value) {
      bind(statement, index, *value);
    } else {
      statement.bind(index);
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    statement.bind(index, value);
  } else if constexpr (std::is_enum_v<T>) {
    statement.bind(index, std::string(to_string(value)));
  } else if constexpr (std::is_integral_v<T>) {
    statement.bind(index, static_cast<std::int64_t>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    statement.bind(index, static_cast<double>(value));
  } else {
    bind_document(statement, index, value);
  }
}

template <typename T>
void read(const SQLite::Column& column, T& value) {
  if constexpr (IsOptional<T>::value) {
    if (column.isNull()) {
      value.reset();
    } else {
      read(column, value.emplace());
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = column.getString();
  } else if constexpr (std::is_enum_v<T>) {
    value = enum_from<T>(column.getString());
  } else if constexpr (std::is_same_v<T, bool>) {
    value = column.getInt64() != 0;
  } else if constexpr (std::is_integral_v<T>) {
    value = static_cast<T>(column.getInt64());
  } else if constexpr (std::is_floating_point_v<T>) {
    value = static_cast<T>(column.getDouble());
  } else {
    const std::string bytes = column.getString();
    (column.isBlob() ? nlohmann::json::from_cbor(bytes) : nlohmann::json::parse(bytes)).get_to(value);
  }
}

template <typename T>
nlohmann::json dump(const T& value) {
  if constexpr (IsOptional<T>::value) {
    return value ? dump(*value) : nlohmann::json();
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(to_string(value));
  } else {
    return value;
  }
}

template <typename T>
void load(const nlohmann::json& json, T& value) {
  if constexpr (IsOptional<T>::value) {
    if (json.is_null()) {
      value.reset();
    } else {
      load(json, value.emplace());
    }
  } else if constexpr (std::is_enum_v<T>) {
    value = enum_from<T>(json.get_ref<const std::string&>());
  } else {
    json.get_to(value);
  }
}

}  // namespace pland::engine::cells
