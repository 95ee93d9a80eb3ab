#!/usr/bin/env bash
# The table: bench/savings/measure.sh WORK [SHOT ...] [--way b,c] [--vectors none] [--json FILE]
# Without a SHOT: the sample shots. BUILD names the build folder (default: build).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$root/build}
[ $# -ge 1 ] || { sed -n 2,3p "$0" >&2; exit 2; }
work=$1
shift
cmake --build "$build" --target savings_bench >/dev/null
shots=()
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do shots+=("$1"); shift; done
[ ${#shots[@]} -gt 0 ] || shots=("$root"/sample_frames/{crossing,parallax,lanterns})
exec "$build/bench/savings_bench" "${shots[@]}" -o "$work" "$@"
