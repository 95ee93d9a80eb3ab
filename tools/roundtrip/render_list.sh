#!/bin/sh
# Renders what `inbetween next OUT` asks for with Blender: tools/roundtrip/render_list.sh OUT SHOT -o DIR [--whole]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v blender >/dev/null || ! /usr/bin/python3 -c 'import numpy, OpenImageIO' 2>/dev/null; then
    echo "render_list.sh: Blender, NumPy and OpenImageIO for Python are needed: apt-get install blender python3-numpy" \
         "python3-openimageio" >&2
    exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
blender -b -t 1 --python-exit-code 1 --python "$root/tools/roundtrip/render_list.py" -- "$@" >"$log" 2>&1 ||
    { grep -v '^Fra:' "$log" | tail -n 20 >&2; exit 1; }
grep -E '^(rendered|nothing)' "$log"
