#!/bin/sh
# Renders sample_frames/ again from nothing. About ten minutes of one core.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v blender >/dev/null || ! /usr/bin/python3 -c 'import numpy, OpenImageIO' 2>/dev/null; then
    echo "Installing Blender, NumPy and OpenImageIO for Python ..."
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get install -y --no-install-recommends blender python3-numpy python3-openimageio
fi
# Rendered beside, so that what is there stays until the new frames are complete.
fresh=$(mktemp -d "$root/sample_frames/.new.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
echo "Rendering the sample shots ..."
blender -b -t 1 --python-exit-code 1 --python "$root/tools/scenes/sample_shots.py" -- --out "$fresh" "$@" >"$fresh/log" ||
    { grep -v '^Fra:' "$fresh/log" | tail -n 20 >&2; exit 1; }
for shot in "$fresh"/*/; do
    name=$(basename "$shot")
    rm -rf "$root/sample_frames/$name"
    mv "$shot" "$root/sample_frames/$name"
    echo "$root/sample_frames/$name: $(du -sk "$root/sample_frames/$name" | cut -f1) KB"
done
