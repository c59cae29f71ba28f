// The real program as a child process, over pipes, with an environment of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/session/wire.h"

namespace pland::test {

class Program {
 public:
  /// Starts build/<preset>/pland with these arguments in `folder`; its state goes below `state`.
  Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
          const std::filesystem::path& state);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(const std::string& bytes) const;
  void send_message(const std::string& body) const { send(session::frame(body)); }
  /// The next message on stdout. Throws when something else stands there, or the program ends.
  std::string receive_message();
  void close_input();
  void signal(int number) const;
  /// Waits for the end: the exit code, or 128 + the signal. All output is read before.
  int wait();
  /// What was written, complete after wait().
  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }

  /// Reads what is there, waiting for it; false when both streams have ended.
  bool read_some();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1, out_ = -1, err_ = -1;
  std::string output_, errors_;
  session::FrameReader reader_;
};

}  // namespace pland::test
