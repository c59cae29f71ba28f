#!/usr/bin/env bash
# `cmake --install` into an empty folder, and what stands there used as a person would.
# Usage: install_test.sh BUILD
set -euo pipefail

build=${1:?usage: install_test.sh BUILD}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
export HOME=$work/home XDG_STATE_HOME=$work/state GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME" "$work/repo"
to=$work/usr

fail() {
  printf '%s\n' "install_test: $*" >&2
  exit 1
}
there() { [[ -s $to/$1 ]] || fail "$1 was not installed"; }

cmake --install "$build" --prefix "$to" >"$work/log" 2>&1 || {
  cat "$work/log"
  fail "cmake --install failed"
}
for file in bin/pland libexec/pland/pland-supervisor share/man/man1/pland.1.gz \
  share/bash-completion/completions/pland share/zsh/vendor-completions/_pland \
  share/fish/vendor_completions.d/pland.fish share/doc/pland/README.md share/doc/pland/copyright \
  share/doc/pland/docs/diagnostics.md share/pland/editors/plan.schema.json; do
  there "$file"
done
[[ ! -e $to/bin/pland-supervisor ]] || fail "the supervisor is no command for people"

# From another folder than its own, by PATH.
PATH=$to/bin:$PATH
cd "$work/repo"
git init -q .
git config user.name test && git config user.email test@example.com
printf 'one\ntwo\n' >list.txt
cat >p.plan.yaml <<'PLAN'
plan: local/installed
goal: A command runs
subplans:
  - {name: number, goal: g, run: "sed -i s/two/2/ list.txt"}
PLAN
git add . && git commit -qm start
pland doctor >"$work/doctor" || {
  cat "$work/doctor"
  fail "pland doctor finds errors"
}
grep -q "$to/bin/../libexec/pland/pland-supervisor\|$to/libexec/pland/pland-supervisor" "$work/doctor" ||
  fail "doctor does not name the installed supervisor"
pland run --apply p.plan.yaml >"$work/run" || {
  cat "$work/run"
  fail "pland run failed"
}
[[ $(<list.txt) == $'one\n2' ]] || fail "the result was not applied"

# Every command has its place in the manual and in the completions.
zcat "$to/share/man/man1/pland.1.gz" >"$work/pland.1"
commands=$(pland --help | sed -n '/^Subcommands:/,$ s/^  \([a-z]*\) .*/\1/p')
[[ $(wc -l <<<"$commands") -gt 15 ]] || fail "no commands in: $(pland --help)"
for command in $commands; do
  grep -q "^\.SS \"pland $command" "$work/pland.1" || fail "$command is not in the manual"
  grep -q "^    '$command:" "$to/share/zsh/vendor-completions/_pland" || fail "$command is not in zsh's"
  grep -q -- "-a $command " "$to/share/fish/vendor_completions.d/pland.fish" || fail "$command is not in fish's"
done
if command -v man >/dev/null && command -v groff >/dev/null; then
  warnings=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$work/pland.1" 2>&1 >/dev/null)
  [[ -z $warnings ]] || fail "the manual page: $warnings"
fi
for shell in zsh fish; do
  file=$to/share/zsh/vendor-completions/_pland
  [[ $shell == zsh ]] || file=$to/share/fish/vendor_completions.d/pland.fish
  ! command -v "$shell" >/dev/null || "$shell" -n "$file" || fail "$shell cannot read its completions"
done

# complete WORD...: what bash offers for the last word
complete_words() {
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pland; printf "%s " "${COMPREPLY[@]}"' \
    bash "$to/share/bash-completion/completions/pland" "$@" 2>&1
}
[[ $(complete_words pland ro) == "rollback " ]] || fail "bash: $(complete_words pland ro)"
[[ $(complete_words pland run --resolve t) == "theirs " ]] || fail "bash: $(complete_words pland run --resolve t)"
[[ $(complete_words pland run --re) == "--resolve --replace " ]] || fail "bash: $(complete_words pland run --re)"
[[ $(complete_words pland run p.) == "p.plan.yaml " ]] || fail "bash: $(complete_words pland run p.)"
[[ $(! pland completions tcsh 2>&1) == *"bash, zsh and fish"* ]] || fail "no clear word on an unknown shell"
