#!/usr/bin/env bash
# Drives pland through a batch Emacs: usage: run.sh PLAND [eglot|lsp-mode] [ERT SELECTOR]; EMACS names another Emacs.
# Fails when a test failed. Exit code 77: no Emacs here, or not the client.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
pland=$(realpath "$1")
client=${2:-eglot}
selector=${3:-t}
emacs=${EMACS:-emacs}
if ! command -v "$emacs" >/dev/null; then
  echo "skipped: no Emacs (install the package emacs-nox, or set EMACS)"
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/home/.emacs.d" "$work/run" "$work/tmp"
chmod 700 "$work/run"
ln -s "$pland" "$work/bin/pland"

# Nothing of the person who runs this may take part: no configuration, no state, no git environment.
scrub() {
  env -i PATH="$work/bin:$PATH" HOME="$work/home" LANG=C.UTF-8 TERM=dumb GIT_CONFIG_NOSYSTEM=1 TMPDIR="$work/tmp" \
    GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=Test \
    GIT_COMMITTER_EMAIL=test@example.com XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" \
    XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache" XDG_RUNTIME_DIR="$work/run" "$@"
}

library=${client}
if ! scrub "$emacs" --batch --eval "(progn (package-initialize) (kill-emacs (if (locate-library \"$library\") 0 1)))" \
  >/dev/null 2>&1; then
  echo "skipped: this Emacs has no $library (install the package elpa-$library)"
  exit 77
fi

# As it is when installed: compiled.
mkdir "$work/lisp"
cp "$here"/../../../editors/emacs/*.el "$work/lisp/"
scrub "$emacs" --batch --eval '(setq native-comp-deferred-compilation nil)' --eval '(package-initialize)' \
  -L "$work/lisp" -f batch-byte-compile "$work"/lisp/*.el >"$work/compile.log" 2>&1 || { cat "$work/compile.log"; exit 1; }

status=0
scrub PLAND_LISP="$work/lisp" PLAND_CLIENT="$client" PLAND_HERE="$here" PLAND_SELECTOR="$selector" PLAND_MORE_LISP="${PLAND_MORE_LISP-}" \
  timeout 550 "$emacs" --batch -l "$here/support.el" -l "$here/run.el" </dev/null || status=$?
exit "$status"
