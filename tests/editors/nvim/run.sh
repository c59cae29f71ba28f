#!/usr/bin/env bash
# Drives pland through a headless Neovim: usage: run.sh PLAND [utf-8|utf-16 ...]; NVIM names another Neovim.
# Prints "N passed, N failed" for each encoding and fails when one failed. Exit code 77: no Neovim here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
pland=$(realpath "$1")
shift
encodings=("$@")
[ ${#encodings[@]} -gt 0 ] || encodings=(utf-8 utf-16)
nvim=${NVIM:-nvim}
if ! command -v "$nvim" >/dev/null; then
  echo "skipped: no Neovim (install the package neovim, or set NVIM)"
  exit 77
fi

# Nothing of the person who runs this may take part: no configuration, no state, no git environment.
scrub() {
  local work=$1
  shift
  env -i PATH="$work/bin:$PATH" HOME="$work/home" LANG=C.UTF-8 TERM=dumb GIT_CONFIG_NOSYSTEM=1 \
    XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" XDG_STATE_HOME="$work/state" \
    XDG_CACHE_HOME="$work/cache" XDG_RUNTIME_DIR="$work/run" "$@"
}

# The configuration under test is the one a reader of the documentation copies.
documented_configuration() {
  awk '/^```lua/ { inside = 1; next } /^```/ { if (inside) exit } inside' "$here/../../../editors/nvim.md"
}

failures=0
for encoding in "${encodings[@]}"; do
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/bin" "$work/home" "$work/run" "$work/repo"
  chmod 700 "$work/run"
  ln -s "$pland" "$work/bin/pland"
  documented_configuration >"$work/init.lua"
  cp "$here"/repo/* "$work/repo/"
  git() { scrub "$work" git -C "$work/repo" -c user.name=Test -c user.email=test@example.com "$@"; }
  git init -q -b main
  git add -A
  git commit -q -m "Start"
  before=$(git for-each-ref; cat "$work/repo/.git/HEAD"; git worktree list)

  echo "== $encoding"
  status=0
  scrub "$work" ENCODING="$encoding" HERE="$here" REPO="$work/repo" \
    timeout 120 "$nvim" --clean --headless -u "$work/init.lua" -S "$here/main_job.lua" || status=$?

  after=$(git for-each-ref --exclude='refs/pland/**' 2>/dev/null || git for-each-ref | grep -v refs/pland/; cat "$work/repo/.git/HEAD"; git worktree list)
  if [ "$before" != "$after" ]; then
    echo "FAIL the repository's refs, HEAD or worktrees changed"
    diff <(echo "$before") <(echo "$after") || true
    status=1
  fi
  if ! git fsck --no-progress >"$work/fsck" 2>&1; then
    echo "FAIL git fsck"
    cat "$work/fsck"
    status=1
  fi
  if [ "$status" -ne 0 ]; then
    failures=$((failures + 1))
    echo "-- Neovim's LSP log, last lines"
    find "$work" -name lsp.log -exec tail -n 20 {} \;
  fi
  rm -rf "$work"
done
exit $((failures > 0))
