// `pland` as a language server on stdin and stdout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace pland::server {

struct ServeOptions {
  bool test = false;                       ///< see SessionOptions
  std::string log_file;                    ///< empty: stderr
  std::optional<std::int64_t> client_pid;  ///< --clientProcessId
};

/// Serves one client until it is gone; the process's exit code.
int serve(const ServeOptions& options);

/// Where the program's log goes and how much of it: warnings, until a client asks for more by its trace
/// value.
void start_log(const std::string& file);

/// The uri of docs/diagnostics.md as it was installed or built with the program; empty when it is not there.
std::string documentation_uri(const std::filesystem::path& program);

}  // namespace pland::server
