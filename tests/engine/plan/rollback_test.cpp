// Checkpoint and rollback of a sandbox and of the plan's own tree, with real files; undo puts back what it
// took.
#include <fstream>

#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Every file below the folder with kind, executable bit and content.
std::map<std::string, std::string> listing(const fs::path& folder) {
  std::map<std::string, std::string> result;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator();
       ++entry) {
    const std::string path = fs::relative(entry->path(), folder).string();
    if (path == ".git") continue;
    if (entry->is_symlink()) {
      result[path] = "link " + fs::read_symlink(entry->path()).string();
    } else if (entry->is_regular_file()) {
      const bool executable = (entry->status().permissions() & fs::perms::owner_exec) != fs::perms::none;
      result[path] = (executable ? "x " : "- ") + slurp(entry->path());
    }
  }
  return result;
}

}  // namespace

TEST_CASE("rollback: a sandbox gets exactly the checkpoint's files back, ignored files stay, undo returns") {
  EngineFixture it(Files{{"a.txt", "a\n"}, {"gone.txt", "g\n"}, {".gitignore", "*.o\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/back
goal: g
subplans:
  - {name: s, goal: g, run: "echo s >> a.txt; ln -s a.txt link; echo run > tool.sh; chmod +x tool.sh; printf 'x\\0y' > bin; echo o > x.o"}
)");
  const std::string id = it.subplan(plan, "s").subplan_id;
  const fs::path box = it.engine().sandbox_folder(id);
  auto checkpoint = it.await(it.engine().checkpoint(id, "good"));
  REQUIRE_MESSAGE(checkpoint.ok(), checkpoint.error().message);
  CHECK(checkpoint->label == "good");
  CHECK(checkpoint->subplan_id == id);
  const auto good = listing(box);

  std::ofstream(box / "a.txt") << "spoiled";
  fs::remove(box / "gone.txt");
  fs::remove(box / "link");
  fs::create_symlink("elsewhere", box / "link");
  fs::permissions(box / "tool.sh", fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::remove);
  std::ofstream(box / "bin") << "text";
  fs::create_directories(box / "made" / "deep");
  std::ofstream(box / "made" / "deep" / "new.txt") << "n";
  std::ofstream(box / "x.o") << "newer object";
  const auto spoiled = listing(box);

  auto report = it.await(it.engine().rollback({plan.plan.plan_id, checkpoint->checkpoint_id, false}));
  REQUIRE_MESSAGE(report.ok(), report.error().message);
  auto expected = good;
  expected["x.o"] = "- newer object";
  CHECK(listing(box) == expected);
  CHECK_FALSE(fs::exists(box / "made"));
  std::map<std::string, std::string> actions;
  for (const auto& change : report->changes) actions[change.file] = change.action;
  CHECK(actions == std::map<std::string, std::string>{{"a.txt", "restored"},
                                                      {"gone.txt", "restored"},
                                                      {"link", "restored"},
                                                      {"tool.sh", "restored"},
                                                      {"bin", "restored"},
                                                      {"made/deep/new.txt", "removed"}});
  CHECK(report->state == ProcessingState::queued);  // #3218
  CHECK(report->phase == Phase::execute);

  auto undone = it.await(it.engine().undo());
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(listing(box) == spoiled);
  CHECK(plan.plan.state == ProcessingState::complete);
}

TEST_CASE("rollback: of the plan's own tree, with the later results and conflicts") {
  EngineFixture it(Files{{"a.txt", "1\n2\n3\n"}});
  const auto flag = it.state_root() / "flag";
  const LivePlan& plan = it.run(
      "plan: local/tree\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
      "  - {name: first, goal: g, run: 'sed -i s/2/two/ a.txt'}\n"
      "  - {name: second, goal: g, run: 'test -e " +
      flag.string() + " && sed -i s/2/zwei/ a.txt && echo x > b.txt'}\n");
  const std::string id = plan.plan.plan_id;
  auto checkpoint = it.await(it.engine().checkpoint(id, "before second"));
  REQUIRE_MESSAGE(checkpoint.ok(), checkpoint.error().message);
  const fs::path box = it.engine().sandbox_folder(id);
  CHECK(slurp(box / "a.txt") == "1\ntwo\n3\n");

  std::ofstream(flag) << "";
  REQUIRE(it.await(it.engine().retry(it.subplan(plan, "second").subplan_id)).ok());
  it.until_idle();
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(it.merged(plan, "b.txt") == "x\n");

  // A preview changes nothing.
  auto preview = it.await(it.engine().rollback({id, checkpoint->checkpoint_id, true}));
  REQUIRE_MESSAGE(preview.ok(), preview.error().message);
  CHECK(plan.conflicts.size() == 1);

  auto report = it.await(it.engine().rollback({id, checkpoint->checkpoint_id, false}));
  REQUIRE_MESSAGE(report.ok(), report.error().message);
  CHECK(report->invalidated == std::vector<std::string>{"second"});
  CHECK(slurp(box / "a.txt") == "1\ntwo\n3\n");
  CHECK_FALSE(fs::exists(box / "b.txt"));
  CHECK(plan.conflicts.empty());
  CHECK(plan.plan.state == ProcessingState::queued);
  CHECK(it.subplan(plan, "first").state == ProcessingState::complete);
  CHECK(it.subplan(plan, "second").state == ProcessingState::queued);
  CHECK(it.merged(plan, "b.txt").find("not in that snapshot") != std::string::npos);

  auto undone = it.await(it.engine().undo());
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(plan.conflicts.size() == 1);
  CHECK(it.merged(plan, "b.txt") == "x\n");
  CHECK(slurp(box / "b.txt") == "x\n");
}

TEST_CASE("rollback: refused with the reason while it runs, when applied, for an unknown checkpoint") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan =
      it.run("plan: local/no\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: 'echo s >> a.txt'}\n");
  auto checkpoint = it.await(it.engine().checkpoint(plan.plan.plan_id, "here"));
  REQUIRE(checkpoint.ok());
  CHECK(it.await(it.engine().rollback({plan.plan.plan_id, "nope", false})).error().code ==
        ErrorCode::not_found);
  REQUIRE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  auto refused = it.await(it.engine().rollback({plan.plan.plan_id, checkpoint->checkpoint_id, false}));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("undo the apply") != std::string::npos);
}

