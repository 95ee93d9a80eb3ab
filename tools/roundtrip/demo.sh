#!/usr/bin/env bash
# The whole way with a real renderer: keyframes, in-betweens, the worst ones rendered after all by Blender, and taken in.
# tools/roundtrip/demo.sh [SHOT [SHARE]]    SHOT: crossing, parallax or lanterns; SHARE of frames to render after all
# REGIONS=1 renders only the failing regions. INBETWEEN is the command (default: build/inbetween).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shot=${1:-crossing} share=${2:-25%}
inbetween=${INBETWEEN:-build/inbetween}
out=${OUT:-out/roundtrip/$shot}
say() { printf '\n== %s\n' "$*"; }
[ -x "$inbetween" ] || { echo "demo.sh: there is no $inbetween; build first (tools/demo.sh)" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"

say "$shot: making the frames between sample_frames/$shot/keys; the worst $share go on the re-render list"
"$inbetween" run "sample_frames/$shot/keys" -o "$out/frames" --max-rerender "$share" --progress none
"$inbetween" evaluate "$out/frames" --reference "sample_frames/$shot/truth" --no-pictures >/dev/null
cp "$out/frames/evaluate.json" "$out/before.json"
cp "$out/frames/manifest.json" "$out/manifest_before.json"

say "rendering the list with Blender"
tools/roundtrip/render_list.sh "$out/frames" "$shot" -o "$out/rendered" ${REGIONS:+--regions}

say "taking in what came back"
"$inbetween" update "$out/frames" --rendered "$out/rendered" --progress none

say "the error against the withheld frames (display view, dB; higher is better)"
"$inbetween" evaluate "$out/frames" --reference "sample_frames/$shot/truth" --no-pictures >/dev/null
/usr/bin/python3 - "$out" <<'END'
import json
import math
import sys

out = sys.argv[1]
read = lambda name: json.load(open(f"{out}/{name}"))
errors = lambda name: {f["frame"]: f["inbetween"]["mseDisplay"] for f in read(name)["frames"]}
decibels = lambda mse: f"{-10 * math.log10(max(mse, 1e-10)):.2f}"
before, after, manifest = errors("before.json"), errors("frames/evaluate.json"), read("frames/manifest.json")
for frame in manifest["frames"]:
    number = frame["frame"]
    what = "rendered" if frame["status"] == "rendered" else "regions rendered" if "spliced" in frame else "generated"
    now = decibels(after[number]) if number in after else "-"
    print(f"frame {number}: {decibels(before[number])} before, {now} now ({what})")
made = lambda mse: sum(mse.values()) / len(before)      # What was rendered is taken to be right.
print(f"all frames between the keyframes: {decibels(made(before))} before, {decibels(made(after))} now")
print(f"renders saved: {100 * read('manifest_before.json')['totals']['rendersSavedShare']:.0f}% of the shot's frames before, "
      f"{100 * manifest['totals']['rendersSavedShare']:.0f}% now")
END
