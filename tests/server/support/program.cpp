#include "tests/server/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace pland::test {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                 const std::filesystem::path& state) {
  std::array<int, 2> in{}, out{}, err{};
  for (auto* pipe : {&in, &out, &err}) {
    if (::pipe2(pipe->data(), O_CLOEXEC) != 0) fail("pipe2");
  }
  const std::string program = std::string(PLAND_BUILD_DIR) + "/pland";
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables{"PATH=" + std::string(std::getenv("PATH")), "HOME=" + state.string(),
                                     "XDG_STATE_HOME=" + state.string(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"};
  std::vector<char*> argv, environment;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& variable : variables) environment.push_back(variable.data());
  argv.push_back(nullptr);
  environment.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    // Between fork and exec only what is safe there.
    if (::chdir(folder.c_str()) != 0 || ::dup2(in[0], 0) < 0 || ::dup2(out[1], 1) < 0 ||
        ::dup2(err[1], 2) < 0) {
      ::_exit(126);
    }
    ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  input_ = in[1];
  out_ = out[0];
  err_ = err[0];
}

Program::~Program() {
  close_once(input_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  close_once(out_);
  close_once(err_);
}

void Program::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::write(input_, bytes.data() + sent, bytes.size() - sent);
    if (count < 0) fail("write to the program");
    sent += static_cast<std::size_t>(count);
  }
}

bool Program::read_some() {
  std::array<pollfd, 2> streams{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  if (out_ < 0 && err_ < 0) return false;
  const int ready = ::poll(streams.data(), streams.size(), 30'000);
  if (ready < 0) fail("poll");
  if (ready == 0) throw std::runtime_error("the program says nothing for 30 s; stderr: " + errors_);
  std::array<char, 4096> buffer{};
  const auto drain = [&](int& descriptor, short events, std::string& text) {
    if (descriptor < 0 || events == 0) return;
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count <= 0) return close_once(descriptor);
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    text += bytes;
    if (&text == &output_) reader_.add(bytes);
  };
  drain(out_, streams[0].revents, output_);
  drain(err_, streams[1].revents, errors_);
  return true;
}

std::string Program::receive_message() {
  for (;;) {
    if (auto body = reader_.next()) return *body;
    if (!read_some() || out_ < 0) {
      if (auto body = reader_.next()) return *body;
      throw std::runtime_error("the program ended; stderr: " + errors_);
    }
  }
}

void Program::close_input() {
  close_once(input_);
}

void Program::signal(int number) const {
  ::kill(pid_, number);
}

int Program::wait() {
  while (read_some()) {
  }
  int status = 0;
  if (::waitpid(pid_, &status, 0) < 0) fail("waitpid");
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace pland::test
