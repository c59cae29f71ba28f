#!/usr/bin/env bash
# Installs the extension into a real VS Code, with a small project to try it on, and opens it: `code` when it is on the
# PATH, else code-server, in the browser of your choice.
#
# Usage: open.sh PLAND      the program; pland-supervisor stands beside it
#   VSCODE=4.139.1          a code-server other than 4.100.3
#   PORT=8080               its port (default: a free one)
# Everything of code-server and the project are below build/vscode of the repository.
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
root=$(cd -- "$here/../../.." && pwd -P)
PLAND=$(readlink -f -- "${1:?the program pland}")
export RIG=$root/build/vscode EXTENSION=$root/vscode-extension
version=${VSCODE:-4.100.3}
mkdir -p "$RIG"
source "$here/extension.sh"

if command -v code >/dev/null; then needed=(); else needed=("$version"); fi
BROWSER=none "$here/install.sh" "$RIG" "${needed[@]}"
echo "building the extension"
build_extension
package=$(package_extension "$PLAND")
demo=$("$RIG/node" "$here/demo.mjs" "$RIG/demo")

if command -v code >/dev/null; then
  code --install-extension "$package" --force
  code "$demo" --goto "$demo/retire-logger.plan.yaml"
  echo "opened $demo"
  exit 0
fi

home=$RIG/home-$version
entry=$RIG/code-server-$version/node_modules/code-server/out/node/entry.js
mkdir -p "$home"
printf 'cert: false\n' >"$home/config.yaml"
run=("$RIG/node-for-$version" "$entry" --config "$home/config.yaml" --user-data-dir "$home/data"
  --extensions-dir "$home/extensions")
# No gallery: this VS Code is for looking at one extension.
export EXTENSIONS_GALLERY='{"serviceUrl":""}'
"${run[@]}" --install-extension "$package" --force >"$home/install.log" 2>&1 || {
  cat "$home/install.log" >&2
  exit 1
}
port=${PORT:-$("$RIG/node" -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')}
place=$("$RIG/node" -p 'encodeURIComponent(process.argv[1])' "$demo")
printf '\nopen   http://127.0.0.1:%s/?folder=%s\nend it with Ctrl+C\n\n' "$port" "$place"
# Only this machine can reach it.
exec "${run[@]}" --auth none --bind-addr "127.0.0.1:$port" --disable-telemetry --disable-update-check \
  --disable-getting-started-override --disable-proxy >"$home/log" 2>&1
