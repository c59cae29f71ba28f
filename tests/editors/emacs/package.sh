#!/usr/bin/env bash
# The package as such: byte-compiles without a warning, passes checkdoc, and installs from its folder. EMACS names
# another Emacs. Exit code 77: no Emacs here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source=$here/../../../editors/emacs
emacs=${EMACS:-emacs}
if ! command -v "$emacs" >/dev/null; then
  echo "skipped: no Emacs (install the package emacs-nox, or set EMACS)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/home" "$work/pland"
cp "$source"/*.el "$work/pland/"
batch() { env -i PATH="$PATH" HOME="$work/home" LANG=C.UTF-8 TERM=dumb "$emacs" --batch "$@" </dev/null; }
never_native='(setq native-comp-deferred-compilation nil load-prefer-newer t)'

failures=0
fail() {
  echo "FAIL $1"
  failures=$((failures + 1))
}

# With the clients, and without them: a person has one or the other.
for setup in -q -Q; do
  rm -f "$work"/pland/*.elc
  batch "$setup" --eval "$never_native" --eval '(if site-run-file (package-initialize))' --eval '(setq byte-compile-error-on-warn t)' -L "$work/pland" \
    -f batch-byte-compile "$work"/pland/*.el >"$work/compile.log" 2>&1 || fail "byte-compiling $setup"
  grep -qE 'Warning|Error' "$work/compile.log" && { cat "$work/compile.log"; fail "warnings of the compiler $setup"; }
done
rm -f "$work"/pland/*.elc

for file in "$work"/pland/*.el; do
  batch -Q --eval "(setq checkdoc-verb-check-experimental-flag nil)" --eval "(checkdoc-file \"$file\")" >"$work/checkdoc.log" 2>&1 || fail "checkdoc ${file##*/}"
  if grep -q 'Warning' "$work/checkdoc.log"; then
    cat "$work/checkdoc.log"
    fail "checkdoc ${file##*/}"
  fi
done

batch -Q --eval "$never_native" --eval "(progn (require 'package) (package-initialize)
  (with-current-buffer (dired \"$work/pland\") (package-install-from-buffer)))" >"$work/install.log" 2>&1 ||
  { cat "$work/install.log"; fail "package-install-from-buffer"; }
# A plan file alone brings all of it, by its autoloads.
mkdir -p "$work/project"
printf 'plan: local/x\n' >"$work/project/x.plan.yaml"
batch -Q --eval "$never_native" --eval "(progn (package-initialize)
  (setq pland-autostart nil)
  (find-file \"$work/project/x.plan.yaml\")
  (unless (and (eq major-mode 'pland-plan-mode) (commandp 'pland-spawn) (keymapp pland-command-map))
    (error \"Not installed: %s\" major-mode)))" >"$work/use.log" 2>&1 || { cat "$work/use.log"; fail "autoloads"; }

echo "$failures failed"
exit $((failures > 0))
