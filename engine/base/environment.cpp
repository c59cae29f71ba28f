#include "engine/base/environment.h"

#include <unistd.h>

#include <string_view>

namespace pland::engine {

Environment inherited_environment() {
  Environment environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  return environment;
}

Environment without_git_variables(Environment environment) {
  std::erase_if(environment, [](const std::string& variable) { return variable.starts_with("GIT_"); });
  return environment;
}

Environment with_variables(Environment environment, const std::map<std::string, std::string>& variables) {
  std::erase_if(environment, [&](const std::string& variable) {
    return variables.contains(variable.substr(0, variable.find('=')));
  });
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace pland::engine
