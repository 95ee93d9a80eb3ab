#!/usr/bin/env bash
# Does it help to go in smaller steps? At a gap of 4, the frames at a quarter and three quarters made directly, and made
# between a keyframe and the middle frame that was made before. Mean PSNR in the display view, dB.
#   bench/quality/steps.sh SHOTS WORK [SHOT ...]        (SHOTS from make_shots.sh)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
inbetween=${BUILD:-$root/build}/inbetween
shots=$1 work=$2
shift 2
[ $# -gt 0 ] || set -- $(cd "$shots" && ls -d */ | tr -d /)

psnr() { # folder reference
    "$inbetween" evaluate "$1" --reference "$2" --no-pictures | awk '$1 == "mean" && $2 ~ /^[0-9]/ {print $2; exit}'
}

for vectors in auto none; do
    for shot in "$@"; do
        at=$work/$shot-$vectors
        rm -rf "$at"
        mkdir -p "$at/middles" "$at/even"
        run=("$inbetween" run --vectors "$vectors" --no-report --quiet --progress none)
        "${run[@]}" "$shots/$shot/keys" --frames 1-17x4 -o "$at/direct"
        for frame in 0001 0005 0009 0013 0017; do cp "$shots/$shot/keys/"*".$frame.exr" "$at/middles"; done
        for frame in 0003 0007 0011 0015; do cp "$at/direct/"*".$frame.exr" "$at/middles"; done
        "${run[@]}" "$at/middles" -o "$at/steps"
        for frame in 0002 0004 0006 0008 0010 0012 0014 0016; do cp "$shots/$shot/truth/"*".$frame.exr" "$at/even"; done
        echo "$shot, vectors $vectors: direct $(psnr "$at/direct" "$at/even"), in steps $(psnr "$at/steps" "$at/even")"
    done
done
