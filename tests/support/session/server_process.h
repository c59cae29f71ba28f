// The real server as a child process of a test or of the demo: bytes in, bytes out, its end.
// One thread. POSIX only; knows nothing of the product.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pland::session {

struct ServerOptions {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::filesystem::path folder;                    // working directory; empty: this process's
  std::map<std::string, std::string> environment;  // on top of this process's
  std::filesystem::path log;                       // where stderr goes; empty: /dev/null
};

class ServerProcess {
 public:
  explicit ServerProcess(const ServerOptions& options);  // throws std::system_error
  ~ServerProcess();                                      // kills it if it still runs
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Queued; written by pump().
  void send(std::string bytes) { to_write_ += bytes; }
  // Closes its stdin once everything queued is written.
  void close_input();

  // Waits for output (handed to `receive`) or for room to write. False: the deadline passed, or the server
  // closed its output.
  bool pump(std::chrono::steady_clock::time_point deadline,
            const std::function<void(std::string_view)>& receive);

  void kill(int signal);
  // Waits for its end: the exit code, or 128 + the signal's number. nullopt when the deadline passed.
  std::optional<int> wait(std::chrono::steady_clock::time_point deadline);
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int input_ = -1;   // its stdin
  int output_ = -1;  // its stdout
  bool closing_input_ = false;
  std::string to_write_;
  std::optional<int> status_;
};

}  // namespace pland::session
