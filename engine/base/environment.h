// The environment variables that commands are given. Values only.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace pland::engine {

/// Variables in the form of `environ`: "NAME=value".
using Environment = std::vector<std::string>;

/// This process's variables.
Environment inherited_environment();
/// Without the variables that make git look at another repository, index, configuration or author (GIT_*).
Environment without_git_variables(Environment environment);
/// With `variables` added or replaced.
Environment with_variables(Environment environment, const std::map<std::string, std::string>& variables);

}  // namespace pland::engine
