#!/usr/bin/env bash
# Tests the VS Code extension: its parts; the main job, unusual places and long lists in the extension host; and the
# main job by clicks.
#
# Usage: run.sh PLAND [unit|exthost|e2e]...      all without a name
#   PLAND                       the program to test with; pland-supervisor stands beside it
#   VSCODE=4.139.1              a code-server other than 4.100.3 (VS Code 1.100.3); or several, in quotes
# Everything is installed and written below build/vscode of the repository; pictures are in build/vscode/shots-*.
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
root=$(cd -- "$here/../../.." && pwd -P)
PLAND=$(readlink -f -- "${1:?the program pland}")
export PLAND
shift
(($#)) || set -- unit exthost e2e
export RIG=$root/build/vscode EXTENSION=$root/vscode-extension
versions=${VSCODE:-4.100.3}
mkdir -p "$RIG"
passed=0 failed=0

check() {
  local what=$1
  shift
  printf '==> %s\n' "$what"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && printf '    failed: %s\n' "$what"; fi
}

source "$here/extension.sh"
build_extension
cd "$EXTENSION"

for what in "$@"; do
  case $what in
    unit)
      check "the extension's types and style" npm run --silent check
      check "the extension's parts" npm run --silent test
      ;;
    exthost | e2e)
      for VSCODE in $versions; do
        export VSCODE
        "$here/install.sh" "$RIG" "$VSCODE"
        if [[ $what == exthost ]]; then
          for suite in main_job places many; do
            check "${suite//_/ } in the extension host ($VSCODE)" timeout 1200 node "$here/exthost.mjs" "$suite"
          done
        else
          package_extension "$PLAND"
          PACKAGE=$(packaged)
          export PACKAGE
          check "nothing runs in a folder that is not trusted ($VSCODE)" timeout 1200 node "$here/trust.mjs"
          check "the main job by clicks ($VSCODE)" timeout 2400 node "$here/e2e.mjs"
        fi
      done
      ;;
    *)
      echo "run.sh: no test '$what' (unit, exthost, e2e)" >&2
      exit 2
      ;;
  esac
done
printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
