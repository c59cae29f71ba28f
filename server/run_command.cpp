#include "server/run_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/signal_set.hpp>
#include <asio/this_coro.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "server/colour.h"
#include "server/excerpt.h"
#include "server/run_screen.h"
#include "server/texts.h"
#include "server/timers.h"
#include "server/verbs.h"
#include "server/verbs_run.h"
#include "server/wire.h"
#include "server/wording.h"

namespace pland::server {

namespace fs = std::filesystem;
using engine::Engine;
using engine::LivePlan;
using engine::ProcessingState;

struct InterruptHandler::State {
  State(const asio::any_io_executor& executor, std::function<void()> callback)
      : signals(executor, SIGINT, SIGTERM), interrupted(std::move(callback)) {}
  asio::signal_set signals;
  std::function<void()> interrupted;
};

InterruptHandler::InterruptHandler(const asio::any_io_executor& executor, std::function<void()> interrupted)
    : state_(std::make_shared<State>(executor, std::move(interrupted))) {
  state_->signals.async_wait([weak = std::weak_ptr(state_)](const std::error_code& error, int) {
    const auto state = weak.lock();
    if (error || !state) return;
    std::error_code ignored;
    state->signals.clear(ignored);
    if (state->interrupted) state->interrupted();
  });
}

InterruptHandler::~InterruptHandler() {
  state_->interrupted = nullptr;
  std::error_code ignored;
  state_->signals.cancel(ignored);
}

namespace {

/// One `pland run`, after its plan file was found good.
class Run {
 public:
  Run(CliHost& host, RunOptions options, Engine& engine, std::string plan_id, std::string text)
      : host_(host),
        options_(std::move(options)),
        engine_(engine),
        plan_id_(std::move(plan_id)),
        text_(std::move(text)),
        document_(engine::planfile::parse(text_)) {}

  asio::awaitable<int> to_its_end() {
    co_await watch();
    if (options_.resolve) co_await resolve_all();
    const bool merged = co_await report();
    bool good = merged;
    if (options_.apply && merged) good = co_await apply();
    if (options_.json) {
      const auto checkpoints = engine_.checkpoints(plan_id_);
      answer_["plan"] = plan_json(plan(), checkpoints.ok() ? checkpoints->size() : 0, plan().plan.uri);
      answer_["exitCode"] = good ? exit_code::done : exit_code::failed;
      host_.terminal().out << answer_.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    }
    co_return good ? exit_code::done : exit_code::failed;
  }

 private:
  const LivePlan& plan() const { return *engine_.find_plan(plan_id_); }
  /// Reports go to stdout, unless stdout is for the JSON.
  std::ostream& out() { return options_.json ? host_.terminal().err : host_.terminal().out; }
  void print_excerpt(const std::string& excerpt) {
    const bool colour = host_.terminal().out_in_colour && !options_.json;
    out() << (colour ? painted_excerpt(excerpt) : excerpt);
  }
  void error(const std::string& message) { host_.terminal().err << "pland: " << message << "\n"; }

  /// Shows the plan until nothing of it runs.
  asio::awaitable<void> watch() {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const bool live = host_.terminal().out_is_tty && !options_.json;
    RunScreen screen(out(), live, host_.terminal().rows, live && host_.terminal().out_in_colour);
    LoopTimers timers(executor);
    Throttle redraw(timers, std::chrono::milliseconds(100), [&] { screen.show(plan(), host_.now()); });
    const auto events = engine_.events().subscribe([&](const engine::Event& event) {
      if (event.plan_id == plan_id_) redraw.ask();
    });
    const InterruptHandler interrupts(executor, [this, executor] {
      interrupted_ = true;
      error("interrupted: the plan is cancelled, finished subplans' results are kept");
      asio::co_spawn(
          executor,
          [](Engine& engine, std::string id) -> asio::awaitable<void> {
            // A plan that is through at this very moment cannot be cancelled; then there is nothing to do.
            (void)co_await engine.cancel(std::move(id));
          }(engine_, plan_id_),
          asio::detached);
    });
    redraw.ask();
    co_await engine_idle(engine_);
    screen.show(plan(), host_.now());
  }

  asio::awaitable<void> resolve_all() {
    // Resolving one conflict may merge the next subplan and bring new ones. Not every conflict can be
    // resolved in every way: those that cannot are left to the person.
    std::set<std::string> refused;
    for (;;) {
      const auto& conflicts = plan().conflicts;
      const auto open =
          std::find_if(conflicts.begin(), conflicts.end(), [&](const engine::Conflict& conflict) {
            return engine::is_open(conflict) && !refused.contains(conflict.conflict_id);
          });
      if (open == conflicts.end()) co_return;
      engine::ResolveRequest request;
      request.conflict_id = open->conflict_id;
      request.resolution = *options_.resolve;
      request.resolved_by = host_.actor();
      const std::string path = open->path;
      const std::string id = open->conflict_id;
      const engine::Status done = co_await engine_.resolve(std::move(request));
      if (!done.ok()) {
        error(path + " is not resolved: " + done.error().message);
        refused.insert(id);
        continue;
      }
      out() << "resolved " << path << ": " << engine::to_string(*options_.resolve) << "\n";
      co_await engine_idle(engine_);
    }
  }

