#include "engine/base/glob.h"

#include <doctest/doctest.h>

#include <string>

using namespace pland::engine;

TEST_CASE("glob: patterns and what they match") {
  struct Row {
    const char* pattern;
    const char* path;
    bool matches;
  };
  for (const Row& row : {
           Row{"src/net/**", "src/net/a.c", true},
           Row{"src/net/**", "src/net/x/y/a.c", true},
           Row{"src/net/**", "src/net", false},
           Row{"src/net/**", "src/network/a.c", false},
           Row{"src/net/", "src/net/x/a.c", true},
           Row{"src/net", "src/net/a.c", false},
           Row{"**", "a/b/c", true},
           Row{"**/*.h", "a.h", true},
           Row{"**/*.h", "a/b/c.h", true},
           Row{"**/*.h", "a/b/c.hpp", false},
           Row{"a/**/z", "a/z", true},
           Row{"a/**/z", "a/b/c/z", true},
           Row{"a/**/z", "a/b/c/zz", false},
           Row{"a/**/m/**/z", "a/m/m/x/z", true},
           Row{"*.c", "a.c", true},
           Row{"*.c", "x/a.c", false},
           Row{"*", "a/b", false},
           Row{"a*b*c", "aXbYbZc", true},
           Row{"a*b*c", "aXbYbZ", false},
           Row{"?.c", "a.c", true},
           Row{"?.c", ".c", false},
           Row{"a?b", "a/b", false},
           Row{"[a-c]x", "bx", true},
           Row{"[a-c]x", "dx", false},
           Row{"[!a-c]x", "dx", true},
           Row{"[]]x", "]x", true},
           Row{"[a-]x", "-x", true},
           Row{"[x", "[x", true},
           Row{"\\*", "*", true},
           Row{"\\*", "a", false},
           Row{"./a/b", "a/b", true},
           Row{"", "a", false},
       }) {
    CAPTURE(row.pattern);
    CAPTURE(row.path);
    CHECK(glob_match(row.pattern, row.path) == row.matches);
  }
}

TEST_CASE("glob: a hostile pattern takes no exponential time") {
  std::string pattern, path;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  path.assign(2000, 'a');
  CHECK_FALSE(glob_match(pattern + "b", path));
}
