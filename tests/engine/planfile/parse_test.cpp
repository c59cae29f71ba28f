#include <doctest/doctest.h>

#include "engine/planfile/plan_document.h"

using namespace pland::engine;
using namespace pland::engine::planfile;

namespace {

// The example of the plan-file documentation.
constexpr std::string_view kExample = R"(plan: local/retire-old-logger        # NamespacedName
goal: Replace old_log with spdlog everywhere
done: |                              # definition of done, rendered with arguments
  - the build passes
  - no file includes old_log.h
profile: trusted                     # automation profile
invariants: [public headers keep their signatures]
projects: {core: ., api: ../api}     # default: the repository that holds this file, alias "root"
subplan_defaults: {mode: parallel, max_parallel: 4, merge: git_three_way, fail_fast: false, timeout: 10m, idle_timeout: 2m, retry_failed: true, max_retries: 2}
setup: [cp -n .env.example .env]     # once per sandbox, before the first attempt
subplans:
  - name: net
    goal: Move src/net to spdlog
    scope: [src/net/**]              # a write outside is reported
    run: ./tools/migrate.sh src/net  # the work: a shell command ...
    check: make -C src/net           # validation; the subplan succeeds only if it passes
  - name: docs
    after: [net]                     # parallel mode runs in waves; cycles and unknown names are diagnostics
    goal: Describe the new logger
    tools:                           # ... or direct tool calls
      - builtin/write_file: {path: docs/logging.md, content: "..."}
)";

}  // namespace

TEST_CASE("planfile: the documented example parses to its values") {
  const PlanDocument document = parse(kExample);
  for (const Problem& problem : document.problems) MESSAGE(problem.code << ": " << problem.message);
  REQUIRE(document.problems.empty());
  REQUIRE(document.spec.has_value());
  const PlanSpec& spec = *document.spec;
  CHECK(spec.name == "local/retire-old-logger");
  CHECK(spec.goal == "Replace old_log with spdlog everywhere");
  CHECK(spec.done == "- the build passes\n- no file includes old_log.h\n");
  CHECK(spec.profile == "trusted");
  CHECK(spec.invariants == std::vector<Invariant>{{"public headers keep their signatures", "", false}});
  CHECK(spec.projects == std::map<std::string, std::string>{{"core", "."}, {"api", "../api"}});
  CHECK(spec.subplan_defaults.mode == ExecutionMode::parallel);
  CHECK(spec.subplan_defaults.max_parallel == 4);
  CHECK(spec.subplan_defaults.merge == MergeStrategy::git_three_way);
  CHECK_FALSE(spec.subplan_defaults.fail_fast);
  CHECK(spec.subplan_defaults.timeout == std::chrono::minutes(10));
  CHECK(spec.subplan_defaults.idle_timeout == std::chrono::minutes(2));
  CHECK(spec.subplan_defaults.retry_failed);
  CHECK(spec.subplan_defaults.max_retries == 2);
  CHECK(spec.setup == std::vector<std::string>{"cp -n .env.example .env"});
  REQUIRE(spec.subplans.size() == 2);
  CHECK(spec.subplans[0].name == "net");
  CHECK(spec.subplans[0].scope == std::vector<std::string>{"src/net/**"});
  CHECK(spec.subplans[0].run == "./tools/migrate.sh src/net");
  CHECK(spec.subplans[0].check == "make -C src/net");
  CHECK(spec.subplans[1].after == std::vector<std::string>{"net"});
  REQUIRE(spec.subplans[1].tools.size() == 1);
  CHECK(spec.subplans[1].tools[0].tool == "builtin/write_file");
  CHECK(spec.subplans[1].tools[0].arguments ==
        nlohmann::json{{"path", "docs/logging.md"}, {"content", "..."}});
}
