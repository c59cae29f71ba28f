#!/usr/bin/env bash
# clang-tidy over every source of the three floors, as many at a time as there are cores. A source that passed is
# not looked at again until it, a header it includes, its compile command, .clang-tidy or clang-tidy changes: what it
# passed with is kept in BUILD/lint/.
# Usage: tests/lint.sh BUILD [SOURCE...]; BUILD is a configured build folder.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cd -- "$root"
build=${1:?usage: tests/lint.sh BUILD [SOURCE...]}
shift

# The rules are kept with the clang-tidy and the standard library of Debian 12: others know other checks, and
# clang-tidy 14 cannot read the headers of newer libraries.
program=$(command -v clang-tidy-14 || true)
if [[ ! $program || $(g++ -dumpversion) != 12* ]]; then
  echo "    skipped: the lint rules are those of clang-tidy 14 with g++ 12 (Debian 12)"
  exit 0
fi
if [[ ! -f $build/compile_commands.json ]]; then
  echo "tests/lint.sh: no $build/compile_commands.json; run ./dev build" >&2
  exit 2
fi

sources=()
for source in "$@"; do sources+=("${source#"$root"/}"); done
if ((${#sources[@]} == 0)); then
  mapfile -d '' sources < <(find protocol engine server -name '*.cpp' -print0 | sort -z)
fi

keys=$build/lint/keys
rm -rf -- "$keys"
mkdir -p "$keys" "$build/lint/passed"

# One key a source: the hashes of everything its verdict depends on.
common=$("$program" --version | sha256sum; sha256sum <.clang-tidy)
find protocol engine server -type f \( -name '*.h' -o -name '*.cpp' \) -print0 | xargs -0 sha256sum |
  awk -v keys="$keys" -v common="$common" -v wanted="$(printf '%s\n' "${sources[@]}")" '
  # visit FILE: adds it and what it includes, once each, to the key that is being made
  function visit(file, line, target) {
    if (file in seen || !(file in hash)) return
    seen[file] = 1
    key = key hash[file] " " file "\n"
    if (!(file in includes)) {
      includes[file] = ""
      while ((getline line <file) > 0) {
        if (line ~ /^[ \t]*#[ \t]*include[ \t]*"/) {
          sub(/^[^"]*"/, "", line)
          sub(/".*/, "", line)
          includes[file] = includes[file] line "\n"
        }
      }
      close(file)
    }
    return visit_all(includes[file])
  }
  function visit_all(list, parts, count, i) {
    count = split(list, parts, "\n")
    for (i = 1; i < count; i++) visit(parts[i])
  }
  { hash[substr($0, 67)] = substr($0, 1, 64) }
  END {
    count = split(wanted, files, "\n")
    for (i = 1; i <= count; i++) {
      if (files[i] == "") continue
      split("", seen)
      key = common "\n"
      visit(files[i])
      name = files[i]
      gsub("/", "+", name)
      printf "%s", key >(keys "/" name)
      close(keys "/" name)
    }
  }'

# The compile command is part of the verdict as well: flags are one a target, so the whole list will do.
flags=$(sed -n 's/.*"command": "\(.*\) -o .*/\1/p' "$build/compile_commands.json" | sort -u | sha256sum)
todo=()
for source in "${sources[@]}"; do
  name=${source//\//+}
  echo "$flags" >>"$keys/$name"
  cmp -s "$keys/$name" "$build/lint/passed/$name" || todo+=("$source")
done
echo "    ${#todo[@]} of ${#sources[@]} sources to look at"
((${#todo[@]})) || exit 0


# Most of the time goes into the headers of libraries, so sources are looked at in batches that share them: one file
# that includes many. Where two of a batch cannot be compiled together, it is split.
mkdir -p "$build/lint/batches"
find "$build/lint/batches" -type f -delete

# flags_of SOURCE: the options of its compile command that decide what it means, one a line
flags_of() {
  grep -F "/$1\"" -B 2 "$build/compile_commands.json" | sed -n 's/^ *"command": "\(.*\)",\{0,1\}$/\1/p' | head -n 1 |
    sed 's/\\"/"/g; s/\\\\/\\/g' | xargs -n 1 printf '%s\n' |
    awk '$0 == "-isystem" || $0 == "-I" { print; getline; print; next } /^-(D|I|std=|isystem)/'
}

# look BATCH: the sources whose names are the lines of that file
look() {
  local list=$1 files=() flags=() output name file half
  mapfile -t files <"$list"
  mapfile -t flags < <(flags_of "${files[0]}")
  printf '#include "%s"\n' "${files[@]}" >"$list.cpp"
  # Asio 1.22 needs telling that clang has coroutines, too (cmake/PlandDependencies.cmake). A header filter also
  # lets through what is found in the included sources themselves.
  if output=$("$program" --quiet --checks=-bugprone-suspicious-include "$list.cpp" -- -x c++ "${flags[@]}" \
    -DASIO_HAS_CO_AWAIT=1 -DASIO_HAS_STD_COROUTINE=1 -iquote "$root" 2>&1); then
    for file in "${files[@]}"; do
      name=${file//\//+}
      cp -- "$build/lint/keys/$name" "$build/lint/passed/$name"
    done
    return
  fi
  if ((${#files[@]} > 1)) && grep -q 'clang-diagnostic-error' <<<"$output"; then
    half=$((${#files[@]} / 2))
    head -n "$half" "$list" >"$list-a"
    tail -n "+$((half + 1))" "$list" >"$list-b"
    local status=0
    look "$list-a" || status=1
    look "$list-b" || status=1
    return "$status"
  fi
  grep -v '^[0-9]* warnings\{0,1\} generated' <<<"$output" >&2
  return 1
}
export -f look flags_of
export program build root

# Batches of one floor, of even sizes, at least one for each core.
for floor in protocol engine server; do
  printf '%s\n' "${todo[@]}" | grep "^$floor/" >"$build/lint/batches/all" || continue
  count=$(wc -l <"$build/lint/batches/all")
  cores=$(nproc)
  size=$(((count + cores - 1) / cores))
  ((size <= 16)) || size=16
  split -l "$size" "$build/lint/batches/all" "$build/lint/batches/$floor-"
done
rm -f -- "$build/lint/batches/all"
# shellcheck disable=SC2016 # expanded by the inner shell
find "$build/lint/batches" -type f -print0 | sort -z |
  xargs -0 -n 1 -P "$(nproc)" bash -c 'set -euo pipefail; look "$1"' look
