#include "server/stdio.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <csignal>

#include "server/client_process.h"
#include "server/timers.h"
#include "tests/support/loop.h"

using pland::server::ClientProcess;
using pland::server::LoopTimers;
using pland::server::StreamTransport;
using pland::server::Throttle;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
  int reader() const { return ends[0]; }
  int writer() const { return ends[1]; }
  std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("stdio: bytes come in until the input ends, and go out in order") {
  asio::io_context loop;
  const Pipe in;
  const Pipe out;
  StreamTransport transport(loop.get_executor(), in.reader(), out.writer());
  std::string received;
  std::string ended;
  transport.start([&](std::string_view bytes) { received += bytes; },
                  [&](const std::string& reason) { ended = reason; });
  REQUIRE(::write(in.writer(), "hello", 5) == 5);
  ::close(in.writer());
  transport.send("one ");
  transport.send("two");
  pland::test::run_to_end(loop, transport.flush(std::chrono::seconds(10)));
  CHECK(received == "hello");
  CHECK(ended == "the client closed the input");
  std::array<char, 16> buffer{};
  CHECK(std::string(buffer.data(), static_cast<std::size_t>(
                                       ::read(out.reader(), buffer.data(), buffer.size()))) == "one two");
  ::close(out.reader());
}

TEST_CASE("stdio: a client that does not read counts as gone, and sending never blocks") {
  asio::io_context loop;
  const Pipe in;
  const Pipe out;
  StreamTransport transport(loop.get_executor(), in.reader(), out.writer(), {.max_queued = 1U << 20U});
  std::string ended;
  transport.start([](std::string_view) {}, [&](const std::string& reason) { ended = reason; });
  for (int i = 0; i < 20; ++i) transport.send(std::string(100'000, 'x'));
  CHECK(ended.empty());  // never from inside send
  loop.run_for(std::chrono::milliseconds(100));
  CHECK(ended == "the client does not read");
  transport.stop();
  ::close(in.writer());
  ::close(out.reader());
}

TEST_CASE("stdio: the end does not wait for ever for a client that does not read") {
  asio::io_context loop;
  const Pipe in;
  const Pipe out;
  StreamTransport transport(loop.get_executor(), in.reader(), out.writer());
  transport.start([](std::string_view) {}, [](const std::string&) {});
  transport.send(std::string(1'000'000, 'x'));
  bool done = false;
  asio::co_spawn(loop, transport.flush(std::chrono::milliseconds(20)), [&](const std::exception_ptr&) {
    done = true;
    loop.stop();  // the write still waits
  });
  loop.run_for(std::chrono::seconds(10));
  CHECK(done);
  transport.stop();
  ::close(in.writer());
  ::close(out.reader());
}

TEST_CASE("stdio: a client that closed its end is noticed on writing") {
  ::signal(SIGPIPE, SIG_IGN);
  asio::io_context loop;
  const Pipe in;
  const Pipe out;
  StreamTransport transport(loop.get_executor(), in.reader(), out.writer());
  std::string ended;
  transport.start([](std::string_view) {}, [&](const std::string& reason) { ended = reason; });
  ::close(out.reader());
  transport.send("anybody?");
  while (ended.empty()) REQUIRE(loop.run_one() == 1);
  CHECK(ended.find("writing failed") == 0);
  transport.stop();
  ::close(in.writer());
}

TEST_CASE("client process: its end is told once; one that never was is not watched") {
  asio::io_context loop;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  int gone = 0;
  const ClientProcess watch(loop.get_executor(), child, [&] { ++gone; });
  CHECK(watch.watching());
  loop.poll();
  CHECK(gone == 0);
  ::kill(child, SIGKILL);
  loop.run();
  CHECK(gone == 1);
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(ClientProcess(loop.get_executor(), 2147483646, [] {}).watching());
  CHECK_FALSE(ClientProcess(loop.get_executor(), 0, [] {}).watching());
}

TEST_CASE("throttle: at once when quiet, and the last state is always told") {
  asio::io_context loop;
  LoopTimers timers(loop.get_executor());
  int calls = 0;
  {
    Throttle throttle(timers, std::chrono::milliseconds(5), [&] { ++calls; });
    throttle.ask();
    CHECK(calls == 1);
    for (int i = 0; i < 10; ++i) throttle.ask();
    CHECK(calls == 1);
    loop.run();
    CHECK(calls == 2);
    loop.restart();
    throttle.ask();
    throttle.ask();
    throttle.flush();
    CHECK(calls == 4);
    throttle.ask();
  }
  // Gone: what waited is not called any more.
  loop.restart();
  loop.run();
  CHECK(calls == 4);
}

TEST_CASE("timers: a cancelled timer does not fire, not even when it had expired") {
  asio::io_context loop;
  LoopTimers timers(loop.get_executor());
  int fired = 0;
  const auto first = timers.start(std::chrono::milliseconds(0), [&] { ++fired; });
  timers.start(std::chrono::milliseconds(0), [&] {
    ++fired;
    timers.cancel(first);
  });
  timers.cancel(first);
  timers.cancel(first);
  timers.cancel(99);
  loop.run();
  CHECK(fired == 1);
}
