#include "engine/merge/tree_merge.h"

#include <doctest/doctest.h>

#include "engine/merge/resolution.h"
#include "tests/engine/merge/trees.h"

using namespace pland::engine;
using namespace pland::engine::merge;
using namespace pland::test;

namespace {

const std::string kText = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

std::string with(std::string text, const std::string& what, const std::string& instead) {
  return text.replace(text.find(what), what.size(), instead);
}

struct Merged {
  TreeStore store;
  TreeMerge merge;

  Merged(const Files& base, const Files& ours, const Files& theirs,
         TreeMergeOptions options = {{"net", "docs"}, MergeStrategy::git_three_way}) {
    merge = must(
        merge_trees(store.repository(), store.write(base), store.write(ours), store.write(theirs), options));
  }
  Files files() { return store.read(merge.tree); }
  const Conflict& only_conflict() {
    REQUIRE(merge.conflicts.size() == 1);
    return merge.conflicts[0];
  }
  /// The files once every conflict is resolved so.
  Files resolved(Resolution resolution) {
    auto conflicts = merge.conflicts;
    for (Conflict& conflict : conflicts) conflict.resolution = resolution;
    return store.read(must(resolve_tree(store.repository(), merge.tree, conflicts)));
  }
  bool allows(Resolution resolution) { return check_resolution(only_conflict(), resolution).ok(); }
};

void check_files(const Files& found, const Files& wanted) {
  CHECK_MESSAGE(found == wanted, describe(found), "instead of\n", describe(wanted));
}

}  // namespace

TEST_CASE("tree merge: disjoint changes, additions and deletions combine") {
  Merged m({{"a", "1\n"}, {"d/b", "2\n"}, {"d/c", "3\n"}, {"gone", "x\n"}},
           {{"a", "1 ours\n"}, {"d/b", "2\n"}, {"d/c", "3\n"}, {"d/new", "n\n"}, {"gone", "x\n"}},
           {{"a", "1\n"}, {"d/b", "2 theirs\n"}, {"d/c", "3\n"}});
  CHECK(m.merge.conflicts.empty());
  CHECK(m.merge.files_merged.empty());
  CHECK_FALSE(m.merge.handed_over);
  check_files(m.files(), {{"a", "1 ours\n"}, {"d/b", "2 theirs\n"}, {"d/c", "3\n"}, {"d/new", "n\n"}});
}

TEST_CASE("tree merge: a file both sides changed is merged by lines") {
  Merged m({{"f", kText}}, {{"f", with(kText, "one", "ONE")}}, {{"f", with(kText, "eight", "EIGHT")}});
  CHECK(m.merge.conflicts.empty());
  CHECK(m.merge.files_merged == std::vector<std::string>{"f"});
  check_files(m.files(), {{"f", with(with(kText, "one", "ONE"), "eight", "EIGHT")}});
}

