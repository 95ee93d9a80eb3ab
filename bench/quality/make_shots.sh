#!/usr/bin/env bash
# Renders the shots of the quality benchmark, two at a time; what is there is kept, so it can be stopped and repeated.
#   bench/quality/make_shots.sh DIR [SHOT ...]
# DIR/READY gets a line a finished shot. Needs Debian's blender, python3-numpy and python3-openimageio, and no screen.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[ $# -ge 1 ] || { sed -n '2,4s/^# \?//p' "$0" >&2; exit 2; }
out=$(mkdir -p "$1" && realpath "$1")
shift
if ! command -v blender >/dev/null || ! /usr/bin/python3 -c 'import numpy, OpenImageIO' 2>/dev/null; then
    echo "Needed: apt-get install --no-install-recommends blender python3-numpy python3-openimageio" >&2
    exit 2
fi
shots=()
[ $# -eq 0 ] || shots=(--shot "$@")
for k in 1 2; do      # Each takes the next shot that no other has.
    nice blender -b -t 1 --python-exit-code 1 --python "$root/tools/scenes/quality_shots.py" -- --out "$out" "${shots[@]}" \
        >"$out/log.$k" 2>&1 &
done
failed=0
for job in $(jobs -p); do wait "$job" || failed=1; done
[ $failed = 0 ] || { grep -hE 'Error|File' "$out"/log.? | tail -n 10 >&2; exit 1; }
cat "$out/READY"
