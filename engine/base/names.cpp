#include "engine/base/names.h"

#include <algorithm>
#include <array>
#include <optional>

namespace pland::engine {

namespace {

constexpr std::array<std::string_view, 4> system_namespaces = {"system", "internal", "admin", "root"};
/// Providers of language models; plans, projects and the like may not pose as theirs.
constexpr std::array<std::string_view, 10> provider_namespaces = {
    "openai", "anthropic", "google", "azure",      "mistral",
    "cohere", "groq",      "ollama", "openrouter", "together"};

// Not <cctype>: those follow the locale.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::optional<Error> wrong_part(std::string_view whole, std::string_view which, std::string_view part) {
  if (is_name_part(part)) return std::nullopt;
  std::string why;
  if (part.empty()) {
    why = "is empty; it must start with a letter";
  } else if (!is_letter(part.front())) {
    why = "must start with a letter";
  } else {
    why = "may hold only letters, digits, '_' and '-'";
  }
  return Error{ErrorCode::invalid_argument, "'" + std::string(whole) + "': the " + std::string(which) + " '" +
                                                std::string(part) + "' " + why +
                                                " (the form is [[server:]namespace/]name)"};
}

}  // namespace

std::string NamespacedName::full() const {
  return (server.empty() ? "" : server + ":") + space + "/" + name;
}

bool is_name_part(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_reserved_namespace(std::string_view space) {
  std::string lower(space);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(system_namespaces.begin(), system_namespaces.end(), lower) != system_namespaces.end() ||
         std::find(provider_namespaces.begin(), provider_namespaces.end(), lower) !=
             provider_namespaces.end();
}

Result<NamespacedName> parse_name(std::string_view text) {
  NamespacedName result;
  std::string_view rest = text;
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    std::string_view space = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    if (const std::size_t colon = space.find(':'); colon != std::string_view::npos) {
      result.server = space.substr(0, colon);
      space.remove_prefix(colon + 1);
      if (auto error = wrong_part(text, "server", result.server)) return *std::move(error);
    }
    if (auto error = wrong_part(text, "namespace", space)) return *std::move(error);
    result.space = space;
  } else if (rest.find(':') != std::string_view::npos) {
    return Error{ErrorCode::invalid_argument, "'" + std::string(text) +
                                                  "': a server needs a namespace too (the form is "
                                                  "[[server:]namespace/]name)"};
  }
  if (auto error = wrong_part(text, "name", rest)) return *std::move(error);
  result.name = rest;
  return result;
}

Result<NamespacedName> parse_user_name(std::string_view text) {
  PLAND_TRY(NamespacedName name, parse_name(text));
  if (is_reserved_namespace(name.space)) {
    return Error{ErrorCode::invalid_argument, "'" + std::string(text) + "': the namespace '" + name.space +
                                                  "' is reserved; use another, such as 'local/" + name.name +
                                                  "'"};
  }
  return name;
}

}  // namespace pland::engine
