// A set of files is written as a whole or not at all, and never over what was saved meanwhile.
#include "engine/plan/file_set.h"

#include "tests/engine/snapshot/snapshot_fixture.h"

using namespace pland::engine;
using namespace pland::testing;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Project project{Project::Kind::plain};
  git::RepositoryPool::Lease lease = [this] {
    auto leased = project.store.lease();
    REQUIRE(leased.ok());
    return *std::move(leased);
  }();

  git::FileVersion version(const std::string& text) {
    const auto oid = lease->write_blob(text);
    REQUIRE(oid.ok());
    return {git::FileMode::file, *oid};
  }
  /// Changes "edit", "drop" and makes "made", with `meanwhile` before the file of that name is written.
  Status write(const std::string& at, const std::function<void()>& meanwhile) {
    const std::vector<FileWrite> writes = {
        {"drop", version("d"), {}}, {"edit", version("e"), version("plan")}, {"made", {}, version("plan")}};
    auto staged = stage_files(*lease, project.root, writes, "T");
    if (!staged.ok()) return staged.error();
    return commit_files(*lease, *staged, [&](const std::string& path) {
      if (path == at) meanwhile();
    });
  }
  std::string all() { return project.describe(project.capture().tree); }
};

}  // namespace

TEST_CASE("file set: all is written when nothing changes meanwhile") {
  Folder f;
  write_file(f.project / "drop", "d");
  write_file(f.project / "edit", "e");
  REQUIRE(f.write("", {}).ok());
  CHECK(f.all() == "edit [-] plan\nmade [-] plan\n");
}

TEST_CASE("file set: a save between the check and the write is kept, and the others are put back") {
  for (const std::string name : {"drop", "edit", "made"}) {
    Folder f;
    write_file(f.project / "drop", "d");
    write_file(f.project / "edit", "e");
    const Status written = f.write(name, [&] { write_file(f.project / name, "saved"); });
    REQUIRE_FALSE(written.ok());
    CHECK(written.error().code == ErrorCode::refused);
    CHECK(written.error().context["paths"][0] == name);
    std::string expected = std::string("drop [-] ") + (name == "drop" ? "saved" : "d") + "\nedit [-] " +
                           (name == "edit" ? "saved" : "e") + "\n";
    if (name == "made") expected += "made [-] saved\n";
    CHECK(f.all() == expected);
  }
}

TEST_CASE("file set: putting back leaves alone what was saved after it was written") {
  Folder f;
  write_file(f.project / "drop", "d");
  write_file(f.project / "edit", "e");
  const Status written = f.write("made", [&] {
    write_file(f.project / "edit", "saved after");
    write_file(f.project / "drop", "made again");
    write_file(f.project / "made", "saved");
  });
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().message.find("edit") != std::string::npos);
  CHECK(f.all() == "drop [-] made again\nedit [-] saved after\nmade [-] saved\n");
}

TEST_CASE("file set: a save that a crash left beside its file is put back") {
  Folder f;
  write_file(f.project / "edit", "e");
  const std::vector<FileWrite> writes = {{"edit", f.version("e"), f.version("plan")}};
  auto staged = stage_files(*f.lease, f.project.root, writes, "T");
  REQUIRE(staged.ok());
  fs::path beside;
  for (const auto& entry : fs::directory_iterator(f.project.root)) {
    if (entry.path().filename() != "edit") beside = entry.path();
  }
  REQUIRE_FALSE(beside.empty());
  write_file(f.project / "edit", "plan");  // as if exchanged with a save that came in between
  write_file(beside, "saved");
  const auto finished = take_back_files(*f.lease, f.project.root, writes, "T");
  REQUIRE(finished.ok());
  CHECK(*finished == std::vector<std::string>{"edit"});
  CHECK(f.all() == "edit [-] saved\n");
}
