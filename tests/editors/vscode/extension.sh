# Sourced: what tests and people do with the extension before VS Code sees it. EXTENSION and RIG are set, and install.sh
# has put a Node into RIG.

build_extension() {
  local modules=$EXTENSION/node_modules
  if [[ ! -f $modules/.package-lock.json || $EXTENSION/package-lock.json -nt $modules/.package-lock.json ]]; then
    (cd "$EXTENSION" && npm ci --no-audit --no-fund --ignore-scripts >"$RIG/npm.log" 2>&1) || {
      tail -n 20 "$RIG/npm.log" >&2
      return 1
    }
    touch "$modules/.package-lock.json"
  fi
  "$RIG/node" "$EXTENSION/scripts/build.mjs"
}

# package_extension PLAND: both packages, the server inside one of them, whose name is printed
package_extension() {
  "$RIG/node" "$EXTENSION/scripts/package.mjs" --server "$(dirname "$1")" --out "$RIG" | tail -n 1
}