TEST_CASE("tree merge: a content conflict keeps the clean parts of both and ours in the hunk") {
  Merged m({{"d/f", kText}}, {{"d/f", with(with(kText, "one", "ONE"), "four", "ours")}},
           {{"d/f", with(with(kText, "eight", "EIGHT"), "four", "theirs")}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::content);
  CHECK(conflict.path == "d/f");
  REQUIRE(conflict.hunks.size() == 1);
  CHECK(conflict.hunks[0].base == LineRange{3, 1});
  CHECK(conflict.hunks[0].theirs_text == "theirs\n");
  CHECK(conflict.base.path == "d/f");
  const auto clean = with(with(kText, "one", "ONE"), "eight", "EIGHT");
  check_files(m.files(), {{"d/f", with(clean, "four", "ours")}});
  check_files(m.resolved(Resolution::theirs), {{"d/f", with(clean, "four", "theirs")}});
  check_files(m.resolved(Resolution::both), {{"d/f", with(clean, "four", "ours\ntheirs")}});
  check_files(m.resolved(Resolution::base), {{"d/f", clean}});
}

TEST_CASE("tree merge: hunks are resolved one by one") {
  Merged m({{"f", kText}}, {{"f", with(with(kText, "two", "o2"), "seven", "o7")}},
           {{"f", with(with(kText, "two", "t2"), "seven", "t7")}});
  auto conflicts = m.merge.conflicts;
  REQUIRE(conflicts.size() == 1);
  REQUIRE(conflicts[0].hunks.size() == 2);
  conflicts[0].hunks[1].resolution = Resolution::manual;
  conflicts[0].hunks[1].manual_text = "by hand\n";
  const auto once = must(resolve_tree(m.store.repository(), m.merge.tree, conflicts));
  check_files(m.store.read(once), {{"f", with(with(kText, "two", "o2"), "seven", "by hand")}});
  conflicts[0].hunks[0].resolution = Resolution::theirs;
  conflicts[0].hunks[1].resolution = Resolution::base;
  const auto twice = must(resolve_tree(m.store.repository(), m.merge.tree, conflicts));
  check_files(m.store.read(twice), {{"f", with(kText, "two", "t2")}});
}

TEST_CASE("tree merge: a manual resolution of the whole file") {
  Merged m({{"f", "a\n"}}, {{"f", executable("b\n")}}, {{"f", "c\n"}});
  auto conflicts = m.merge.conflicts;
  REQUIRE(conflicts.size() == 1);
  conflicts[0].resolution = Resolution::manual;
  CHECK(resolve_tree(m.store.repository(), m.merge.tree, conflicts).error().code ==
        ErrorCode::invalid_argument);
  conflicts[0].manual_oid = must(m.store.repository().write_blob("mine\n")).hex();
  check_files(m.store.read(must(resolve_tree(m.store.repository(), m.merge.tree, conflicts))),
              {{"f", executable("mine\n")}});
}

TEST_CASE("tree merge: both sides added the path") {
  Merged m({{"x", "x\n"}}, {{"x", "x\n"}, {"new", "same\nours\nend\n"}},
           {{"x", "x\n"}, {"new", "same\ntheirs\nend\n"}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::creation);
  REQUIRE(conflict.hunks.size() == 1);
  CHECK(conflict.hunks[0].base == LineRange{0, 0});
  CHECK(conflict.hunks[0].ours == LineRange{1, 1});
  CHECK(conflict.base.mode == 0);
  check_files(m.files(), {{"x", "x\n"}, {"new", "same\nours\nend\n"}});
  check_files(m.resolved(Resolution::both), {{"x", "x\n"}, {"new", "same\nours\ntheirs\nend\n"}});
  check_files(m.resolved(Resolution::base), {{"x", "x\n"}});
}

TEST_CASE("tree merge: one side deleted what the other changed") {
  SUBCASE("ours deleted") {
    Merged m({{"f", "a\n"}, {"x", ""}}, {{"x", ""}}, {{"f", "b\n"}, {"x", ""}});
    CHECK(m.only_conflict().kind == ConflictKind::deletion);
    CHECK(m.only_conflict().ours.mode == 0);
    CHECK_FALSE(m.merge.handed_over);
    check_files(m.files(), {{"x", ""}});
    check_files(m.resolved(Resolution::ours), {{"x", ""}});
    check_files(m.resolved(Resolution::theirs), {{"f", "b\n"}, {"x", ""}});
    check_files(m.resolved(Resolution::base), {{"f", "a\n"}, {"x", ""}});
    CHECK_FALSE(m.allows(Resolution::both));
    CHECK(m.allows(Resolution::manual));
  }
  SUBCASE("theirs deleted") {
    Merged m({{"f", "a\n"}}, {{"f", executable("a\n")}}, {});
    CHECK(m.only_conflict().kind == ConflictKind::deletion);
    check_files(m.files(), {{"f", executable("a\n")}});
    check_files(m.resolved(Resolution::theirs), {});
  }
}

TEST_CASE("tree merge: the executable bit merges apart from the content") {
  Merged m({{"f", kText}}, {{"f", executable(kText)}}, {{"f", with(kText, "two", "2")}});
  CHECK(m.merge.conflicts.empty());
  check_files(m.files(), {{"f", executable(with(kText, "two", "2"))}});
}

TEST_CASE("tree merge: both added the same text with different modes") {
  Merged m({}, {{"f", "t\n"}}, {{"f", executable("t\n")}});
  CHECK(m.only_conflict().kind == ConflictKind::mode);
  check_files(m.files(), {{"f", "t\n"}});
  check_files(m.resolved(Resolution::theirs), {{"f", executable("t\n")}});
  CHECK_FALSE(m.allows(Resolution::both));
}

TEST_CASE("tree merge: files that are not text conflict as a whole") {
  const std::string zero(1, '\0');
  Merged m({{"f", zero + "a"}}, {{"f", zero + "b"}}, {{"f", zero + "c"}});
  CHECK(m.only_conflict().kind == ConflictKind::binary);
  CHECK(m.only_conflict().hunks.empty());
  check_files(m.files(), {{"f", zero + "b"}});
  check_files(m.resolved(Resolution::theirs), {{"f", zero + "c"}});
  const Status both = check_resolution(m.only_conflict(), Resolution::both);
  REQUIRE_FALSE(both.ok());
  CHECK(
      both.error().message ==
      "'f' cannot be resolved as both: the file is not text, so the two versions cannot stand one after the "
      "other (possible: ours, theirs, base, manual)");
}

TEST_CASE("tree merge: links") {
  Merged m({{"l", link_to("a")}}, {{"l", link_to("b")}}, {{"l", link_to("c")}});
  CHECK(m.only_conflict().kind == ConflictKind::binary);
  check_files(m.resolved(Resolution::theirs), {{"l", link_to("c")}});
  Merged clean({{"l", link_to("a")}}, {{"l", link_to("a")}}, {{"l", "now a file\n"}});
  CHECK(clean.merge.conflicts.empty());
  check_files(clean.files(), {{"l", "now a file\n"}});
}

TEST_CASE("tree merge: a rename on one side follows the edit of the other") {
  Merged m({{"old", kText}}, {{"new", kText}}, {{"old", with(kText, "two", "2")}});
  CHECK(m.merge.handed_over);
  CHECK(m.merge.conflicts.empty());
  check_files(m.files(), {{"new", with(kText, "two", "2")}});
}

TEST_CASE("tree merge: a content conflict in a renamed file knows where each side keeps it") {
  Merged m({{"old", kText}}, {{"new", with(kText, "two", "ours")}}, {{"old", with(kText, "two", "theirs")}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::content);
  CHECK(conflict.path == "new");
  CHECK(conflict.base.path == "old");
  CHECK(conflict.ours.path == "new");
  CHECK(conflict.theirs.path == "old");
  CHECK(conflict.hunks.size() == 1);
  check_files(m.files(), {{"new", with(kText, "two", "ours")}});
  check_files(m.resolved(Resolution::theirs), {{"new", with(kText, "two", "theirs")}});
}

TEST_CASE("tree merge: renamed on one side, deleted on the other") {
  Merged m({{"old", kText}, {"x", ""}}, {{"new", kText}, {"x", ""}}, {{"x", ""}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::rename);
  CHECK(conflict.path == "new");
  CHECK(conflict.base.path == "old");
  CHECK(conflict.theirs.mode == 0);
  CHECK(conflict.detail == "CONFLICT (rename/delete): old renamed to new in net, but deleted in docs.");
  check_files(m.files(), {{"new", kText}, {"x", ""}});
  check_files(m.resolved(Resolution::theirs), {{"x", ""}});
  check_files(m.resolved(Resolution::base), {{"old", kText}, {"x", ""}});
  CHECK_FALSE(m.allows(Resolution::both));
}

TEST_CASE("tree merge: renamed differently on both sides") {
  Merged m({{"old", kText}}, {{"d/ours", with(kText, "two", "2")}}, {{"theirs", kText}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::rename);
  CHECK(conflict.ours.path == "d/ours");
  CHECK(conflict.theirs.path == "theirs");
  check_files(m.files(), {{"d/ours", with(kText, "two", "2")}});
  check_files(m.resolved(Resolution::theirs), {{"theirs", kText}});
  check_files(m.resolved(Resolution::base), {{"old", kText}});
}

TEST_CASE("tree merge: a rename onto a path that the other side added") {
  Merged m({{"old", kText}}, {{"new", with(kText, "two", "2")}},
           {{"old", with(kText, "eight", "8")}, {"new", "other\n"}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::creation);
  CHECK(conflict.path == "new");
  CHECK_FALSE(conflict.hunks.empty());
  check_files(m.files(), {{"new", with(with(kText, "two", "2"), "eight", "8")}});
  check_files(m.resolved(Resolution::theirs), {{"new", "other\n"}});
}

TEST_CASE("tree merge: markers never get into the tree, not even nested ones") {
  Merged m({{"old", kText}}, {{"new", with(kText, "two", "2")}},
           {{"old", with(kText, "two", "zwei")}, {"new", "other\n"}});
  for (const auto& files : {m.files(), m.resolved(Resolution::ours), m.resolved(Resolution::theirs),
                            m.resolved(Resolution::both)}) {
    for (const auto& [path, file] : files) CHECK(file.content.find("<<<<") == std::string::npos);
  }
  check_files(m.files(), {{"new", with(kText, "two", "2")}});
}

TEST_CASE("tree merge: a file added to a directory that the other side renamed") {
  const Files base{{"d/a", kText + "a\n"}, {"d/b", kText + "b\n"}};
  const Files moved{{"e/a", kText + "a\n"}, {"e/b", kText + "b\n"}};
  Files added = base;
  added.insert_or_assign("d/new", FileSpec("new\n"));
  SUBCASE("theirs added") {
    Merged m(base, moved, added);
    const Conflict& conflict = m.only_conflict();
    CHECK(conflict.kind == ConflictKind::rename);
    CHECK(conflict.path == "e/new");
    CHECK_FALSE(conflict.detail.empty());
    Files wanted = moved;
    wanted.insert_or_assign("e/new", FileSpec("new\n"));
    check_files(m.files(), wanted);
    wanted.erase("e/new");
    check_files(m.resolved(Resolution::base), wanted);
    wanted.insert_or_assign("d/new", FileSpec("new\n"));
    check_files(m.resolved(Resolution::theirs), wanted);
  }
  SUBCASE("ours added") {
    Merged m(base, added, moved);
    Files wanted = moved;
    wanted.insert_or_assign("d/new", FileSpec("new\n"));
    check_files(m.files(), wanted);
  }
}

TEST_CASE("tree merge: a directory split in two tells of it without touching a file") {
  Files base, split;
  for (const std::string name : {"a", "b", "c", "d"}) {
    base.insert_or_assign("d/" + name, FileSpec(kText + name + "\n"));
    split.insert_or_assign((name < "c" ? "e/" : "f/") + name, FileSpec(kText + name + "\n"));
  }
  Files added = base;
  added.insert_or_assign("d/new", FileSpec("new\n"));
  Merged m(base, split, added);
  CHECK(m.only_conflict().kind == ConflictKind::rename);
  CHECK(m.allows(Resolution::ours));
  CHECK_FALSE(m.allows(Resolution::theirs));
  Files wanted = split;
  wanted.insert_or_assign("d/new", FileSpec("new\n"));
  check_files(m.files(), wanted);
  check_files(m.resolved(Resolution::ours), wanted);
}

TEST_CASE("tree merge: a file on one side, a directory on the other") {
  const Files base{{"x", "x\n"}};
  const Files file{{"x", "x\n"}, {"p", "file\n"}}, directory{{"x", "x\n"}, {"p/q", "inside\n"}};
  SUBCASE("ours is the file") {
    Merged m(base, file, directory);
    CHECK(m.only_conflict().kind == ConflictKind::mode);
    CHECK(m.only_conflict().detail == "p is a file in net and a directory in docs");
    check_files(m.files(), file);
    check_files(m.resolved(Resolution::theirs), directory);
    check_files(m.resolved(Resolution::base), base);
    CHECK_FALSE(m.allows(Resolution::manual));
  }
  SUBCASE("ours is the directory") {
    Merged m(base, directory, file);
    check_files(m.files(), directory);
    check_files(m.resolved(Resolution::theirs), file);
  }
}

TEST_CASE("tree merge: a file that comes back takes the place of the directory that stood there since") {
  Merged m({{"p", kText}}, {{"moved", kText}}, {{"p/q", "inside\n"}});
  CHECK(m.only_conflict().kind == ConflictKind::rename);
  check_files(m.files(), {{"moved", kText}, {"p/q", "inside\n"}});
  check_files(m.resolved(Resolution::theirs), {{"p/q", "inside\n"}});
  check_files(m.resolved(Resolution::base), {{"p", kText}});
}

TEST_CASE("tree merge: the two sides made different kinds of the path") {
  Merged m({{"p", "text\n"}}, {{"p", "ours\n"}}, {{"p", link_to("target")}});
  const Conflict& conflict = m.only_conflict();
  CHECK(conflict.kind == ConflictKind::mode);
  CHECK(conflict.path == "p");
  check_files(m.files(), {{"p", "ours\n"}});
  check_files(m.resolved(Resolution::theirs), {{"p", link_to("target")}});
  check_files(m.resolved(Resolution::base), {{"p", "text\n"}});
}

TEST_CASE("tree merge: last_wins takes theirs in every conflict, and says so") {
  Merged m({{"f", kText}, {"g", "g\n"}},
           {{"f", with(with(kText, "one", "ONE"), "four", "ours")}, {"g", "g2\n"}},
           {{"f", with(kText, "four", "theirs")}}, {{}, MergeStrategy::last_wins});
  REQUIRE(m.merge.conflicts.size() == 2);
  for (const Conflict& conflict : m.merge.conflicts) {
    CHECK_FALSE(is_open(conflict));
    CHECK(conflict.resolved_by == "last_wins");
  }
  check_files(m.files(), {{"f", with(with(kText, "one", "ONE"), "four", "theirs")}});
}

TEST_CASE("tree merge: an object that is missing is an error, not an empty file") {
  TreeStore store;
  const auto base = store.write({{"f", "a\n"}});
  const auto missing = *git::Oid::parse("1234567890123456789012345678901234567890");
  const auto merge = merge_trees(store.repository(), base, store.write({{"f", "b\n"}}), missing);
  REQUIRE_FALSE(merge.ok());
  CHECK(merge.error().message.find("1234567890") != std::string::npos);
}
