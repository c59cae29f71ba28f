#!/usr/bin/env bash
# Plants each fault that check_includes.sh is for, once, and holds it to finding exactly that.
set -euo pipefail

check=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)/check_includes.sh
house=$(mktemp -d "${TMPDIR:-/tmp}/pland house.XXXXXX")
trap 'rm -rf -- "$house"' EXIT
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# plant FILE LINE: a house in which nothing but that line is wrong
plant() {
  rm -rf -- "${house:?}"/*
  mkdir -p "$house"/{protocol/jsonrpc,protocol/lsp,engine/{base,git,model,store,planfile,plan},server/features} \
    "$house"/tests/{engine/git,engine/plan,protocol,server,support}
  printf '#include <vector>\n#include "protocol/jsonrpc/a.h"\n' >"$house/protocol/lsp/good.cpp"
  printf '#include <git2.h>\n' >"$house/engine/git/good.cpp"
  printf '#include <SQLiteCpp/Database.h>\n#include <sqlite3.h>\n' >"$house/engine/store/good.cpp"
  printf '#include <tbb/task_arena.h>\n' >"$house/engine/base/arena.cpp"
  printf '#include <yaml-cpp/yaml.h>\n' >"$house/engine/planfile/good.cpp"
  printf '#include "engine/plan/a.h"\n#include "protocol/lsp/b.h"\n' >"$house/server/good.cpp"
  printf '#include <git2.h>\n#include "tests/support/a.h"\n' >"$house/tests/engine/git/good.cpp"
  printf '// #include "server/x.h"\nconst char* text = "#include <git2.h>";\n' >"$house/engine/base/good.cpp"
  if (($#)); then printf '#pragma once\n%s\n' "$2" >"$house/$1"; fi
}

expect_clean() {
  "$check" "$house" >/dev/null || fail "a sound house is refused"
}

# expect FILE LINE REASON: planted in line 2, found there, and nothing else is
expect() {
  local found
  plant "$1" "$2"
  if found=$("$check" "$house"); then
    fail "$2 in $1 was not found"
  elif [[ $found != "$1:2: "*"$3"* || $found == *$'\n'* ]]; then
    fail "$2 in $1 gave: $found"
  fi
}

plant
expect_clean
expect protocol/lsp/bad.h '#include "engine/plan/a.h"' 'knows no floor above'
expect protocol/lsp/bad.h '#include "server/a.h"' 'knows no floor above'
expect engine/plan/bad.h '#include "server/a.h"' 'knows no floor above'
expect engine/plan/bad.h '  #  include <server/a.h>' 'knows no floor above'
expect engine/plan/bad.cpp '#include "protocol/lsp/a.h"' 'knows no LSP'
expect engine/plan/bad.cpp '#include "../../server/a.h"' 'from the root'
expect tests/engine/plan/bad.cpp '#include "server/a.h"' 'knows no floor above'
expect tests/engine/plan/bad.cpp '#include "tests/server/a.h"' 'knows no floor above'
expect tests/protocol/bad.cpp '#include "engine/base/a.h"' 'knows no floor above'
expect engine/plan/bad.cpp '#include <git2.h>' 'libgit2 belongs'
expect server/bad.cpp '#include "git2/repository.h"' 'libgit2 belongs'
expect tests/support/bad.h '#include <git2.h>' 'libgit2 belongs'
expect server/features/bad.cpp '#include <SQLiteCpp/Statement.h>' 'SQLite belongs'
expect engine/plan/bad.cpp '#include <sqlite3.h>' 'SQLite belongs'
expect engine/base/bad.cpp '#include <tbb/parallel_for.h>' 'oneTBB belongs'
expect engine/plan/bad.cpp '#include <oneapi/tbb.h>' 'oneTBB belongs'
expect engine/model/bad.cpp '#include <yaml-cpp/yaml.h>' 'yaml-cpp belongs'
expect engine/model/bad.cpp '#include <valijson/schema.hpp>' 'valijson belongs'

if ((failures)); then exit 1; fi
echo "every planted fault was found"
