# Sourced: what tests and people do with the extension before VS Code sees it. EXTENSION and RIG are set.

build_extension() {
  (
    cd "$EXTENSION"
    if [[ ! -f node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
      npm ci --no-audit --no-fund --ignore-scripts >"$RIG/npm.log" 2>&1 || {
        tail -n 20 "$RIG/npm.log" >&2
        exit 1
      }
      touch node_modules/.package-lock.json
    fi
    node scripts/build.mjs
  )
}

# package_extension PLAND: both packages, the server inside one of them
package_extension() {
  node "$EXTENSION/scripts/package.mjs" --server "$(dirname "$1")" --out "$RIG" >/dev/null
}

# packaged: the package with the server inside
packaged() {
  node -p '`${process.argv[2]}/pland-${require(process.argv[1]).version}-${process.platform}-${process.arch}.vsix`' \
    "$EXTENSION/package.json" "$RIG"
}
