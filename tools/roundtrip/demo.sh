#!/usr/bin/env bash
# The whole way with a real renderer: keyframes, in-betweens, what `next` asks for rendered by Blender and taken in, until
# nothing is left.
# tools/roundtrip/demo.sh [SHOT [EVERY]]    SHOT: crossing, parallax or lanterns; EVERY nth frame is a keyframe (2, 4 or 8)
# WHOLE=1 renders whole frames where boxes would do. INBETWEEN is the command (default: build/inbetween).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shot=${1:-crossing} every=${2:-2}
export INBETWEEN=${INBETWEEN:-build/inbetween}
out=${OUT:-out/roundtrip/$shot}
say() { printf '\n== %s\n' "$*"; }
[ -x "$INBETWEEN" ] || { echo "demo.sh: there is no $INBETWEEN; build first (tools/demo.sh)" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"

say "$shot: making the frames between every ${every}nd keyframe"
"$INBETWEEN" run "sample_frames/$shot/keys" --frames "1-9x$every" -o "$out/frames" --progress none
"$INBETWEEN" evaluate "$out/frames" --reference "sample_frames/$shot/truth" --no-pictures >/dev/null
cp "$out/frames/evaluate.json" "$out/before.json"

round=0
while "$INBETWEEN" next "$out/frames" --json | grep -q '"done": false'; do
    round=$((round + 1))
    say "round $round: rendering with Blender"
    "$INBETWEEN" next "$out/frames"
    tools/roundtrip/render_list.sh "$out/frames" "$shot" -o "$out/rendered_$round" ${WHOLE:+--whole}
    "$INBETWEEN" update "$out/frames" --rendered "$out/rendered_$round" --progress none
done

say "the error against the withheld frames (display view, dB; higher is better)"
"$INBETWEEN" evaluate "$out/frames" --reference "sample_frames/$shot/truth" --no-pictures >/dev/null || true
/usr/bin/python3 - "$out" <<'END'
import json
import os
import sys

out = sys.argv[1]
read = lambda name: json.load(open(f"{out}/{name}")) if os.path.exists(f"{out}/{name}") else {"frames": []}
measured = lambda name: {f["frame"]: f["inbetween"] for f in read(name)["frames"]}
bad = lambda f: f["psnrDisplay"] < 30 or f["worstBlocksPsnr"] < 22
before, after, manifest = measured("before.json"), measured("frames/evaluate.json"), read("frames/manifest.json")
left = 0
for frame in manifest["frames"]:
    number = frame["frame"]
    what = "rendered" if frame["status"] == "rendered" else "boxes rendered" if "spliced" in frame else "generated"
    now = after.get(number) if what != "rendered" else None
    left += bool(now and bad(now))
    show = lambda f: f"{f['psnrDisplay']:.2f} (worst blocks {f['worstBlocksPsnr']:.2f})" if f else "-"
    print(f"frame {number}: {show(before.get(number))} before, {show(now)} now ({what})")
totals = manifest["totals"]
print(f"renders saved: {100 * totals['rendersSavedShare']:.0f}% of the cost; bad frames left: {left}")
END
