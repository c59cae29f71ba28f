#include "server/cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/arena.h"
#include "engine/planfile/key_table.h"
#include "server/cli_host.h"
#include "server/cli_texts.h"
#include "server/colour.h"
#include "server/run_command.h"
#include "server/serve.h"
#include "server/texts.h"
#include "server/verb_command.h"
#include "server/verbs.h"
#include "server/version.h"

namespace pland::server {
namespace {

Terminal this_terminal() {
  Terminal terminal{std::cout, std::cerr};
  terminal.out_is_tty = ::isatty(STDOUT_FILENO) == 1;
  terminal.out_in_colour = terminal.out_is_tty && may_colour(std::getenv("NO_COLOR"), std::getenv("TERM"));
  terminal.in_is_tty = ::isatty(STDIN_FILENO) == 1;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) terminal.rows = size.ws_row;
  return terminal;
}

/// Runs a command on a loop of its own and closes what it opened.
int run_on_loop(const std::function<asio::awaitable<int>(CliHost&)>& command) {
  start_log({});
  asio::io_context loop;
  int code = exit_code::failed;
  {
    engine::Arena arena;
    CliHost host(loop.get_executor(), arena, this_terminal(), {});
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
          code = co_await command(host);
          co_await host.workspace().close();
        },
        [](const std::exception_ptr& failure) {
          if (failure) std::rethrow_exception(failure);
        });
    try {
      loop.run();
    } catch (const std::exception& problem) {
      std::cerr << "pland: internal error: " << problem.what() << "\n";
      return exit_code::failed;
    }
  }
  return code;
}

/// What the arguments of one verb's subcommand were.
struct VerbLine {
  const Verb* verb = nullptr;
  CLI::App* app = nullptr;
  bool json = false;
  Json params = Json::object();
};

void add_argument(VerbLine& line, const CliArgument& argument) {
  const std::string name(argument.name);
  const std::string member(argument.member);
  const std::string help(argument.help);
  Json& params = line.params;
  CLI::Option* option = nullptr;
  switch (argument.kind) {
    case CliArgument::Kind::target:
      option = line.app->add_option_function<std::string>(
          name, [&params](const std::string& value) { fill_target(params, value); }, help);
      break;
    case CliArgument::Kind::text:
      option = line.app->add_option_function<std::string>(
          name, [&params, member](const std::string& value) { params[member] = value; }, help);
      break;
    case CliArgument::Kind::number:
      option = line.app->add_option_function<std::int64_t>(
          name, [&params, member](const std::int64_t& value) { params[member] = value; }, help);
      break;
    case CliArgument::Kind::flag:
      option = line.app->add_flag_callback(
          name, [&params, member] { params[member] = true; }, help);
      break;
    case CliArgument::Kind::list:
      option = line.app->add_option_function<std::vector<std::string>>(
          name, [&params, member](const std::vector<std::string>& value) { params[member] = value; }, help);
      break;
  }
  if (argument.required) option->required();
}

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App app{
      "pland: runs plans of parallel subplans. Without a subcommand it is a language server on stdin and "
      "stdout."};
  app.set_version_flag("--version", std::string("pland ") + version());
  app.require_subcommand(0, 1);

  ServeOptions serve_options;
  bool stdio = false;
  app.add_flag("--stdio", stdio, "serve on stdin and stdout (always)");
  app.add_flag("--test", serve_options.test, "answer the request pland/sync");
  app.add_option("--log", serve_options.log_file, "write the log to this file instead of stderr");
  app.add_option("--clientProcessId", serve_options.client_pid, "end when this process ends");

  RunOptions run_options;
  std::string side;
  CLI::App* run = app.add_subcommand("run", "run a plan file to its end and report, without an editor");
  run->add_option("FILE", run_options.file, "the plan file")->required();
  run->add_flag("--apply", run_options.apply, "write the result into the project's files");
  run->add_option("--resolve", side, "take this side of every conflict")
      ->check(CLI::IsMember({"ours", "theirs", "both"}));
  run->add_flag("--json", run_options.json, "print one JSON object on stdout");
  run->add_flag("--replace", run_options.replace, "cancel a plan of the same file that still runs");
  CLI::App* schema = app.add_subcommand("schema", "print the JSON Schema of a kind of file");
  std::string schema_of = "plan";
  schema->add_option("--of", schema_of, "the kind of file")
      ->check(CLI::IsMember({"plan", "action", "profile"}))
      ->capture_default_str();

  std::string shell;
  CLI::App* completion = app.add_subcommand("completions", "print a completion script for a shell");
  completion->add_option("SHELL", shell, "bash, zsh or fish")->required();
  CLI::App* manual = app.add_subcommand("manual", "print the manual page, for man -l");

  std::deque<VerbLine> lines;
  for (const Verb& verb : verbs()) {
    VerbLine& line = lines.emplace_back();
    line.verb = &verb;
    line.app = app.add_subcommand(std::string(verb.name), std::string(verb.help));
    line.app->add_flag("--json", line.json, "print the answer as JSON");
    for (const CliArgument& argument : verb.arguments) add_argument(line, argument);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? exit_code::done : exit_code::unusable;
  }

  if (run->parsed()) {
    if (!side.empty()) run_options.resolve = *engine::parse_resolution(side);
    return run_on_loop([&](CliHost& host) { return run_command(host, run_options); });
  }
  if (schema->parsed()) {
    const auto kind = engine::planfile::parse_file_kind(schema_of);
    std::cout << engine::planfile::json_schema(*kind).dump(2) << "\n";
    return exit_code::done;
  }
  if (completion->parsed()) {
    const auto script = completions(app, shell);
    if (!script) {
      std::cerr << "pland: no completions for '" << shell << "'; there are some for bash, zsh and fish\n";
      return exit_code::unusable;
    }
    std::cout << *script;
    return exit_code::done;
  }
  if (manual->parsed()) {
    std::cout << manual_page(app, version());
    return exit_code::done;
  }
  for (VerbLine& line : lines) {
    if (!line.app->parsed()) continue;
    return run_on_loop([&](CliHost& host) { return verb_command(host, *line.verb, line.params, line.json); });
  }
  return serve(serve_options);
}

}  // namespace pland::server
