#!/usr/bin/env bash
# The main job as a person sees it: Neovim with the plugin in a real terminal (tmux), driven by keys, read from the
# screen. usage: screen.sh PLAND; NVIM names another Neovim; SCREENS a folder to keep what was on the screen in.
# Exit code 77: no Neovim or no tmux here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
plugin=$(cd "$here/../../../../editors/nvim" && pwd)
pland=$(realpath "$1")
nvim=$(command -v "${NVIM:-nvim}") || {
  echo "skipped: no Neovim (install the package neovim, or set NVIM)"
  exit 77
}
command -v tmux >/dev/null || {
  echo "skipped: no tmux (install the package tmux)"
  exit 77
}
# shellcheck source=tests/editors/nvim/plugin/world.sh
. "$here/world.sh"

make_world "$pland"
terminal() { in_world SCREEN_TERM= TERM=screen-256color tmux -S "$work/run/tmux" -f /dev/null "$@"; }
trap 'terminal kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

passed=0
failed=0
screen() { terminal capture-pane -p -t 0; }
keys() { terminal send-keys -t 0 "$@"; }
type_text() { terminal send-keys -t 0 -l -- "$1"; }
command_line() {
  type_text ":$1"
  keys Enter
}

verdict() { # HOLDS NAME
  if [ "$1" = yes ]; then
    passed=$((passed + 1))
    echo "ok   $2"
  else
    failed=$((failed + 1))
    echo "FAIL $2"
    screen || true
    echo "$passed passed, $failed failed"
    exit 1
  fi
}

# expect TEXT NAME: waits until the screen has it
expect() {
  local holds=no
  for _ in $(seq 300); do
    if screen | grep -qF -- "$1"; then
      holds=yes
      break
    fi
    sleep 0.1
  done
  verdict $holds "$2"
}

# vanish TEXT NAME: waits until the screen does not have it
vanish() {
  local holds=no
  for _ in $(seq 300); do
    if ! screen | grep -qF -- "$1"; then
      holds=yes
      break
    fi
    sleep 0.1
  done
  verdict $holds "$2"
}

shots=0
keep() {
  [ -n "${SCREENS:-}" ] || return 0
  mkdir -p "$SCREENS"
  shots=$((shots + 1))
  screen >"$SCREENS/$(printf '%02d' $shots)-$1.txt"
}

cat >"$work/init.lua" <<INIT
vim.opt.runtimepath:prepend("$plugin")
vim.o.statusline = "%f %m%=%{v:lua.require'pland'.statusline()} %l:%c"
vim.o.laststatus = 2
vim.o.swapfile = false
vim.diagnostic.config({ virtual_text = true })
INIT

terminal new-session -d -x 120 -y 36 -c "$work/repo" "'$nvim' --clean -u '$work/init.lua' retire-logger.plan.yaml"
expect "Spawn" "a plan file has its lens"
keep plan-file
command_line "Pland spawn"
expect "Run the commands of retire-logger.plan.yaml?" "before its commands run the person is asked"
expect "all your rights" "and told what that means"
keep trust
type_text "l"
expect "nothing was run" "refused, nothing runs"
command_line "Pland spawn"
expect "Run the commands of retire-logger.plan.yaml?" "asked again"
type_text "r"
expect "retire-logger has 2 conflicts" "the person is told that the plan needs somebody"
expect "pland: 2 conflicts" "the status line says so"
expect "Show log" "the lenses show the subplans"
keep conflicts-found

command_line "Pland plans"
expect "≠ src/net.c  net and storage" "the plan window lists the conflicts"
keep plan-window
type_text "g?"
expect "choose theirs" "g? lists its keys"
keep keys
type_text "q"
vanish "Keys of the plan window" "q closes the list"
type_text "/build.cfg"
keys Enter
keys Enter
expect "LOG=old" "<CR> goes to the file of a conflict"
expect "both changed these lines" "which says what is wrong"
keep diagnostic

# The server is killed, with a conflict on the screen and a line that is not saved.
type_text "Otyped before"
keys Escape
killed=$(tail -n 1 "$work/pids")
kill -9 "$killed"
holds=no
for _ in $(seq 300); do
  if [ "$(wc -l <"$work/pids")" = 2 ] && [ ! -d "/proc/$killed" ]; then
    holds=yes
    break
  fi
  sleep 0.1
done
verdict $holds "one server is started, and of the old one no zombie is left"
expect "pland: 2 conflicts" "the status line counts again"
expect "both changed these lines" "the conflict is shown again"
command_line "echo 'shown' luaeval('#vim.diagnostic.get(0)') 'on line' luaeval('vim.diagnostic.get(0)[1].lnum + 1')"
expect "shown 1 on line 3" "once, on its line in the unsaved text"
keep killed
type_text "u"
expect "LOG=old" "what was typed is the editor's"
command_line "messages"
expect "the server ended (signal 9) and is started again" "the person was told that it comes back"
keys Enter
command_line "lua vim.lsp.buf.code_action()"
expect "Take storage (theirs)" "a code action offers the sides"
keep code-action
number=$(screen | sed -n 's/^ *\([0-9]*\): .*Take storage (theirs).*/\1/p' | head -n 1)
type_text "$number"
keys Enter
expect "1 conflict left" "and takes one"

command_line "Pland merge"
expect "<<<<<<< net" "the three-way diff opens"
expect ">>>>>>> storage" "with both sides in the result"
keep merge
type_text "d3o"
vanish "<<<<<<< net" "d3o takes theirs"
keep merged
command_line "w"
expect "No conflict is left" "writing resolves"

command_line "Pland rollback"
expect "Roll back to which checkpoint?" "rolling back asks to what"
keep checkpoints
type_text "1"
keys Enter
expect "Your own files stay as they are" "and shows what it would do"
keep rollback
type_text "l"
vanish "Your own files stay as they are" "and can be left"
command_line "Pland rollback"
expect "Roll back to which checkpoint?" "asked again"
type_text "1"
keys Enter
expect "Your own files stay as they are" "it asks again"
type_text "r"
expect "rolled back to" "and is done with consent"
command_line "Pland undo"
expect "undone: rolled back" "undo says what it took back"
expect "1 to apply" "and the plan is as it was"

command_line "Pland apply"
expect "applied 3 files" "the plan is applied"
keep applied
# What was said may be longer than a line.
keys Enter
command_line "wall"
command_line "qall"
holds=no
for _ in $(seq 300); do
  if ! terminal has-session 2>/dev/null; then
    holds=yes
    break
  fi
  sleep 0.1
done
verdict $holds "Neovim ends"
holds=yes
grep -qx "LOG=storage" "$work/repo/build.cfg" || holds=no
grep -qF "logger(port, DEBUG)" "$work/repo/src/net.c" || holds=no
grep -q . "$work/repo/docs/logging.md" || holds=no
verdict $holds "the files on disk are right"
servers_are_gone || verdict no "the server is gone"
repository_is_untouched || verdict no "the repository is as it was"
echo "$passed passed, $failed failed"
