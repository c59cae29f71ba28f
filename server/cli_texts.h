// What is generated from the command line's own description: the manual page and the shells' completions.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace pland::server {

/// pland(1), in man(7) macros. `version` stands in its foot.
std::string manual_page(const CLI::App& app, std::string_view version);

/// A completion script for "bash", "zsh" or "fish"; nothing for another shell.
std::optional<std::string> completions(const CLI::App& app, std::string_view shell);

}  // namespace pland::server