TEST_CASE("rollback: refuses before touching anything when an ignored file stands in the way") {
  EngineFixture it(Files{{"dir/a.txt", "a\n"}, {".gitignore", "dir.o\n"}});
  const LivePlan& plan =
      it.run("plan: local/way\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: 'echo s > s'}\n");
  const std::string id = it.subplan(plan, "s").subplan_id;
  const fs::path box = it.engine().sandbox_folder(id);
  auto checkpoint = it.await(it.engine().checkpoint(id, "here"));
  REQUIRE(checkpoint.ok());
  fs::remove_all(box / "dir");
  std::ofstream(box / ".gitignore") << "dir\n";
  std::ofstream(box / "dir") << "precious and ignored";
  auto report = it.await(it.engine().rollback({plan.plan.plan_id, checkpoint->checkpoint_id, false}));
  CHECK_FALSE(report.ok());
  CHECK(slurp(box / "dir") == "precious and ignored");
  CHECK(slurp(box / ".gitignore") == "dir\n");
}

TEST_CASE("rollback: of one subplan is refused while another of its plan runs") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string id = it.spawn(R"(
plan: local/busy
goal: g
subplan_defaults: {retry_failed: false}
subplans:
  - {name: failed, goal: g, run: "echo x > x.txt; exit 1"}
  - {name: long, goal: g, run: "exec sleep 600"}
)");
  const LivePlan& plan = it.plan(id);
  it.run_until([&] { return it.subplan(plan, "failed").state == ProcessingState::errored; });
  const auto checkpoints = it.engine().checkpoints(id);
  REQUIRE(checkpoints.ok());
  REQUIRE_FALSE(checkpoints->empty());
  const auto refused = it.await(it.engine().rollback({id, checkpoints->front().checkpoint_id, false}));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("local/busy still runs") == 0);
  REQUIRE(it.await(it.engine().cancel(id)).ok());
  CHECK(it.await(it.engine().rollback({id, checkpoints->front().checkpoint_id, false})).ok());
}

TEST_CASE("rollback: the next attempt goes on from the files that it was rolled back to") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/on
goal: g
subplan_defaults: {retry_failed: false}
subplans:
  - {name: s, goal: g, run: "ls > seen; echo 1 > step1; test $PLAND_ATTEMPT != 1"}
)");
  const std::string id = it.subplan(plan, "s").subplan_id;
  const fs::path box = it.engine().sandbox_folder(id);
  auto checkpoint = it.await(it.engine().checkpoint(id, "step1 is there"));
  REQUIRE(checkpoint.ok());
  std::ofstream(box / "later") << "l";
  REQUIRE(it.await(it.engine().rollback({plan.plan.plan_id, checkpoint->checkpoint_id, false})).ok());
  REQUIRE(it.await(it.engine().retry(plan.plan.plan_id)).ok());
  it.until_idle();
  CHECK(it.subplan(plan, "s").state == ProcessingState::complete);
  CHECK(it.merged(plan, "seen") == "a.txt\nseen\nstep1\n");

  // Undone, the next attempt starts from the base again.
  REQUIRE(it.await(it.engine().rollback({plan.plan.plan_id, checkpoint->checkpoint_id, false})).ok());
  REQUIRE(it.await(it.engine().undo()).ok());
  CHECK(it.subplan(plan, "s").state == ProcessingState::complete);
}

TEST_CASE("rollback: to a place where all was done, the plan goes on to that end") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan =
      it.run("plan: local/end\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: 'echo s >> a.txt'}\n");
  const std::string id = plan.plan.plan_id;
  auto checkpoint = it.await(it.engine().checkpoint(id, "done"));
  REQUIRE(checkpoint.ok());
  REQUIRE(it.await(it.engine().rollback({id, checkpoint->checkpoint_id, false})).ok());
  CHECK(plan.plan.state == ProcessingState::queued);  // #3218
  REQUIRE(it.await(it.engine().retry(id)).ok());
  it.until_idle();
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.subplan(plan, "s").attempt_number == 1);
  CHECK(it.await(it.engine().apply({id, false, {}})).ok());
}
