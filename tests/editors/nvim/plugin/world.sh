# shellcheck shell=bash disable=SC2154 # here is of the script that reads this
# A place of its own for a test: nothing of the person who runs it may take part: no configuration, no state, no git
# environment. Sets `work`.

make_world() {
  work=$(mktemp -d)
  mkdir -p "$work/bin" "$work/home" "$work/run"
  chmod 700 "$work/run"
  # Notes each server that is started.
  printf '#!/bin/sh\n[ "$#" -gt 0 ] || echo $$ >>"$PLAND_PIDS"\nexec "%s" "$@"\n' "$1" >"$work/bin/pland"
  chmod +x "$work/bin/pland"
  ln -s "$(dirname "$1")/pland-supervisor" "$work/bin/pland-supervisor"
  make_repository "$work/repo"
}

in_world() {
  env -i PATH="$work/bin:$PATH" HOME="$work/home" LANG=C.UTF-8 TERM="${SCREEN_TERM:-dumb}" GIT_CONFIG_NOSYSTEM=1 \
    XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" XDG_STATE_HOME="$work/state" \
    XDG_CACHE_HOME="$work/cache" XDG_RUNTIME_DIR="$work/run" PLAND_PIDS="$work/pids" WORK="$work" "$@"
}

git_in() {
  local folder=$1
  shift
  in_world git -C "$folder" -c user.name=Test -c user.email=test@example.com "$@"
}

make_repository() {
  mkdir -p "$1"
  cp -r "$here"/repo/. "$1/"
  git_in "$1" init -q -b main
  git_in "$1" add -A
  git_in "$1" commit -q -m Start
}

# A server outlives its editor by a moment only. One that nobody reaps counts as gone.
servers_are_gone() {
  local pid alive
  [ -f "$work/pids" ] || return 0
  for _ in $(seq 100); do
    alive=''
    while read -r pid; do
      if [ -d "/proc/$pid" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null; then alive+=" $pid"; fi
    done <"$work/pids"
    [ -n "$alive" ] || return 0
    sleep 0.1
  done
  echo "FAIL servers outlived Neovim:$alive"
  return 1
}

repository_is_untouched() {
  local folder refs
  for folder in "$work"/repo*; do
    [ -d "$folder/.git" ] && [ ! -L "$folder" ] || continue
    refs=$(git_in "$folder" for-each-ref --format='%(refname)' | grep -v '^refs/pland/' || true)
    if [ "$refs" != refs/heads/main ] || [ "$(git_in "$folder" rev-list --count main)" != 1 ]; then
      echo "FAIL refs of $folder: $refs"
      return 1
    fi
    if ! git_in "$folder" fsck --no-progress >"$work/fsck" 2>&1; then
      echo "FAIL git fsck"
      cat "$work/fsck"
      return 1
    fi
  done
}