  /// Prints every failure and conflict; true when there is none.
  asio::awaitable<bool> report() {
    std::size_t failures = 0;
    for (const engine::SubplanStatus& subplan : plan().subplans) {
      if (subplan.state == ProcessingState::complete) continue;
      ++failures;
      if (subplan.state != ProcessingState::errored) continue;
      const auto attempts = engine_.attempts(subplan.subplan_id);
      const engine::Attempt* last = attempts.ok() && !attempts->empty() ? &attempts->back() : nullptr;
      print_excerpt(failure_excerpt(options_.file, text_, document_, subplan, plan().plan.spec, last));
    }
    std::vector<engine::Conflict> open;
    Json conflicts = Json::array();
    for (const engine::Conflict& conflict : plan().conflicts) {
      if (!engine::is_open(conflict)) continue;
      conflicts.push_back(conflict_json(conflict, plan(), host_.uri_of(engine_.project() / conflict.path)));
      open.push_back(conflict);
    }
    for (const engine::Conflict& conflict : open) co_await report_conflict(conflict);
    answer_["conflicts"] = std::move(conflicts);
    out() << summary(open.size()) << "\n";
    if (plan().plan.state == ProcessingState::errored && failures == 0 && !plan().plan.error.empty()) {
      error(plan().plan.error);
      co_return false;
    }
    co_return failures == 0 && open.empty();
  }

  asio::awaitable<void> report_conflict(const engine::Conflict& conflict) {
    std::string base_commit = plan().plan.base_commit;
    for (const engine::SubplanStatus& subplan : plan().subplans) {
      if (subplan.subplan_id == conflict.subplan_id) base_commit = subplan.base_commit;
    }
    const std::string path = conflict.base.path.empty() ? conflict.path : conflict.base.path;
    const auto base = co_await engine_.file_text(base_commit, path);
    auto look = [file = engine_.project() / conflict.path] { return read_text_file(file); };
    const auto current = co_await host_.arena().run(look);
    print_excerpt(conflict_excerpt(plan(), conflict, base.ok() ? *base : std::string(),
                                   current.ok() ? &current.value() : nullptr));
  }

  std::string summary(std::size_t open) const {
    std::string text = "plan " + plan().plan.name + ": " + progress_text(plan());
    text += open > 0 ? ", " + count_text(open, "conflict") : ", no conflicts";
    if (interrupted_) text += ", interrupted";
    return text + " (" + plan_id_ + ")";
  }

  asio::awaitable<bool> apply() {
    engine::ApplyRequest request;
    request.plan_id = plan_id_;
    const auto report = co_await engine_.apply(std::move(request));
    if (!report.ok()) {
      error(report.error().message);
      answer_["error"] = error_json(response_error(report.error()));
      // Where the result clashes with newer edits of the user, that is a conflict only now.
      co_await this->report();
      co_return false;
    }
    answer_["applied"] = apply_json(*report);
    for (const engine::FileAction& file : report->files)
      out() << fmt::format("{:<9} {}\n", file.action, file.file);
    out() << "applied " << count_text(report->files.size(), "file") << "; undo with: pland undo "
          << report->operation_id << "\n";
    co_return true;
  }

  CliHost& host_;
  RunOptions options_;
  Engine& engine_;
  std::string plan_id_;
  std::string text_;
  engine::planfile::PlanDocument document_;
  Json answer_ = Json::object();
  bool interrupted_ = false;
};

/// Prints the problems of a plan file; true when one of them is an error.
bool report_problems(CliHost& host, const RunOptions& options, const std::string& text,
                     const engine::planfile::PlanDocument& document) {
  Json list = Json::array();
  for (const engine::planfile::Problem& problem : document.problems) {
    host.terminal().err << problem_excerpt(options.file, text, problem);
    list.push_back({{"code", problem.code},
                    {"line", problem.range.first.line + 1},
                    {"column", problem.range.first.column + 1},
                    {"message", problem.message}});
  }
  if (document.spec) return false;
  if (options.json) {
    host.terminal().out << Json{{"problems", std::move(list)}, {"exitCode", exit_code::unusable}}.dump(2)
                        << "\n";
  }
  return true;
}

}  // namespace

asio::awaitable<int> run_command(CliHost& host, RunOptions options) {
  const std::string uri = uri_of_argument(options.file);
  auto text = co_await host.text_of(uri);
  if (!text.ok()) {
    fail(host, response_error(text.error()), options.json);
    co_return exit_code::unusable;
  }
  auto document = engine::planfile::parse(*text);
  if (report_problems(host, options, *text, document)) co_return exit_code::unusable;

  const auto path = host.path_of(uri);
  const auto engine = co_await host.workspace().engine_for(*path);
  if (!engine.ok()) co_return fail(host, response_error(engine.error()), options.json);
  engine::SpawnRequest request;
  request.spec = *std::move(document.spec);
  request.uri = uri;
  request.source_text = *text;
  request.replace = options.replace;
  const auto plan_id = (*engine)->spawn(std::move(request));
  if (!plan_id.ok()) co_return fail(host, response_error(plan_id.error()), options.json);
  Run run(host, std::move(options), **engine, *plan_id, *std::move(text));
  co_return co_await run.to_its_end();
}

}  // namespace pland::server
