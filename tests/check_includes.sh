#!/usr/bin/env bash
# Fails when an include breaks the house (each line says which rule):
#   - nothing goes up: protocol/ knows neither engine/ nor server/, engine/ knows neither protocol/ nor server/;
#     the tests of a floor keep its rule, so that each floor can be built and tested without those above it
#   - a library has one room: libgit2 engine/git, SQLite engine/store (and the merge of databases), oneTBB the arena of engine/base, yaml-cpp
#     engine/planfile, valijson engine/model/inputs_schema
#   - includes are spelled from the root of the repository, never with ../ (which would hide all of the above)
# Usage: tests/check_includes.sh [root of the repository]
set -euo pipefail

root=${1:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)}
cd -- "$root"

folders=()
for folder in protocol engine server tests; do
  [[ -d $folder ]] && folders+=("$folder")
done
if ((${#folders[@]} == 0)); then
  echo "check_includes: no protocol/, engine/, server/ or tests/ in $root" >&2
  exit 2
fi

# shellcheck disable=SC2016 # the program is awk's
find "${folders[@]}" -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.hpp' -o -name '*.cc' -o -name '*.inc' \) -print0 |
  sort -z | xargs -0 -r awk '
  function complain(why) {
    printf "%s:%d: includes %s: %s\n", FILENAME, FNR, header, why
    bad = 1
  }
  FNR == 1 {
    files++
    path = FILENAME
    sub(/^tests\//, "", path)  # tests/engine/git keeps the rules of engine/git
    floor = path
    sub(/\/.*/, "", floor)
  }
  /^[ \t]*#[ \t]*(include|include_next|import)[ \t]*[<"]/ {
    header = $0
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*/, "", header)
    target = header
    sub(/^tests\//, "", target)

    if (header ~ /(^|\/)\.\.\//) complain("spell it from the root of the repository")
    if (floor == "protocol" && target ~ /^(engine|server)\//) complain("protocol/ knows no floor above it")
    if (floor == "engine" && target ~ /^server\//) complain("engine/ knows no floor above it")
    if (floor == "engine" && target ~ /^protocol\//) complain("engine/ knows no LSP and no JSON-RPC")
    if (target ~ /^git2(\.h$|\/)/ && path !~ /^engine\/git\//) complain("libgit2 belongs to engine/git")
    if (target ~ /^(SQLiteCpp\/|sqlite3(ext)?\.h$)/ && path !~ /^engine\/(store\/|merge\/sqlite_)/)
      complain("SQLite belongs to engine/store and the merge of databases")
    if (target ~ /^(tbb|oneapi)\// && path !~ /^engine\/base\/(arena|tbb_threads)/)
      complain("oneTBB belongs to the arena of engine/base")
    if (target ~ /^valijson\// && path !~ /^engine\/model\/inputs_schema/)
      complain("valijson belongs to engine/model/inputs_schema")
    if (target ~ /^yaml-cpp\// && path !~ /^engine\/planfile\//) complain("yaml-cpp belongs to engine/planfile")
  }
  END {
    if (!files) exit 0
    if (bad) exit 1
    printf "%d files, no include breaks the house\n", files
  }'
