#!/usr/bin/env bash
# Holds ./dev to what it promises about installing, asking and counting, with stand-ins for dpkg, apt, sudo, cmake
# and ctest that write down how they were called. Nothing is installed or built.
set -euo pipefail

source_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/pland dev.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
failures=0
house="$work/a house"
bin="$work/bin"
calls="$work/calls"

# stub NAME: its body from standard input; $calls and $state are there for it
stub() {
  {
    printf '#!/bin/bash\ncalls=%q\nstate=%q\n' "$calls" "$work/state"
    cat
  } >"$bin/$1"
  chmod +x "$bin/$1"
}

# set_stage: a checkout, every package present, an ordinary user, a sound build
set_stage() {
  rm -rf -- "${work:?}"/*
  mkdir -p "$house/tests" "$house/engine" "$bin" "$work/state"
  cp -- "$source_root/dev" "$source_root/CMakePresets.json" "$house/"
  printf 'int x;\n' >"$house/engine/a.cpp"
  printf '#!/bin/bash\nexit 0\n' >"$house/tests/lint.sh"
  chmod +x "$house/tests/lint.sh"
  : >"$calls"
  local tool
  for tool in bash env sed awk grep cat sort find xargs dirname readlink nproc tee rm mkdir cmp cp head tr uname df; do
    ln -s -- "$(type -P "$tool")" "$bin/$tool"
  done
  # state/absent and state/unknown: packages not installed, and not in apt's lists before an update
  : >"$work/state/absent"
  : >"$work/state/unknown"
  stub dpkg-query <<'S'
for package in "${@:3}"; do
  if grep -qx -- "$package" "$state/absent"; then echo not-installed; else echo installed; fi
done
S
  stub apt-cache <<'S'
if grep -qx -- "$2" "$state/unknown"; then echo "Candidate: (none)"; else echo "Candidate: 1"; fi
S
  stub apt-get <<'S'
echo "apt-get frontend=$DEBIAN_FRONTEND $*" >>"$calls"
if [[ " $* " == *" update "* ]]; then
  cp -- "$state/unknown-after" "$state/unknown" 2>/dev/null || : >"$state/unknown"
  exit 0
fi
[[ ! -e $state/stale ]] || { rm "$state/stale"; exit 100; }
: >"$state/absent"
S
  stub sudo <<'S'
echo "sudo $1" >>"$calls"
exec "$@"
S
  stub id <<'S'
echo 1000
S
  stub cmake <<'S'
echo "cmake $*" >>"$calls"
if [[ $1 == --preset ]]; then mkdir -p "build/$2" && : >"build/$2/build.ninja"; fi
[[ ! -e $state/broken || $1 != --build ]]
S
  stub ctest <<'S'
echo "ctest $*" >>"$calls"
cat "$state/ctest" 2>/dev/null || echo "100% tests passed, 0 tests failed out of 7"
[[ ! -e $state/ctest ]]
S
  stub clang-format-14 <<'S'
[[ ! -e $state/unformatted ]]
S
  stub npm </dev/null
  stub run.sh <<'S'
echo "run.sh $*" >>"$calls"
cat "$state/vscode" 2>/dev/null || echo "3 passed, 0 failed"
exit "$(cat "$state/vscode-status" 2>/dev/null || echo 0)"
S
  mkdir -p "$house/tests/editors/vscode"
  mv -- "$bin/run.sh" "$house/tests/editors/vscode/run.sh"
}

# dev ARGUMENTS...: runs it from elsewhere; $out and $status are what came of it
dev() {
  status=0
  out=$(cd / && PATH=$bin "$house/dev" "$@" </dev/null 2>&1) || status=$?
}

fail() {
  printf 'FAILED: %s\n--- status %s, output:\n%s\n--- calls:\n%s\n' "$*" "$status" "$out" "$(cat "$calls")" >&2
  failures=$((failures + 1))
}

expect_status() { [[ $status == "$1" ]] || fail "$2: status is not $1"; }
expect_out() { [[ $out == *"$1"* ]] || fail "$2: no '$1' in the output"; }
expect_call() { grep -qF -- "$1" "$calls" || fail "$2: no call '$1'"; }
expect_no_call() { if grep -q -- "^$1" "$calls"; then fail "$2: $1 was called"; fi; }

set_stage
dev build
expect_status 0 "all is there"
expect_no_call apt-get "all is there"
expect_call "cmake --preset release" "all is there"
expect_call "cmake --build --preset release" "all is there"

set_stage
printf 'mold\nneovim\n' >"$work/state/absent"
dev build
expect_status 1 "an ordinary user without a terminal"
expect_out "sudo apt-get install -y --no-install-recommends mold" "an ordinary user without a terminal"
expect_no_call apt-get "an ordinary user without a terminal"
expect_no_call cmake "an ordinary user without a terminal"
dev test
expect_out "to build: mold" "each package has its reason"
expect_out "to test with a real editor: neovim" "each package has its reason"

dev build --yes
expect_status 0 "--yes"
expect_call "sudo env" "--yes"
expect_call "apt-get frontend=noninteractive -o DPkg::Lock::Timeout=300 -q install -y --no-install-recommends mold" "--yes"
if grep -q update "$calls"; then fail "--yes: lists were refreshed without need"; fi

set_stage
echo mold >"$work/state/absent"
rm -- "$bin/sudo"
dev build --yes
expect_status 1 "no sudo"
expect_out "run this as root" "no sudo"

set_stage
echo mold >"$work/state/absent"
printf '#!/bin/bash\necho 0\n' >"$bin/id"
dev build
expect_status 0 "root is not asked"
expect_no_call sudo "root is not asked"
expect_call "install -y --no-install-recommends mold" "root is not asked"

set_stage
echo mold >"$work/state/absent"
echo mold >"$work/state/unknown"
dev build --yes
expect_status 0 "empty lists"
[[ $(grep -c update "$calls") == 1 ]] || fail "empty lists: not refreshed once"

set_stage
echo mold >"$work/state/absent"
: >"$work/state/stale"
dev build --yes
expect_status 0 "stale lists"
[[ $(grep -c "update" "$calls") == 1 && $(grep -c "install" "$calls") == 2 ]] || fail "stale lists: not refreshed and tried again"

set_stage
printf 'clang-format-14\nclang-format\n' >"$work/state/absent"
echo clang-format-14 | tee "$work/state/unknown" >"$work/state/unknown-after"
dev test --yes
expect_call "install -y --no-install-recommends clang-format" "a distribution with a later clang only"

set_stage
echo mold >"$work/state/absent"
rm -- "$bin/apt-get"
dev build --yes
expect_status 1 "no apt"
expect_out "missing packages: mold" "no apt"

set_stage
rm -- "$bin/dpkg-query" "$bin/apt-get" "$bin/cmake"
dev build
expect_status 1 "neither dpkg nor apt"
expect_out "missing: g++ cmake ninja" "neither dpkg nor apt"
expect_out "libsqlitecpp-dev" "neither dpkg nor apt"

set_stage
dev test -R store
expect_status 0 "tests pass"
expect_call "ctest --test-dir build/release" "tests pass"
expect_call "-R store" "tests pass"
expect_no_call run.sh "a selection of tests"
[[ ${out##*$'\n'} == "8 passed, 0 failed" ]] || fail "tests pass: the last line"
[[ $out != *$'\e'* ]] || fail "colours without a terminal"

echo "80% tests passed, 2 tests failed out of 10" >"$work/state/ctest"
: >"$work/state/unformatted"
dev test
expect_status 1 "tests fail"
expect_out "./dev format does it" "tests fail"
[[ ${out##*$'\n'} == "11 passed, 3 failed" ]] || fail "tests fail: the last line"

set_stage
dev test
expect_status 0 "tests in VS Code"
expect_call "run.sh build/release/pland" "tests in VS Code"
[[ ${out##*$'\n'} == "11 passed, 0 failed" ]] || fail "tests in VS Code: the last line"
printf '2 passed, 1 failed\n' >"$work/state/vscode"
echo 1 >"$work/state/vscode-status"
dev test
expect_status 1 "tests in VS Code fail"
[[ ${out##*$'\n'} == "10 passed, 1 failed" ]] || fail "tests in VS Code fail: the last line"
dev vscode-test unit
expect_status 1 "vscode-test"
expect_call "run.sh build/release/pland unit" "vscode-test"
[[ ${out##*$'\n'} == "2 passed, 1 failed" ]] || fail "vscode-test: the last line"

echo "no registry" >"$work/state/vscode"
echo 3 >"$work/state/vscode-status"
dev test
expect_status 1 "no npm registry"
expect_out "./dev test --no-vscode does without" "no npm registry"
[[ ${out##*$'\n'} == "8 passed, 1 failed" ]] || fail "no npm registry: the last line"
: >"$calls"
dev test --no-vscode
expect_status 0 "--no-vscode"
expect_no_call run.sh "--no-vscode"
[[ ${out##*$'\n'} == "8 passed, 0 failed" ]] || fail "--no-vscode: the last line"

set_stage
printf 'patchelf\nnodejs\n' >"$work/state/absent"
dev test
expect_out "to test with VS Code: patchelf" "npm from elsewhere"
[[ $out != *nodejs* ]] || fail "npm from elsewhere: nodejs is wanted"
rm -- "$bin/npm"
dev test
expect_out "to test with VS Code: patchelf nodejs" "no npm"
dev test --no-vscode
expect_status 0 "--no-vscode wants no package for it"

set_stage
echo "No tests were found!!!" >"$work/state/ctest"
dev asan
expect_status 1 "no tests"
[[ ${out##*$'\n'} == "0 passed, 1 failed" ]] || fail "no tests: the last line"

: >"$work/state/broken"
dev test
expect_status 1 "the build fails"
[[ ${out##*$'\n'} == "1 passed, 1 failed" ]] || fail "the build fails: the last line"

set_stage
mkdir -p "$house/build/release"
printf 'CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere\n' >"$house/build/release/CMakeCache.txt"
: >"$house/build/release/build.ninja"
: >"$house/build/release/old"
dev build
[[ ! -e $house/build/release/old ]] || fail "a build folder from elsewhere is kept"
expect_call "cmake --preset release" "a build folder from elsewhere"

set_stage
dev build nothing
expect_status 1 "an unknown preset"
expect_out "there are: release debug asan tsan fuzz" "an unknown preset"
dev frobnicate
expect_status 2 "an unknown verb"
dev
expect_status 2 "no verb"
dev help
expect_status 0 "help"
dev clean
expect_status 0 "clean"

if ((failures)); then exit 1; fi
echo "./dev keeps its promises"
