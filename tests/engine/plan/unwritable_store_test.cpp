// A store that cannot be written (disk full) stops a plan, and stops nobody from going on afterwards.
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

namespace {

/// As a full disk: no file of this process can grow while it lives.
class NoSpace {
 public:
  NoSpace() {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_) == 0);
    rlimit none = limit_;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  ~NoSpace() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }
  NoSpace(const NoSpace&) = delete;
  NoSpace& operator=(const NoSpace&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("failure: where the store cannot be written the plan ends, says why, and can be retried") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const std::string id = it.spawn(R"(
plan: local/full
goal: g
subplan_defaults: {retry_failed: false}
subplans:
  - {name: s, goal: g, run: "touch started; echo ready; until [ -e $PLAND_PROJECT/../go ]; do sleep 0.02; done; echo s > s.txt"}
)");
  const LivePlan& plan = it.plan(id);
  it.run_until([&] {
    const auto box = it.engine().sandbox_folder(it.subplan(plan, "s").subplan_id);
    return !box.empty() && std::filesystem::exists(box / "started");
  });
  std::ofstream(it.project().parent_path() / "go") << "";
  {
    const NoSpace full;
    it.until_idle();
  }
  CHECK(plan.plan.state == ProcessingState::errored);
  CHECK_FALSE(plan.plan.error.empty());
  CHECK(it.subplan(plan, "s").state == ProcessingState::errored);
  CHECK(it.subplan(plan, "s").error.find("could not be recorded") != std::string::npos);
  REQUIRE(it.await(it.engine().retry(id)).ok());
  it.until_idle();
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "s.txt") == "s\n");
  // And the next process knows the same.
  it.close_engine();
  it.open_engine();
  CHECK(it.plan(id).plan.state == ProcessingState::complete);
}

TEST_CASE("failure: cancel is answered where the store cannot be written") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const std::string id = it.spawn(R"(
plan: local/stuck
goal: g
subplans:
  - {name: s, goal: g, run: "touch started; echo ready; exec sleep 600"}
  - {name: t, goal: g, after: [s], run: "true"}
)");
  const LivePlan& plan = it.plan(id);
  it.run_until([&] {
    const auto box = it.engine().sandbox_folder(it.subplan(plan, "s").subplan_id);
    return !box.empty() && std::filesystem::exists(box / "started");
  });
  const NoSpace full;
  CHECK(it.await(it.engine().cancel(id)).ok());
  CHECK(plan.plan.state == ProcessingState::errored);
}
