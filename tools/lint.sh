#!/usr/bin/env bash
# clang-tidy over the library and the command: tools/lint.sh [BUILD [REVISION]]. BUILD is a configured folder, build/ by default;
# with a REVISION that is not empty only the files that changed since.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build}
[ -e "$build/compile_commands.json" ] || { echo "lint.sh: error: $build is not configured; run cmake --preset dev" >&2; exit 2; }
folders=('src/*.cpp' 'tools/inbetween/*.cpp' 'tools/pages/*.cpp')
if [ -n "${2:-}" ]; then
    files=$(git diff --name-only --diff-filter=d "$2" -- "${folders[@]}")
else
    files=$(git ls-files "${folders[@]}")
fi
[ -n "$files" ] || exit 0
xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet <<<"$files" 2> >(grep -v ' warnings\? generated\.$' >&2)
