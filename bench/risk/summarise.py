"""Prints, over the in-betweens of many runs: rank correlation with the measured error, and what the threshold catches.

    python3 bench/risk/summarise.py WORK/out
"""
import json
import math
import pathlib
import statistics
import sys

THRESHOLD = 0.0316  # 30 dB, the command's default


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    out = [0.0] * len(values)
    for rank, index in enumerate(order):
        out[index] = float(rank)
    return out


rows = []
for file in sorted(pathlib.Path(sys.argv[1]).glob("*/evaluate.json")):
    manifest = json.loads((file.parent / "manifest.json").read_text())
    risk = {frame["frame"]: frame["risk"] for frame in manifest["frames"]}
    for frame in json.loads(file.read_text())["frames"]:
        if risk[frame["frame"]]["score"] is not None:
            measured = math.sqrt(frame["inbetween"]["mseDisplay"])
            rows.append({"measured": measured, "score": risk[frame["frame"]]["score"],
                         **risk[frame["frame"]]["features"]})
measured = [row["measured"] for row in rows]
print(f"{len(rows)} in-betweens")
for name in rows[0]:
    if name != "measured":
        print(f"rank correlation {name}: {statistics.correlation(ranks([r[name] for r in rows]), ranks(measured)):.3f}")
print(f"score / measured, median: {statistics.median(r['score'] / r['measured'] for r in rows):.2f}")
for word, frames in (("bad", [r for r in rows if r["measured"] > THRESHOLD]),
                     ("good", [r for r in rows if r["measured"] <= THRESHOLD])):
    print(f"{word} frames: {len(frames)}, flagged {sum(r['score'] >= THRESHOLD for r in frames) / max(1, len(frames)):.3f}")
