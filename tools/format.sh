#!/usr/bin/env bash
# Formats the C++ code in place; with --check it changes nothing and fails where something would change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
--check) arguments=(--dry-run --Werror) ;;
"") arguments=(-i) ;;
*)
    echo "format.sh: error: '$1' is not an option; give --check or nothing" >&2
    exit 2
    ;;
esac
git ls-files -z '*.cpp' '*.h' | xargs -0 -P "$(nproc)" -n 40 clang-format "${arguments[@]}"
