#!/usr/bin/env bash
# The table: every contender on the shots of make_shots.sh, at gaps of 2, 4 and 8.
#   bench/quality/measure.sh SHOTS WORK [--only mean dis minterpolate colour layers floor oracle] [--gap 2] [--class ...]
#       [--shot ...] [--model FILE] [--results DIR] [--note TEXT]
# WORK keeps the in-betweens and what was measured: a second run makes and measures only what changed. BUILD names the build
# folder (default: build).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$root/build}
if [ ! -x "$build/bench/quality_bench" ]; then
    cmake -S "$root" -B "$build" -G Ninja >/dev/null
    cmake --build "$build" --target quality_bench
fi
if ! command -v ffmpeg >/dev/null; then
    echo "ffmpeg is needed for its minterpolate filter: apt-get install ffmpeg" >&2
    exit 2
fi
table=$("$build/bench/quality_bench" "$@" | tee /dev/stderr | tail -1)
python3 "$root/bench/quality/plot.py" "$(dirname "$table")/results.json" || # matplotlib: apt-get install python3-matplotlib
    echo "the plots are not drawn; the tables are complete" >&2
