#include "server/serve.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "engine/base/arena.h"
#include "protocol/lsp/uri.h"
#include "server/session.h"
#include "server/stdio.h"

namespace pland::server {
namespace {

namespace fs = std::filesystem;

void follow_trace(lsp::TraceValue value) {
  switch (value) {
    case lsp::TraceValue::off:
      return spdlog::set_level(spdlog::level::warn);
    case lsp::TraceValue::messages:
      return spdlog::set_level(spdlog::level::info);
    case lsp::TraceValue::verbose:
      return spdlog::set_level(spdlog::level::debug);
  }
}

/// How long the last answers may take to reach the client.
constexpr std::chrono::milliseconds flush_patience{1000};

asio::awaitable<void> serve_until_end(Session& session, StreamTransport& transport, int& code) {
  code = co_await session.run();
  co_await transport.flush(flush_patience);
  transport.stop();
}

}  // namespace

void start_log(const std::string& file) {
  std::shared_ptr<spdlog::logger> logger;
  if (!file.empty()) {
    try {
      logger = spdlog::basic_logger_mt("pland", file);
      logger->flush_on(spdlog::level::debug);
    } catch (const spdlog::spdlog_ex& problem) {
      std::fprintf(stderr, "pland: the log goes to stderr: %s\n", problem.what());
    }
  }
  if (!logger) logger = spdlog::stderr_logger_mt("pland");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_level(spdlog::level::warn);
}

std::string documentation_uri(const fs::path& program) {
  const fs::path folder = program.parent_path();
  for (const char* place : {"../share/doc/pland/diagnostics.md", "../../docs/diagnostics.md"}) {
    std::error_code error;
    const fs::path file = fs::canonical(folder / place, error);
    if (!error) return lsp::uri_of_path(file.string());
  }
  return {};
}

int serve(const ServeOptions& options) {
  const auto output = guard_stdout();
  start_log(options.log_file);
  if (!output.ok()) {
    spdlog::error("{}", output.error().message);
    return 1;
  }
  // A client that is gone must not kill us while we write to it. A handler, not SIG_IGN: children would
  // inherit that.
  struct sigaction survive {};
  survive.sa_handler = [](int) {};
  survive.sa_flags = SA_RESTART;
  ::sigaction(SIGPIPE, &survive, nullptr);
  asio::io_context loop;
  int code = 1;
  {
    engine::Arena arena;
    StreamTransport transport(loop.get_executor(), STDIN_FILENO, *output);
    SessionOptions session_options;
    session_options.test = options.test;
    session_options.trace = follow_trace;
    // Supervisors end what still runs when we are gone, and the next start recovers the rest.
    session_options.give_up = [](int exit_code) { std::_Exit(exit_code); };
    std::error_code no_program;
    const fs::path program = fs::read_symlink("/proc/self/exe", no_program);
    if (!no_program) session_options.editor.documentation = documentation_uri(program);
    Session session(loop.get_executor(), arena, transport, std::move(session_options));
    transport.start([&](std::string_view bytes) { session.receive(bytes); },
                    [&](const std::string& reason) { session.input_ended(reason); });
    std::optional<ClientProcess> client;
    if (options.client_pid) {
      client.emplace(loop.get_executor(), *options.client_pid,
                     [&] { session.input_ended("the client's process has ended"); });
    }
    const auto ended = [&](const std::exception_ptr& failure) {
      client.reset();
      if (failure) spdlog::error("the session failed");
      loop.stop();  // what only waits for time (a throttle) need not be waited for
    };
    asio::co_spawn(loop, serve_until_end(session, transport, code), ended);
    loop.run();
  }
  return code;
}

}  // namespace pland::server
