#!/usr/bin/env bash
# Every command of docs/tutorial.md, in its order, does what the page says.
# Usage: tutorial_test.sh PLAND TUTORIAL
set -uo pipefail

pland=$(readlink -f -- "${1:?usage: tutorial_test.sh PLAND TUTORIAL}")
page=${2:?usage: tutorial_test.sh PLAND TUTORIAL}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
export HOME=$work/home XDG_STATE_HOME=$work/state GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=you GIT_AUTHOR_EMAIL=you@example.com GIT_COMMITTER_NAME=you GIT_COMMITTER_EMAIL=you@example.com
export PATH=${pland%/*}:$PATH
mkdir -p "$HOME"

fail() {
  printf '%s\n' "tutorial_test: $*" >&2
  exit 1
}

# The blocks of shell commands, each into a file of its own.
awk -v to="$work/block" '/^```sh$/ {n++; inside = 1; next} /^```$/ {inside = 0} inside {print >(to n)}' "$page"
[[ -e $work/block6 ]] || fail "the page has fewer blocks of commands than it had"

# first_id MEMBER COMMAND...: of a JSON answer
first_id() {
  local member=$1
  shift
  "$@" --json | sed -n "s/.*\"$member\": \"\([^\"]*\)\".*/\1/p" | head -1
}

cd "$work"
here() { source "$work/block$1" >"$work/out$1" 2>&1; }
here 1 || fail "step 1: $(<"$work/out1")"
[[ $PWD == "$work/shop" ]] || fail "step 1 does not end in shop"
here 2 || fail "step 2: $(<"$work/out2")"

source "$work/block3" >"$work/out3" 2>&1 # pland run
grep -q '^ok *price' "$work/out3" || fail "step 3: price did not succeed: $(<"$work/out3")"
grep -q "subplan 'tax' failed" "$work/out3" || fail "step 3: tax did not fail: $(<"$work/out3")"
grep -q "'tax', which it runs after" "$work/out3" || fail "step 3: docs was started: $(<"$work/out3")"

source "$work/block4" >"$work/out4" 2>&1 # git status
[[ $(<"$work/out4") == '?? logger.plan.yaml' ]] || fail "step 3: files changed: $(<"$work/out4")"

source "$work/block5" >"$work/out5" 2>&1
[[ $? == 1 ]] || fail "step 4: not exit code 1: $(<"$work/out5")"
grep -q '^build.cfg:1:1: error: .*price and tax' "$work/out5" || fail "step 4: no conflict: $(<"$work/out5")"
[[ $(head -1 build.cfg) == LOG=old ]] || fail "step 4: the user's file was written to"

conflict=$(first_id conflictId pland conflicts)
sed -i "s/CONFLICT_ID/$conflict/" "$work/block6"
set -e
source "$work/block6" >"$work/out6" 2>&1 || fail "step 5: $(<"$work/out6")"
set +e
[[ $(head -1 build.cfg) == LOG=debug ]] || fail "step 5: $(head -1 build.cfg) in build.cfg"
[[ $(<LOGGING.md) == 'Logging is in log.h.' ]] || fail "step 5: no LOGGING.md"
grep -q '3 files changed' "$work/out6" || fail "step 5: git diff --stat says: $(<"$work/out6")"
grep -q 'log_info' src/price.c && grep -q 'log_debug' src/tax.c || fail "step 5: src was not applied"

subplan=$(first_id subplanId pland status)
sed -i "s/SUBPLAN_ID/$subplan/" "$work/block7"
set -e
source "$work/block7" >"$work/out7" 2>&1 || fail "step 6: $(<"$work/out7")"
