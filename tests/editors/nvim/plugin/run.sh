#!/usr/bin/env bash
# Tests of the plugin in a headless Neovim: usage: run.sh PLAND [TEST ...]; NVIM names another Neovim.
# A test is a file test_NAME.lua here. Each gets a repository of its own. Exit code 77: no Neovim here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
plugin=$(cd "$here/../../../../editors/nvim" && pwd)
pland=$(realpath "$1")
shift
tests=("$@")
if [ ${#tests[@]} -eq 0 ]; then
  for file in "$here"/test_*.lua; do
    name=${file##*/test_}
    tests+=("${name%.lua}")
  done
fi
nvim=${NVIM:-nvim}
if ! command -v "$nvim" >/dev/null; then
  echo "skipped: no Neovim (install the package neovim, or set NVIM)"
  exit 77
fi
# shellcheck source=tests/editors/nvim/plugin/world.sh
. "$here/world.sh"

failures=0
for test in "${tests[@]}"; do
  make_world "$pland"
  trap 'rm -rf "$work"' EXIT
  echo "== $test"
  status=0
  in_world HERE="$here" REPO="$work/repo" TEST="$test" \
    timeout -k 5 90 "$nvim" --clean --headless --cmd "set runtimepath^=$plugin" -S "$here/start.lua" || status=$?
  servers_are_gone || status=1
  repository_is_untouched || status=1
  if [ "$status" -ne 0 ]; then
    failures=$((failures + 1))
    echo "-- Neovim's LSP log, last lines"
    find "$work" -name lsp.log -exec tail -n 20 {} \; | cut -c1-1000
  fi
  rm -rf "$work"
done
exit $((failures > 0))
