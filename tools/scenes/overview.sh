#!/usr/bin/env bash
# Makes sample_frames/overview.jpg, the README's picture, from what tools/demo.sh left in out/.
# Needs oiiotool (openimageio-tools) and montage (imagemagick).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shot=crossing frame=0004 key=0003
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Beauty of a file in either naming, as an sRGB picture.
picture() {
    local layer=""
    exrheader "$1" | grep -q 'ViewLayer.Combined.R' && layer=ViewLayer.Combined.
    oiiotool "$1" --subimage 0 --ch "${layer}R,${layer}G,${layer}B" --chnames R,G,B --colorconvert linear sRGB -o "$2"
}
picture "sample_frames/$shot/keys/$shot.$key.exr" "$work/1.png"
picture "out/$shot/$shot.$frame.exr" "$work/2.png"
picture "sample_frames/$shot/truth/$shot.$frame.exr" "$work/3.png"
# A predicted error of a quarter of the display range is white.
oiiotool "out/$shot/risk/$shot.$frame.exr" --ch Y --mulc 4 --ch Y,Y,Y --chnames R,G,B --colorconvert linear sRGB -o "$work/4.png"
montage "$work"/[1-4].png -tile 4x1 -geometry 480x270+2+0 -quality 88 sample_frames/overview.jpg
