#!/usr/bin/env bash
# Drives pland through Vim and ALE: usage: run.sh PLAND; VIM_PROGRAM names another Vim, ALE another ALE.
# Exit code 77: no Vim with jobs, or no ALE here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
pland=$(realpath "$1")
vim=${VIM_PROGRAM:-vim}
ale=${ALE:-/usr/share/vim-ale}
if ! command -v "$vim" >/dev/null || [ ! -e "$ale/plugin/ale.vim" ]; then
  echo "skipped: no Vim or no ALE (install the packages vim and vim-ale)"
  exit 77
fi
if ! "$vim" --version | grep -q '+job' || ! "$vim" --version | grep -q '+channel'; then
  echo "skipped: this Vim has no jobs (install vim-nox)"
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/home" "$work/run" "$work/repo"
chmod 700 "$work/run"
ln -s "$pland" "$work/bin/pland"
scrub() {
  env -i PATH="$work/bin:$PATH" HOME="$work/home" LANG=C.UTF-8 TERM=dumb GIT_CONFIG_NOSYSTEM=1 \
    GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=Test \
    GIT_COMMITTER_EMAIL=test@example.com XDG_STATE_HOME="$work/state" XDG_RUNTIME_DIR="$work/run" "$@"
}
cp "$here"/repo/* "$work/repo/"
git() { scrub git -C "$work/repo" "$@"; }
git init -q -b main
git add -A
git commit -q -m Start

status=0
scrub REPO="$work/repo" RESULT="$work/result" ALE="$ale" PLUGIN="$here/../../../editors/vim" \
  timeout 200 "$vim" -Nu NONE -i NONE -n -es -S "$here/main_job.vim" </dev/null >"$work/output" 2>&1 || status=$?
cat "$work/result" || { cat "$work/output"; exit 1; }
git fsck --no-progress >/dev/null || status=1
[ "$(git worktree list | wc -l)" = 1 ] || status=1
exit "$status"
