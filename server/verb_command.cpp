#include "server/verb_command.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>
#include <ostream>
#include <system_error>

#include "server/run_command.h"
#include "server/texts.h"
#include "server/verb_render.h"

namespace pland::server {

namespace fs = std::filesystem;

namespace {

/// Waits until the plan has settled; SIGINT cancels it.
asio::awaitable<void> wait_for_plan(CliHost& host, std::string plan_id) {
  const Workspace::Found found = host.workspace().find(plan_id);
  if (found.engine == nullptr) co_return;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  engine::Engine& engine = *found.engine;
  const InterruptHandler interrupts(executor, [&host, &engine, executor, plan_id] {
    host.terminal().err << "pland: interrupted: the plan is cancelled, finished subplans' results are kept\n";
    asio::co_spawn(
        executor,
        [](engine::Engine& running, std::string id) -> asio::awaitable<void> {
          (void)co_await running.cancel(std::move(id));
        }(engine, plan_id),
        asio::detached);
  });
  co_await engine_idle(engine);
}

}  // namespace

void fill_target(Json& params, const std::string& argument) {
  std::error_code ignored;
  if (is_plan_file(argument) || argument.find('/') != std::string::npos || fs::exists(argument, ignored)) {
    params["uri"] = uri_of_argument(argument);
  } else {
    params["planId"] = argument;
  }
}

asio::awaitable<int> verb_command(CliHost& host, const Verb& verb, Json params, bool json) {
  if (verb.needs_project) {
    // Ids are those of the project of this folder.
    const auto here = co_await host.workspace().engine_for(fs::current_path());
    if (!here.ok()) co_return fail(host, response_error(here.error()), json);
  }
  const Ask ask = [&host](std::vector<std::string> lines) { return host.ask(std::move(lines)); };
  Answer answer = co_await run_verb(verb, host, std::move(params), ask);
  if (!answer.ok()) co_return fail(host, answer.error(), json);
  std::string (*render)(const Json&) = verb.render;
  if (verb.runs_work) {
    const std::string plan_id = answer.value().value("planId", std::string());
    co_await wait_for_plan(host, plan_id);
    Json which = Json::object();
    which["planId"] = plan_id;
    answer = co_await find_verb("status")->run(host, std::move(which));
    if (!answer.ok()) co_return fail(host, answer.error(), json);
    render = render_status;
  }
  host.terminal().out << (json ? answer.value().dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                               : render(answer.value()));
  const bool good = verb.runs_work ? answer.value().value("state", std::string()) == "complete"
                                   : verb.is_success == nullptr || verb.is_success(answer.value());
  co_return good ? exit_code::done : exit_code::failed;
}

}  // namespace pland::server
