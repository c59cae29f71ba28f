#!/usr/bin/env bash
# Tests the VS Code extension: its parts; the main job, unusual places and long lists in the extension host; and trust
# and the main job by clicks.
#
# Usage: run.sh PLAND [unit|exthost|e2e]...      all without a name
#   PLAND              the program to test with; pland-supervisor stands beside it
#   VSCODE=4.139.1     the code-servers to test in, instead of the oldest that is supported and the newest
# Everything is installed and written below build/vscode of the repository; pictures are in build/vscode/shots-*.
# Exit code 3: what the tests need could not be had, and none of them ran.
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
root=$(cd -- "$here/../../.." && pwd -P)
PLAND=$(readlink -f -- "${1:?the program pland}")
export PLAND
shift
(($#)) || set -- unit exthost e2e
export RIG=$root/build/vscode EXTENSION=$root/vscode-extension
read -r -a versions <<<"${VSCODE:-4.100.3 4.139.1}"
passed=0 failed=0

for what in "$@"; do
  [[ $what =~ ^(unit|exthost|e2e)$ ]] || {
    echo "run.sh: no test '$what' (unit, exthost, e2e)" >&2
    exit 2
  }
done

# timed WHAT COMMAND...
timed() {
  local what=$1 started=$SECONDS status=0
  shift
  printf '==> %s\n' "$what"
  "$@" || status=$?
  if ((status == 0)); then
    printf '    done in %s s\n' $((SECONDS - started))
  else
    printf '    failed after %s s: %s\n' $((SECONDS - started)) "$what"
  fi
  return "$status"
}

check() {
  if timed "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# in_each WHAT COMMAND...: in each VS Code
in_each() {
  local what=$1
  shift
  for VSCODE in "${versions[@]}"; do
    export VSCODE
    check "$what ($VSCODE)" "$@"
  done
}

# twice COMMAND...: clicks in a browser on a busy machine may come too early or too late; what fails twice is broken
twice() {
  "$@" && return
  printf '    failed once, and is tried again\n'
  "$@"
}

prepare() {
  local install=("$here/install.sh" "$RIG") browser=none
  if [[ " $* " != " unit " ]]; then
    install+=("${versions[@]}")
    browser=
  fi
  BROWSER=$browser "${install[@]}" && build_extension
}

source "$here/extension.sh"
timed "installing what the tests need (build/vscode)" prepare "$@" || {
  echo "run.sh: what the tests of the VS Code extension need is not there; it comes from the npm registry" >&2
  exit 3
}

for what in "$@"; do
  case $what in
    unit)
      cd "$EXTENSION"
      check "the extension's types" "$RIG/node" node_modules/typescript/bin/tsc --noEmit
      check "the extension's style" "$RIG/node" node_modules/eslint/bin/eslint.js .
      check "the extension's parts" "$RIG/node" scripts/unit_tests.mjs
      ;;
    exthost)
      for suite in main_job places; do
        in_each "${suite//_/ } in the extension host" timeout 1200 "$RIG/node" "$here/exthost.mjs" "$suite"
      done
      # How long lists are read is ours, not the editor's: once is enough.
      export VSCODE=${versions[-1]}
      check "many in the extension host ($VSCODE)" timeout 1200 "$RIG/node" "$here/exthost.mjs" many
      ;;
    e2e)
      if PACKAGE=$(package_extension "$PLAND"); then
        export PACKAGE
        in_each "nothing runs in a folder that is not trusted" twice timeout 1200 "$RIG/node" "$here/trust.mjs"
        in_each "the main job by clicks" twice timeout 2400 "$RIG/node" "$here/e2e.mjs"
      else
        check "packing the extension" false
      fi
      ;;
  esac
done
printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
