#!/usr/bin/env bash
# How well the score predicts the measured error, over random renders (tools/scenes/training_runs.py): frames 1, 3, 5 of
# every second run are keyframes, 2 and 4 the truth; once with vectors and once without.
#   bench/risk/measure.sh RUNS WORK [how many runs]
set -euo pipefail
runs=$(realpath "$1") work=$2 count=${3:-80}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
command=$root/build/inbetween
for run in $(find "$runs" -maxdepth 2 -name done -printf '%h\n' | sort | awk 'NR % 2 == 0' | head -n "$count"); do
    name=$(basename "$run")
    mkdir -p "$work/keys/$name" "$work/truth/$name"
    for f in 1 3 5; do ln -sf "$run/frame.000$f.exr" "$work/keys/$name/"; done
    for f in 2 4; do ln -sf "$run/frame.000$f.exr" "$work/truth/$name/"; done
    for vectors in auto none; do
        out=$work/out/$name.$vectors
        # A frame that cannot be made is told on standard error and not counted.
        "$command" run "$work/keys/$name" -o "$out" --vectors "$vectors" -q --no-report &&
            "$command" evaluate "$out" --reference "$work/truth/$name" --no-pictures >/dev/null || true
    done
done
python3 "$root/bench/risk/summarise.py" "$work/out"
