#!/usr/bin/env bash
# How well risk foretells the measured error: bench/risk/measure.sh SHOTS WORK [options of inbetween run]
# SHOTS holds folders with keys/ and truth/ (every other one is left out). Writes WORK/risk.json and WORK/risk.svg, and
# prints the table: each shot, all of them, each feature alone.
set -euo pipefail
shots=$(realpath "$1") work=$2
shift 2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
inbetween=${INBETWEEN:-$root/build/inbetween}
folders=()
for shot in "$shots"/*/; do
    [ -d "$shot/keys" ] && [ -d "$shot/truth" ] || continue
    out=$work/$(basename "$shot")
    # A frame or a shot that cannot be made is told on standard error and not counted.
    "$inbetween" run "$shot/keys" -o "$out" --risk-maps -q --no-report "$@" || [ $? -eq 1 ] || continue
    "$inbetween" evaluate "$out" --reference "$shot/truth" --no-pictures >/dev/null && folders+=("$out")
done
"$inbetween" evaluate "${folders[@]}" -o "$work/risk.json"
